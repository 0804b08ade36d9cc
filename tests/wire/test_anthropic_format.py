"""Tests for aiwrap/wire/anthropic_format.py."""

from __future__ import annotations

import json

import pytest

from aiwrap.wire.anthropic_format import FORMAT
from aiwrap.wire.exchange import Request


def ask(path: str = "/v1/messages", method: str = "POST", *texts: str) -> Request:
    """Return a request with these user messages."""
    messages = [{"role": "user", "content": text} for text in texts or ("hi",)]
    body = {"model": "m", "messages": messages, "tools": [{"name": "Read"}]}
    return Request(method, path, (), json.dumps(body).encode())


@pytest.mark.parametrize(
    ("path", "method", "expected"),
    [
        ("/v1/messages", "POST", True),
        ("/v1/messages?beta=true", "POST", True),
        ("/v1/messages/", "POST", True),
        ("/v1/messages/count_tokens?beta=true", "POST", True),
        ("/prefix/v1/messages", "POST", True),
        ("/v1/models", "GET", False),
        ("/v1/messages", "PUT", True),
        ("/v1/messages/batches", "POST", True),
        ("/api/event_logging/batch", "POST", False),
        ("/v1/files", "POST", False),
    ],
)
def test_which_requests_carry_a_persons_words(
    path: str, method: str, expected: bool
) -> None:
    """All others are redacted as they are, and judged by nobody."""
    assert FORMAT.is_conversation(ask(path, method)) is expected


def test_every_text_moves_the_turn_on() -> None:
    """After an error the client puts the next prompt into the same message."""
    memory = FORMAT.new_memory(None, lambda _raw: False)
    merged = ask()
    content = [{"type": "text", "text": text} for text in ("one", "two")]
    body = {"model": "m", "messages": [{"role": "user", "content": content}]}

    first = memory.read(ask("/v1/messages", "POST", "one")).turn
    second = memory.read(merged._replace(body=json.dumps(body).encode())).turn

    assert first != second


def test_unreadable_requests_are_value_errors() -> None:
    """The gateway then forwards nothing."""
    memory = FORMAT.new_memory(None, lambda _raw: False)

    with pytest.raises(ValueError, match="unreadable"):
        memory.read(ask()._replace(body=b'{"messages": ['))


def test_a_sub_agents_words_can_still_be_asked_for() -> None:
    """Screening decides whether to believe the header."""
    memory = FORMAT.new_memory(None, lambda _raw: False)
    headers = ((b"x-claude-code-agent-id", b"a1"),)

    asked = memory.read(ask("/v1/messages", "POST", "do it")._replace(headers=headers))

    assert asked.is_agents
    assert [human.text for human in asked.current()] == ["do it"]
