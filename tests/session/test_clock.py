"""Tests for aiwrap/session/clock.py."""

from __future__ import annotations

from datetime import UTC

from aiwrap.session import clock


def test_now_is_aware_and_does_not_run_backwards() -> None:
    """A record's time without an offset would mean nothing."""
    first, second = clock.now(), clock.now()

    assert first.tzinfo is UTC
    assert first <= second
