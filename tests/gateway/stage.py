"""A gateway between a scripted vendor and a raw client, on real loopback sockets."""

from __future__ import annotations

import asyncio
import itertools
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, Protocol

from aiwrap.gateway.limits import DEFAULT_LIMITS, Limits
from aiwrap.gateway.server import Gateway
from aiwrap.gateway.upstream import Upstream
from aiwrap.wire.exchange import (
    Forward,
    Headers,
    Hook,
    Request,
    ResponseFilter,
    Screen,
    Verdict,
)

SECRET = "s" * 43
HOOK_SECRET = "h" * 43
MESSAGES = f"/s/{SECRET}/v1/messages"
PATIENCE_SECONDS = 20.0


class Run(Protocol):
    """What `asyncio.run` and `uvloop.run` have in common."""

    def __call__(self, main: Coroutine[Any, Any, None], /) -> None:
        """Run `main` to its end."""


class Seen(NamedTuple):
    """One request as the vendor received it, byte for byte."""

    head: bytes
    body: bytes

    @property
    def line(self) -> bytes:
        """Its request line."""
        return self.head.split(b"\r\n", 1)[0]

    @property
    def fields(self) -> list[tuple[bytes, bytes]]:
        """Its fields, in order."""
        lines = self.head.rstrip(b"\r\n").split(b"\r\n")[1:]
        return [(n, v) for n, _, v in (line.partition(b": ") for line in lines)]

    def field(self, name: bytes) -> bytes | None:
        """Return the first value of `name` (lowercase)."""
        return next((v for n, v in self.fields if n.lower() == name), None)


class Turn(NamedTuple):
    """One request at the vendor, and the way to answer it."""

    seen: Seen
    writer: asyncio.StreamWriter
    reader: asyncio.StreamReader

    async def say(self, *pieces: bytes) -> None:
        """Write each of `pieces` by itself."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()


Answer = Callable[[Turn], Awaitable[None]]


def ok(body: bytes = b"{}", fields: bytes = b"") -> bytes:
    """Return a whole 200 response."""
    return b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s" % (
        fields,
        len(body),
        body,
    )


def saying(*pieces: bytes) -> Answer:
    """Answer every request with `pieces`."""

    async def answer(turn: Turn) -> None:
        await turn.say(*pieces)

    return answer


class Vendor:
    """A scripted server; `answer` is called once per request."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.seen: list[Seen] = []
        self.connections = 0
        self.gone = asyncio.Event()  # a connection of the gateway ended
        self.url = ""

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve one connection."""
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                seen = Seen(head, b"")
                length = int(seen.field(b"content-length") or 0)
                seen = seen._replace(body=await reader.readexactly(length))
                self.seen.append(seen)
                await self.answer(Turn(seen, writer, reader))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.gone.set()
            writer.close()


@asynccontextmanager
async def vendor(
    answer: Answer, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Vendor]:
    """Run a vendor on loopback."""
    made = Vendor(answer)
    server = await asyncio.start_server(
        made.serve, "127.0.0.1", 0, limit=2**27, ssl=tls
    )
    scheme = "http" if tls is None else "https"
    made.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        await settle()


class Response(NamedTuple):
    """A response as the client received it."""

    status: int
    reason: bytes
    fields: list[tuple[bytes, bytes]]
    body: bytes
    chunks: list[bytes]  # empty where the response was not chunked

    def field(self, name: bytes) -> bytes | None:
        """Return the first value of `name` (lowercase)."""
        return next((v for n, v in self.fields if n.lower() == name), None)


class Client:
    """A raw client of the gateway."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int
    ) -> None:
        self.reader = reader
        self.writer = writer
        self.port = port

    def request(
        self,
        target: str = MESSAGES,
        body: bytes = b"",
        *fields: bytes,
        method: str = "POST",
        host: str | None = None,
    ) -> bytes:
        """Return a request's bytes."""
        lines = [
            f"{method} {target} HTTP/1.1".encode(),
            f"Host: {host or f'127.0.0.1:{self.port}'}".encode(),
            *fields,
        ]
        if body or method == "POST":
            lines.append(b"Content-Length: %d" % len(body))
        return b"\r\n".join([*lines, b"", body])

    async def send(self, *pieces: bytes) -> None:
        """Write each of `pieces` by itself."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()

    async def ask(self, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401
        """Send one request and read its response."""
        method = kwargs.get("method", "POST")
        await self.send(self.request(*args, **kwargs))
        return await self.response(is_head=method == "HEAD")

    async def head(self) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
        """Read status, reason and fields."""
        raw = await self._within(self.reader.readuntil(b"\r\n\r\n"))
        first, *lines = raw[:-4].split(b"\r\n")
        _, status, reason = first.split(b" ", 2)
        fields = [(n, v) for n, _, v in (line.partition(b": ") for line in lines)]
        return int(status), reason, fields

    async def chunk(self) -> bytes:
        """Return the next chunk; b"" is the last."""
        size = int(await self._within(self.reader.readuntil(b"\r\n")), 16)
        data = await self._within(self.reader.readexactly(size))
        if size:
            assert await self._within(self.reader.readexactly(2)) == b"\r\n"
        return data

    async def response(self, *, is_head: bool = False) -> Response:
        """Read one whole response.

        Raises:
            asyncio.IncompleteReadError: It ended before its end.

        """
        status, reason, fields = await self.head()
        response = Response(status, reason, fields, b"", [])
        if is_head or status in (204, 304):
            return response
        length = response.field(b"content-length")
        if length is not None:
            body = await self._within(self.reader.readexactly(int(length)))
            return response._replace(body=body)
        if response.field(b"transfer-encoding") != b"chunked":
            return response._replace(body=await self._within(self.reader.read()))
        chunks: list[bytes] = []
        while chunk := await self.chunk():
            chunks.append(chunk)
        assert await self._within(self.reader.readexactly(2)) == b"\r\n"
        return response._replace(body=b"".join(chunks), chunks=chunks)

    async def rest(self) -> bytes:
        """Read to the end of the connection, however it ends."""
        received = b""
        try:
            while data := await self._within(self.reader.read(65536)):
                received += data
        except ConnectionError:
            pass
        return received

    async def _within(self, reading: Awaitable[bytes]) -> bytes:
        return await asyncio.wait_for(reading, PATIENCE_SECONDS)


class Stage(NamedTuple):
    """Everything of one test."""

    gateway: Gateway
    upstream: Upstream
    port: int
    intrusions: list[str]

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        """Connect a client."""
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.port, limit=2**27
        )
        try:
            yield Client(reader, writer, self.port)
        finally:
            writer.close()


async def pass_all(request: Request) -> Verdict:
    """Forward everything untouched."""
    return Forward(request)


def filtering(new_filter: Callable[[], ResponseFilter]) -> Screen:
    """Forward everything, each with a filter of its own."""

    async def screen(request: Request) -> Verdict:
        return Forward(request, new_filter())

    return screen


@asynccontextmanager
async def gateway(
    upstream_url: str,
    *,
    screen: Screen = pass_all,
    hook: Hook | None = None,
    limits: Limits = DEFAULT_LIMITS,
    environ: dict[str, str] | None = None,
    on_failure: Callable[[Request], Any] | None = None,
) -> AsyncIterator[Stage]:
    """Run a gateway to `upstream_url`."""
    listener = socket.create_server(("127.0.0.1", 0))
    upstream = Upstream.from_environment(upstream_url, environ or {}, limits=limits)
    intrusions: list[str] = []
    made = Gateway(
        listener=listener,
        session_secret=SECRET,
        hook_secret=HOOK_SECRET,
        upstream=upstream,
        screen=screen,
        hook=hook,
        on_intrusion=intrusions.append,
        on_failure=on_failure,
        limits=limits,
    )
    await made.start()
    try:
        yield Stage(made, upstream, listener.getsockname()[1], intrusions)
    finally:
        await made.close(grace_seconds=0)
        await settle()


async def settle() -> None:
    """Let callbacks of closed transports run."""
    for _ in range(5):
        await asyncio.sleep(0)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for `condition`, at most as long as a test may."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 - any condition, so no event to set
            await asyncio.sleep(0.005)


class Filter:
    """A filter that keeps what it saw; `change` turns it into a rewriting one."""

    def __init__(self, change: Callable[[bytes], bytes] | None = None) -> None:
        self.change = change
        self.status = 0
        self.headers: Headers = ()
        self.fed: list[bytes] = []
        self.ends: list[str] = []
        self.held = b""

    @property
    def rewrites(self) -> bool:
        """Whether it was given a change."""
        return self.change is not None

    @property
    def body(self) -> bytes:
        """All that it was fed."""
        return b"".join(self.fed)

    def head(self, status: int, headers: Headers) -> Headers:
        """Keep the head."""
        self.status, self.headers = status, headers
        return headers

    def feed(self, data: bytes) -> bytes:
        """Keep the data."""
        self.fed.append(data)
        return self.change(data) if self.change else data

    def finish(self) -> bytes:
        """Keep that it ended."""
        self.ends.append("finish")
        return self.held

    def abort(self) -> None:
        """Keep that it broke off."""
        self.ends.append("abort")


def cut(data: bytes, edges: Sequence[int]) -> list[bytes]:
    """Cut `data` at `edges`."""
    points = [0, *sorted(edges), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(points)]
