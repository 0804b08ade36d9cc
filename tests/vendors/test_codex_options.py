"""Tests for aiwrap/vendors/codex_options.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.vendors import commander
from aiwrap.vendors.codex import Codex
from aiwrap.vendors.codex_options import overrides


def read(codex_cli: Codex, *argv: str) -> dict[str, str]:
    return overrides(commander.read(argv, codex_cli.facts.grammar))


@pytest.mark.parametrize(
    "argv",
    [
        ("-c", 'a.b="x"'),
        ("-c=a.b=x",),
        ("-ca.b=x",),
        ("--config", "a.b='x'"),
        ("--config=a.b = x",),
        ("exec", "-c", "a.b=y", "prompt", "-c", "a.b=x"),
        ("-c", '"a".b=x'),
    ],
)
def test_the_ways_to_write_one(codex_cli: Codex, argv: tuple[str, ...]) -> None:
    """As Codex does: the last one wins, texts with or without quotes."""
    assert read(codex_cli, *argv) == {"a.b": "x"}


def test_without_a_value_there_is_none(codex_cli: Codex) -> None:
    assert read(codex_cli, "-c", "a", "-c") == {}


@given(words=st.lists(st.text(max_size=8), max_size=5))
def test_no_words_break_it(codex_cli: Codex, words: list[str]) -> None:
    assert isinstance(read(codex_cli, *words), dict)
