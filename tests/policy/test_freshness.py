"""How old a copy of the policy may be before it stops being trusted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aiwrap.policy.freshness import age_seconds, state
from aiwrap.policy.model import Defaults
from tests.policy.examples import NOW

DEFAULTS = Defaults(refresh_seconds=60.0, offline_seconds=3600.0)


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (0.0, "fresh"),
        (60.0, "fresh"),
        (60.1, "stale"),
        (3600.0, "stale"),
        (3600.1, "expired"),
    ],
)
def test_a_copy_goes_from_fresh_to_stale_to_expired(age: float, expected: str) -> None:
    assert state(age, DEFAULTS) == expected


def test_offline_shorter_than_refresh_leaves_no_stale_time() -> None:
    odd = Defaults(refresh_seconds=60.0, offline_seconds=10.0)

    assert [state(age, odd) for age in (60.0, 61.0)] == ["fresh", "expired"]


def test_a_clock_that_was_set_back_makes_no_negative_age() -> None:
    assert age_seconds(NOW, NOW - timedelta(days=1)) == 0.0
    assert age_seconds(NOW, NOW + timedelta(minutes=1)) == 60.0
