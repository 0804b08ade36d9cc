"""The limits leave room for what vendor CLIs really do."""

from __future__ import annotations

from aiwrap.gateway.limits import DEFAULT_LIMITS, MEBIBYTE


def test_a_body_of_32_megabytes_fits() -> None:
    """Vendors take 32 MB; the limit is above it, not at it."""
    assert DEFAULT_LIMITS.body_bytes > 32 * MEBIBYTE


def test_the_vendor_may_think_longer_than_the_cli_waits() -> None:
    """The CLI gives up after 600 s; the gateway must not be the first."""
    assert DEFAULT_LIMITS.silence_seconds > 600
