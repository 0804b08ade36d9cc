"""The gateway: a loopback listener that a vendor CLI is pinned to.

Runs on any asyncio loop, uvloop among them.  asyncio protocols with httptools
on both sides: of the stacks measured it is the one within the budget for a
100-turn session (three quarters of aiohttp's CPU, a quarter of httpx's), and
its import is a third of theirs.  No CORS: a browser has no business here.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping

from aiwrap.gateway.client_connection import ClientConnection, House
from aiwrap.gateway.exchange import Services, Ways
from aiwrap.gateway.guard import Guard
from aiwrap.gateway.limits import DEFAULT_LIMITS, Limits
from aiwrap.gateway.replies import not_screened
from aiwrap.gateway.screen import OnFailure
from aiwrap.gateway.upstream import Upstream
from aiwrap.wire.exchange import Hook, Reply, Request, Screen


class Gateway:
    """Serves `listener`: the API under /s/SECRET/, hooks at /h/SECRET."""

    def __init__(  # noqa: PLR0913 - the seams of a session, each named at the call
        self,
        *,
        listener: socket.socket,
        session_secret: str,
        hook_secret: str | None,
        upstream: Upstream,
        screen: Screen,
        hook: Hook | None,
        on_intrusion: Callable[[str], None],
        on_failure: OnFailure | None = None,
        alternatives: Mapping[bytes, Upstream] | None = None,
        hook_caller: int | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """Take what a session provides.

        `on_intrusion` hears one word per refused caller: host, browser, secret,
        hook or peer.  `on_failure` builds the reply when `screen` fails.  A
        request with one of the headers in `alternatives` goes there instead.
        `hook_caller` is the process that was spawned: only it may call the hook.
        """
        host, port = listener.getsockname()[:2]
        self.exchanges = 0  # forwarded to the vendor
        self._listener = listener
        self._upstreams = [upstream, *(alternatives or {}).values()]
        self._server: asyncio.Server | None = None
        services = Services(
            Ways(upstream, alternatives or {}),
            screen,
            on_failure or _not_screened,
            self._count,
            limits,
        )
        guard = Guard(
            host=host,
            port=port,
            session_secret=session_secret,
            hook_secret=hook_secret if hook is not None else None,
        )
        self._house = House(services, guard, hook, on_intrusion, hook_caller, set())

    async def start(self) -> None:
        """Begin to serve."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: ClientConnection(self._house), sock=self._listener, backlog=256
        )

    async def close(self, grace_seconds: float) -> None:
        """Take no more requests, let the present ones end within the grace."""
        if self._server is not None:
            self._server.close()
        connections = list(self._house.connections)
        tasks = [c.task for c in connections if c.task is not None]
        for connection in connections:
            connection.finish()
        if tasks:
            await asyncio.wait(tasks, timeout=grace_seconds)
        for connection in list(self._house.connections):
            connection.abort()
        for upstream in self._upstreams:
            upstream.close()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _count(self) -> None:
        self.exchanges += 1


def _not_screened(request: Request) -> Reply:  # noqa: ARG001 - same for every request
    return not_screened()
