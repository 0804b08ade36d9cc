"""One run of a vendor CLI, from decision to exit code."""
