"""Vendor wire formats, sans-I/O: bytes and values in, bytes and values out."""
