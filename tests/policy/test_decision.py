"""What happens to one prompt, and that nothing added to a policy loosens it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given

from aiwrap.policy.decision import (
    TOO_OLD,
    Decision,
    Question,
    decide,
    decide_uncovered,
    strictest,
)
from aiwrap.policy.model import Action, Defaults, Exemption, Pause, Policy
from tests.policy.examples import EXEMPT, NOW, PAUSED, QUESTION
from tests.policy.strategies import exemptions, pauses, policies, questions

ALLOW, OBSERVE, WARN, CONFIRM, REFUSE = Action


def answer(pause: Pause, question: Question, **defaults: Action) -> Action:
    policy = Policy("a", pauses=(pause,), defaults=Defaults()._replace(**defaults))
    return decide(policy, question).action


def test_a_certain_paused_type_gets_the_pauses_action() -> None:
    decision = decide(Policy("a", pauses=(PAUSED,)), QUESTION)

    assert decision == Decision(REFUSE, PAUSED, "training-data", "certain", None, "")


def test_ordinary_work_is_allowed() -> None:
    question = QUESTION._replace(task="ordinary", level="none")

    assert decide(Policy("a", pauses=(PAUSED,)), question) == Decision(
        ALLOW, None, "ordinary", "none", None, ""
    )


@pytest.mark.parametrize(
    ("action", "likely", "expected"),
    [
        (REFUSE, CONFIRM, CONFIRM),
        (REFUSE, WARN, WARN),
        (REFUSE, REFUSE, REFUSE),
        (WARN, CONFIRM, WARN),
        (OBSERVE, CONFIRM, OBSERVE),
    ],
)
def test_a_likely_type_gets_at_most_what_the_policy_says(
    action: Action, likely: Action, expected: Action
) -> None:
    pause = PAUSED._replace(action=action)

    assert answer(pause, QUESTION._replace(level="likely"), likely=likely) is expected


@pytest.mark.parametrize(
    ("pause", "question", "expected"),
    [
        # time
        ({"expires": NOW}, {}, ALLOW),
        ({"expires": NOW + timedelta(seconds=1)}, {}, REFUSE),
        ({"starts": NOW}, {}, REFUSE),
        ({"starts": NOW + timedelta(seconds=1)}, {}, ALLOW),
        # vendor
        ({}, {"external": False}, ALLOW),
        ({"vendors": ("claude",)}, {"external": False}, REFUSE),
        ({"vendors": ("codex",)}, {}, ALLOW),
        # repo
        ({"repos": ("github.com/acme/*",)}, {}, REFUSE),
        ({"repos": ("github.com/other/*",)}, {}, ALLOW),
        ({"repos": ("github.com/other/*",)}, {"repos": None}, CONFIRM),
        ({"repos": ("github.com/other/*",)}, {"repos": ()}, CONFIRM),
        (
            {"repos": ("github.com/acme/*",)},
            {"repos": ("github.com/me/site", "github.com/ACME/site")},
            REFUSE,
        ),
        ({"repos": ("x/*",), "action": WARN}, {"repos": None}, WARN),
        # branch
        ({"branches": ("release/*",)}, {}, ALLOW),
        ({"branches": ("release/*",)}, {"branch": "release/2"}, REFUSE),
        ({"branches": ("release/*",)}, {"branch": None}, CONFIRM),
        # path
        ({"paths": ("hw/**",)}, {}, ALLOW),
        ({"paths": ("hw/**",)}, {"paths": ("src", "hw/core")}, REFUSE),
        # all conditions must hold
        ({"paths": ("hw/**",), "vendors": ("codex",)}, {"paths": ("hw/a",)}, ALLOW),
        # task
        ({}, {"task": "evals"}, ALLOW),
        ({}, {"level": "none"}, ALLOW),
    ],
)
def test_a_pause_holds_only_where_all_its_conditions_do(
    pause: dict[str, object], question: dict[str, object], expected: Action
) -> None:
    assert (
        answer(PAUSED._replace(**pause), QUESTION._replace(**question))  # type: ignore[arg-type] # fields by name
        is expected
    )


def test_a_declared_paused_type_counts_as_certain() -> None:
    question = QUESTION._replace(
        task="ordinary", level="none", declared="training-data"
    )

    decision = decide(Policy("a", pauses=(PAUSED,)), question)

    assert (decision.action, decision.task, decision.level) == (
        REFUSE,
        "training-data",
        "certain",
    )


@pytest.mark.parametrize(
    ("level", "likely", "expected"),
    [
        ("likely", CONFIRM, OBSERVE),
        ("likely", WARN, OBSERVE),
        ("likely", REFUSE, REFUSE),
        ("certain", CONFIRM, REFUSE),
    ],
)
def test_a_declared_ordinary_type_silences_only_questions_about_likely_work(
    level: str, likely: Action, expected: Action
) -> None:
    question = QUESTION._replace(level=level, declared="ordinary")
    policy = Policy("a", pauses=(PAUSED,), defaults=Defaults(likely=likely))

    decision = decide(policy, question)

    assert decision.action is expected
    assert decision.note == "Declared as ordinary; it looks like training-data."


def test_declaring_one_paused_type_does_not_silence_another() -> None:
    other = PAUSED._replace(id="evals", tasks=("evals",), action=OBSERVE)
    question = QUESTION._replace(level="likely", declared="evals")

    assert decide(Policy("a", pauses=(other, PAUSED)), question).action is CONFIRM


@pytest.mark.parametrize(
    ("action", "level", "expected"),
    [
        (WARN, "certain", REFUSE),
        (CONFIRM, "certain", REFUSE),
        (OBSERVE, "certain", OBSERVE),
        (WARN, "likely", CONFIRM),
        (REFUSE, "none", ALLOW),
    ],
)
def test_a_policy_that_is_too_old_refuses_paused_types_and_nothing_else(
    action: Action, level: str, expected: Action
) -> None:
    pause = PAUSED._replace(action=action)
    question = QUESTION._replace(level=level, state="expired")

    decision = decide(Policy("a", pauses=(pause,)), question)

    assert decision.action is expected
    if expected is REFUSE:
        assert decision.note == TOO_OLD


def test_a_stale_policy_decides_as_a_fresh_one() -> None:
    assert answer(PAUSED, QUESTION._replace(state="stale")) is REFUSE


@pytest.mark.parametrize(
    ("exemption", "question", "expected"),
    [
        ({}, {"person": "Dana@acme.example"}, ALLOW),
        ({"who": ("DANA@acme.example",)}, {"person": "dana@acme.example"}, ALLOW),
        ({}, {"person": None}, REFUSE),
        ({}, {"person": "eve@acme.example"}, REFUSE),
        ({"until": NOW}, {"person": "dana@acme.example"}, REFUSE),
        ({"pause": "other"}, {"person": "dana@acme.example"}, REFUSE),
        ({"layer": "team"}, {"person": "dana@acme.example"}, REFUSE),
        ({}, {"person": "dana@acme.example", "state": "expired"}, REFUSE),
    ],
)
def test_an_exemption_lets_its_person_through_while_it_lasts(
    exemption: dict[str, object], question: dict[str, object], expected: Action
) -> None:
    exempt = EXEMPT._replace(**exemption)  # type: ignore[arg-type] # fields by name
    policy = Policy("a", pauses=(PAUSED,), exemptions=(exempt,))

    decision = decide(policy, QUESTION._replace(**question))  # type: ignore[arg-type] # fields by name

    assert decision.action is expected
    assert decision.pause == PAUSED
    assert (decision.exemption == exempt) is (expected is ALLOW)


def test_the_first_of_equally_strict_pauses_is_named() -> None:
    second = PAUSED._replace(id="second")

    assert decide(Policy("a", pauses=(PAUSED, second)), QUESTION).pause == PAUSED


def test_a_launch_without_the_wire_gate_gets_what_the_policy_says() -> None:
    policy = Policy("a", defaults=Defaults(uncovered=CONFIRM))

    decision = decide_uncovered(policy, QUESTION)

    assert (decision.action, decision.pause) == (CONFIRM, None)
    assert decision.note
    assert decide_uncovered(policy, QUESTION._replace(external=False)).action is ALLOW


@given(policies(), policies(), questions)
def test_strictest_keeps_the_first_of_equals(
    one: Policy, other: Policy, question: Question
) -> None:
    first, second = decide(one, question), decide(other, question)

    kept = strictest(first, second)

    assert kept.action is max(first.action, second.action)
    assert kept is first or second.action > first.action


@given(policies(), pauses, questions)
def test_adding_a_pause_never_loosens(
    policy: Policy, pause: Pause, question: Question
) -> None:
    more = policy._replace(pauses=(*policy.pauses, pause))
    first = policy._replace(pauses=(pause, *policy.pauses))

    before = decide(policy, question).action

    assert decide(more, question).action >= before
    assert decide(first, question).action is decide(more, question).action


@given(policies(), exemptions, questions)
def test_an_exemption_never_makes_an_answer_stricter(
    policy: Policy, exemption: Exemption, question: Question
) -> None:
    more = policy._replace(exemptions=(*policy.exemptions, exemption))

    assert decide(more, question).action <= decide(policy, question).action


@given(policies(), questions)
def test_an_older_policy_is_never_milder(policy: Policy, question: Question) -> None:
    fresh = decide(policy, question._replace(state="fresh")).action
    stale = decide(policy, question._replace(state="stale")).action
    expired = decide(policy, question._replace(state="expired")).action

    assert fresh is stale
    assert expired >= stale


@given(policies(), questions)
def test_more_certainty_is_never_milder(policy: Policy, question: Question) -> None:
    none, likely, certain = (
        decide(policy, question._replace(level=level)).action
        for level in ("none", "likely", "certain")
    )

    assert none <= likely <= certain


@given(policies(), questions)
def test_a_repo_that_is_not_known_never_opens_a_pause(
    policy: Policy, question: Question
) -> None:
    """Removing the remote must not be a way out: a question at least remains."""
    known = decide(policy, question._replace(level="certain", declared=None))
    unknown = decide(
        policy, question._replace(level="certain", declared=None, repos=None)
    )

    assert unknown.action >= min(known.action, CONFIRM)
