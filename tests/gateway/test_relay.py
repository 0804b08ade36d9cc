"""Responses pass untouched, watched or rewritten, and never end falsely."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard

from tests.gateway.stage import (
    MESSAGES,
    Filter,
    Run,
    Turn,
    filtering,
    gateway,
    ok,
    saying,
    until,
    vendor,
)

EVENTS = b"".join(b"data: {%d}\n\n" % number for number in range(200))
CHUNKS = b"Transfer-Encoding: chunked\r\n"
ENCODERS: dict[bytes, Callable[[bytes], bytes]] = {
    b"gzip": lambda data: gzip.compress(data, mtime=0),
    b"deflate": zlib.compress,
    b"br": brotli.compress,
    b"zstd": zstandard.ZstdCompressor().compress,
    b"gzip, br": lambda data: brotli.compress(gzip.compress(data, mtime=0)),
}
ANSWERED = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"


def upper(data: bytes) -> bytes:
    return data.upper()


def chunked(data: bytes, size: int = 100) -> list[bytes]:
    pieces = [data[i : i + size] for i in range(0, len(data), size)]
    return [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces]


def encoded_answer(encoding: bytes) -> list[bytes]:
    head = ANSWERED + CHUNKS + b"Content-Encoding: " + encoding + b"\r\n\r\n"
    return [head, *chunked(ENCODERS[encoding](EVENTS)), b"0\r\n\r\n"]


@pytest.mark.parametrize("encoding", ENCODERS)
def test_a_watcher_sees_decoded_bytes_and_the_cli_the_raw_ones(
    run: Run, encoding: bytes
) -> None:
    """Watching changes nothing on the wire."""
    seen = Filter()

    async def main() -> None:
        async with (
            vendor(saying(*encoded_answer(encoding))) as api,
            gateway(api.url, screen=filtering(lambda: seen)) as stage,
            stage.client() as client,
        ):
            accept = b"Accept-Encoding: gzip, br, zstd"
            response = await client.ask(MESSAGES, b"{}", accept)

            assert response.body == ENCODERS[encoding](EVENTS)
            assert response.field(b"content-encoding") == encoding
            assert api.seen[0].field(b"accept-encoding") == b"gzip, br, zstd"
            await until(lambda: bool(seen.ends))
            assert seen.body == EVENTS
            assert seen.status == 200
            assert seen.ends == ["finish"]

    run(main())


@pytest.mark.parametrize("encoding", ENCODERS)
def test_rewriting_decodes_even_what_was_not_asked_for(
    run: Run, encoding: bytes
) -> None:
    """The vendor is asked for identity; an encoded answer is restored all the same."""
    seen = Filter(upper)
    seen.held = b"THE END"

    async def main() -> None:
        async with (
            vendor(saying(*encoded_answer(encoding))) as api,
            gateway(api.url, screen=filtering(lambda: seen)) as stage,
            stage.client() as client,
        ):
            accept = b"Accept-Encoding: gzip, br, zstd"
            response = await client.ask(MESSAGES, b"{}", accept)

            assert response.body == EVENTS.upper() + b"THE END"
            assert response.field(b"content-encoding") is None
            assert response.field(b"transfer-encoding") == b"chunked"
            assert response.field(b"content-type") == b"text/event-stream"
            assert api.seen[0].field(b"accept-encoding") == b"identity"
            assert seen.ends == ["finish"]

    run(main())


def test_rewriting_drops_a_length_that_is_no_longer_true(run: Run) -> None:
    """A restored body is longer than the vendor said."""

    async def main() -> None:
        async with (
            vendor(saying(ok(b"ab", b"X-A: 1\r\n"))) as api,
            gateway(
                api.url, screen=filtering(lambda: Filter(lambda data: data * 2))
            ) as stage,
            stage.client() as client,
        ):
            response = await client.ask(MESSAGES, b"{}")

            assert response.body == b"abab"
            assert response.fields == [
                (b"X-A", b"1"),
                (b"transfer-encoding", b"chunked"),
            ]

    run(main())


@pytest.mark.parametrize("change", [None, upper], ids=["watch", "rewrite"])
@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("HEAD", ANSWERED + b"Content-Length: 12\r\nContent-Encoding: br\r\n\r\n"),
        ("POST", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("POST", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"),
    ],
)
def test_answers_without_a_body_stay_without(
    run: Run, method: str, answer: bytes, change: Callable[[bytes], bytes] | None
) -> None:
    """HEAD probes, 204 and 304: no chunk, no decoding, a clean next request."""
    seen = Filter(change)

    async def main() -> None:
        async with (
            vendor(saying(answer)) as api,
            gateway(api.url, screen=filtering(lambda: seen)) as stage,
            stage.client() as client,
        ):
            for _ in range(2):
                response = await client.ask(MESSAGES, method=method)
                assert response.body == b""
                assert response.field(b"transfer-encoding") is None
            assert seen.ends == ["finish", "finish"]
            assert seen.fed == []
            assert api.connections == 1

    run(main())


@pytest.mark.parametrize("change", [None, upper], ids=["watch", "rewrite"])
@pytest.mark.parametrize(
    "answer",
    [
        ANSWERED + CHUNKS + b"\r\n3\r\nabc\r\n",
        ANSWERED + CHUNKS + b"\r\n3\r\nab",
        ANSWERED + b"Content-Length: 10\r\n\r\nabc",
    ],
    ids=["between chunks", "in a chunk", "short of its length"],
)
def test_a_vendor_that_breaks_off_is_seen_to_break_off(
    run: Run, answer: bytes, change: Callable[[bytes], bytes] | None
) -> None:
    """The CLI must not take half an answer for a whole one; it retries instead."""
    seen = Filter(change)

    async def main() -> None:
        async def break_off(turn: Turn) -> None:
            await turn.say(answer)
            turn.writer.close()

        async with (
            vendor(break_off) as api,
            gateway(api.url, screen=filtering(lambda: seen)) as stage,
            stage.client() as client,
        ):
            await client.send(client.request(body=b"{}"))
            with pytest.raises(asyncio.IncompleteReadError):
                await client.response()
            assert await client.rest() == b""
            assert seen.ends == ["abort"]
            assert len(api.seen) == 1

    run(main())


def test_an_answer_that_ends_by_closing_is_whole(run: Run) -> None:
    """HTTP/1.0 style; the client gets chunks, so that an end is an end."""
    seen = Filter()

    async def main() -> None:
        async def answer(turn: Turn) -> None:
            await turn.say(ANSWERED + b"\r\n", b"abc", b"def")
            turn.writer.close()

        async with (
            vendor(answer) as api,
            gateway(api.url, screen=filtering(lambda: seen)) as stage,
            stage.client() as client,
        ):
            for _ in range(2):
                assert (await client.ask(MESSAGES, b"{}")).body == b"abcdef"
            assert seen.ends == ["finish", "finish"]

    run(main())


class Failing(Filter):
    """A filter with a bug in one place."""

    def __init__(self, where: str, change: Callable[[bytes], bytes] | None) -> None:
        super().__init__(change)
        self.where = where

    def head(self, status: int, headers: object) -> tuple[tuple[bytes, bytes], ...]:
        """Fail, if here."""
        self._fail("head")
        return super().head(status, headers)  # type: ignore[arg-type]  # as given

    def feed(self, data: bytes) -> bytes:
        """Fail, if here."""
        self._fail("feed")
        return super().feed(data)

    def finish(self) -> bytes:
        """Fail, if here."""
        self._fail("finish")
        return super().finish()

    def _fail(self, here: str) -> None:
        if self.where == here:
            raise ValueError(f"a bug in {here}")


@pytest.mark.parametrize("where", ["head", "feed", "finish"])
def test_a_failing_watcher_harms_nobody(run: Run, where: str) -> None:
    """It loses its say; the CLI gets the vendor's answer."""
    seen = Failing(where, None)

    async def main() -> None:
        async with (
            vendor(saying(ok(b"hello"))) as api,
            gateway(api.url, screen=filtering(lambda: seen)) as stage,
            stage.client() as client,
        ):
            assert (await client.ask(MESSAGES, b"{}")).body == b"hello"
            assert (await client.ask(MESSAGES, b"{}")).body == b"hello"
            await until(lambda: len(seen.ends) == 2)
            assert seen.ends == ["abort", "abort"]

    run(main())


@pytest.mark.parametrize("where", ["head", "feed", "finish"])
def test_a_failing_rewriter_never_looks_like_a_whole_answer(
    run: Run, where: str
) -> None:
    """Bytes that could not be restored must not be acted on."""
    seen = Failing(where, upper)

    async def main() -> None:
        async with (
            vendor(saying(ok(b"hello"))) as api,
            gateway(api.url, screen=filtering(lambda: seen)) as stage,
            stage.client() as client,
        ):
            await client.send(client.request(body=b"{}"))
            if where == "head":
                assert (await client.response()).status == 502
            else:
                with pytest.raises(asyncio.IncompleteReadError):
                    await client.response()
            assert seen.ends == ["abort"]
            assert len(api.seen) == 1

    run(main())


@pytest.mark.parametrize(
    ("encoding", "body"), [(b"rot13", b"x"), (b"gzip", b"not gzip"), (b"br", b"\xff")]
)
def test_an_answer_that_cannot_be_decoded(
    run: Run, encoding: bytes, body: bytes
) -> None:
    """A watcher lets it pass; a rewriter, who cannot restore it, does not."""
    field = b"Content-Encoding: %s\r\n" % encoding
    filters = [Filter(), Filter(upper)]

    async def main() -> None:
        async with (
            vendor(saying(ok(body, field))) as api,
            gateway(api.url, screen=filtering(iter(filters).__next__)) as stage,
        ):
            async with stage.client() as client:
                assert (await client.ask(MESSAGES, b"{}")).body == body
            async with stage.client() as client:
                closing = b"Connection: close"
                await client.send(client.request(MESSAGES, b"{}", closing))
                received = await client.rest()
                assert not received.endswith(b"0\r\n\r\n")
                assert body not in received or received.startswith(b"HTTP/1.1 502")
            await until(lambda: all(each.ends for each in filters))
            assert [each.ends for each in filters] == [["abort"], ["abort"]]

    run(main())


def test_trailers_pass(run: Run) -> None:
    """Fields behind the body belong to the answer."""
    answer = ANSWERED + CHUNKS + b"\r\n2\r\nab\r\n0\r\nX-Sum: 1\r\n\r\n"

    async def main() -> None:
        async with (
            vendor(saying(answer)) as api,
            gateway(api.url) as stage,
            stage.client() as client,
        ):
            await client.send(client.request(body=b"{}"))
            assert await client.reader.readexactly(len(answer)) == answer

    run(main())
