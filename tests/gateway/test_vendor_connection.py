"""One connection to the vendor carries one exchange at a time."""

from __future__ import annotations

import asyncio

import pytest

from aiwrap.gateway.limits import DEFAULT_LIMITS
from aiwrap.gateway.response_reader import Source
from aiwrap.gateway.vendor_connection import UnprocessedError, VendorConnection
from tests.gateway.stage import Run, Turn, Vendor, ok, saying, until, vendor
from tests.gateway.test_response_reader import Sink

RAW = [b"POST /v1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n", b"ab"]


async def connect(api: Vendor) -> VendorConnection:
    port = int(api.url.rpartition(":")[2])
    _, connection = await asyncio.get_running_loop().create_connection(
        lambda: VendorConnection(DEFAULT_LIMITS), "127.0.0.1", port
    )
    return connection


def test_a_clean_answer_leaves_it_fit(run: Run) -> None:
    """Fit means: another exchange may begin."""

    async def main() -> None:
        async with vendor(saying(ok(b"hi"))) as api:
            connection = await connect(api)
            assert connection.is_fit
            await connection.exchange(RAW, Sink(), is_head=False)
            assert connection.is_fit
            connection.close()
            assert not connection.is_fit

    run(main())


@pytest.mark.parametrize(
    "answer",
    [
        ok() + b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        ok(b"", b"Connection: close\r\n"),
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=["more than asked", "closing", "HTTP/1.0"],
)
def test_an_unclean_answer_leaves_it_unfit(run: Run, answer: bytes) -> None:
    """It is dropped, not put back into the pool."""

    async def main() -> None:
        async with vendor(saying(answer)) as api:
            connection = await connect(api)
            await connection.exchange(RAW, Sink(), is_head=False)
            assert not connection.is_fit
            await asyncio.wait_for(api.gone.wait(), 20)

    run(main())


class Holding(Sink):
    """A client that is too slow for the last bytes, as it looks from here."""

    def begin(self, source: Source) -> None:
        """Keep the source."""
        self.source = source

    def data(self, data: bytes) -> None:
        """Hold the source back, and never let it go on."""
        super().data(data)
        self.source.pause_reading()


def test_a_client_that_held_it_back_does_not_hold_back_the_next(run: Run) -> None:
    """It goes into the pool reading, whatever the last client's pace was."""

    async def main() -> None:
        async with vendor(saying(ok(b"hi"))) as api:
            connection = await connect(api)
            for _ in range(3):
                sink = Holding()
                exchange = connection.exchange(RAW, sink, is_head=False)
                await asyncio.wait_for(exchange, 20)
                assert sink.body == b"hi"
            connection.close()

    run(main())


def test_bytes_that_nobody_asked_for_close_it(run: Run) -> None:
    """A vendor that speaks first could answer the next request wrongly."""

    async def main() -> None:
        async with vendor(saying(ok())) as api:
            connection = await connect(api)
            await connection.exchange(RAW, Sink(), is_head=False)
            connection.data_received(ok(b"poison"))
            assert not connection.is_fit
            with pytest.raises(UnprocessedError):
                await connection.exchange(RAW, Sink(), is_head=False)

    run(main())


def test_cancelling_drops_it(run: Run) -> None:
    """The vendor is told by a closed connection."""

    async def main() -> None:
        async def never(turn: Turn) -> None:
            await turn.reader.read()

        async with vendor(never) as api:
            connection = await connect(api)
            task = asyncio.ensure_future(
                connection.exchange(RAW, Sink(), is_head=False)
            )
            await until(lambda: bool(api.seen))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert not connection.is_fit
            await asyncio.wait_for(api.gone.wait(), 20)

    run(main())


def test_an_unopened_connection_processes_nothing(run: Run) -> None:
    """Safe to try elsewhere."""

    async def main() -> None:
        with pytest.raises(UnprocessedError):
            await VendorConnection(DEFAULT_LIMITS).exchange(RAW, Sink(), is_head=False)

    run(main())
