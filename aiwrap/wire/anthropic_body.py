"""Parse a Messages body into pieces that join to exactly its bytes.

Pure.  Parsing may begin where a known body ends: everything before is then the
same bytes in the same place, so it has the same meaning.  Every message is an
object, so none can be the beginning of another.
"""

from __future__ import annotations

from collections.abc import Sequence

from aiwrap.wire import json_text
from aiwrap.wire.anthropic_blocks import UnreadableError
from aiwrap.wire.anthropic_message import Message

_MESSAGES = "messages"
_FACTS = frozenset({"model", "stream", "system", "tools", "output_config"})
_AFTER_VALUE = (b"", b",", b"}", b" ", b"\n", b"\r", b"\t")


class Member:
    """A top-level member other than the messages, with the bytes before it."""

    __slots__ = ("fact", "forward", "key", "raw")

    def __init__(self, raw: bytes, key: str, value: object) -> None:
        self.raw = raw
        self.key = key
        self.fact = value if key in _FACTS else None
        self.forward: bytes | None = None  # the bytes after redaction


class Body:
    """A body in pieces: head, opening, messages, close, tail, end."""

    __slots__ = (
        "close",
        "end",
        "head",
        "messages",
        "opening",
        "size",
        "start",
        "tail",
        "trusts_client",
    )

    def __init__(
        self,
        start: bytes,
        head: Sequence[Member],
        opening: bytes,
        *,
        trusts_client: bool = True,
    ) -> None:
        self.trusts_client = trusts_client
        self.start = start  # head and opening, joined
        self.head = head  # the members before the messages
        self.opening = opening  # …"messages":[
        self.messages: list[Message] = []
        self.close = b""  # …]
        self.tail: list[Member] = []  # the members after the messages
        self.end = b""  # …}
        self.size = 0  # in bytes, of all of it

    @property
    def members(self) -> dict[str, object]:
        """What was kept of the top-level members, by name."""
        return {member.key: member.fact for member in (*self.head, *self.tail)}


def parse_head(text: str, *, trusts_client: bool = True) -> Body:
    """Parse a body up to its first message."""
    index = json_text.expect(text, json_text.skip_blanks(text, 0), "{")
    head: list[Member] = []
    done = 0
    while True:
        index = _next_key(text, index, is_first=not head)
        key, value_start = json_text.parse_key(text, index)
        if key == _MESSAGES:
            break
        value, index = json_text.parse_at(text, value_start)
        head.append(Member(text[done:index].encode(), key, value))
        done = index
    start = json_text.expect(text, value_start, "[")
    opening = text[done:start].encode()
    return Body(text[:start].encode(), head, opening, trusts_client=trusts_client)


def parse_messages(text: str, body: Body) -> int:
    """Add the messages that follow in `text` to `body`; return where they end.

    `text` goes on right behind the messages that `body` holds already.
    """
    done = 0
    while True:
        index = json_text.skip_blanks(text, done)
        if text[index : index + 1] == "]":
            body.close = text[done : index + 1].encode()
            return index + 1
        if body.messages:
            index = json_text.skip_blanks(text, json_text.expect(text, index, ","))
        value, end = json_text.parse_at(text, index)
        lead = index - done  # separators are ASCII: one byte each
        message = Message(
            text[done:end].encode(), lead, value, trusts_client=body.trusts_client
        )
        body.messages.append(message)
        done = end


def parse_tail(data: bytes, body: Body, known: Sequence[Member]) -> None:
    """Add the members after the messages; those equal to `known` are not parsed."""
    offset = 0
    for place in range(len(data)):
        rest = data[offset:].lstrip()
        if rest.startswith(b"}"):
            break
        member = _same(data, offset, known[place : place + 1])
        body.tail.append(member or _parse_member(data[offset:].decode()))
        offset += len(body.tail[-1].raw)
    body.end = data[offset:]
    if body.end.strip(b" \t\r\n") != b"}":
        raise UnreadableError("the request does not end with its last brace")
    keys = [_MESSAGES, *(member.key for member in (*body.head, *body.tail))]
    if len(set(keys)) != len(keys):
        raise UnreadableError("a key stands twice in the request")


def _next_key(text: str, index: int, *, is_first: bool) -> int:
    index = json_text.skip_blanks(text, index)
    if is_first:
        return index
    return json_text.skip_blanks(text, json_text.expect(text, index, ","))


def _same(data: bytes, offset: int, known: Sequence[Member]) -> Member | None:
    for member in known:
        end = offset + len(member.raw)
        if data.startswith(member.raw, offset) and data[end : end + 1] in _AFTER_VALUE:
            return member
    return None


def _parse_member(text: str) -> Member:
    index = _next_key(text, 0, is_first=False)
    key, value_start = json_text.parse_key(text, index)
    value, end = json_text.parse_at(text, value_start)
    return Member(text[:end].encode(), key, value)
