"""Parse a Responses body into pieces that join to exactly its bytes.

Pure.  Parsing may begin where a known body ends: everything before is then the
same bytes in the same place, so it has the same meaning.  Every item is an
object, so none can be the beginning of another.
"""

from __future__ import annotations

from collections.abc import Sequence

from aiwrap.wire import json_text
from aiwrap.wire.openai_responses_item import Item, UnreadableItemError

INPUT = "input"
_FACTS = frozenset({"model", "stream", "instructions", "text", "client_metadata"})


class Member:
    """A top-level member, with the bytes before it."""

    __slots__ = ("fact", "forward", "key", "raw")

    def __init__(self, raw: bytes, key: str, value: object) -> None:
        self.raw = raw
        self.key = key
        self.fact = value if key in _FACTS else None
        self.forward: bytes | None = None  # the bytes after redaction


class Body:
    """A body in pieces: head, opening, items, close, tail, end."""

    __slots__ = (
        "close",
        "end",
        "head",
        "is_text",
        "items",
        "opening",
        "size",
        "start",
        "tail",
    )

    def __init__(self, start: bytes, head: Sequence[Member], opening: bytes) -> None:
        self.start = start  # head and opening, joined
        self.head = head  # the members before the input
        self.opening = opening  # …"input":[
        self.items: list[Item] = []
        self.is_text = False  # the input is one string, kept as one item
        self.close = b""  # …]
        self.tail: list[Member] = []  # the members after the input
        self.end = b""  # …}
        self.size = 0  # in bytes, of all of it

    @property
    def facts(self) -> dict[str, object]:
        """What was kept of the top-level members, by name."""
        return {member.key: member.fact for member in (*self.head, *self.tail)}


def parse_head(text: str) -> Body:
    """Parse a body up to its first item."""
    index = json_text.expect(text, json_text.skip_blanks(text, 0), "{")
    head: list[Member] = []
    done = 0
    while True:
        index = _next_key(text, index, is_first=not head)
        key, value_start = json_text.parse_key(text, index)
        if key == INPUT:
            break
        value, index = json_text.parse_at(text, value_start)
        head.append(Member(text[done:index].encode(), key, value))
        done = index
    if text[value_start : value_start + 1] == '"':
        return _text_input(text, value_start, head, done)
    start = json_text.expect(text, value_start, "[")
    return Body(text[:start].encode(), head, text[done:start].encode())


def parse_items(text: str, body: Body) -> int:
    """Add the items that follow in `text` to `body`; return where they end.

    `text` goes on right behind the items that `body` holds already.
    """
    if body.is_text:
        return 0  # read with the head
    done = 0
    while True:
        index = json_text.skip_blanks(text, done)
        if text[index : index + 1] == "]":
            body.close = text[done : index + 1].encode()
            return index + 1
        if body.items:
            index = json_text.skip_blanks(text, json_text.expect(text, index, ","))
        value, end = json_text.parse_at(text, index)
        lead = index - done  # separators are ASCII: one byte each
        body.items.append(Item(text[done:end].encode(), lead, value))
        done = end


def parse_tail(text: str, body: Body) -> None:
    """Add the members after the input."""
    done = 0
    while True:
        index = json_text.skip_blanks(text, done)
        if text[index : index + 1] == "}":
            break
        index = json_text.skip_blanks(text, json_text.expect(text, index, ","))
        key, value_start = json_text.parse_key(text, index)
        value, end = json_text.parse_at(text, value_start)
        body.tail.append(Member(text[done:end].encode(), key, value))
        done = end
    body.end = text[done:].encode()
    if body.end.strip(b" \t\r\n") != b"}":
        raise UnreadableItemError("the request does not end with its last brace")
    keys = [INPUT, *(member.key for member in (*body.head, *body.tail))]
    if len(set(keys)) != len(keys):
        raise UnreadableItemError("a key stands twice in the request")


def _text_input(text: str, start: int, head: Sequence[Member], done: int) -> Body:
    """Read an input that is one string: a message of the person."""
    value, end = json_text.parse_string(text, start)
    body = Body(text[:end].encode(), head, text[done:start].encode())
    body.is_text = True
    message = {"role": "user", "content": value}
    body.items.append(Item(text[start:end].encode(), 0, message))
    return body


def _next_key(text: str, index: int, *, is_first: bool) -> int:
    index = json_text.skip_blanks(text, index)
    if is_first:
        return index
    return json_text.skip_blanks(text, json_text.expect(text, index, ","))
