"""Tests for aiwrap/session/gate.py."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

import pytest

from aiwrap.policy.decision import Decision
from aiwrap.policy.model import Action, Pause
from aiwrap.session.gate import Passed, Refused, pass_gate
from aiwrap.session.rules import Judged
from aiwrap.session.submissions import Confirmation
from aiwrap.tasks.classifier import Classification

Level = Literal["none", "likely", "certain"]
PAUSE = Pause(
    id="evals",
    tasks=("evals",),
    vendors=None,
    repos=None,
    paths=None,
    branches=None,
    action=Action.CONFIRM,
    reason="Benchmarks stay here.",
    owner="gov@acme.example",
    ticket=None,
    starts=None,
    expires=datetime(2027, 1, 1, tzinfo=UTC),
    instead=None,
    layer="team",
)
GIVEN = Confirmation("evals", "public benchmark")


def judged(action: Action, level: Level = "certain") -> Judged:
    """Return what the rules would hand to the gate."""
    decision = Decision(action, PAUSE, "evals", level, None, "")
    return Judged(Classification("evals", level, ()), decision)


def knock(
    what: Judged,
    *,
    confirmation: Confirmation | None = None,
    ask: Callable[[str], str | None] | None = None,
) -> Passed | Refused:
    return pass_gate(
        what, vendor="Claude Code", zone=UTC, confirmation=confirmation, ask=ask
    )


@pytest.mark.parametrize("action", [Action.ALLOW, Action.OBSERVE])
def test_what_is_allowed_passes_in_silence(action: Action) -> None:
    """No message, no delay."""
    answer = knock(judged(action))

    assert isinstance(answer, Passed)
    assert answer.message == ""


def test_a_warning_passes_and_is_shown() -> None:
    """The work goes on, and the person knows."""
    answer = knock(judged(Action.WARN))

    assert isinstance(answer, Passed)
    assert "Warning" in answer.message


def test_a_refusal_cannot_be_confirmed_away() -> None:
    """`--confirm` answers a question; it does not lift a pause."""
    answer = knock(judged(Action.REFUSE), confirmation=GIVEN, ask=lambda _q: "please")

    assert isinstance(answer, Refused)
    assert "Refused" in answer.message


def test_confirm_takes_the_reason_given_for_this_pause() -> None:
    """One-shot modes confirm by option, with a reason."""
    answer = knock(judged(Action.CONFIRM), confirmation=GIVEN)

    assert isinstance(answer, Passed)
    assert answer.confirmation == GIVEN


def test_confirm_does_not_take_a_reason_for_another_pause() -> None:
    """A confirmation names what it confirms."""
    other = Confirmation("training-data", "because")

    assert isinstance(knock(judged(Action.CONFIRM), confirmation=other), Refused)


def test_confirm_asks_on_a_terminal() -> None:
    """The question holds the policy's reason; the answer becomes the record's."""
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return "public benchmark"

    answer = knock(judged(Action.CONFIRM), ask=ask)

    assert isinstance(answer, Passed)
    assert answer.confirmation == GIVEN
    assert "Benchmarks stay here" in asked[0]


def test_a_no_on_the_terminal_refuses() -> None:
    """An empty answer is a no."""
    assert isinstance(knock(judged(Action.CONFIRM), ask=lambda _q: None), Refused)


def test_without_a_terminal_a_certain_type_is_refused_and_says_how() -> None:
    """The message names the options that would confirm."""
    answer = knock(judged(Action.CONFIRM))

    assert isinstance(answer, Refused)
    assert "--confirm evals --reason" in answer.message


def test_without_a_terminal_a_likely_type_warns() -> None:
    """Never refuse silently on a guess."""
    answer = knock(judged(Action.CONFIRM, level="likely"))

    assert isinstance(answer, Passed)
    assert answer.action is Action.WARN
