"""Plays the coding session through one address, and measures what comes back.

Reads are stamped as they arrive and understood afterwards, so that measuring
costs the measured path as little as it can.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, cast
from urllib.parse import SplitResult, urlsplit

from tests.bench.session_bodies import CodingSession, is_sensitive, reply
from tests.bench.session_vendor import LEADING_EVENTS, TARGET_AT

_MARK = re.compile(r"~(\d+)~ goes")
_NUMBER = re.compile(r"#(\d{7})#")
_LAST_CHUNK = b"\r\n0\r\n\r\n"
_FIELDS = (
    b"content-type: application/json\r\nanthropic-version: 2023-06-01\r\n"
    b"x-api-key: made-up\r\naccept-encoding: gzip, br\r\n"
)
_TURN_SECONDS = 90.0


class Answer(NamedTuple):
    """One answered turn, understood."""

    turn: int
    number: int  # of the request, at the vendor
    sent: int  # ns of the request's first write
    first: int  # ns of the first whole event
    marks: dict[int, int]  # delta → ns of its arrival
    text: str
    tool_input: dict[str, Any]


class Played(NamedTuple):
    """One answered turn as it came."""

    session: CodingSession
    turn: int
    sent: int
    reads: Sequence[tuple[int, bytes]]


class Wire(asyncio.Protocol):
    """A kept-alive connection that stamps each read of a chunked answer."""

    def __init__(self) -> None:
        self._done: asyncio.Future[None] | None = None
        self.reads: list[tuple[int, bytes]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail a turn that is under way."""
        if self._done is not None and not self._done.done():
            self._done.set_exception(exc or ConnectionError("closed"))

    def data_received(self, data: bytes) -> None:
        """Stamp, and see whether the answer ended."""
        self.reads.append((time.monotonic_ns(), data))
        tail = data
        if len(tail) < len(_LAST_CHUNK) and len(self.reads) > 1:
            tail = self.reads[-2][1][-len(_LAST_CHUNK) :] + data
        if tail.endswith(_LAST_CHUNK) and self._done is not None:
            self._done.set_result(None)

    async def ask(self, head: bytes, body: bytes) -> int:
        """Send one request, wait for its answer; return when it was sent."""
        self._done, self.reads = asyncio.get_running_loop().create_future(), []
        sent = time.monotonic_ns()
        self.transport.writelines([head, body])
        await asyncio.wait_for(self._done, _TURN_SECONDS)
        return sent


async def play(
    base_url: str, session: CodingSession, turns: Sequence[int], *, feeds_back: bool
) -> list[Played]:
    """Play `turns`; `feeds_back`: later turns repeat what was received."""
    url = urlsplit(base_url)
    _, wire = await asyncio.get_running_loop().create_connection(
        Wire, "127.0.0.1", url.port or 80
    )
    played: list[Played] = []
    replies: dict[int, bytes] = {}
    for turn in range(1, max(turns) + 1):
        if turn not in turns:
            replies[turn] = session.canned_reply(turn)
            continue
        body = session.body(turn, replies)
        sent = await wire.ask(_head(url, len(body)), body)
        played.append(Played(session, turn, sent, wire.reads))
        replies[turn] = session.canned_reply(turn)
        if feeds_back:
            answer = understand(played[-1])
            replies[turn] = reply(answer.text, session.tool_id(turn), answer.tool_input)
    wire.transport.close()
    return played


def understand(played: Played) -> Answer:
    """Return what an answer said, and when."""
    first, text, tool = 0, "", ""
    marks: dict[int, int] = {}
    for at, event in events(played.reads):
        first = first or at
        delta = event.get("delta", {})
        if "text" in delta:
            overlap = max(0, len(text) - 20)
            text += delta["text"]
            for mark in _MARK.finditer(text, overlap):
                marks.setdefault(int(mark[1]), at)
        tool += delta.get("partial_json", "")
    number = _NUMBER.search(text)
    if number is None:
        raise ValueError(f"turn {played.turn} was not answered: {played.reads[:1]!r}")
    return Answer(
        played.turn,
        int(number[1]),
        played.sent,
        first,
        marks,
        text,
        json.loads(tool),
    )


def events(reads: Sequence[tuple[int, bytes]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (ns of its last byte, event) of a chunked stream."""
    pending = b""
    for at, payload in _payloads(reads):
        pending += payload
        *whole, pending = pending.split(b"\n\n")
        for block in whole:
            data = block.partition(b"data: ")[2]
            if data:
                yield at, json.loads(data)


def restored(answer: Answer, session: CodingSession) -> tuple[bool, bool]:
    """Whether the real path stands in both places of the text, and in the call."""
    target = session.targets[answer.turn - 1]
    in_text = answer.text.count(f"I open `{target}` and") == len(TARGET_AT)
    return in_text, answer.tool_input.get("file_path") == target


def first_byte_ms(answer: Answer, times: dict[str, Any]) -> float:
    """Return the time to the first event, less the vendor's own part of it."""
    vendors_own = times["events"][0] - times["complete"]
    return float(answer.first - answer.sent - vendors_own) / 1e6


def event_ms(answer: Answer, times: dict[str, Any]) -> list[float]:
    """Return, per text delta, the time from the vendor's write to its arrival.

    Deltas that repeat the path stand between the numbered ones; only those before
    the first of them can be found by their number.
    """
    written = times["events"]
    return [
        (at - written[LEADING_EVENTS + mark]) / 1e6
        for mark, at in answer.marks.items()
        if mark < TARGET_AT[0]
    ]


def count_sensitive(answers: Sequence[Answer], session: CodingSession) -> list[int]:
    """Return [sensitive turns, restored in text, restored in tool input]."""
    pairs = [restored(a, session) for a in answers if is_sensitive(a.turn)]
    return [len(pairs), sum(p[0] for p in pairs), sum(p[1] for p in pairs)]


def _head(url: SplitResult, length: int) -> bytes:
    path = f"{url.path.rstrip('/')}/v1/messages"
    line = f"POST {path} HTTP/1.1\r\nHost: {url.netloc}\r\n".encode()
    return line + _FIELDS + b"Content-Length: %d\r\n\r\n" % length


def _payloads(reads: Sequence[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Undo the head and the chunks, keeping each piece's arrival."""
    buffer = bytearray()
    has_head = False
    for at, data in reads:
        buffer += data
        if not has_head:
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                continue
            del buffer[: end + 4]
            has_head = True
        piece = bytearray()
        while (end := buffer.find(b"\r\n")) > 0:
            size = int(buffer[:end].split(b";")[0], 16)
            if size == 0 or len(buffer) < end + size + 4:
                break
            piece += buffer[end + 2 : end + 2 + size]
            del buffer[: end + size + 4]
        if piece:
            yield at, bytes(piece)
