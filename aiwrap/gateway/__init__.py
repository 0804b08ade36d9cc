"""The loopback HTTP listener between the vendor CLI and the vendor's API."""
