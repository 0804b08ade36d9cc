"""Tables are read key by key, and every problem is collected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from aiwrap.policy.fields import (
    MAX_ITEMS,
    MAX_NAME_CHARS,
    MAX_PROBLEMS,
    MAX_STRING_CHARS,
    Problem,
    Table,
    is_name,
    nearest_hint,
)


def read(value: object) -> tuple[Table, list[Problem]]:
    problems: list[Problem] = []
    return Table({"key": value}, problems, name="[t]", path=("t",)), problems


@pytest.mark.parametrize(
    ("reader", "value", "result"),
    [
        (lambda table: table.text("key"), " x ", " x "),
        (lambda table: table.text("other", is_required=False), "x", None),
        (lambda table: table.name_text("key"), "a.B-c_1", "a.B-c_1"),
        (lambda table: table.texts("key"), ["a", "b"], ("a", "b")),
        (lambda table: table.texts("other"), ["a"], None),
        (lambda table: table.names("key"), ["a", "b"], ("a", "b")),
        (lambda table: table.choice("key", {"a": 1, "b": 2}), "b", 2),
        (lambda table: table.choice("other", {"a": 1, "b": 2}, 2), "b", 2),
        (lambda table: table.flag("key", default=False), True, True),
        (lambda table: table.flag("other", default=True), False, True),
        (lambda table: table.seconds("key", 1, minimum=1, maximum=99), "1m", 60.0),
        (lambda table: table.seconds("other", 7, minimum=1, maximum=9), "1m", 7),
        (
            lambda table: table.moment("key"),
            datetime(2026, 1, 1, tzinfo=UTC),
            datetime(2026, 1, 1, tzinfo=UTC),
        ),
        (lambda table: table.has("key"), 1, True),
        (lambda table: table.holds_list("key"), [], True),
        (lambda table: table.holds_list("key"), "[]", False),
        (
            lambda table: [each.path for each in table.tables("key")],
            [{}],
            [("t", "key", 0)],
        ),
        (
            lambda table: [
                (name, each.name) for name, each in table.named_tables("key")
            ],
            {"x": {}},
            [("x", "[key.x]")],
        ),
    ],
)
def test_returns_what_has_the_right_shape(
    reader: Callable[[Table], object], value: object, result: object
) -> None:
    table, problems = read(value)

    assert reader(table) == result
    assert problems == []


@pytest.mark.parametrize(
    ("reader", "value", "message"),
    [
        (lambda table: table.text("key"), 1, "expected a string, found 1"),
        (lambda table: table.text("key"), True, "expected a string, found true"),
        (lambda table: table.text("key"), " ", "key in [t] is empty"),
        (
            lambda table: table.text("key"),
            "x" * (MAX_STRING_CHARS + 1),
            "is longer than",
        ),
        (lambda table: table.text("other"), "x", '[t] has no "other"'),
        (lambda table: table.name_text("key"), "a b", "expected a name"),
        (lambda table: table.name_text("key"), "x" * (MAX_NAME_CHARS + 1), "a name of"),
        (lambda table: table.texts("key"), "a", "expected a list of strings"),
        (lambda table: table.texts("key"), [], "needs 1 to"),
        (lambda table: table.texts("key"), ["a"] * (MAX_ITEMS + 1), "needs 1 to"),
        (lambda table: table.texts("key"), [{}], "expected a string, found a table"),
        (lambda table: table.names("key"), ["é"], "expected a name"),
        (lambda table: table.choice("key", {"a": 1}), "b", 'expected "a", found "b"'),
        (lambda table: table.flag("key", default=True), 0, "expected true or false"),
        (
            lambda table: table.seconds("key", 1, minimum=1, maximum=9),
            "1m",
            "expected 1 to 9 seconds",
        ),
        (
            lambda table: table.moment("key"),
            datetime(2026, 1, 1),  # noqa: DTZ001 - the missing offset is the test
            "a time with an offset",
        ),
        (lambda table: table.table("key", "[x]"), [], "[x] is a table, found a list"),
        (lambda table: list(table.tables("key")), {}, "an array of tables"),
        (lambda table: list(table.tables("key")), [1], "[[key]] is a table, found 1"),
        (lambda table: list(table.tables("key")), [{}] * (MAX_ITEMS + 1), "more than"),
        (lambda table: list(table.named_tables("key")), {"a b": {}}, "expected a name"),
    ],
)
def test_complains_once_about_anything_else_and_goes_on(
    reader: Callable[[Table], object], value: object, message: str
) -> None:
    table, problems = read(value)

    reader(table)

    (problem,) = problems
    assert message in problem.message
    assert problem.path[0] == "t"


def test_what_nobody_asked_for_is_unknown() -> None:
    table, problems = read(1)
    table.text("other", is_required=False)

    table.finish()

    assert problems == [
        Problem(("t", "key"), 'unknown key "key" in [t]', "Known here: other.")
    ]


def test_a_required_key_that_is_misspelt_is_one_problem() -> None:
    table, problems = read(1)
    table.text("keys")

    table.finish()

    assert [problem.hint for problem in problems] == ['Did you mean "keys"?']


def test_stops_collecting_after_a_hundred() -> None:
    problems: list[Problem] = []
    table = Table({f"k{n}": 1 for n in range(MAX_PROBLEMS * 2)}, problems)
    for number in range(MAX_PROBLEMS // 2):
        table.complain(str(number))

    table.finish()
    table.complain("one more")

    assert len(problems) == MAX_PROBLEMS


@pytest.mark.parametrize("text", ["", "a b", "a/b", "a\n", "é", "x" * 65])
def test_names_hold_nothing_that_could_surprise_a_record(text: str) -> None:
    assert not is_name(text)
    assert is_name("training-data")


def test_suggests_the_nearest_word_or_lists_them_all() -> None:
    assert nearest_hint("refuze", ("allow", "refuse")) == 'Did you mean "refuse"?'
    assert nearest_hint("zzz", ("allow", "refuse")) == "Known here: allow, refuse."
    assert nearest_hint("zzz", ()) == ""
