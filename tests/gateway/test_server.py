"""The gateway serves a vendor CLI end to end on loopback."""

from __future__ import annotations

import asyncio

import pytest

from aiwrap.wire.exchange import Forward, Reply, Request, Verdict, Withhold
from tests.gateway.stage import (
    MESSAGES,
    Run,
    Turn,
    gateway,
    ok,
    pass_all,
    saying,
    until,
    vendor,
)

EVENTS = [b"event: ping\ndata: {%d}\n\n" % number for number in range(20)]


def test_untouched_request_and_response_pass_byte_for_byte(run: Run) -> None:
    """Nothing to redact: the vendor and the CLI see what the other sent."""
    fields = [
        b"accept: application/json",
        b"X-Stainless-Lang: js",
        b"anthropic-beta: a,b",
        b"x-api-key: made-up",
        b"Connection: keep-alive",
        b"Accept-Encoding: gzip, deflate, br, zstd",
    ]
    answer = (
        b"HTTP/1.1 200 Quite Fine\r\nDate: today\r\nrequest-ID: req_1\r\n"
        b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 5\r\n"
        b"X-Last: y\r\n\r\nhello"
    )

    async def main() -> None:
        async with (
            vendor(saying(answer)) as api,
            gateway(api.url) as stage,
            stage.client() as client,
        ):
            sent = client.request(f"{MESSAGES}?beta=true", b'{"a":1}', *fields)
            await client.send(sent)
            received = await client.reader.readexactly(len(answer))

            (seen,) = api.seen
            expected = sent.replace(f"{MESSAGES}?".encode(), b"/v1/messages?").replace(
                str(stage.port).encode(), api.url.rpartition(":")[2].encode()
            )
            assert seen.head + seen.body == expected
            assert received == answer
            assert stage.gateway.exchanges == 1
            assert stage.intrusions == []

    run(main())


def test_events_pass_one_by_one_without_delay(run: Run) -> None:
    """Each event reaches the CLI before the vendor has written the next."""

    async def main() -> None:
        go_on = asyncio.Event()

        async def answer(turn: Turn) -> None:
            await turn.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for event in EVENTS:
                go_on.clear()
                await turn.say(b"%x\r\n%s\r\n" % (len(event), event))
                await go_on.wait()
            await turn.say(b"0\r\n\r\n")

        async with (
            vendor(answer) as api,
            gateway(api.url) as stage,
            stage.client() as client,
        ):
            await client.send(client.request(body=b"{}"))
            await client.head()
            seen = []
            for _ in EVENTS:
                seen.append(await client.chunk())
                go_on.set()

            assert seen == EVENTS
            assert await client.chunk() == b""

    run(main())


def test_withheld_request_reaches_nobody(run: Run) -> None:
    """A refusal is the gateway's own answer; the vendor hears nothing."""

    async def withhold(_: Request) -> Verdict:
        return Withhold(Reply(200, ((b"X-A", b"b"),), b"refused"))

    async def main() -> None:
        async with (
            vendor(saying(ok())) as api,
            gateway(api.url, screen=withhold) as stage,
            stage.client() as client,
        ):
            response = await client.ask(MESSAGES, b"{}")
            again = await client.ask(MESSAGES, b"{}")

            assert (response.status, response.body) == (200, b"refused")
            assert again == response
            assert response.fields == [(b"X-A", b"b"), (b"content-length", b"7")]
            assert api.connections == stage.gateway.exchanges == 0

    run(main())


def test_slow_screening_holds_back_only_its_own_exchange(run: Run) -> None:
    """The first exchange may be held for the key and the policy."""

    async def main() -> None:
        release = asyncio.Event()

        async def screen(request: Request) -> Verdict:
            if request.body == b"slow":
                await release.wait()
            return Forward(request)

        async with (
            vendor(saying(ok())) as api,
            gateway(api.url, screen=screen) as stage,
            stage.client() as slow,
            stage.client() as quick,
        ):
            await slow.send(slow.request(body=b"slow"))
            assert (await quick.ask(MESSAGES, b"quick")).status == 200
            assert [seen.body for seen in api.seen] == [b"quick"]

            release.set()
            assert (await slow.response()).status == 200

    run(main())


def test_sixteen_streams_run_side_by_side(run: Run) -> None:
    """Each of 16 clients gets its own events, in order."""

    async def main() -> None:
        async def answer(turn: Turn) -> None:
            await turn.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(50):
                body = turn.seen.body
                await turn.say(b"%x\r\n%s\r\n" % (len(body), body))
                await asyncio.sleep(0)
            await turn.say(b"0\r\n\r\n")

        async with vendor(answer) as api, gateway(api.url) as stage:

            async def session(number: int) -> None:
                async with stage.client() as client:
                    for turn in range(3):
                        body = b"<%d.%d>" % (number, turn)
                        response = await client.ask(MESSAGES, body)
                        assert response.body == body * 50

            await asyncio.gather(*(session(number) for number in range(16)))
            assert stage.gateway.exchanges == 48

    run(main())


@pytest.mark.parametrize("grace", [0.0, 5.0])
def test_close_lets_present_exchanges_end_within_the_grace(
    run: Run, grace: float
) -> None:
    """With no grace the client sees a broken answer; with grace a whole one."""

    async def main() -> None:
        release = asyncio.Event()

        async def answer(turn: Turn) -> None:
            await turn.say(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
            await release.wait()
            await turn.say(b"cd")

        async with (
            vendor(answer) as api,
            gateway(api.url) as stage,
            stage.client() as client,
        ):
            await client.send(client.request(body=b"{}"))
            await client.head()
            closing = asyncio.ensure_future(stage.gateway.close(grace))
            if grace:
                release.set()

            assert await client.rest() == (b"abcd" if grace else b"ab")
            await closing
            release.set()
            with pytest.raises(ConnectionError):
                await asyncio.open_connection("127.0.0.1", stage.port)

    run(main())


def test_a_client_that_reads_slowly_holds_the_vendor_back(run: Run) -> None:
    """Backpressure: what the gateway holds for a slow client is bounded."""
    size = 32 * 1024 * 1024
    written = 0

    async def main() -> None:
        async def answer(turn: Turn) -> None:
            nonlocal written
            await turn.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
            piece = b"x" * 65536
            while written < size:
                await turn.say(piece)
                written += len(piece)

        async with (
            vendor(answer) as api,
            gateway(api.url, screen=pass_all) as stage,
            stage.client() as client,
        ):
            client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # the transport reads too
            await client.send(client.request(body=b"{}"))
            before = -1
            while before != written or not written:
                before = written
                await asyncio.sleep(0.2)
            assert written < size

            client.writer.transport.resume_reading()  # type: ignore[attr-defined]  # as above
            response = await client.response()
            assert len(response.body) == size
            await until(lambda: written == size)

    run(main())
