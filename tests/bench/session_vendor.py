"""A stand-in for the vendor's API, as a process: streams events, keeps times.

    python session_vendor.py        prints its port on the first line

POST …/v1/messages is answered with about 350 server-sent events, one write per
event.  The answer names the request's number as `#N#`, carries `~K~` in text delta
K, and repeats the path that the request asked to open: twice in text, cut over
several deltas, and in a tool call whose JSON is cut every 3 to 7 characters.

GET /control?gap_ms=2           pause between events
GET /times?n=N                  nanoseconds of request N: complete, each event
GET /findings                   what arrived that should not have; starts anew
Times are CLOCK_MONOTONIC, so they compare with the client's.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import re
import time
from functools import lru_cache
from typing import cast
from urllib.parse import parse_qs, urlsplit

import uvloop

from tests.bench.session_bodies import SENSITIVE, dumps

DELTAS = 300
TARGET_AT = (100, 200)
LEADING_EVENTS = 3  # before the first text delta
_NUMBER = b"7654321"  # put in place of the request's number
_ENDS_OF_BODY = 4_000
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Log:
    """What the vendor saw since the last findings."""

    def __init__(self) -> None:
        self.gap_seconds = 0.0
        self.count = 0
        self.times: dict[int, dict[str, object]] = {}
        self.bodies: list[bytes] = []

    def findings(self) -> dict[str, object]:
        """Count leaks, and how much of each body the next one repeats."""
        bodies, self.bodies = self.bodies, []
        needles = [path.encode() for path in SENSITIVE]
        needles += [path.rpartition("/")[2].encode() for path in SENSITIVE]
        plain = [body.replace(b"\\/", b"/") for body in bodies]
        return {
            "bodies": len(bodies),
            "leaks": sum(body.count(needle) for body in plain for needle in needles),
            "prefix": [
                _shared(before, after) / len(before)
                for before, after in itertools.pairwise(bodies)
            ],
        }


class Connection(asyncio.Protocol):
    """One connection; requests have a content-length."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._buffer = bytearray()
        self._wanted = 0
        self._is_open = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Stop answering."""
        self._is_open = False

    def data_received(self, data: bytes) -> None:
        """Collect one request."""
        self._buffer += data
        if len(self._buffer) < self._wanted:
            return
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(bytes(self._buffer[:end]))
        self._wanted = end + 4 + (int(length[1]) if length else 0)
        if len(self._buffer) < self._wanted:
            return
        complete = time.monotonic_ns()
        head = bytes(self._buffer[:end])
        body = bytes(self._buffer[end + 4 : self._wanted])
        del self._buffer[: self._wanted]
        self._wanted = 0
        self._answer(head, body, complete)

    def _answer(self, head: bytes, body: bytes, complete: int) -> None:
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
        url = urlsplit(target)
        query = parse_qs(url.query)
        log = self._log
        if url.path == "/control":
            log.gap_seconds = float(query["gap_ms"][0]) / 1000
            self._json({})
        elif url.path == "/times":
            self._json(log.times.pop(int(query["n"][0]), {}))
        elif url.path == "/findings":
            self._json(log.findings())
        elif method == "POST" and url.path.endswith("/v1/messages"):
            log.count += 1
            log.bodies.append(body)
            self._stream(log.count, target_in(body), complete)
        else:
            self._json({"ok": True})

    def _json(self, value: object) -> None:
        body = dumps(value)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        self._transport.write(
            head + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        )

    def _stream(self, number: int, target: str, complete: int) -> None:
        loop = asyncio.get_running_loop()
        written: list[int] = []
        self._log.times[number] = {"complete": complete, "events": written}
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            b"request-id: req_%d\r\nTransfer-Encoding: chunked\r\n\r\n" % number
        )
        events = iter(
            chunk.replace(_NUMBER, b"%07d" % number) if at <= LEADING_EVENTS else chunk
            for at, chunk in enumerate(chunks(target))
        )
        due = loop.time()

        def step() -> None:
            nonlocal due
            chunk = next(events, None)
            if not self._is_open:
                return
            if chunk is None:
                self._transport.write(b"0\r\n\r\n")
                return
            written.append(time.monotonic_ns())
            self._transport.write(chunk)
            if self._log.gap_seconds:
                due += self._log.gap_seconds
                loop.call_at(due, step)
            else:
                loop.call_soon(step)

        step()


@lru_cache(maxsize=500)
def chunks(target: str) -> tuple[bytes, ...]:
    """Return the events of an answer about `target`, framed."""
    dice = random.Random(target)  # noqa: S311 - data, not a secret
    events: list[bytes] = []

    def say(kind: str, **fields: object) -> None:
        data = dumps({"type": kind, **fields})
        event = b"event: %s\ndata: %s\n\n" % (kind.encode(), data)
        events.append(b"%x\r\n%s\r\n" % (len(event), event))

    def delta(index: int, kind: str, field: str, text: str) -> None:
        say("content_block_delta", index=index, delta={"type": kind, field: text})

    usage = {"input_tokens": 9, "output_tokens": 1}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "content": []}
    say("message_start", message={**message, "model": "made-up", "usage": usage})
    say("ping")
    say("content_block_start", index=0, content_block={"type": "text", "text": ""})
    for number in range(DELTAS):
        if number in TARGET_AT:
            for piece in cut(f" I open `{target}` and", dice, 8, 16):
                delta(0, "text_delta", "text", piece)
        start = f"#{_NUMBER.decode()}# " if number == 0 else " "
        delta(0, "text_delta", "text", f"{start}~{number}~ goes on")
    say("content_block_stop", index=0)
    tool = {"type": "tool_use", "id": "toolu_1", "name": "Edit", "input": {}}
    say("content_block_start", index=1, content_block=tool)
    arguments = dumps({"file_path": target, "new_string": f"count = 1  # {target}\n"})
    for piece in cut(arguments.decode(), dice, 3, 7):
        delta(1, "input_json_delta", "partial_json", piece)
    say("content_block_stop", index=1)
    say("message_delta", delta={"stop_reason": "tool_use"}, usage={"output_tokens": 9})
    say("message_stop")
    return tuple(events)


def cut(text: str, dice: random.Random, least: int, most: int) -> list[str]:
    """Cut `text` into pieces of `least` to `most` characters."""
    pieces = []
    while text:
        size = dice.randint(least, most)
        pieces.append(text[:size])
        text = text[size:]
    return pieces


def target_in(body: bytes) -> str:
    """Return the path that the last user turn asks to open, as it arrived."""
    tail = body[-_ENDS_OF_BODY:]
    found = re.findall(rb"<<open ([^>]*)>>", tail)
    return str(json.loads(b'"%s"' % found[-1])) if found else "nothing"


def _shared(one: bytes, other: bytes) -> int:
    """Return the length of the common prefix."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


async def _main() -> None:
    log = Log()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(log), "127.0.0.1", 0, backlog=256
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_main())
