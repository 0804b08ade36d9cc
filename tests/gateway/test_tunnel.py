"""An https vendor is reached through a proxy that cannot read the bytes."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from aiwrap.gateway.response_reader import UpstreamError
from aiwrap.gateway.upstream import Upstream
from aiwrap.wire.exchange import Request
from tests.gateway.certificates import Certificates
from tests.gateway.stage import Run, ok, saying, settle, vendor
from tests.gateway.test_response_reader import Sink

REQUEST = Request("POST", "/v1", ((b"Content-Length", b"6"),), b"secret")
OPEN = b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n"


class TunnelProxy:
    """A CONNECT proxy that keeps all it sees."""

    def __init__(self, answer: bytes, tls: object = None) -> None:
        self.answer = answer
        self.tls = tls
        self.heads: list[bytes] = []
        self.passed = b""
        self.url = ""

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Open one tunnel."""
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        writer.write(self.answer)
        if not self.answer.startswith(b"HTTP/1.1 200"):
            writer.close()
            return
        host, _, port = head.split(b" ")[1].decode().rpartition(":")
        there, out = await asyncio.open_connection(host, int(port))
        await asyncio.gather(self._pass(reader, out), self._pass(there, writer))

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while data := await reader.read(65536):
                self.passed += data
                writer.write(data)
        except ConnectionError:
            pass
        writer.close()


@asynccontextmanager
async def proxy(
    answer: bytes = OPEN, certificates: Certificates | None = None
) -> AsyncIterator[TunnelProxy]:
    """Run a proxy on loopback, with TLS to itself where certificates are given."""
    made = TunnelProxy(answer)
    tls = certificates.server_context() if certificates else None
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=tls)
    scheme = "https" if certificates else "http"
    made.url = f"{scheme}://me:pw@127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        await settle()


@pytest.mark.parametrize("is_secure", [False, True], ids=["plain", "TLS to the proxy"])
def test_the_proxy_sees_the_name_and_nothing_else(
    run: Run, certificates: Certificates, *, is_secure: bool
) -> None:
    """CONNECT with the login, then TLS end to end."""

    async def main() -> None:
        async with (
            vendor(saying(ok(b"answer")), certificates.server_context()) as api,
            proxy(certificates=certificates if is_secure else None) as between,
        ):
            upstream = Upstream(
                api.url, proxy=between.url, extra_ca=certificates.authority
            )
            for _ in range(2):
                sink = Sink()
                await upstream.fetch(REQUEST, sink)
                assert sink.body == b"answer"
            upstream.close()
            await asyncio.sleep(0.05)

            (head,) = between.heads  # one tunnel, used twice
            address = api.url.removeprefix("https://").encode()
            assert head.startswith(
                b"CONNECT %s HTTP/1.1\r\nHost: %s" % (address, address)
            )
            assert base64.b64encode(b"me:pw") in head
            assert b"secret" not in between.passed
            assert b"answer" not in between.passed
            assert b"me:pw" not in b"".join(seen.head for seen in api.seen)
            assert api.seen[0].field(b"proxy-authorization") is None

    run(main())


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 407 Login\r\n\r\n", "asks for a login"),
        (b"HTTP/1.1 403 No\r\n\r\n", "refused the connection .403."),
        (b"nonsense\r\n\r\n", "no HTTP"),
        (b"", "closed the connection"),
        (b"x" * 100_000, "too long"),
        (OPEN + b"injected", "refused the connection .200."),
    ],
)
def test_a_proxy_that_does_not_open_the_way_is_named(
    run: Run, certificates: Certificates, answer: bytes, words: str
) -> None:
    """What it sent beside an opening is no TLS of the vendor's."""

    async def main() -> None:
        async with (
            vendor(saying(ok()), certificates.server_context()) as api,
            proxy(answer) as between,
        ):
            upstream = Upstream(
                api.url, proxy=between.url, extra_ca=certificates.authority
            )
            with pytest.raises(UpstreamError, match=words):
                await upstream.fetch(REQUEST, Sink())
            assert api.seen == []

    run(main())


def test_the_vendors_certificate_is_checked_inside_the_tunnel(
    run: Run, certificates: Certificates
) -> None:
    """A proxy that breaks TLS open is found out."""

    async def main() -> None:
        async with (
            vendor(saying(ok()), certificates.server_context()) as api,
            proxy() as between,
        ):
            upstream = Upstream(api.url, proxy=between.url)
            with pytest.raises(UpstreamError, match="certificate is not trusted"):
                await upstream.fetch(REQUEST, Sink())

    run(main())
