"""A bare byte relay: the least that any gateway can cost.

python relay.py LISTEN_PORT VENDOR_PORT
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import uvloop


class Pipe(asyncio.Protocol):
    """Writes what it reads to its other end."""

    def __init__(self, other: Pipe | None, vendor_port: int) -> None:
        self._other = other
        self._vendor_port = vendor_port
        self._early: list[bytes] = []
        self._dialling: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport; a client's side dials the vendor."""
        self._transport = cast(asyncio.Transport, transport)
        if self._other is None:
            self._dialling = asyncio.ensure_future(self._dial())

    def data_received(self, data: bytes) -> None:
        """Pass it on."""
        if self._other is None:
            self._early.append(data)
        else:
            self._other._transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Close the other end too."""
        if self._other is not None:
            self._other._transport.close()

    async def _dial(self) -> None:
        _, other = await asyncio.get_running_loop().create_connection(
            lambda: Pipe(self, self._vendor_port), "127.0.0.1", self._vendor_port
        )
        other._transport.writelines(self._early)
        self._other = other


async def _main(port: int, vendor_port: int) -> None:
    server = await asyncio.get_running_loop().create_server(
        lambda: Pipe(None, vendor_port), "127.0.0.1", port, backlog=256
    )
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_main(int(sys.argv[1]), int(sys.argv[2])))
