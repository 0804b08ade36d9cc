"""Trouble on the way becomes one clear answer in the vendor's shape."""

from __future__ import annotations

import asyncio
import json
import socket

import pytest

from aiwrap.gateway.exchange import Ways
from aiwrap.gateway.limits import DEFAULT_LIMITS
from aiwrap.gateway.upstream import Upstream
from aiwrap.wire.exchange import Forward, Reply, Request, Verdict
from tests.gateway.stage import (
    MESSAGES,
    Filter,
    Run,
    Turn,
    filtering,
    gateway,
    ok,
    saying,
    vendor,
)


def test_what_screening_returns_is_what_leaves(run: Run) -> None:
    """Method, target, fields and body, all as screened."""

    async def screen(request: Request) -> Verdict:
        headers = tuple((k, v.replace(b"prod", b"zq")) for k, v in request.headers)
        return Forward(
            request._replace(target="/v2", headers=headers, body=b"new body")
        )

    async def main() -> None:
        async with (
            vendor(saying(ok())) as api,
            gateway(f"{api.url}/prefix/", screen=screen) as stage,
            stage.client() as client,
        ):
            await client.ask(MESSAGES, b"x", b"X-Path: /prod", b"accept: y")

            (seen,) = api.seen
            assert seen.line == b"POST /prefix/v2 HTTP/1.1"
            assert seen.body == b"new body"
            assert [n for n, _ in seen.fields] == [
                b"Host", b"X-Path", b"accept", b"Content-Length",
            ]  # fmt: skip
            assert seen.field(b"x-path") == b"/zq"

    run(main())


def test_screening_that_fails_forwards_nothing(run: Run) -> None:
    """The CLI gets the given reply, and can go on."""

    async def screen(request: Request) -> Verdict:
        if request.body == b"bad":
            raise KeyError
        return Forward(request)

    async def main() -> None:
        async with (
            vendor(saying(ok())) as api,
            gateway(
                api.url, screen=screen, on_failure=lambda _: Reply(451, (), b"closed")
            ) as stage,
            stage.client() as client,
        ):
            response = await client.ask(MESSAGES, b"bad")
            assert (response.status, response.body) == (451, b"closed")
            assert (await client.ask(MESSAGES, b"good")).status == 200
            assert [seen.body for seen in api.seen] == [b"good"]

    run(main())


def test_an_unreachable_vendor_is_named(run: Run) -> None:
    """The sentence says where, why and what to do."""
    seen = Filter()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    async def main() -> None:
        async with (
            gateway(
                f"http://127.0.0.1:{port}", screen=filtering(lambda: seen)
            ) as stage,
            stage.client() as client,
        ):
            response = await client.ask(MESSAGES, b"{}")

            assert response.status == 502
            message = json.loads(response.body)["error"]["message"]
            assert f"127.0.0.1:{port}" in message
            assert "refused" in message
            assert "HTTPS_PROXY" in message
            assert seen.ends == ["abort"]
            assert stage.gateway.exchanges == 0

    run(main())


@pytest.mark.parametrize(
    "answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000]
)
def test_a_vendor_that_gives_no_answer_is_named(run: Run, answer: bytes) -> None:
    """It is asked once: it may have acted on the request."""

    async def main() -> None:
        async def hang_up(turn: Turn) -> None:
            await turn.say(answer)
            turn.writer.close()

        async with (
            vendor(hang_up) as api,
            gateway(api.url) as stage,
            stage.client() as client,
        ):
            assert (await client.ask(MESSAGES, b"{}")).status == 502
            assert len(api.seen) == 1
            assert stage.gateway.exchanges == 1

    run(main())


def test_silence_is_waited_out_up_to_the_limit(run: Run) -> None:
    """The limit counts from the last byte, so long answers are not cut."""
    limits = DEFAULT_LIMITS._replace(silence_seconds=0.5)

    async def main() -> None:
        async def answer(turn: Turn) -> None:
            if turn.seen.body == b"silent":
                await turn.reader.read()
            await asyncio.sleep(0.3)
            await turn.say(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n")
            for _ in range(3):
                await asyncio.sleep(0.3)
                await turn.say(b"x")

        async with (
            vendor(answer) as api,
            gateway(api.url, limits=limits) as stage,
            stage.client() as client,
        ):
            assert (await client.ask(MESSAGES, b"slow")).body == b"xxx"
            response = await client.ask(MESSAGES, b"silent")
            assert response.status == 502
            assert b"silent" in response.body
            await asyncio.wait_for(api.gone.wait(), 20)

    run(main())


def test_an_early_answer_to_a_body_still_being_sent_passes(run: Run) -> None:
    """A vendor may refuse a large body before it has read it."""

    async def main() -> None:
        answered, left = asyncio.Event(), asyncio.Event()
        refusal = b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"

        async def serve(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(refusal)
            await answered.wait()
            writer.transport.abort()
            left.set()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with (
            gateway(f"http://127.0.0.1:{port}") as stage,
            stage.client() as client,
        ):
            response = await client.ask(MESSAGES, bytes(20_000_000))
            assert (response.status, response.body) == (413, b"no")
            answered.set()
            await left.wait()
        server.close()

    run(main())


def test_a_header_decides_where_a_request_goes() -> None:
    """A login may change in a session, so each request says which one it uses."""
    api, chat = Upstream("https://api.example/v1"), Upstream("https://chat.example")
    ways = Ways(api, {b"chatgpt-account-id": chat})
    request = Request("POST", "/responses", (), b"")
    account = (b"ChatGPT-Account-ID", b"a1")

    assert ways.choose(request) is api
    assert ways.choose(request._replace(headers=(account,))) is chat
    assert Ways(api).choose(request._replace(headers=(account,))) is api
