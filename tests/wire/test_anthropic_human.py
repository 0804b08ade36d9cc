"""A person's own words are found in every shape that Claude Code gives them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.wire import anthropic_human
from aiwrap.wire.anthropic_human import Part
from tests.wire import conversations as chat

COMPACT = (
    "<command-name>/compact</command-name>\n   <command-message>compact"
    "</command-message>\n   <command-args>keep names</command-args>\n"
)
CONTINUED = (
    "This session is being continued from a previous conversation that ran out of"
    " context."
)
REMINDED = "<system-reminder>\n" + chat.MID_TURN.format("go on") + "</system-reminder>"
MID_TURN_CUT = "The user sent a new message while you were working:\nx"
QUOTING = chat.MID_TURN.partition("{}")[2] + " And label the rows."
CAVEAT = "<local-command-caveat>Run by the user.</local-command-caveat>"


@pytest.mark.parametrize(
    ("text", "role", "words"),
    [
        ("clean up the parser", "typed", "clean up the parser"),
        ("\n two lines\n", "typed", "\n two lines\n"),
        ("", "added", ""),
        (chat.REMINDER, "added", ""),
        (chat.REMINDER + chat.REMINDER, "added", ""),
        (chat.REMINDER + "and mine", "typed", chat.REMINDER + "and mine"),
        ("mine first\n" + chat.REMINDER, "typed", "mine first\n" + chat.REMINDER),
        ("<system-reminder> never closed", "typed", "<system-reminder> never closed"),
        (chat.NOTICE, "notice", ""),
        ("[SYSTEM NOTIFICATION - NOT USER INPUT]\nx", "notice", ""),
        ("<task-notification>done</task-notification>", "notice", ""),
        (chat.MID_TURN.format("go on"), "inline", ""),
        (REMINDED, "inline", ""),
        (REMINDED + "mine", "typed", REMINDED + "mine"),
        (MID_TURN_CUT, "typed", MID_TURN_CUT),
        ("[Request interrupted by user]", "output", ""),
        ("[Request interrupted by user for tool use]", "output", ""),
        ("[Request interrupted by user] do this", "typed", "do this"),
        (CAVEAT, "output", ""),
        ("<local-command-stdout></local-command-stdout>\n", "output", ""),
        (CAVEAT + "\nmine", "typed", CAVEAT + "\nmine"),
        ("<bash-stdout>a</bash-stdout><bash-stderr></bash-stderr>", "output", ""),
        ("<bash-input>rm x</bash-input>\n", "shell", "rm x"),
        ("<bash-input>rm x", "shell", "<bash-input>rm x"),
        (
            "<command-message>f</command-message>\n<command-name>/f</command-name>\n",
            "command",
            "",
        ),
        (COMPACT, "command", "keep names"),
        (
            "<command-name>/f</command-name><command-args>a</command-args> and b",
            "command",
            "a\nand b",
        ),
        ("<command-name>/f</command-name> and b", "command", "and b"),
        ("<command-name>/f and b", "typed", "<command-name>/f and b"),
        (chat.TITLE.format("label the data"), "side", "label the data"),
        (
            "<session>\nx\n</session>\nand then label",
            "typed",
            "<session>\nx\n</session>\nand then label",
        ),
        (chat.COMPACTION.format("keep names"), "side", "keep names"),
        (
            chat.COMPACTION.replace("Additional Instructions:\n{}\n", ""),
            "side",
            "",
        ),
        (
            "CRITICAL: Respond with TEXT ONLY. Do NOT call any tools.\nlabel it",
            "typed",
            "CRITICAL: Respond with TEXT ONLY. Do NOT call any tools.\nlabel it",
        ),
        (CONTINUED, "added", ""),
        ("## Context Usage\n\n**Model:** m\n| skills | 1 |", "output", ""),
        ("<div>html is typed too</div>", "typed", "<div>html is typed too</div>"),
        ("The user sent me here", "typed", "The user sent me here"),
    ],
)
def test_each_shape_is_told_apart(text: str, role: str, words: str) -> None:
    assert anthropic_human.read_text(text) == Part(role, words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (chat.REJECTED.format("use tabs"), ["use tabs"]),
        ("The user doesn't want to proceed with this tool use.", []),
        ('Your questions have been answered: "Which?"="B".', ['"Which?"="B".']),
        ("The user answered: B", ["B"]),
        ('The user answered: "W"="B". Read the answers carefully — x.', ['"W"="B"']),
        ("total 12\ndrwxr-xr-x the user said:\nnothing", []),
        (chat.MID_TURN.format("go on"), ["go on"]),
        (chat.MID_TURN.format(QUOTING), [QUOTING.strip()]),
        (
            chat.MID_TURN.format("two") + "\n\n" + chat.MID_TURN.format("th\n\nree"),
            ["two", "th\n\nree"],
        ),
    ],
)
def test_words_inside_a_text_of_the_client_are_found(
    text: str, words: list[str]
) -> None:
    spans = anthropic_human.find_inline(text)

    assert [text[start:end] for start, end in spans] == words


def test_only_the_refused_words_are_hidden() -> None:
    text = chat.MID_TURN.format("text") + chat.MID_TURN.format("two")

    hidden = anthropic_human.hide_inline(text, {"text"}, "[gone]")

    assert hidden == chat.MID_TURN.format("[gone]") + chat.MID_TURN.format("two")


@given(text=st.text())
def test_any_other_text_is_the_persons(text: str) -> None:
    """Fail closed: what has no known wrapper is screened."""
    if not text.lstrip().startswith(("<", "[", "The user sent", "CRITICAL", "This s")):
        assert anthropic_human.read_text(text).words == (text if text.strip() else "")


@given(
    pieces=st.lists(
        st.sampled_from(
            [
                "<system-reminder>",
                "</system-reminder>",
                "<bash-input>",
                "</bash-input>",
                "<bash-stdout>",
                "</bash-stdout>",
                "<command-name>",
                "</command-name>",
                "<command-args>",
                "</command-args>",
                "<session>\n",
                "\n</session>",
                " MINE ",
            ]
        ),
        max_size=8,
    )
)
def test_no_broken_wrapper_hides_words_that_follow_it(pieces: list[str]) -> None:
    part = anthropic_human.read_text("".join([*pieces, "\nLAST"]))

    assert "LAST" in part.words
