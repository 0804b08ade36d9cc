"""A message says what in it a person wrote, and where."""

from __future__ import annotations

import json

import pytest

from aiwrap.wire.anthropic_blocks import HumanText, UnreadableError
from aiwrap.wire.anthropic_message import Message
from tests.wire import conversations as chat


def read(message: object) -> Message:
    element = ",\n " + json.dumps(message)
    return Message(element.encode(), 3, message)


def test_a_string_has_no_block() -> None:
    assert read(chat.says(" hello\n")).texts == (HumanText(None, "hello", "typed"),)


def test_words_among_reminders_are_found_in_their_block() -> None:
    message = read(chat.user(chat.text(chat.REMINDER), chat.text("hello")))

    assert message.texts == (HumanText(1, "hello", "typed"),)


def test_a_commands_arguments_and_its_expansion_count() -> None:
    message = read(chat.user(chat.command("foo", "a b"), chat.text("Do a b.")))

    assert message.texts == (
        HumanText(0, "a b", "command"),
        HumanText(1, "Do a b.", "command"),
    )
    assert len(message.submissions) == 1


def test_words_typed_after_a_local_command_are_typed() -> None:
    output = chat.text("<local-command-stdout>ok</local-command-stdout>\n")
    message = read(chat.user(chat.command("clear", ""), output, chat.text("hello")))

    assert message.texts == (HumanText(2, "hello", "typed"),)
    assert len(message.submissions) == 2


def test_a_shell_command_counts_and_its_output_does_not() -> None:
    message = read(
        chat.user(
            chat.text("<bash-input>ls</bash-input>\n"),
            chat.text("<bash-stdout>a</bash-stdout><bash-stderr></bash-stderr>"),
        )
    )

    assert message.texts == (HumanText(0, "ls", "shell"),)


def test_words_typed_while_a_tool_ran_count() -> None:
    message = read(
        chat.user(chat.result("a"), chat.text(chat.MID_TURN.format("also this")))
    )

    assert message.texts == (HumanText(1, "also this", "typed"),)


def test_words_typed_in_mid_turn_count_in_a_system_message_too() -> None:
    both = chat.MID_TURN.format("two") + "\n\n" + chat.MID_TURN.format("three")

    assert read(chat.system(both)).texts == (
        HumanText(None, "two", "typed"),
        HumanText(None, "three", "typed"),
    )


@pytest.mark.parametrize("as_blocks", [False, True])
def test_a_comment_on_a_rejected_tool_counts(as_blocks: bool) -> None:
    words = chat.REJECTED.format("label it instead")
    content: object = [chat.text(words)] if as_blocks else words

    message = read(chat.user(chat.result("a", content)))

    assert message.texts == (HumanText(0, "label it instead", "typed"),)


def test_nothing_of_the_model_or_the_client_counts() -> None:
    for message in (
        chat.assistant(chat.text("I am the model")),
        chat.system("note"),
        chat.user(chat.result("a", "file content")),
        chat.user(chat.text(chat.NOTICE)),
    ):
        assert read(message).texts == ()


@pytest.mark.parametrize(
    "message",
    [
        "text",
        None,
        {},
        {"role": "user"},
        {"role": 1, "content": "x"},
        {"role": "user", "content": {"text": "x"}},
        {"role": "user", "content": ["x"]},
        {"role": "user", "content": [{"type": "text"}]},
        {"role": "user", "content": [{"type": "text", "text": ["x"]}]},
    ],
)
def test_a_message_of_another_shape_cannot_be_screened(message: object) -> None:
    with pytest.raises(UnreadableError):
        read(message)


def test_an_edit_leaves_the_other_bytes_alone() -> None:
    element = b', { "role": "user", "content":[ {"type":"text","text":"\\u0061"} ,'
    element += b' {"type":"text","text":"b"}], "x":1e2}'
    message = Message(element, 2, json.loads(element[2:]))

    edited = message.edited_raw((frozenset({1}), frozenset()))

    expected = b', { "role": "user", "content":[{"type":"text","text":"\\u0061"}]'
    assert edited == expected + b', "x":1e2}'
