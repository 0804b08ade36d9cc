"""The tables of a policy: what each may say, and what is wrong where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.errors import PolicySyntaxError
from aiwrap.policy.model import ORG, REPO, TEAM
from aiwrap.policy.parser import parse_policy, read_policy
from aiwrap.tasks.types import builtin_task_types
from tests.policy.examples import HEAD, PAUSE, policy_text

BUILTIN = builtin_task_types()


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "hint"),
    [
        # pauses
        (HEAD + PAUSE.replace("action", "actoin"), 6, 1, '"actoin"', '"action"'),
        (HEAD + PAUSE.replace('"refuse"', '"refuze"'), 6, 1, "refuze", '"refuse"'),
        (HEAD + PAUSE.replace('"refuse"', "4"), 6, 1, "found 4", ""),
        (HEAD + PAUSE + "repo = []\n", 10, 1, '"repo"', '"repos"'),
        (HEAD + PAUSE + "repos = []\n", 10, 1, "needs 1 to", "Leave repos out"),
        (HEAD + PAUSE + 'repos = "a"\n', 10, 1, "a list of strings", ""),
        (HEAD + PAUSE + "repos = [1]\n", 10, 1, "expected a string, found 1", ""),
        (
            HEAD + PAUSE + 'repos = ["https://github.com/acme/x"]\n',
            10,
            1,
            "address instead of a name",
            "host/owner/name",
        ),
        (HEAD + PAUSE + 'paths = ["!hw/**"]\n', 10, 1, "taking names back", "narrower"),
        (HEAD + PAUSE + "vendor = 'a'\n", 10, 1, '"vendor"', '"vendors"'),
        (HEAD + PAUSE.replace("Z", ""), 9, 1, "time with an offset", ""),
        (
            HEAD + PAUSE.replace("2026-12-31T00:00:00Z", '"2026-12-31"'),
            9,
            1,
            "(no quotes)",
            "",
        ),
        (HEAD + PAUSE.replace("2026-12-31T00", "9999-12-31T00"), 9, 1, "a year", ""),
        (
            HEAD + "\n".join(PAUSE.splitlines()[:-1]),
            3,
            1,
            '[[pause]] has no "expires"',
            "Add a line",
        ),
        (
            HEAD + PAUSE + "starts = 2027-01-01T00:00:00Z\n",
            9,
            1,
            "ends before it starts",
            "",
        ),
        (HEAD + PAUSE + PAUSE, 11, 1, 'two pauses have the id "training', "its own"),
        (
            HEAD + PAUSE + 'instead = { sya = "x" }\n',
            10,
            13,
            'unknown key "sya" in instead',
            '"say"',
        ),
        # the rest
        (
            HEAD + '[[sensitive]]\npaths = ["a"]\ncontents = "withhold"\n',
            5,
            1,
            "not supported by this version",
            '"allow"',
        ),
        (HEAD + "[[sensitive]]\n", 3, 1, "needs paths or terms", ""),
        (HEAD + '[[sensitive]]\npaths = ["#x"]\n', 4, 1, "which is no path", ""),
        (HEAD + "[task_types.x]\n", 3, 1, '[task_types.x] has no "phrases"', ""),
        (
            HEAD + '[task_types.x]\nphrases = ["ab*"]\n',
            4,
            1,
            "cannot be matched",
            "Write it out",
        ),
        (
            HEAD + '[task_types.ordinary]\nphrases = ["x"]\n',
            3,
            1,
            "all other work",
            "another name",
        ),
        (
            HEAD + '[vendors.inhouse]\nexternal = "no"\n',
            4,
            1,
            "true or false",
            "",
        ),
    ],
)
def test_says_where_and_what_was_expected(
    text: str, line: int, column: int, message: str, hint: str
) -> None:
    _, complaints = read_policy(text.encode())

    first = complaints[0]
    assert (first.line, first.column) == (line, column)
    assert message in first.message
    assert hint in first.hint


@pytest.mark.parametrize("layer", [TEAM, REPO])
def test_a_lower_layer_cannot_take_names_back(layer: str) -> None:
    """Its `!` would reach what a higher layer hides."""
    head = HEAD if layer == TEAM else ""
    data = (head + '[[sensitive]]\npaths = ["!infra/prod/**"]\n').encode()

    _, complaints = read_policy(data, layer=layer)

    assert "taking names back" in complaints[0].message
    assert parse_policy((HEAD + '[[sensitive]]\npaths = ["!a/b"]\n').encode())


def test_only_the_organisation_declares_vendors_and_teams() -> None:
    text = """
schema = "aiwrap.policy/1"
[vendors.inhouse]
executable = "/opt/inhouse"
external = false
[[team]]
name = "applied-ai"
members = ["dana@acme.example"]
"""
    policy = parse_policy(text.encode(), layer=ORG)

    assert policy.team == "org"
    assert policy.teams[0].members == ("dana@acme.example",)
    assert not policy.vendors[0].external
    _, complaints = read_policy((HEAD + "[vendors.x]\n").encode(), layer=TEAM)
    assert 'unknown key "vendors"' in complaints[0].message


def test_phrases_are_kept_with_single_spaces() -> None:
    data = policy_text("[task_types.x]\nphrases = ['  place \t and  route ']")

    assert parse_policy(data).task_types[0].phrases == ("place and route",)


@given(st.text(max_size=12) | st.text("ab*-. 模", max_size=6))
def test_every_accepted_phrase_can_be_classified_with(phrase: str) -> None:
    """A phrase that passed here must not break a launch later."""
    escaped = "".join(f"\\U{ord(character):08X}" for character in phrase)
    data = policy_text(f'[task_types.x]\nphrases = ["{escaped}"]')
    try:
        (rule,) = parse_policy(data).task_types
    except PolicySyntaxError:
        return
    BUILTIN.with_team_types([(rule.name, rule.phrases, rule.unless, rule.paths)])
