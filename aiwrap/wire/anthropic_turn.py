"""Find what a person says in the newest turn of a conversation.

Pure.  In this order:

  1. The person's words since the model's last message, and with them the result
     of a tool that nobody called.
  2. If there are none, and the turn answers no tool call, all that it says: what
     calls itself the client's is then no better than a person's.
  3. What stands last in the model's name was put there by the client.
"""

from __future__ import annotations

from collections.abc import Sequence

from aiwrap.wire.anthropic_blocks import HumanText
from aiwrap.wire.anthropic_message import Message


def newest(messages: Sequence[Message]) -> tuple[HumanText, ...]:
    """Return the words; none in a tool round."""
    start = _start(messages)
    calls = messages[start - 1].tool_uses if start else ()
    turn = messages[start:]
    words = [
        text
        for message in turn
        for text in (*message.texts, *message.results_without(calls))
    ]
    is_tool_round = any(message.tool_results for message in turn)
    if not words and not is_tool_round:
        words = [text for message in turn for text in message.wrapped]
    if turn and turn[-1].role == "assistant":
        words += turn[-1].prefilled()
    return tuple(words)


def latest(messages: Sequence[Message]) -> tuple[HumanText, ...]:
    """Return the words that the running turn began with."""
    spoken = (message.texts for message in reversed(messages) if message.texts)
    wrapped = (message.wrapped for message in reversed(messages) if message.wrapped)
    return next(spoken, None) or next(wrapped, ())


def _start(messages: Sequence[Message]) -> int:
    """Return where the newest turn begins: behind the model's last message."""
    index = len(messages)
    turn_began = False
    while index and not (turn_began and messages[index - 1].role == "assistant"):
        index -= 1
        turn_began = turn_began or messages[index].role == "user"
    return index
