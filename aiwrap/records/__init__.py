"""The signed, content-free usage record of this device."""
