"""Tests for aiwrap/wire/anthropic_body.py: pieces that join to the bytes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.wire import anthropic_body
from aiwrap.wire.anthropic_blocks import UnreadableError
from aiwrap.wire.anthropic_body import Body
from aiwrap.wire.json_text import JsonTextError

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
MESSAGES = st.lists(
    st.builds(lambda text: {"role": "user", "content": text}, TEXT), max_size=4
)


def parse(text: str) -> Body:
    """Parse a whole body."""
    body = anthropic_body.parse_head(text)
    rest = text[len(body.start.decode()) :]
    index = anthropic_body.parse_messages(rest, body)
    anthropic_body.parse_tail(rest[index:].encode(), body, ())
    return body


def joined(body: Body) -> bytes:
    """Put the pieces together again."""
    pieces = [body.start, *(message.element for message in body.messages), body.close]
    return b"".join([*pieces, *(member.raw for member in body.tail), body.end])


@given(
    messages=MESSAGES,
    head=st.dictionaries(st.sampled_from(["model", "system"]), TEXT),
    tail=st.dictionaries(st.sampled_from(["stream", "tools"]), TEXT),
    indent=st.sampled_from([None, 1]),
)
def test_the_pieces_join_to_the_bytes(
    messages: list[dict[str, str]],
    head: dict[str, str],
    tail: dict[str, str],
    indent: int | None,
) -> None:
    """Whatever the spacing, and wherever the other members stand."""
    text = json.dumps({**head, "messages": messages, **tail}, indent=indent)

    body = parse(text)

    assert joined(body) == text.encode()
    assert len(body.messages) == len(messages)
    assert body.members.keys() == head.keys() | tail.keys()


@pytest.mark.parametrize(
    "text",
    [
        '{"messages": []',
        '{"messages": [], "a": 1, "a": 2}',
        '{"messages": [], "messages": []}',
        '{"messages": []} trailing',
        '{"messages": [{"role": "user", "content": "x"} {"role": "user"}]}',
        '{"messages": {}}',
        '{"model": "m"}',
        "[]",
        "",
    ],
)
def test_what_two_readers_might_understand_differently_is_unreadable(
    text: str,
) -> None:
    """The caller then forwards nothing."""
    with pytest.raises((UnreadableError, JsonTextError)):
        parse(text)
