"""Hide sensitive names from the vendor and bring them back on the screen."""
