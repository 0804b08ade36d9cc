"""Reading a policy: what it means, and what is wrong where."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.errors import PolicySyntaxError
from aiwrap.policy.fields import MAX_PROBLEMS
from aiwrap.policy.model import (
    MAX_POLICY_BYTES,
    REPO,
    Action,
    Defaults,
    Instead,
    Policy,
    Sensitive,
)
from aiwrap.policy.parser import parse_policy, parse_repo_layer, read_policy
from tests.policy.examples import HEAD, PAUSE, WHOLE, policy_text


def failure(data: bytes) -> PolicySyntaxError:
    with pytest.raises(PolicySyntaxError) as caught:
        parse_policy(data)
    return caught.value


def test_reads_the_policy_of_the_design() -> None:
    policy = parse_policy(WHOLE.encode())

    assert policy.team == "applied-ai"
    assert policy.trust == "local"
    assert policy.defaults == Defaults(60.0, 86_400.0, Action.CONFIRM, Action.REFUSE)
    (pause,) = policy.pauses
    assert pause.tasks == ("training-data", "data-labeling", "distillation")
    assert pause.vendors == ("claude", "codex")
    assert pause.repos == ("github.com/acme/*",)
    assert (pause.paths, pause.branches) == (None, None)
    assert pause.action is Action.REFUSE
    assert pause.starts == datetime(2026, 11, 20, tzinfo=UTC)
    assert pause.expires == datetime(2026, 12, 31, tzinfo=UTC)
    assert pause.instead == Instead("inhouse", "Use the in-house assistant.")
    assert policy.exemptions[0].who == ("dana@acme.example",)
    assert policy.sensitive == (
        Sensitive(("infra/prod/**", "**/nightingale/**"), ()),
        Sensitive((), ("Nightingale",)),
    )
    assert policy.task_types[0].name == "chip-design"
    assert policy.task_types[0].unless == ("data center",)


def test_a_policy_may_be_as_short_as_its_head() -> None:
    assert parse_policy(HEAD.encode()) == Policy(team="applied-ai")


def test_times_are_read_as_utc() -> None:
    data = policy_text(PAUSE.replace("00:00:00Z", "01:30:00+02:00"))

    assert parse_policy(data).pauses[0].expires == datetime(
        2026, 12, 30, 23, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1s", 1), ("90s", 90), ("5m", 300), ("24h", 86_400), ("1d", 86_400)],
)
def test_reads_durations(text: str, seconds: int) -> None:
    data = policy_text(f'[defaults]\nrefresh = "{text}"')

    assert parse_policy(data).defaults.refresh_seconds == seconds


@pytest.mark.parametrize(
    "value",
    ["60", '"60"', '"s"', '"-5s"', '"1.5h"', '"9w"', '"0s"', '"٣s"', '"99999999999d"'],
)
def test_refuses_what_is_no_duration(value: str) -> None:
    error = failure(policy_text(f"[defaults]\nrefresh = {value}"))

    assert (error.line, error.column) == (5, 1)
    assert "refresh" in str(error)


SCHEMA = 'schema = "aiwrap.policy/1"\n'


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "hint"),
    [
        # not TOML
        (SCHEMA + "team = \n", 2, 8, "expected a value", 'team = "applied-ai"'),
        (SCHEMA + "team = applied\n", 2, 8, "expected a value", "in quotes"),
        (SCHEMA + 'team "a"\n', 2, 6, 'expected "="', "KEY"),
        (SCHEMA + 'team = "a\n', 2, 10, "line break", "Close the quotes"),
        (HEAD + "[defaults]\nrefresh = 60s", 4, 13, "end of the line", '"24h"'),
        (HEAD + 'team = "b"\n', 3, 11, "second time", "Remove one"),
        (HEAD + "[[pause]\n", 3, 8, "closing bracket", "[[pause]]"),
        (HEAD + 'x = ["a", "b"\ny = 1\n', 4, 1, "list is not closed", "Close it"),
        (HEAD + "[defaults]\n[defaults]\n", 4, 10, "second time", "[[two brackets]]"),
        (HEAD + "é = 1\n", 3, 1, "expected a key", "comments start with #"),
        # not our schema
        (HEAD.replace("/1", "/2"), 1, 1, '"aiwrap.policy/1"', "Did you mean"),
        ('team = "a"\n', 1, 1, 'no "schema"', "Add a line"),
        (SCHEMA, 1, 1, 'no "team"', "Add a line"),
        (SCHEMA + "team = 3\n", 2, 1, "expected a string, found 3", ""),
        (SCHEMA + 'team = ""\n', 2, 1, "team in the top level is empty", "Fill in"),
        (SCHEMA + 'team = "a b"\n', 2, 1, "expected a name", ""),
        (HEAD + "owner = 1\n", 3, 1, 'unknown key "owner"', "Known here"),
        (HEAD + "[default]\n", 3, 1, '"default" in the top', '"defaults"'),
        (HEAD + '[defaults]\nlikly = "warn"\n', 4, 1, '"likly"', '"likely"'),
        (HEAD + '[defaults]\nlikely = "asks"\n', 4, 1, '"allow", "observe"', ""),
        (HEAD + 'trust = "tuf"\n', 3, 1, 'expected "local", found "tuf"', ""),
        (HEAD + "pause = 1\n", 3, 1, "array of tables", "[[pause]]"),
        (HEAD + "[pause]\nid = 1\n", 3, 1, "array of tables", "two brackets"),
        (HEAD + "pause = [1]\n", 3, 10, "[[pause]] is a table, found 1", ""),
        (
            HEAD + f"[defaults]\nrefresh = 0x{'f' * 9000}\n",
            4,
            1,
            "a very large number",
            "",
        ),
    ],
)
def test_says_where_and_what_was_expected(
    text: str, line: int, column: int, message: str, hint: str
) -> None:
    """Whoever writes a policy must not have to guess."""
    error = failure(text.encode())

    assert (error.line, error.column) == (line, column)
    assert message in str(error)
    assert str(error).startswith(f"line {line}, column {column}: ")
    assert hint in error.hint
    assert error.hint


def test_a_byte_that_is_not_text_has_a_place_too() -> None:
    error = failure(b'schema = "x"\nteam = "\xc3\xa9\xff"\n')

    assert (error.line, error.column) == (2, 10)
    assert "0xff" in str(error)


def test_a_byte_order_mark_is_stepped_over() -> None:
    assert parse_policy(b"\xef\xbb\xbf" + HEAD.encode()).team == "applied-ai"


@pytest.mark.parametrize(
    "data",
    [
        b"#" * (MAX_POLICY_BYTES + 1),
        b"x = " + b"[" * 100_000,
        b".".join([b"a"] * 5000) + b" = 1",
        b"x = " + b"9" * 5000,
    ],
)
def test_bounds_what_it_reads(data: bytes) -> None:
    failure(data)


def test_finds_every_problem_at_once_in_the_order_of_the_file() -> None:
    text = HEAD + PAUSE.replace("action", "acton").replace("owner", "ownr") + "x = 1\n"

    _, complaints = read_policy(text.encode())

    assert [(c.line, c.column) for c in complaints] == [(6, 1), (8, 1), (10, 1)]
    assert "(and 2 more)" in str(failure(text.encode()))


def test_stops_collecting_problems_that_nobody_would_read() -> None:
    keys = "".join(f"k{index} = 1\n" for index in range(5000))

    _, complaints = read_policy((HEAD + keys).encode())

    assert len(complaints) == MAX_PROBLEMS


def test_messages_hold_no_control_characters_of_the_file() -> None:
    error = failure(policy_text('"\\u001b[31m" = 1'))

    assert str(error).isprintable()


def test_a_repository_may_pause_and_hide_only() -> None:
    layer = parse_repo_layer(
        (PAUSE + '[[sensitive]]\nterms = ["Nightingale"]\n').encode()
    )

    assert [pause.layer for pause in layer.pauses] == [REPO]
    assert layer.sensitive == (Sensitive((), ("Nightingale",)),)
    for more in (HEAD, '[defaults]\nlikely = "allow"\n', "local_tools = ['x']\n"):
        with pytest.raises(PolicySyntaxError, match="unknown key"):
            parse_repo_layer((more + PAUSE).encode())


def _reads_or_complains(data: bytes) -> Policy | None:
    policy, complaints = read_policy(data)
    for complaint in complaints:
        assert complaint.line >= 1
        assert complaint.column >= 1
        assert complaint.message.isprintable()
    if complaints:
        failure(data)
        return None
    return policy


@given(st.binary(max_size=200))
def test_any_bytes_are_a_policy_or_a_policy_error(data: bytes) -> None:
    _reads_or_complains(data)


@given(
    st.integers(0, len(WHOLE)),
    st.integers(0, 40),
    st.one_of(
        st.text(max_size=6),
        st.sampled_from(
            ['"', "'", '"""', "[", "]", "[[", "{", "}", "=", "\n", "#", "\\", ".", "é"]
        ),
        st.sampled_from(
            ["[[pause]]\n", "1", "true", "[]", "{}", "2026-01-01", "x = 1"]
        ),
    ),
)
def test_a_mutated_policy_is_a_policy_or_a_policy_error(
    start: int, length: int, inserted: str
) -> None:
    """Near-valid files reach every check behind the TOML parser."""
    text = WHOLE[:start] + inserted + WHOLE[start + length :]

    _reads_or_complains(text.encode("utf-8", "surrogatepass"))


_toml_values = st.sampled_from(
    [
        *("1", "1.5", "nan", "true", '""', '"x"', "[]", "['x']", "[[1]]", "{}"),
        *("2026-01-01", "12:00:00", "2026-01-01T00:00:00", "2026-01-01T00:00:00Z"),
        *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "[{}]", "{a=1}"),
    ]
)
_KEYS = (
    "schema",
    "team",
    "trust",
    "defaults",
    "pause",
    "exempt",
    "sensitive",
    "vendors",
)
_INNER = ("id", "tasks", "repos", "paths", "action", "starts", "expires", "instead")


@given(
    st.dictionaries(st.sampled_from(_KEYS), _toml_values, max_size=4),
    st.dictionaries(st.sampled_from(_INNER), _toml_values),
)
def test_values_of_any_type_are_read_or_refused(
    top: dict[str, str], inner: dict[str, str]
) -> None:
    lines = [f"{key} = {value}" for key, value in top.items()]
    if "pause" not in top:
        lines += ["[[pause]]", *(f"{key} = {value}" for key, value in inner.items())]

    _reads_or_complains("\n".join(lines).encode())
