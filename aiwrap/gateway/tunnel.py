"""Reach an https vendor through a proxy: CONNECT, then TLS inside.

The proxy sees the vendor's name and port, and bytes it cannot read.
"""

from __future__ import annotations

import asyncio
import ssl

from aiwrap.gateway.proxies import Origin
from aiwrap.gateway.response_reader import UpstreamError
from aiwrap.wire.exchange import Headers

_MAX_ANSWER_BYTES = 64 * 1024
_END_OF_HEAD = b"\r\n\r\n"


async def open_tunnel(
    connection: asyncio.Protocol,
    *,
    proxy: Origin,
    target: Origin,
    headers: Headers,
    context: ssl.SSLContext,
) -> None:
    """Connect `connection` to `target` with TLS, through `proxy`.

    Raises:
        UpstreamError: The proxy does not open the way.
        OSError: The proxy, or through it the vendor, cannot be reached.

    """
    loop = asyncio.get_running_loop()
    transport, answer = await loop.create_connection(
        _Answer,
        proxy.host,
        proxy.port,
        ssl=context if proxy.scheme == "https" else None,
    )
    try:
        transport.write(_connect_head(target, headers))
        _check(await answer.head, proxy)
        secure = await loop.start_tls(
            transport, connection, context, server_hostname=target.host
        )
    except BaseException:
        transport.abort()
        raise
    if secure is None:
        raise ConnectionResetError("the connection closed during the TLS handshake")
    connection.connection_made(secure)


class _Answer(asyncio.Protocol):
    """Collects the head of the proxy's answer."""

    def __init__(self) -> None:
        self.head: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self.head.done():
            return
        if _END_OF_HEAD in self._received:
            self.head.set_result(self._received)
        elif len(self._received) > _MAX_ANSWER_BYTES:
            self.head.set_exception(UpstreamError("the proxy's answer is too long"))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.head.done():
            error = UpstreamError("the proxy closed the connection")
            error.__cause__ = exc
            self.head.set_exception(error)


def _connect_head(target: Origin, headers: Headers) -> bytes:
    address = target.address.encode()
    lines = [b"CONNECT %s HTTP/1.1" % address, b"Host: %s" % address]
    lines += [b"%s: %s" % field for field in headers]
    return b"\r\n".join([*lines, b"", b""])


def _check(answer: bytes, proxy: Origin) -> None:
    """Accept a 2xx answer with nothing behind its head."""
    head, _, rest = answer.partition(_END_OF_HEAD)
    version, _, status = head.partition(b"\r\n")[0].partition(b" ")
    code = status[:3]
    if version in (b"HTTP/1.0", b"HTTP/1.1") and code.startswith(b"2") and not rest:
        return
    if code == b"407":
        raise UpstreamError(f"the proxy {proxy.address} asks for a login (407)")
    shown = code.decode("ascii", "replace") if code.isdigit() else "no HTTP"
    raise UpstreamError(f"the proxy {proxy.address} refused the connection ({shown})")
