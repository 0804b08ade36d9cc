"""Tests for aiwrap/records/fields.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.records import fields

PROSE = "write a labelling guide for the reward model"
PATHS = ("/srv/acme/infra/prod/main.tf", "infra/prod", "~/notes", "C:\\secret")
TEXT_FIELDS = {"reason", "detail", "central", "why_uncovered", "team", "pause"}


@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, name) for kind, table in fields.KINDS.items() for name in table],
)
def test_no_field_but_a_text_takes_a_prompt(kind: str, name: str) -> None:
    """Content cannot be recorded by mistake: no other field has room for it."""
    field = fields.KINDS[kind][name]

    assert field.meaning
    assert field.takes(PROSE) == (name in TEXT_FIELDS)
    assert not field.takes(PROSE * 10)
    assert not field.takes([PROSE])
    assert not field.takes({PROSE: 1})


@pytest.mark.parametrize("path", PATHS)
def test_names_take_no_path(path: str) -> None:
    assert not fields.is_name(path)


@pytest.mark.parametrize("path", ["/srv/acme", "infra//prod", "a/", "~/notes", ""])
def test_slashed_names_take_no_absolute_path(path: str) -> None:
    """A repo is host/owner/name; what starts or ends with a slash is a path."""
    assert not fields.is_slashed_name(path)


@pytest.mark.parametrize(
    ("takes", "good", "bad"),
    [
        (fields.is_name, ["claude", "training-data", "x[1m]"], ["", "a b", "é", 1]),
        (fields.is_slashed_name, ["github.com/acme/x", "m-1"], ["a b", "/x", None]),
        (fields.is_text, ["", "öffentlich", "a" * 200], ["a" * 201, "a\nb", "\x1b["]),
        (fields.is_label, ["Applied AI"], ["", "a\tb"]),
        (fields.is_digest, ["ab" * 8, "0" * 64], ["AB" * 8, "ab", "0" * 65, b"ab" * 8]),
        (fields.is_count, [0, 2**53 - 1], [-1, 2**53, True, 1.0, "1"]),
        (fields.is_yes_or_no, [True, False], [0, 1, None, "yes"]),
        (fields.is_exit_code, [0, 255], [256, -1, False]),
        (fields.is_digest_list, [[], ["ab" * 8]], [["x"], "ab" * 8, ["0" * 16] * 501]),
        (fields.is_count_by_name, [{}, {"term": 2}], [{"a/b": 1}, {"a": -1}, []]),
        (fields.is_coverage, [{"wire": True}], [{"wire": 1}, {"other": True}]),
        (
            fields.is_policy,
            [{"team": "Applied AI", "version": 3, "sha256": "0" * 64}],
            [{"team": "a\nb"}, {"extra": 1}, "applied-ai"],
        ),
        (fields.is_action, ["warn", "refuse"], ["block", "", 1]),
    ],
)
def test_what_a_field_takes(
    takes: object, good: list[object], bad: list[object]
) -> None:
    assert callable(takes)
    assert [value for value in good if not takes(value)] == []
    assert [value for value in bad if takes(value)] == []


@given(st.text())
def test_any_text_can_be_made_a_name(text: str) -> None:
    """A vendor may call its model anything; the record is still written."""
    name = fields.as_name(text)

    assert fields.is_slashed_name(name)
    assert fields.as_name(name) == name


@given(st.text())
def test_any_text_can_be_made_a_line(text: str) -> None:
    """A reason is typed by a person, or pasted with newlines and escapes."""
    line = fields.as_text(text)

    assert fields.is_text(line)
    assert fields.as_text(line) == line
