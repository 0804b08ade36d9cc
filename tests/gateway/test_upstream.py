"""Connections to the vendor are reused, trusted, proxied, and retried with care."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl

import pytest

from aiwrap.errors import GatewayError
from aiwrap.gateway.limits import DEFAULT_LIMITS
from aiwrap.gateway.response_reader import UpstreamError
from aiwrap.gateway.upstream import Upstream
from aiwrap.wire.exchange import Request
from tests.gateway.certificates import Certificates
from tests.gateway.stage import Run, Turn, ok, saying, vendor
from tests.gateway.test_response_reader import Sink

REQUEST = Request("POST", "/v1", ((b"Content-Length", b"4"),), b"body")
PROXIED = "http://vendor.invalid"


def test_one_connection_serves_one_request_after_another(run: Run) -> None:
    """Dialling anew would cost a TLS handshake per turn."""

    async def main() -> None:
        async with vendor(saying(ok(b"hi"))) as api:
            upstream = Upstream(api.url)
            for _ in range(3):
                sink = Sink()
                await upstream.fetch(REQUEST, sink)
                assert sink.body == b"hi"
            assert api.connections == 1
            upstream.close()

    run(main())


def test_parallel_requests_have_connections_of_their_own(run: Run) -> None:
    """A sub-agent does not wait for the main conversation."""

    async def main() -> None:
        both = asyncio.Event()

        async def answer(turn: Turn) -> None:
            if len(api.seen) == 2:
                both.set()
            await both.wait()
            await turn.say(ok())

        async with vendor(answer) as api:
            upstream = Upstream(api.url)
            await asyncio.gather(*(upstream.fetch(REQUEST, Sink()) for _ in range(2)))
            assert api.connections == 2
            upstream.close()

    run(main())


def test_idle_connections_are_given_up_in_time(run: Run) -> None:
    """Vendors and firewalls drop them silently."""

    async def main() -> None:
        limits = DEFAULT_LIMITS._replace(pooled_seconds=0.0)
        async with vendor(saying(ok())) as api:
            upstream = Upstream(api.url, limits=limits)
            await upstream.fetch(REQUEST, Sink())
            await upstream.fetch(REQUEST, Sink())
            assert api.connections == 2
            upstream.close()

    run(main())


def test_a_stale_connection_is_replaced_before_it_is_used(run: Run) -> None:
    """The vendor closed it while it was idle, and we saw it."""

    async def main() -> None:
        async def answer(turn: Turn) -> None:
            await turn.say(ok())
            turn.writer.close()

        async with vendor(answer) as api:
            upstream = Upstream(api.url)
            await upstream.fetch(REQUEST, Sink())
            await asyncio.wait_for(api.gone.wait(), 20)
            await asyncio.sleep(0.05)
            await upstream.fetch(REQUEST, Sink())
            assert (api.connections, len(api.seen)) == (2, 2)
            upstream.close()

    run(main())


def test_a_request_that_met_a_closed_connection_is_sent_once_more(run: Run) -> None:
    """The vendor closed it just then: it cannot have read the request."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setblocking(False)
        upstream = Upstream(f"http://127.0.0.1:{listener.getsockname()[1]}")
        first = asyncio.ensure_future(upstream.fetch(REQUEST, Sink()))
        accepted, _ = await loop.sock_accept(listener)
        await loop.sock_recv(accepted, 4096)
        await loop.sock_sendall(accepted, ok(b"1"))
        await first
        accepted.close()  # its FIN is not read before the request is written

        sink = Sink()
        second = asyncio.ensure_future(upstream.fetch(REQUEST, sink))
        accepted, _ = await asyncio.wait_for(loop.sock_accept(listener), 20)
        received = await loop.sock_recv(accepted, 4096)
        await loop.sock_sendall(accepted, ok(b"2"))
        await second
        accepted.close()
        listener.close()

        assert received.endswith(b"body")
        assert sink.body == b"2"
        upstream.close()

    run(main())


@pytest.mark.parametrize("how", ["close", "reset", "begun"])
def test_a_request_that_was_read_is_never_sent_twice(run: Run, how: str) -> None:
    """The vendor may have acted on it: the CLI must decide, not we."""

    async def main() -> None:
        async def answer(turn: Turn) -> None:
            if len(api.seen) == 1:
                await turn.say(ok())
            elif how == "begun":
                await turn.say(b"HTTP/1.1 200")
                turn.writer.close()
            elif how == "close":
                turn.writer.close()
            else:
                turn.writer.transport.abort()

        async with vendor(answer) as api:
            upstream = Upstream(api.url)
            await upstream.fetch(REQUEST, Sink())
            with pytest.raises(UpstreamError):
                await upstream.fetch(REQUEST, Sink())
            assert len(api.seen) == 2
            upstream.close()

    run(main())


def test_warming_opens_the_connection_ahead(run: Run) -> None:
    """The first request then pays no handshake."""

    async def main() -> None:
        async with vendor(saying(ok())) as api:
            upstream = Upstream(api.url)
            await upstream.warm()
            await upstream.fetch(REQUEST, Sink())
            assert api.connections == 1
            upstream.close()

    run(main())


def test_a_vendor_that_does_not_accept_times_out(run: Run) -> None:
    """The limit covers everything up to a usable connection."""

    async def main() -> None:
        async def never(turn: Turn) -> None:
            raise AssertionError(turn)

        limits = DEFAULT_LIMITS._replace(connect_seconds=0.2)
        async with vendor(never) as api:  # speaks no TLS: the handshake hangs
            upstream = Upstream(api.url.replace("http", "https"), limits=limits)
            with pytest.raises(UpstreamError, match="no connection within"):
                await upstream.fetch(REQUEST, Sink())

    run(main())


def test_tls_checks_the_vendors_certificate(
    run: Run, certificates: Certificates
) -> None:
    """An unknown authority is refused; one that the user added is trusted."""

    async def main() -> None:
        async with vendor(saying(ok(b"safe")), certificates.server_context()) as api:
            with pytest.raises(UpstreamError, match="certificate is not trusted"):
                await Upstream.from_environment(api.url, {}).fetch(REQUEST, Sink())
            environ = {"NODE_EXTRA_CA_CERTS": certificates.authority}
            upstream = Upstream.from_environment(api.url, environ)
            for _ in range(2):
                sink = Sink()
                await upstream.fetch(REQUEST, sink)
                assert sink.body == b"safe"
            assert len(api.seen) == 2
            upstream.close()
            await asyncio.sleep(0.05)

    run(main())


def test_a_missing_ca_file_is_named(run: Run) -> None:
    """Without it the vendor's certificate would fail for no visible reason."""

    async def main() -> None:
        upstream = Upstream("https://127.0.0.1:9", extra_ca="/nowhere/ca.pem")
        with pytest.raises(UpstreamError, match="NODE_EXTRA_CA_CERTS"):
            await upstream.fetch(REQUEST, Sink())

    run(main())


def test_http_goes_through_the_proxy_in_absolute_form(run: Run) -> None:
    """With the proxy's login, which the vendor never sees."""

    async def main() -> None:
        async with vendor(saying(ok(b"via"))) as proxy:
            where = proxy.url.replace("://", "://me:pw@")
            upstream = Upstream.from_environment(
                f"{PROXIED}:81/base", {"HTTP_PROXY": where}
            )
            sink = Sink()
            await upstream.fetch(REQUEST, sink)

            (seen,) = proxy.seen
            assert seen.line == b"POST http://vendor.invalid:81/base/v1 HTTP/1.1"
            assert seen.field(b"host") == b"vendor.invalid:81"
            login = b"Basic " + base64.b64encode(b"me:pw")
            assert seen.field(b"proxy-authorization") == login
            assert sink.body == b"via"
            assert "through the proxy 127.0.0.1:" in upstream.where
            assert "pw" not in upstream.where
            upstream.close()

    run(main())


def test_loopback_vendors_are_reached_directly(run: Run) -> None:
    """Whatever the environment's proxies are."""

    async def main() -> None:
        async with vendor(saying(ok())) as api:
            proxies = dict.fromkeys(["HTTP_PROXY", "ALL_PROXY"], "http://127.0.0.1:9")
            upstream = Upstream.from_environment(api.url, proxies)
            await upstream.fetch(REQUEST, Sink())
            upstream.close()

    run(main())


@pytest.mark.parametrize(
    ("base_url", "proxy"),
    [("ftp://x", None), ("api.example", None), ("https://x", "socks5://p:1")],
)
def test_unusable_addresses_are_refused_at_once(base_url: str, proxy: str) -> None:
    """Not at the first request."""
    with pytest.raises(GatewayError):
        Upstream(base_url, proxy=proxy)


def test_a_plain_server_on_the_https_port_is_an_upstream_error(run: Run) -> None:
    """TLS failures of other kinds read as sentences too."""

    async def main() -> None:
        async def serve(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            await reader.read(10)
            writer.write(b"HTTP/1.1 400 Bad\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        upstream = Upstream(f"https://127.0.0.1:{port}")
        with pytest.raises(UpstreamError):
            await upstream.fetch(REQUEST, Sink())
        server.close()

    run(main())


def test_certificates_of_the_test_are_not_everybodys(
    certificates: Certificates,
) -> None:
    """The made-up authority is not in the system's store."""
    context = ssl.create_default_context()

    assert certificates.authority.endswith("ca.pem")
    assert all("made-up" not in str(ca) for ca in context.get_ca_certs())
