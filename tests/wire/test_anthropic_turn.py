"""The words of the newest turn, whoever's tags they wear."""

from __future__ import annotations

import json

from aiwrap.wire import anthropic_turn
from aiwrap.wire.anthropic_message import Message
from tests.wire import conversations as chat


def read(*messages: object) -> list[Message]:
    return [Message(json.dumps(each).encode(), 0, each) for each in messages]


def test_a_tool_round_says_nothing_new() -> None:
    messages = read(
        chat.says("go"),
        chat.assistant(chat.call("a")),
        chat.user(chat.result("a"), chat.text(chat.REMINDER)),
    )

    assert anthropic_turn.newest(messages) == ()
    assert [text.text for text in anthropic_turn.latest(messages)] == ["go"]


def test_nothing_says_nothing() -> None:
    assert anthropic_turn.newest([]) == anthropic_turn.latest([]) == ()
