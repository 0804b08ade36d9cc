"""Whatever tomli does not understand is said in plain words."""

from __future__ import annotations

import pytest
import tomli

from aiwrap.policy.toml_errors import explain


def explained(text: str) -> tuple[int, int, str, str]:
    try:
        tomli.loads(text)
    except (ValueError, RecursionError) as error:
        return explain(error)
    raise AssertionError("tomli has nothing to say")


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a = 1\nb = \n", 2, 5, "expected a value after the equals sign"),
        ("a 1", 1, 3, 'expected "=" after a key'),
        ("a = 1\n? = 2", 2, 1, "expected a key, a [table] or a comment"),
        ("[a.?]", 1, 4, "expected a key"),
        ("a = 24h", 1, 7, "expected the end of the line after a value"),
        ("[a", 1, 3, "expected a closing bracket at the end of a table's name"),
        ("[[a]\n", 1, 4, "expected a closing bracket at the end of a table's name"),
        ("a = [1, 2\nb = 3", 2, 1, 'expected a comma or "]": a list is not closed'),
        ("a = {b = 1", 1, 11, 'expected a comma or "}": an inline table'),
        ('a = "x', 1, 7, "expected a closing quote: a text is not closed"),
        ('a = "x\n', 1, 7, "a control character or a line break"),
        ("a = 1\na = 2", 2, 6, "the same key stands here a second time"),
        ("a = {b = 1, b = 2}", 1, 18, "the same key stands here a second time"),
        ("[a]\n[a]", 2, 3, "the same table stands here a second time"),
        ("a = {}\na.b = 1", 2, 8, "this table was closed before"),
        ('a = "\\d"', 1, 8, "a backslash in a text needs a second one"),
        ("a = 2026-02-30", 1, 5, "expected a date that exists"),
        ('a = "\\uzzzz"', 1, 8, "expected hexadecimal digits"),
        ('a = "\\ud800"', 1, 12, "expected the number of a character"),
        ("# \x07", 1, 3, "a control character stands in a comment"),
        ("[a.b]\n[a]\nb.c = 1", 3, 8, "this table was written in another form"),
    ],
)
def test_names_what_was_expected(
    text: str, line: int, column: int, message: str
) -> None:
    found = explained(text)

    assert found[:2] == (line, column)
    assert found[2].startswith(message)
    assert found[3]


def test_an_unknown_complaint_is_passed_on() -> None:
    error = tomli.TOMLDecodeError("Something new", "a\nb", 2)

    assert explain(error) == (2, 1, "not valid TOML: Something new", "")


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "9" * 5000])
def test_what_is_beyond_any_limit_has_no_place(text: str) -> None:
    assert explained(text)[:2] == (1, 1)
