"""Tests for aiwrap/wire/anthropic_blocks.py; whole messages: test_anthropic_message."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from aiwrap.wire.anthropic_blocks import (
    HumanText,
    Reader,
    UnreadableError,
    find_calls,
    read_envelope,
)

TEXT = {"type": "text", "text": "do it"}
REMINDER = {"type": "text", "text": "<system-reminder>be brief</system-reminder>"}
IMAGE = {"type": "image", "source": {"type": "base64", "data": "aGk="}}


def read(*blocks: Mapping[str, object], trusts_client: bool = True) -> Reader:
    return Reader(
        list(blocks), is_user=True, is_string=False, trusts_client=trusts_client
    )


def test_a_reminder_is_the_clients_and_the_rest_the_persons() -> None:
    """They stand in one message, each in its own block."""
    reader = read(REMINDER, TEXT)

    assert [s.texts for s in reader.submissions] == [(HumanText(1, "do it", "typed"),)]
    assert reader.added == [0]


def test_an_image_goes_with_the_words_it_belongs_to() -> None:
    """If the words are refused, so is the picture."""
    assert read(IMAGE, TEXT).submissions[0].blocks == {0, 1}


def test_a_program_of_the_users_own_is_believed_nothing() -> None:
    """Any tag could be the person's."""
    (submission,) = read(REMINDER, trusts_client=False).submissions

    assert "be brief" in submission.texts[0].text


@pytest.mark.parametrize(
    "value",
    [
        "text",
        {"content": "x"},
        {"role": "user"},
        {"role": "user", "content": ["x"]},
        {"role": "user", "content": [{"type": "text"}]},
    ],
)
def test_a_broken_message_is_unreadable(value: object) -> None:
    """The caller then forwards nothing."""
    with pytest.raises(UnreadableError):
        read_envelope(value)


def test_tool_calls_are_found_with_their_arguments() -> None:
    """What has no name or no object for arguments is none."""
    call = {"type": "tool_use", "name": "Bash", "input": {"command": "ls"}}

    assert list(find_calls([call, TEXT, {"type": "tool_use", "name": "Bash"}])) == [
        ("Bash", {"command": "ls"})
    ]
