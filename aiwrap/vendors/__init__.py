"""What is particular to each vendor CLI."""
