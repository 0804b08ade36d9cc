"""The prefilter never says no where there is something."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.redaction.needles import Needles, quoted

WORDS = ["prod", "naïve", "a.b", "c+d"]
NEEDLES = Needles(map(quoted, WORDS))
around = st.text(max_size=20)


@given(around, st.sampled_from(WORDS), around, st.booleans())
def test_a_word_is_seen_in_any_text(
    before: str, word: str, after: str, upper: bool
) -> None:
    text = before + (word.upper() if upper else word) + after

    assert NEEDLES.in_text(text)
    assert NEEDLES.in_json(json.dumps(text).encode())
    assert NEEDLES.in_json(json.dumps(json.dumps(text)).encode())


@given(st.text())
def test_a_text_without_words_is_passed_over(text: str) -> None:
    if not any(word in text.lower() for word in ["prod", "na", "a.b", "c+d", "zq"]):
        assert not NEEDLES.in_text(text)


@given(st.lists(st.sampled_from(["prod", "é", "😀", "\n", "x", "\r"])).map("".join))
def test_the_lines_with_words_are_the_lines(text: str) -> None:
    found = [text[start:end] for start, end in NEEDLES.lines(text)]

    assert found == [line for line in text.split("\n") if "prod" in line]


def test_a_pattern_without_a_literal_makes_every_text_worth_reading() -> None:
    needles = Needles([""])

    assert needles.in_text("anything")
    assert needles.in_json(b"anything")
    assert needles.lines("a\nb") == [(0, 3)]


def test_no_words_match_nothing() -> None:
    assert not Needles([]).in_text("anything at all")


@pytest.mark.parametrize("word", ["(", "[a-z]", "a|b", "\\d", "$^"])
def test_characters_of_expressions_are_taken_literally(word: str) -> None:
    needles = Needles([quoted(word)])

    assert needles.in_text(f"x {word} y")
    assert not needles.in_text("x 5 y")
