"""One keep-alive connection to the vendor, or to the proxy before it.

One exchange at a time.  The response reaches the sink inside the very callback
that read it: no task, no queue, no delay.  The end of an exchange is told to
whoever awaits `exchange`.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Sequence
from typing import cast

from aiwrap.gateway.limits import Limits
from aiwrap.gateway.response_reader import ResponseReader, Sink, UpstreamError

_TCP_INFO_BYTES = 128
_BYTES_ACKED = struct.Struct("=Q")  # tcpi_bytes_acked in Linux' struct tcp_info
_BYTES_ACKED_OFFSET = 120


class UnprocessedError(UpstreamError):
    """The connection was gone before the vendor had the whole request."""


class VendorConnection(asyncio.Protocol):
    """The client's side of HTTP/1.1 on one transport."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._transport: asyncio.Transport | None = None
        self._reader: ResponseReader | None = None
        self._finished: asyncio.Future[None] | None = None
        self._has_answered = False
        self._last_heard = 0.0
        self._acked_at_end: int | None = None
        self._is_fit = True

    @property
    def is_fit(self) -> bool:
        """Whether another exchange may begin here."""
        transport = self._transport
        return (
            self._is_fit
            and self._finished is None
            and transport is not None
            and not transport.is_closing()
        )

    async def exchange(
        self, request: Sequence[bytes], sink: Sink, *, is_head: bool
    ) -> None:
        """Send `request` and feed `sink` until the response is complete.

        Raises:
            UnprocessedError: Nothing came, and the vendor cannot have the request.
            UpstreamError: No complete response came.

        """
        transport = self._transport
        if transport is None or not self.is_fit:
            raise UnprocessedError("the connection is closed")
        loop = asyncio.get_running_loop()
        self._finished = loop.create_future()
        self._reader = ResponseReader(
            sink,
            answers_head=is_head,
            max_head_bytes=self._limits.response_head_bytes,
        )
        self._has_answered = False
        acked = self._acked()
        sink.begin(self)
        transport.writelines(request)
        self._last_heard = loop.time()
        watch = asyncio.ensure_future(self._watch_silence())
        try:
            await self._finished
        except UpstreamError as error:
            if self._was_unprocessed(acked, sum(map(len, request))):
                raise UnprocessedError(str(error)) from error
            raise
        finally:
            watch.cancel()
            self._leave()

    def close(self) -> None:
        """End the connection."""
        self._is_fit = False
        if self._transport is not None:
            self._transport.close()

    def pause_reading(self) -> None:
        """Stop reading; the vendor feels it through TCP."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Go on reading."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport, after proxy and TLS."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        """Read on."""
        reader = self._reader
        if reader is None:  # nothing was asked: not a connection to trust
            self.close()
            return
        self._has_answered = True
        self._last_heard = asyncio.get_running_loop().time()
        try:
            reader.feed(data)
        except UpstreamError as error:
            self._settle(error)
        self._settle_if_complete()

    def eof_received(self) -> None:
        """See the vendor close its side; asyncio closes ours."""
        self._is_fit = False
        self._acked_at_end = self._acked()
        if self._reader is not None:
            try:
                self._reader.eof()
            except UpstreamError as error:
                self._settle(error)
            self._settle_if_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """See the connection end, however it did."""
        self._is_fit = False
        if self._acked_at_end is None:
            self._acked_at_end = self._acked()
        what = "the answer broke off" if self._has_answered else "no answer came"
        why = f" ({type(exc).__name__})" if exc is not None else ""
        self._settle(UpstreamError(f"{what}, the connection was closed{why}"))

    def _settle_if_complete(self) -> None:
        if self._reader is not None and self._reader.is_complete:
            self._settle(None)

    def _settle(self, error: UpstreamError | None) -> None:
        finished = self._finished
        if finished is None or finished.done():
            return
        if error is None:
            finished.set_result(None)
        else:
            finished.set_exception(error)

    def _leave(self) -> None:
        """Clear up after an exchange; drop a connection that is not clean."""
        reader, self._reader = self._reader, None
        self._finished = None
        transport = self._transport
        if transport is None:
            return
        is_answered = reader is not None and reader.is_complete and reader.is_reusable
        if not is_answered or transport.get_write_buffer_size():
            self._is_fit = False
            transport.abort()  # the rest of the request will never be wanted
        elif not self._is_fit:
            transport.close()
        else:
            transport.resume_reading()  # the last client may have held it back

    def _was_unprocessed(self, acked_before: int | None, request_bytes: int) -> bool:
        """Tell a connection that was stale from one that broke after the request.

        The other end's kernel acknowledges what it takes.  If that is less than
        the request, nobody there can have read the whole of it.
        """
        if self._has_answered or acked_before is None or self._acked_at_end is None:
            return False
        return self._acked_at_end - acked_before < request_bytes

    def _acked(self) -> int | None:
        """Return how many bytes the other end's kernel has taken; Linux only."""
        if not sys.platform.startswith("linux") or self._transport is None:
            return None
        sock = self._transport.get_extra_info("socket")
        try:
            info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
            return int(_BYTES_ACKED.unpack_from(info, _BYTES_ACKED_OFFSET)[0])
        except (AttributeError, OSError, struct.error):
            return None

    async def _watch_silence(self) -> None:
        """Give up on a vendor that says nothing while we are listening."""
        loop = asyncio.get_running_loop()
        limit = self._limits.silence_seconds
        while (left := self._last_heard + limit - loop.time()) > 0:
            await asyncio.sleep(left)
            if self._transport is not None and not self._transport.is_reading():
                self._last_heard = loop.time()  # a slow client holds it back
        self._settle(UpstreamError(f"the vendor was silent for {limit:.0f} seconds"))
