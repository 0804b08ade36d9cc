"""A stand-in for Anthropic's API on loopback, in a thread of the test.

It keeps every byte that it receives, with the time of the first one of each
request, and answers what the test scripts:

    model.answers += [tools(("Read", {"file_path": path})), Message("done")]

`answers` serves the main conversation in order; `agent_answers` serves
sub-agents; a title call gets a title; `rule` sees every call first.  When
nothing is scripted it says OK.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from tests.support import answers, replies
from tests.support.answers import Answer, Message, Raw
from tests.support.calls import Call

Scripted = Answer | Callable[[Call], Answer]


class Model:
    """The server; use it as a context manager, or through the `model` fixture."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answers: deque[Scripted] = deque()
        self.agent_answers: deque[Scripted] = deque()
        self.rule: Callable[[Call], Answer | None] = lambda _call: None
        self.on_first_byte: Callable[[], None] = lambda: None
        self.failures: list[BaseException] = []
        self._connections: list[socket.socket] = []
        self._received: list[bytes] = []
        self._lock = threading.Lock()
        self._arrived = threading.Condition(self._lock)
        self._stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """The base URL for ANTHROPIC_BASE_URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def received(self) -> bytes:
        """Every byte received so far, unfinished requests included."""
        return b"".join(self._received)

    @property
    def messages(self) -> list[Call]:
        """The calls of the main conversation."""
        return [
            call
            for call in self.calls
            if call.is_message and not call.is_agent and not call.is_title
        ]

    def leaks(self, names: Sequence[str]) -> list[tuple[str, str]]:
        """Return (name, its surroundings) for each name that was received."""
        text = self.received.decode("utf-8", "replace")
        return [
            (name, text[max(0, at - 60) : at + 60])
            for name in names
            if (at := text.find(name)) >= 0
        ]

    def wait_for_calls(self, count: int, timeout_seconds: float = 60.0) -> None:
        """Wait until `count` requests came in."""
        with self._arrived:
            if not self._arrived.wait_for(
                lambda: len(self.calls) >= count, timeout_seconds
            ):
                raise TimeoutError(f"{len(self.calls)} of {count} requests came in")

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._listener.close()
        for connection in self._connections:
            _shut(connection)
        if self.failures and error is None:
            raise self.failures[0]

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connections.append(connection)
            number = len(self._connections)
            threading.Thread(
                target=self._serve, args=(connection, number), daemon=True
            ).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        try:
            while (call := self._receive(connection, number)) is not None:
                replies.send(connection, call, self._choose(call), self._stopped)
        except OSError:
            pass  # the client left; its own test says whether it may
        except Exception as error:  # noqa: BLE001 - shown at the end of the test
            self.failures.append(error)
        finally:
            _shut(connection)

    def _receive(self, connection: socket.socket, number: int) -> Call | None:
        first = connection.recv(1)
        if not first:
            return None
        at = time.monotonic()
        self.on_first_byte()
        self._received.append(first)
        stream = _Stream(connection, first, self._received)
        head = stream.until(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        method, target, _version = lines[0].split(" ", 2)
        headers = tuple(
            (name, value.strip())
            for name, _, value in (line.partition(":") for line in lines[1:] if line)
        )
        body = _body(stream, {k.lower(): v for k, v in headers})
        with self._arrived:
            call = Call(
                len(self.calls), number, at, method, target, headers, body, stream.seen
            )
            self.calls.append(call)
            self._arrived.notify_all()
        return call

    def _choose(self, call: Call) -> Answer:
        if (ruled := self.rule(call)) is not None:
            return ruled
        if not call.is_message:
            return _side_answer(call)
        if call.is_title:
            return Message('{"title":"A title"}')
        queue = self.agent_answers if call.is_agent else self.answers
        with self._lock:
            scripted: Scripted = queue.popleft() if queue else Message()
        return scripted(call) if callable(scripted) else scripted


class _Stream:
    """Bytes of one request, kept as they come."""

    def __init__(
        self, connection: socket.socket, first: bytes, kept: list[bytes]
    ) -> None:
        self.seen = first
        self._at = 0
        self._connection = connection
        self._kept = kept

    def until(self, mark: bytes) -> bytes:
        while (end := self.seen.find(mark, self._at)) < 0:
            self._more()
        return self._take(end + len(mark) - self._at)

    def exactly(self, size: int) -> bytes:
        while len(self.seen) - self._at < size:
            self._more()
        return self._take(size)

    def _take(self, size: int) -> bytes:
        taken = self.seen[self._at : self._at + size]
        self._at += size
        return taken

    def _more(self) -> None:
        piece = self._connection.recv(1 << 20)
        if not piece:
            raise ConnectionResetError("the client left in mid-request")
        self._kept.append(piece)
        self.seen += piece


def _body(stream: _Stream, headers: dict[str, str]) -> bytes:
    if "chunked" not in headers.get("transfer-encoding", "").lower():
        return stream.exactly(int(headers.get("content-length") or 0))
    body = b""
    while size := int(stream.until(b"\r\n").split(b";")[0], 16):
        body += stream.exactly(size)
        stream.until(b"\r\n")
    stream.until(b"\r\n")
    return body


def _side_answer(call: Call) -> Answer:
    if call.path.endswith("/count_tokens"):
        count = max(1, len(call.body) // 4)
        return Raw(200, json.dumps({"input_tokens": count}).encode())
    if call.method == "HEAD":
        return Raw(200, b"")
    return answers.error(404, "not_found_error", f"nothing at {call.path}")


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
