"""One connection of the vendor CLI: requests in, answers out, in order.

Requests are served one after the other.  While one is served the connection is
still read, so that the client's going away is seen; a client that closes its
side counts as gone (an interrupted CLI looks the same).  More requests sent
ahead wait in a queue, and reading stops until their turn.

Whoever may not talk to us, or speaks no HTTP, gets one answer; what else it
sends is thrown away unread for a moment, so that it can read that answer.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections import deque
from collections.abc import Callable
from typing import NamedTuple, cast

from aiwrap.gateway.exchange import Services, run_exchange
from aiwrap.gateway.guard import ApiCall, Guard, HookCall, Intrusion
from aiwrap.gateway.heads import CLOSE, RequestHead, response_head
from aiwrap.gateway.hooks import answer_hook
from aiwrap.gateway.incoming import Incoming, RejectedError, RequestReader
from aiwrap.gateway.peers import is_vendor_cli, peer_uid
from aiwrap.gateway.replies import error_reply, forbidden
from aiwrap.gateway.response_reader import Source
from aiwrap.gateway.screen import log_without_content
from aiwrap.wire.exchange import Hook, Reply

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class House(NamedTuple):
    """What all connections of one gateway share."""

    services: Services
    guard: Guard
    hook: Hook | None
    on_intrusion: Callable[[str], None]
    hook_caller: int | None  # the only process that may call the hook
    connections: set[ClientConnection]


class ClientConnection(asyncio.Protocol):
    """The server's side of HTTP/1.1 on one transport."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._limits = house.services.limits
        self._reader = RequestReader(self._judge, self._limits)
        self._queue: deque[Incoming | Reply] = deque()
        self._served: Incoming | None = None
        self._task: asyncio.Task[None] | None = None
        self._source: Source | None = None
        self._is_full = False  # the client reads more slowly than we write
        self._is_ending = False
        self._discarded = 0
        self._timer: asyncio.TimerHandle | None = None
        self._timed: object = None

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport, if its other end is the same user."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass
        if len(self._house.connections) >= self._limits.connections:
            self._transport.abort()
            return
        self._house.connections.add(self)
        # asyncio leaves Nagle on where the listener's protocol number is 0.
        sock: socket.socket = transport.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        uid = peer_uid(
            transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        )
        if uid is not None and uid != os.geteuid():
            self._house.on_intrusion("peer")
            self._end_with(forbidden())

    def data_received(self, data: bytes) -> None:
        """Read on."""
        if self._is_ending:
            self._discard(len(data))
            return
        try:
            self._queue.extend(self._reader.feed(data))
        except RejectedError as rejection:
            self._queue.extend(self._reader.taken())
            self._queue.append(rejection.reply)
            self._is_ending = True
        self._watch_clock()
        self._serve_next()

    def eof_received(self) -> None:
        """See the client close its side: asyncio closes ours."""

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Cancel what was going on."""
        self._house.connections.discard(self)
        self._is_ending = True
        self._queue.clear()
        self._stop_clock()
        if self._task is not None:
            self._task.cancel()

    def pause_writing(self) -> None:
        """Hold the vendor back: the client reads too slowly."""
        self._is_full = True
        if self._source is not None:
            self._source.pause_reading()

    def resume_writing(self) -> None:
        """Let the vendor go on."""
        self._is_full = False
        if self._source is not None:
            self._source.resume_reading()

    # an exchange's side

    @property
    def takes_chunks(self) -> bool:
        """Whether the client speaks HTTP/1.1."""
        return self._served is not None and self._served.head.version == "1.1"

    def write(self, data: bytes) -> None:
        """Send `data` now."""
        self._transport.write(data)

    def hold(self, source: Source) -> None:
        """Pause and resume `source` as fast as the client reads."""
        self._source = source
        if self._is_full:
            source.pause_reading()

    def reply(self, reply: Reply) -> None:
        """Send a whole answer of ours."""
        length = (b"content-length", b"%d" % len(reply.body))
        closing = () if self._keeps_alive else (CLOSE,)
        head = response_head(reply.status, None, (*reply.headers, length, *closing))
        is_head = self._served is not None and self._served.head.method == "HEAD"
        self._transport.write(head if is_head else head + reply.body)

    def break_off(self) -> None:
        """End the connection so that the client sees an unfinished answer."""
        if self.takes_chunks:
            self._transport.close()  # the missing last chunk or bytes tell
        else:
            self._transport.abort()

    # the gateway's side

    @property
    def task(self) -> asyncio.Task[None] | None:
        """The exchange or hook that is being served."""
        return self._task

    def finish(self) -> None:
        """Serve no more requests; close now or after the present one."""
        self._is_ending = True
        self._queue.clear()
        if self._task is None:
            self._transport.close()

    def abort(self) -> None:
        """Drop the connection."""
        self._transport.abort()

    # ours

    @property
    def _keeps_alive(self) -> bool:
        served = self._served
        return served is not None and served.head.keeps_alive and self.takes_chunks

    def _judge(self, head: RequestHead) -> ApiCall | HookCall:
        match self._house.guard.route(head):
            case Intrusion(kind):
                self._house.on_intrusion(kind)
                raise RejectedError(forbidden())
            case HookCall() if not self._is_from_vendor_cli():
                self._house.on_intrusion("hook")
                raise RejectedError(forbidden())
            case ApiCall() | HookCall() as route:
                return route

    def _is_from_vendor_cli(self) -> bool:
        """Say whether no other program, as far as we see, knows the hook's secret."""
        caller = self._house.hook_caller
        if caller is None:
            return True
        peer, ours = (
            self._transport.get_extra_info(name) for name in ("peername", "sockname")
        )
        return is_vendor_cli(caller, peer, ours) is not False

    def _serve_next(self) -> None:
        if self._task is not None or self._transport.is_closing():
            return
        if not self._queue:
            self._transport.resume_reading()
            if self._reader.take_continue():
                self._transport.write(_CONTINUE)
            return
        item = self._queue.popleft()
        if isinstance(item, Reply):
            self._end_with(item)
            return
        if self._queue:
            self._transport.pause_reading()
        self._served = item
        self._task = asyncio.ensure_future(self._serve(item))
        self._task.add_done_callback(self._after)

    async def _serve(self, incoming: Incoming) -> None:
        match incoming.route:
            case ApiCall(target):
                await run_exchange(incoming, target, self, self._house.services)
            case HookCall():
                if self._house.hook is None:
                    self.reply(forbidden())
                else:
                    self.reply(await answer_hook(incoming, self._house.hook))

    def _after(self, task: asyncio.Task[None]) -> None:
        keeps_alive = self._keeps_alive
        self._task = self._source = None
        if self._transport.is_closing() or task.cancelled():
            return
        error = task.exception()
        if error is not None:
            log_without_content("an exchange failed", error)
            self._transport.abort()
            return
        if not keeps_alive or (self._is_ending and not self._queue):
            self._transport.close()
            return
        self._served = None
        self._serve_next()

    def _end_with(self, reply: Reply) -> None:
        """Send a last answer, and wait a little for the client to read it."""
        self._is_ending = True
        self._served = None
        self.reply(reply)
        self._transport.write_eof()
        self._transport.resume_reading()
        self._start_clock(self._limits.linger_seconds, self._transport.abort)

    def _discard(self, size: int) -> None:
        self._discarded += size
        if self._discarded > 2 * self._limits.body_bytes:
            self._transport.abort()

    def _watch_clock(self) -> None:
        """Give each head and each body its time."""
        phase = self._reader.phase
        if phase == self._timed or self._is_ending:
            return
        self._timed = phase
        self._stop_clock()
        if phase[0] == "head":
            self._start_clock(self._limits.head_seconds, self._expire)
        elif phase[0] == "body":
            self._start_clock(self._limits.body_seconds, self._expire)

    def _expire(self) -> None:
        if self._task is not None:  # its turn has not come: the wait is ours
            self._start_clock(self._limits.head_seconds, self._expire)
            return
        message = "aiwrap: the request did not arrive in time"
        self._end_with(error_reply(408, "timeout_error", message))

    def _start_clock(self, seconds: float, then: Callable[[], None]) -> None:
        self._stop_clock()
        self._timer = asyncio.get_running_loop().call_later(seconds, then)

    def _stop_clock(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
