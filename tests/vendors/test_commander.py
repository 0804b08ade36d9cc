"""The command line is read as commander.js reads it."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.vendors import commander
from aiwrap.vendors.descriptor import Grammar

GRAMMAR = Grammar(
    required=frozenset({"--model"}),
    optional=frozenset({"--resume", "--debug"}),
    variadic=frozenset({"--dirs"}),
    flags=frozenset({"--print", "--continue"}),
    aliases={"-p": "--print", "-c": "--continue", "-r": "--resume", "-m": "--model"},
)
WORDS = st.one_of(
    st.sampled_from(
        [
            "--",
            "-",
            "-p",
            "-cp",
            "-rx",
            "-pm",
            "--model",
            "--model=x",
            "--resume",
            "-x",
            "-px",
        ]
    ),
    st.sampled_from(["--dirs", "--dirs=a", "--new", "--new=1", "a b", ""]),
    st.text(max_size=5),
)


@pytest.mark.parametrize(
    ("argv", "options", "operands"),
    [
        (["do it"], [], ["do it"]),
        (["-p", "do it"], [("--print", ())], ["do it"]),
        (["do it", "-p"], [("--print", ())], ["do it"]),
        (["--model", "-p", "x"], [("--model", ("-p",))], ["x"]),
        (["--model=a=b", "x"], [("--model", ("a=b",))], ["x"]),
        (["-mfast", "x"], [("--model", ("fast",))], ["x"]),
        (["-r", "x", "y"], [("--resume", ("x",))], ["y"]),
        (["-r", "-p", "y"], [("--resume", ()), ("--print", ())], ["y"]),
        (["-cp", "x"], [("--continue", ()), ("--print", ())], ["x"]),
        (
            ["-cpr", "x"],
            [("--continue", ()), ("--print", ()), ("--resume", ("x",))],
            [],
        ),
        (
            ["--dirs", "a", "b", "-p", "x"],
            [("--dirs", ("a", "b")), ("--print", ())],
            ["x"],
        ),
        (["--dirs=a", "x"], [("--dirs", ("a",))], ["x"]),
        (["--dirs", "-p", "x"], [("--dirs", ("-p", "x"))], []),
        (["--", "-p", "--model"], [], ["-p", "--model"]),
        (["--dirs", "a", "--", "x"], [("--dirs", ("a",))], ["x"]),
        (["-"], [], ["-"]),
        (["--model"], [("--model", ())], []),
    ],
)
def test_words_are_told_apart(
    argv: list[str], options: list[tuple[str, tuple[str, ...]]], operands: list[str]
) -> None:
    """A prompt that is taken for a value would pass the launch gate unseen."""
    read = commander.read(argv, GRAMMAR)

    assert [(option.name, option.values) for option in read.options] == options
    assert list(read.operands) == operands
    assert not read.has_unknown


@pytest.mark.parametrize("unknown", ["--new", "--new=1", "-x", "-px", "--print=1"])
def test_an_unknown_option_leaves_what_follows_as_an_operand(unknown: str) -> None:
    """A newer vendor CLI may know it: the next word may still be a prompt."""
    read = commander.read([unknown, "do it"], GRAMMAR)

    assert read.operands == ("do it",)
    assert read.has_unknown


def test_an_unknown_option_behind_a_command_is_the_commands_own() -> None:
    """It cannot have swallowed the command's name."""
    assert not commander.read(["mcp", "add", "--scope", "user"], GRAMMAR).has_unknown


@given(argv=st.lists(WORDS, max_size=8))
def test_every_word_is_accounted_for_once(argv: list[str]) -> None:
    """Whatever is typed, no word is lost and none is counted twice."""
    read = commander.read(argv, GRAMMAR)

    taken = {index for o in read.options for index in range(o.start, o.end)}
    assert taken <= set(range(len(argv)))
    rest = Counter(word for index, word in enumerate(argv) if index not in taken)
    assert Counter(read.operands) <= rest
    assert all(word.startswith("-") for word in rest - Counter(read.operands))
