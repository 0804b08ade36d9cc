"""Whoever may not talk to the gateway, or talks badly, is told so and leaves."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import socket
import struct

import pytest

from aiwrap.gateway import client_connection
from aiwrap.gateway.limits import DEFAULT_LIMITS
from aiwrap.wire.exchange import Forward, Request, Verdict
from tests.gateway.stage import (
    HOOK_SECRET,
    MESSAGES,
    SECRET,
    Client,
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

QUICK = DEFAULT_LIMITS._replace(
    head_seconds=0.3, body_seconds=0.3, linger_seconds=0.3, body_bytes=100_000
)


POST = b"POST %t HTTP/1.1\r\nHost: %h\r\n"
BAD_REQUESTS: dict[str, tuple[bytes, int]] = {
    "TLS": (b"\x16\x03\x01\x02\x00", 400),
    "no version": (b"GET nonsense\r\n\r\n", 400),
    "unknown method": (b"FOO / HTTP/1.1\r\n\r\n", 400),
    "two lengths": (POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    "length and chunks": (
        POST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "transfer gzip": (POST + b"Transfer-Encoding: gzip\r\n\r\n", 400),
    "bad chunk": (POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    "HTTP/2.0": (b"POST %t HTTP/2.0\r\nHost: %h\r\nContent-Length: 0\r\n\r\n", 400),
    "websocket": (
        POST + b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        426,
    ),
    "large field": (POST + b"X: " + b"x" * 200_000 + b"\r\n\r\n", 431),
    "many fields": (POST + b"X: y\r\n" * 40_000 + b"\r\n", 431),
    "large target": (b"GET /" + b"x" * 200_000, 431),
    "large length": (POST + b"Content-Length: 100001\r\n\r\n", 413),
    "large chunk": (
        POST
        + b"Transfer-Encoding: chunked\r\n\r\n20000\r\n"
        + bytes(0x20000)
        + b"\r\n0\r\n\r\n",
        413,
    ),
    "large when decoded": (
        POST
        + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s"
        % (len(gzip.compress(bytes(200_000))), gzip.compress(bytes(200_000))),
        413,
    ),
    "unknown encoding": (
        POST + b"Content-Encoding: rot13\r\nContent-Length: 1\r\n\r\nx",
        415,
    ),
    "no gzip": (POST + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\njunk", 415),
}


@pytest.mark.parametrize(
    ("target", "fields", "host", "kind"),
    [
        ("/s/wrong/v1/messages", [], None, "secret"),
        ("/v1/messages", [], None, "secret"),
        (MESSAGES, [], "evil.example", "host"),
        (MESSAGES, [b"Origin: https://evil.example"], None, "browser"),
        (MESSAGES, [b"sec-fetch-site: cross-site"], None, "browser"),
        ("/h/wrong", [], None, "hook"),
        (f"/h/{SECRET}", [], None, "hook"),
    ],
)
def test_intruders_get_403_and_are_reported_by_one_word(
    run: Run, target: str, fields: list[bytes], host: str | None, kind: str
) -> None:
    """Nothing reaches the vendor, and the record gets a word, never content."""

    async def main() -> None:
        async with (
            vendor(saying(ok())) as api,
            gateway(api.url) as stage,
            stage.client() as client,
        ):
            response = await client.ask(target, b'{"a":1}', *fields, host=host)

            assert response.status == 403
            assert json.loads(response.body)["error"]["type"] == "permission_error"
            assert response.field(b"connection") == b"close"
            assert response.field(b"access-control-allow-origin") is None
            assert await client.rest() == b""
            assert stage.intrusions == [kind]
            assert api.connections == 0

    run(main())


def test_an_intruders_body_is_never_read_into_memory(run: Run) -> None:
    """The head alone decides; the answer comes although the body never does."""

    async def main() -> None:
        async with (
            vendor(saying(ok())) as api,
            gateway(api.url) as stage,
            stage.client() as client,
        ):
            await client.send(
                b"POST /s/guess/v1 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                b"Content-Length: 30000000\r\n\r\n" % client.port
            )
            assert (await client.response()).status == 403

    run(main())


def test_a_preflight_gets_no_cors_headers(run: Run) -> None:
    """A browser's OPTIONS learns nothing."""

    async def main() -> None:
        async with (
            vendor(saying(ok())) as api,
            gateway(api.url) as stage,
            stage.client() as client,
        ):
            origin = b"Origin: http://localhost:3000"
            response = await client.ask(MESSAGES, b"", origin, method="OPTIONS")

            assert response.status == 403
            assert [
                n for n, _ in response.fields if n.lower().startswith(b"access")
            ] == []

    run(main())


def test_another_local_user_is_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel's answer is replaced: a test cannot be two users everywhere."""
    monkeypatch.setattr(client_connection, "peer_uid", lambda *_: 4242)

    async def main() -> None:
        async with (
            vendor(saying(ok())) as api,
            gateway(api.url) as stage,
            stage.client() as client,
        ):
            assert (await client.ask(MESSAGES, b"{}")).status == 403
            assert stage.intrusions == ["peer"]
            assert api.connections == 0

    run(main())


@pytest.mark.parametrize(
    ("sent", "status"), BAD_REQUESTS.values(), ids=list(BAD_REQUESTS)
)
def test_bad_requests_get_one_answer_and_the_door(
    run: Run, sent: bytes, status: int
) -> None:
    """Whatever is sent, the answer is an API error and nothing is forwarded."""

    async def main() -> None:
        async with (
            vendor(saying(ok())) as api,
            gateway(api.url, limits=QUICK) as stage,
            stage.client() as client,
        ):
            host = b"127.0.0.1:%d" % client.port
            whole = sent.replace(b"%h", host).replace(b"%t", MESSAGES.encode())
            client.writer.write(whole)
            response = await client.response()

            assert response.status == status
            assert json.loads(response.body)["type"] == "error"
            assert await client.rest() == b""
            assert api.connections == 0
            assert stage.intrusions == []

    run(main())


def test_slow_headers_time_out(run: Run) -> None:
    """A client that drips its head does not hold a place for ever."""

    async def main() -> None:
        async with (
            gateway("http://127.0.0.1:9", limits=QUICK) as stage,
            stage.client() as client,
        ):
            await client.send(b"POST /s/x HTTP/1.1\r\n")
            for _ in range(3):
                await asyncio.sleep(0.05)
                await client.send(b"X: y\r\n")
            assert (await client.response()).status == 408
            assert await client.rest() == b""

    run(main())


def test_slow_bodies_time_out(run: Run) -> None:
    """The same for a body."""

    async def main() -> None:
        async with (
            gateway("http://127.0.0.1:9", limits=QUICK) as stage,
            stage.client() as client,
        ):
            whole = client.request(body=b"x" * 100)
            await client.send(whole[:-50])
            assert (await client.response()).status == 408

    run(main())


def test_a_refused_client_that_sends_on_can_read_its_answer(run: Run) -> None:
    """A 413 must arrive although the client is still sending its body."""

    async def main() -> None:
        async with gateway("http://127.0.0.1:9") as stage:
            size = DEFAULT_LIMITS.body_bytes + 1

            def send() -> int:
                connection = http.client.HTTPConnection("127.0.0.1", stage.port)
                connection.request("POST", MESSAGES, b"x" * size)
                status = connection.getresponse().status
                connection.close()
                return status

            assert await asyncio.to_thread(send) == 413

    run(main())


def test_32_megabytes_pass(run: Run) -> None:
    """What vendors take, the gateway takes."""
    body = bytes(range(256)) * (32 * 4096)

    async def main() -> None:
        async with vendor(saying(ok())) as api, gateway(api.url) as stage:

            def send() -> int:
                connection = http.client.HTTPConnection("127.0.0.1", stage.port)
                connection.request("POST", MESSAGES, body)
                status = connection.getresponse().status
                connection.close()
                return status

            assert await asyncio.to_thread(send) == 200
            assert api.seen[0].body == body

    run(main())


def test_chunked_requests_are_sent_on_with_a_length(run: Run) -> None:
    """The body is whole before it is screened, so its length is known."""

    async def main() -> None:
        async with (
            vendor(saying(ok())) as api,
            gateway(api.url) as stage,
            stage.client() as client,
        ):
            head = client.request(method="GET")[:-2]
            head = head.replace(b"GET", b"POST", 1)
            await client.send(
                head + b"Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n",
                b"2\r\nde\r\n0\r\nTrailer: gone\r\n\r\n",
            )
            assert (await client.response()).status == 200

            (seen,) = api.seen
            assert seen.body == b"abcde"
            assert seen.field(b"transfer-encoding") is None
            assert b"Trailer" not in seen.head

    run(main())


def test_expect_100_is_answered_only_when_the_head_is_welcome(run: Run) -> None:
    """A large body is announced by curl, which then waits."""

    async def main() -> None:
        async with vendor(saying(ok())) as api, gateway(api.url) as stage:
            async with stage.client() as client:
                whole = client.request(MESSAGES, b"abc", b"Expect: 100-continue")
                await client.send(whole[:-3])
                assert await client.head() == (100, b"Continue", [])
                await client.send(b"abc")
                assert (await client.response()).status == 200
                assert api.seen[0].field(b"expect") is None
            async with stage.client() as client:
                whole = client.request("/s/no/v1", b"abc", b"Expect: 100-continue")
                await client.send(whole[:-3])
                assert (await client.response()).status == 403

    run(main())


def test_pipelined_requests_are_answered_in_order(run: Run) -> None:
    """However they arrive, answers keep the order of the requests."""

    async def main() -> None:
        async def answer(turn: Turn) -> None:
            await asyncio.sleep(0.02 if turn.seen.body == b"0" else 0)
            await turn.say(ok(turn.seen.body))

        async with (
            vendor(answer) as api,
            gateway(api.url) as stage,
            stage.client() as client,
        ):
            requests = [client.request(body=b"%d" % number) for number in range(30)]
            bad = client.request("/s/wrong/x")
            await client.send(b"".join([*requests, bad]))
            for number in range(30):
                assert (await client.response()).body == b"%d" % number
            assert (await client.response()).status == 403
            assert await client.rest() == b""

    run(main())


def test_pipelined_expectation_is_met_in_its_turn(run: Run) -> None:
    """A second request that waits for leave gets it after the first answer."""

    async def main() -> None:
        async with (
            vendor(saying(ok())) as api,
            gateway(api.url) as stage,
            stage.client() as client,
        ):
            second = client.request(MESSAGES, b"abc", b"Expect: 100-continue")
            await client.send(client.request(body=b"1") + second[:-3])
            assert (await client.response()).status == 200
            assert (await client.head())[0] == 100
            await client.send(b"abc")
            assert (await client.response()).status == 200
            assert [seen.body for seen in api.seen] == [b"1", b"abc"]

    run(main())


@pytest.mark.parametrize("how", ["close", "reset", "half"])
def test_a_client_that_goes_away_cancels_its_exchange(run: Run, how: str) -> None:
    """Esc in the CLI closes the connection: the vendor must not go on for nobody."""
    seen = Filter()

    async def main() -> None:
        async def answer(turn: Turn) -> None:
            await turn.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            await turn.reader.read()

        async with (
            vendor(answer) as api,
            gateway(api.url, screen=filtering(lambda: seen)) as stage,
            stage.client() as client,
        ):
            await client.send(client.request(body=b"{}"))
            await client.head()
            _leave(client, how)
            await asyncio.wait_for(api.gone.wait(), 20)
            await until(lambda: bool(seen.ends))

            assert seen.ends == ["abort"]

    run(main())


def test_a_client_that_goes_away_lets_screening_finish(run: Run) -> None:
    """What screening records is whole; the verdict that came too late is dropped."""
    seen = Filter()

    async def main() -> None:
        asked, release = asyncio.Event(), asyncio.Event()
        finished = False

        async def screen(request: Request) -> Verdict:
            nonlocal finished
            asked.set()
            await release.wait()
            finished = True
            return Forward(request, seen)

        async with (
            vendor(saying(ok())) as api,
            gateway(api.url, screen=screen) as stage,
            stage.client() as client,
        ):
            await client.send(client.request(body=b"{}"))
            await asked.wait()
            _leave(client, "close")
            await asyncio.sleep(0.05)
            release.set()
            await until(lambda: bool(seen.ends))

            assert finished
            assert seen.ends == ["abort"]
            assert api.connections == stage.gateway.exchanges == 0

    run(main())


def test_http_1_0_and_connection_close_end_after_the_answer(run: Run) -> None:
    """Old clients know a body's end by the connection's."""
    chunked = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"
    )

    async def main() -> None:
        async with vendor(saying(chunked)) as api, gateway(api.url) as stage:
            async with stage.client() as client:
                old = client.request(body=b"x").replace(b"HTTP/1.1", b"HTTP/1.0", 1)
                await client.send(old)
                response = await client.response()
                assert response.field(b"transfer-encoding") is None
                assert (response.body, response.chunks) == (b"ab", [])
            async with stage.client() as client:
                response = await client.ask(MESSAGES, b"x", b"Connection: close")
                assert response.body == b"ab"
                assert await client.rest() == b""

    run(main())


def test_too_many_connections_are_dropped(run: Run) -> None:
    """One process cannot take all our memory."""
    few = DEFAULT_LIMITS._replace(connections=2)

    async def main() -> None:
        async with vendor(saying(ok())) as api, gateway(api.url, limits=few) as stage:
            async with stage.client() as one, stage.client() as two:
                assert (await one.ask(MESSAGES, b"1")).status == 200
                assert (await two.ask(MESSAGES, b"2")).status == 200
                async with stage.client() as three:
                    assert await three.rest() == b""
            await until(lambda: not stage.gateway._house.connections)
            async with stage.client() as four:
                assert (await four.ask(MESSAGES, b"4")).status == 200

    run(main())


def test_hooks_are_answered_beside_the_api(run: Run) -> None:
    """The hook endpoint shares the listener, not the secret."""

    async def hook(body: bytes) -> bytes:
        return b'{"got":%s}' % body

    async def main() -> None:
        async with (
            vendor(saying(ok())) as api,
            gateway(api.url, hook=hook) as stage,
            stage.client() as client,
        ):
            kind = b"Content-Type: application/json; charset=utf-8"
            response = await client.ask(f"/h/{HOOK_SECRET}", b"1", kind)

            assert (response.status, response.body) == (200, b'{"got":1}')
            assert (await client.ask(MESSAGES, b"{}")).status == 200
            assert stage.gateway.exchanges == 1
            assert len(api.seen) == 1

    run(main())


def test_nagle_is_off(run: Run) -> None:
    """A small event must not wait for the one after it."""

    async def main() -> None:
        async with (
            vendor(saying(ok())) as api,
            gateway(api.url) as stage,
            stage.client() as client,
        ):
            await client.ask(MESSAGES, b"{}")
            (connection,) = stage.gateway._house.connections
            sock = connection._transport.get_extra_info("socket")
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    run(main())


def _leave(client: Client, how: str) -> None:
    transport = client.writer.transport
    match how:
        case "half":
            transport.write_eof()
        case "reset":
            sock = transport.get_extra_info("socket")
            linger = struct.pack("ii", 1, 0)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            transport.abort()
        case _:
            transport.close()
