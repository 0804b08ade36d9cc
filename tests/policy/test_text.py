"""No string of a policy does anything to the terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.policy.text import MAX_SHOWN_CHARS, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("two\nlines\tand  gaps", "two lines and gaps"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("c1 \x9b31m", "c1 31m"),
        ("zero\u200bwidth", "zerowidth"),
        ("  é 中文 🎉 ", "é 中文 🎉"),
        ("lone \ud800 surrogate", "lone surrogate"),
    ],
)
def test_shows_text_without_what_moves_the_cursor(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(), st.integers(1, 50))
def test_never_shows_a_control_character_nor_too_much(text: str, limit: int) -> None:
    shown = printable(text, limit)

    assert shown.isprintable()
    assert len(shown) <= limit
    assert printable(shown, limit) == shown


def test_cuts_at_a_default_length() -> None:
    assert printable("x" * 1000) == "x" * (MAX_SHOWN_CHARS - 1) + "…"
