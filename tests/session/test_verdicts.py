"""Tests for aiwrap/session/verdicts.py."""

from __future__ import annotations

import pytest

from aiwrap.policy.model import Action
from aiwrap.session.verdicts import MAX_VERDICTS, Key, Verdict, Verdicts

DIGEST = b"d"
HOOK: Key = ("hook", "p1")
TURN: Key = ("turn", "c#1")
REFUSED = Verdict(Action.REFUSE, 7, "no", "training-data", 0)


@pytest.mark.parametrize(
    ("first", "second", "later_by", "is_shared"),
    [
        (HOOK, HOOK, 99.0, True),
        (TURN, TURN, 99.0, True),
        (HOOK, TURN, 99.0, True),
        (None, TURN, 1.9, True),
        (None, TURN, 2.1, False),
        (HOOK, None, 99.0, True),
        (TURN, None, 99.0, True),
        (HOOK, ("hook", "p2"), 0.1, False),
        (TURN, ("turn", "c#2"), 0.1, False),
        (TURN, HOOK, 0.1, False),
    ],
    ids=[
        "the same hook call again",
        "a retry of the same turn",
        "the request of a prompt that a hook judged",
        "the request right after its title call",
        "a request long after a side call",
        "a side call after the hook",
        "a side call after the request",
        "the same words in another hook call",
        "the same words in another turn",
        "a hook for words that a turn already used",
    ],
)
def test_who_shares_a_verdict(
    first: Key | None, second: Key | None, later_by: float, is_shared: bool
) -> None:
    """One submission has one verdict, however many requests carry it."""
    verdicts = Verdicts()
    verdicts.add(DIGEST, REFUSED, first, at=0.0)

    found = verdicts.find(DIGEST, second, at=later_by)

    assert found == (REFUSED if is_shared else None)


def test_a_hook_verdict_covers_one_turn_only() -> None:
    """The next turn with the same words is a submission of its own."""
    verdicts = Verdicts()
    verdicts.add(DIGEST, REFUSED, HOOK, at=0.0)
    verdicts.find(DIGEST, TURN, at=1.0)

    assert verdicts.find(DIGEST, ("turn", "c#2"), at=1.1) is None


def test_memory_is_bounded() -> None:
    """An endless session does not grow for ever; the oldest goes first."""
    verdicts = Verdicts()
    for number in range(MAX_VERDICTS + 1):
        verdicts.add(b"%d" % number, REFUSED, None, at=0.0)

    assert verdicts.last(b"0") is None
    assert verdicts.last(b"1") == REFUSED
