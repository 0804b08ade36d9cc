"""The values that everything else compares."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aiwrap.policy.model import ACTIONS, Action, Defaults
from tests.policy.examples import NOW, PAUSED


def test_actions_go_from_the_mildest_to_the_strictest() -> None:
    words = [action.word for action in sorted(Action)]

    assert words == ["allow", "observe", "warn", "confirm", "refuse"]
    assert [ACTIONS[word] for word in words] == sorted(Action)


def test_nothing_stated_means_the_documented_defaults() -> None:
    assert Defaults() == (60.0, 86_400.0, Action.CONFIRM, Action.REFUSE)


@pytest.mark.parametrize(
    ("starts", "ends", "is_active"),
    [(None, 1, True), (None, 0, False), (0, 1, True), (1, 2, False), (-2, -1, False)],
)
def test_a_pause_is_active_from_its_start_until_before_its_end(
    starts: int | None, ends: int, is_active: bool
) -> None:
    pause = PAUSED._replace(
        starts=None if starts is None else NOW + timedelta(seconds=starts),
        expires=NOW + timedelta(seconds=ends),
    )

    assert pause.is_active(NOW) is is_active
