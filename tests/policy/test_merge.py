"""The strictest of the layers is in force, in whatever order they come."""

from __future__ import annotations

import pytest
from hypothesis import assume, given

from aiwrap.policy.decision import Question, decide, decide_uncovered
from aiwrap.policy.merge import covers, merge
from aiwrap.policy.model import (
    LOCAL,
    ORG,
    REPO,
    TEAM,
    Action,
    Defaults,
    Policy,
    Sensitive,
    TaskTypeRule,
)
from tests.policy.examples import EXEMPT, PAUSED
from tests.policy.strategies import policies, questions

ALL_DEFAULTS = frozenset(Defaults._fields)


def layer(name: str, **fields: object) -> Policy:
    return Policy(team=name, layer=name)._replace(**fields)  # type: ignore[arg-type] # fields by name


def test_one_policy_is_in_force_as_it_is() -> None:
    policy = layer(LOCAL, pauses=(PAUSED,))

    assert merge([policy]) is policy


def test_everything_that_any_layer_pauses_or_hides_holds() -> None:
    org = layer(ORG, pauses=(PAUSED,), sensitive=(Sensitive(("a/**",), ()),))
    repo = layer(REPO, pauses=(PAUSED._replace(id="more", layer=REPO),))

    merged = merge([repo, org])

    assert [pause.id for pause in merged.pauses] == ["training-data", "more"]
    assert merged.sensitive == org.sensitive
    assert merged.team == ORG


def test_durations_are_the_shortest_and_actions_the_strictest() -> None:
    org = layer(
        ORG,
        defaults=Defaults(60, 7200, Action.WARN, Action.WARN),
        stated=ALL_DEFAULTS,
    )
    team = layer(
        TEAM,
        defaults=Defaults(30, 9000, Action.CONFIRM, Action.ALLOW),
        stated=ALL_DEFAULTS,
    )

    assert merge([team, org]).defaults == Defaults(
        30, 7200, Action.CONFIRM, Action.WARN
    )


def test_what_a_lower_layer_does_not_state_changes_nothing() -> None:
    """Else the documented defaults would overrule what the organisation wrote."""
    org = layer(
        ORG,
        defaults=Defaults(likely=Action.WARN, uncovered=Action.ALLOW),
        stated=frozenset({"likely", "uncovered"}),
    )

    assert merge([org, layer(TEAM)]).defaults == org.defaults


def test_a_lower_layer_cannot_loosen_what_the_highest_leaves_at_its_default() -> None:
    team = layer(
        TEAM,
        defaults=Defaults(uncovered=Action.ALLOW),
        stated=frozenset({"uncovered"}),
    )

    assert merge([layer(ORG), team]).defaults.uncovered is Action.REFUSE


@pytest.mark.parametrize(
    ("org", "team", "merged"),
    [
        (("x", "y"), (), ("x", "y")),
        (("x", "y"), ("y", "z"), ("y",)),
        ((), ("z",), ()),
    ],
)
def test_a_lower_layer_can_only_shorten_the_local_tools(
    org: tuple[str, ...], team: tuple[str, ...], merged: tuple[str, ...]
) -> None:
    layers = [layer(ORG, local_tools=org), layer(TEAM, local_tools=team)]

    assert merge(layers).local_tools == merged


def test_names_that_a_lower_layer_hides_come_after_what_the_highest_takes_back() -> (
    None
):
    """Of redaction's patterns the last that matches wins."""
    hidden, taken_back = Sensitive(("infra/**",), ()), Sensitive(("!infra/x",), ())
    org = layer(ORG, sensitive=(hidden, taken_back))

    assert merge([org, layer(REPO, sensitive=(hidden,))]).sensitive == (
        taken_back,
        hidden,
    )


def test_one_layers_exceptions_stay_out_of_anothers_task_type() -> None:
    strict = TaskTypeRule("chips", ("tape out",), (), (), (), ())
    loose = strict._replace(unless=("tape",))

    merged = merge([layer(ORG, task_types=(strict,)), layer(TEAM, task_types=(loose,))])

    assert merged.task_types == (strict, loose)


@pytest.mark.parametrize(
    ("exempting", "pausing", "counts"),
    [
        ((ORG, "org"), (ORG, "org"), True),
        ((ORG, "org"), (TEAM, "a"), True),
        ((TEAM, "a"), (ORG, "org"), False),
        ((TEAM, "a"), (TEAM, "a"), True),
        ((TEAM, "a"), (TEAM, "b"), False),
        ((TEAM, "a"), (REPO, ""), True),
        ((LOCAL, "a"), (REPO, ""), True),
        ((LOCAL, "a"), (ORG, "a"), False),
    ],
)
def test_an_exemption_counts_on_its_own_layer_and_below(
    exempting: tuple[str, str], pausing: tuple[str, str], counts: bool
) -> None:
    exemption = EXEMPT._replace(layer=exempting[0], team=exempting[1])
    pause = PAUSED._replace(layer=pausing[0], team=pausing[1])

    assert covers(exemption, pause) is counts
    assert not covers(exemption._replace(pause="other"), pause)


@given(policies())
def test_merging_with_itself_changes_nothing(policy: Policy) -> None:
    again = merge([policy, policy])

    assert again.defaults == policy.defaults
    assert again.sensitive == policy.sensitive
    assert set(again.pauses) == set(policy.pauses)
    assert set(again.exemptions) == set(policy.exemptions)
    assert set(again.local_tools) == set(policy.local_tools)


@given(policies(), policies(), policies())
def test_the_order_of_the_layers_does_not_matter(
    one: Policy, two: Policy, three: Policy
) -> None:
    keys = {(policy.layer, policy.team) for policy in (one, two, three)}
    assume(len(keys) == 3)

    assert merge([one, two, three]) == merge([three, one, two])


@given(policies(ORG), policies(TEAM) | policies(REPO), questions)
def test_a_lower_layer_never_loosens(
    org: Policy, lower: Policy, question: Question
) -> None:
    merged = merge([org, lower])
    # A declared type that only the lower layer pauses is no longer ordinary: that
    # too can only make the answer stricter.
    assert decide(merged, question).action >= decide(org, question).action
    assert (
        decide_uncovered(merged, question).action
        >= decide_uncovered(org, question).action
    )
    assert merged.defaults.refresh_seconds <= org.defaults.refresh_seconds
    assert merged.defaults.offline_seconds <= org.defaults.offline_seconds
    assert set(merged.sensitive) >= set(org.sensitive)
    assert set(merged.local_tools) <= set(org.local_tools)
