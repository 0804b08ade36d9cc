"""The central log: receives, verifies and acknowledges devices' records."""
