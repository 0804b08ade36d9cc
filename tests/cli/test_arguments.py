"""Tests for aiwrap/cli/arguments.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.cli.arguments import CommandLine, split
from aiwrap.errors import UsageError


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["claude"], CommandLine("claude", ())),
        (["claude", "--task", "x"], CommandLine("claude", ("--task", "x"))),
        (["--task", "evals", "claude"], CommandLine("claude", (), task="evals")),
        (["--task=evals", "claude"], CommandLine("claude", (), task="evals")),
        (
            ["--confirm", "p", "--reason", "why", "/opt/claude", "-p", "x"],
            CommandLine("/opt/claude", ("-p", "x"), None, "p", "why"),
        ),
        (["--version"], CommandLine("--version", ())),
        (["claude", "--version"], CommandLine("claude", ("--version",))),
        ([], CommandLine("--help", ())),
    ],
    ids=[
        "vendor alone",
        "what is behind the vendor's name is the vendor's",
        "our option before it",
        "our option with an equals sign",
        "confirmation and a binary's path",
        "our own version",
        "the vendor's version",
        "nothing at all",
    ],
)
def test_split(argv: list[str], expected: CommandLine) -> None:
    """Ours end at the vendor's name."""
    assert split(argv) == expected


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        (["--tsk", "x", "claude"], "--tsk"),
        (["--task"], "--task"),
        (["--confirm", "p", "claude"], "--reason"),
        (["--reason", "why", "claude"], "--confirm"),
        (["--confirm", "p", "--reason", " ", "claude"], "empty"),
        (["--confirm", "p", "--reason", "y" * 201, "claude"], "201"),
    ],
)
def test_bad_options_say_which(argv: list[str], word: str) -> None:
    """One clear error, before anything is started."""
    with pytest.raises(UsageError, match=word):
        split(argv)


@given(rest=st.lists(st.text()))
def test_the_vendors_arguments_are_untouched(rest: list[str]) -> None:
    """Whatever they are."""
    assert split(["claude", *rest]).rest == tuple(rest)
