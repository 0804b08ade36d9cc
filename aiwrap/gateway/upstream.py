"""The way to the vendor's API: connections, TLS, proxies, and one retry.

Connections are kept alive and reused, the last used first.  A pooled one can
turn out to be closed just as a request goes out; then, and only if the vendor
cannot have had the whole request, it is sent once more on a new connection.
Certificates are checked against the operating system's store (truststore),
plus NODE_EXTRA_CA_CERTS, which vendor CLIs honour.
"""

from __future__ import annotations

import asyncio
import base64
import os
import ssl
from collections.abc import Mapping
from typing import Self

import truststore

from aiwrap.gateway.heads import request_head, with_value
from aiwrap.gateway.limits import DEFAULT_LIMITS, Limits
from aiwrap.gateway.proxies import Proxy, parse_origin, parse_proxy, proxy_for
from aiwrap.gateway.response_reader import Sink, UpstreamError
from aiwrap.gateway.tunnel import open_tunnel
from aiwrap.gateway.vendor_connection import UnprocessedError, VendorConnection
from aiwrap.wire.exchange import Header, Request

_HTTPS = "https"


class Upstream:
    """One vendor API, reached directly or through a proxy."""

    def __init__(
        self,
        base_url: str,
        *,
        proxy: str | None = None,
        extra_ca: str | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """Take addresses; nothing is opened yet.

        Raises:
            GatewayError: `base_url` or `proxy` cannot be used.

        """
        self._origin, self._prefix = parse_origin(base_url, "the vendor's base URL")
        self._proxy = parse_proxy(proxy) if proxy else None
        self._extra_ca = extra_ca
        self._limits = limits
        self._tls: ssl.SSLContext | None = None
        self._pool: list[tuple[float, VendorConnection]] = []

    @classmethod
    def from_environment(
        cls,
        base_url: str,
        environ: Mapping[str, str],
        *,
        limits: Limits = DEFAULT_LIMITS,
    ) -> Self:
        """Return the upstream with the proxy and CAs that `environ` names.

        Raises:
            GatewayError: `base_url` or the proxy cannot be used.

        """
        origin, _ = parse_origin(base_url, "the vendor's base URL")
        return cls(
            base_url,
            proxy=proxy_for(origin, environ),
            extra_ca=environ.get("NODE_EXTRA_CA_CERTS") or None,
            limits=limits,
        )

    @property
    def where(self) -> str:
        """The vendor's address in words for people."""
        through = (
            f" through the proxy {self._proxy.origin.address}" if self._proxy else ""
        )
        return f"{self._origin.address}{through}"

    async def fetch(self, request: Request, sink: Sink) -> None:
        """Send `request` and feed `sink` until the response is complete.

        Raises:
            UpstreamError: No complete response came.

        """
        raw = (
            [self._head(request), request.body]
            if request.body
            else [self._head(request)]
        )
        is_head = request.method == "HEAD"
        connection = self._pooled()
        if connection is not None:
            try:
                await self._exchange(connection, raw, sink, is_head=is_head)
            except UnprocessedError:
                pass  # it was stale: once more, on a new one
            else:
                return
        await self._exchange(await self._dial(), raw, sink, is_head=is_head)

    async def warm(self) -> None:
        """Open one connection ahead of need.

        Raises:
            UpstreamError: The vendor cannot be reached.

        """
        self._keep(await self._dial())

    def close(self) -> None:
        """Close the idle connections."""
        while self._pool:
            self._pool.pop()[1].close()

    async def _exchange(
        self,
        connection: VendorConnection,
        raw: list[bytes],
        sink: Sink,
        *,
        is_head: bool,
    ) -> None:
        await connection.exchange(raw, sink, is_head=is_head)
        self._keep(connection)

    def _pooled(self) -> VendorConnection | None:
        now = asyncio.get_running_loop().time()
        while self._pool:
            since, connection = self._pool.pop()
            if connection.is_fit and now - since < self._limits.pooled_seconds:
                return connection
            connection.close()
        return None

    def _keep(self, connection: VendorConnection) -> None:
        if not connection.is_fit:
            return
        now = asyncio.get_running_loop().time()
        pool, self._pool = self._pool, []
        for since, idle in pool:
            if idle.is_fit and now - since < self._limits.pooled_seconds:
                self._pool.append((since, idle))
            else:
                idle.close()
        self._pool.append((now, connection))

    def _head(self, request: Request) -> bytes:
        target = self._prefix + request.target
        headers = with_value(request.headers, b"host", self._origin.authority.encode())
        if self._proxy is not None and self._origin.scheme != _HTTPS:
            target = f"http://{self._origin.authority}{target}"
            headers = (*headers, *_authorization(self._proxy))
        return request_head(request.method, target, headers)

    async def _dial(self) -> VendorConnection:
        try:
            async with asyncio.timeout(self._limits.connect_seconds):
                return await self._connect()
        except TimeoutError:
            seconds = round(self._limits.connect_seconds)
            raise UpstreamError(f"no connection within {seconds} seconds") from None
        except ssl.SSLCertVerificationError as error:
            why = error.verify_message or "it cannot be verified"
            raise UpstreamError(f"its certificate is not trusted: {why}") from error
        except OSError as error:
            raise UpstreamError(_reason(error)) from error

    async def _connect(self) -> VendorConnection:
        loop = asyncio.get_running_loop()
        connection = VendorConnection(self._limits)
        origin, proxy = self._origin, self._proxy
        if proxy is not None and origin.scheme == _HTTPS:
            await open_tunnel(
                connection,
                proxy=proxy.origin,
                target=origin,
                headers=_authorization(proxy),
                context=await self._context(),
            )
            return connection
        first = proxy.origin if proxy is not None else origin
        await loop.create_connection(
            lambda: connection,
            first.host,
            first.port,
            ssl=await self._context() if first.scheme == _HTTPS else None,
        )
        return connection

    async def _context(self) -> ssl.SSLContext:
        """Return the TLS settings; reading the CAs (20 ms) stalls no stream."""
        if self._tls is None:
            self._tls = await asyncio.to_thread(_tls_context, self._extra_ca)
        return self._tls


def _tls_context(extra_ca: str | None) -> ssl.SSLContext:
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    if extra_ca is not None:
        try:
            context.load_verify_locations(cafile=extra_ca)
        except OSError as error:
            raise UpstreamError(
                f"NODE_EXTRA_CA_CERTS cannot be used: {_reason(error)}"
            ) from error
    return context


def _authorization(proxy: Proxy) -> tuple[Header, ...]:
    if proxy.credentials is None:
        return ()
    token = base64.b64encode(proxy.credentials.encode())
    return ((b"Proxy-Authorization", b"Basic " + token),)


def _reason(error: OSError) -> str:
    # asyncio puts words of its own where the system's stood
    words = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
    return words.lower() or type(error).__name__
