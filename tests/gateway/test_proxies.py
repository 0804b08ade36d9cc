"""The environment's proxy is found as curl and the vendor CLIs find it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.errors import GatewayError
from aiwrap.gateway.proxies import (
    Origin,
    Proxy,
    is_exempt,
    is_loopback,
    parse_origin,
    parse_proxy,
    proxy_for,
)

API = Origin("https", "api.anthropic.com", 443)
PLAIN = Origin("http", "llm.corp.example", 8080)
PROXY = "http://proxy:3128"


@pytest.mark.parametrize(
    ("environ", "origin", "expected"),
    [
        ({"HTTPS_PROXY": PROXY}, API, PROXY),
        ({"https_proxy": PROXY, "HTTPS_PROXY": "http://other"}, API, PROXY),
        ({"https_proxy": "", "HTTPS_PROXY": PROXY}, API, PROXY),
        ({"HTTP_PROXY": PROXY}, PLAIN, PROXY),
        ({"HTTPS_PROXY": PROXY}, PLAIN, None),
        ({"ALL_PROXY": PROXY}, API, PROXY),
        ({"ALL_PROXY": "http://x", "HTTPS_PROXY": PROXY}, API, PROXY),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "*"}, API, None),
        ({"HTTPS_PROXY": PROXY, "no_proxy": "anthropic.com"}, API, None),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "x.example"}, API, PROXY),
        ({}, API, None),
    ],
)
def test_proxy_for(
    environ: dict[str, str], origin: Origin, expected: str | None
) -> None:
    """Lowercase wins, the scheme's own wins, NO_PROXY exempts."""
    assert proxy_for(origin, environ) == expected


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "::1", "127.8.9.1", "a.localhost"]
)
def test_loopback_is_never_proxied(host: str) -> None:
    """No proxy could reach it; NO_PROXY need not say so."""
    environ = {"HTTP_PROXY": PROXY, "HTTPS_PROXY": PROXY, "ALL_PROXY": PROXY}

    assert is_loopback(host)
    assert proxy_for(Origin("http", host, 1), environ) is None


@pytest.mark.parametrize("host", ["127.example.com", "localhost.example", "10.0.0.1"])
def test_names_that_only_look_like_loopback_are_not(host: str) -> None:
    """They lead elsewhere."""
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("no_proxy", "host", "port", "exempt"),
    [
        ("example.com", "example.com", 443, True),
        ("example.com", "a.example.com", 443, True),
        (".example.com", "a.example.com", 443, True),
        ("*.example.com", "a.example.com", 443, True),
        ("EXAMPLE.com", "Example.COM", 443, True),
        ("example.com", "notexample.com", 443, False),
        ("example.com:443", "example.com", 443, True),
        ("example.com:80", "example.com", 443, False),
        ("a, b  example.com", "example.com", 443, True),
        ("10.0.0.0/8", "10.1.2.3", 443, True),
        ("10.0.0.0/8", "11.1.2.3", 443, False),
        ("10.1.2.3", "10.1.2.3", 443, True),
        ("10.1.2.3:443", "10.1.2.3", 443, True),
        ("fd00::/8", "fd12::1", 443, True),
        ("[fd12::1]", "fd12::1", 443, True),
        (".", "example.com", 443, False),
        ("", "example.com", 443, False),
    ],
)
def test_no_proxy(no_proxy: str, host: str, port: int, *, exempt: bool) -> None:
    """Names with their subdomains, ports, addresses, networks."""
    assert is_exempt(Origin("https", host, port), no_proxy) is exempt


@given(no_proxy=st.text(max_size=40))
def test_any_no_proxy_can_be_read(no_proxy: str) -> None:
    """A user's odd value must not stop a launch."""
    is_exempt(API, no_proxy)
    is_exempt(Origin("https", "10.0.0.1", 443), no_proxy)


@pytest.mark.parametrize(
    ("url", "origin", "path"),
    [
        ("https://api.anthropic.com", API, ""),
        ("https://api.anthropic.com/", API, ""),
        ("https://gw.example:1/a/b/", Origin("https", "gw.example", 1), "/a/b"),
        ("http://[::1]:9/x", Origin("http", "::1", 9), "/x"),
    ],
)
def test_parse_origin(url: str, origin: Origin, path: str) -> None:
    """A base URL may have a port and a path."""
    assert parse_origin(url, "it") == (origin, path)


@pytest.mark.parametrize(
    "url", ["", "api.example", "socks5://x:1", "https://", "http://a:b"]
)
def test_other_urls_are_refused_by_name(url: str) -> None:
    """The message says which address is meant."""
    with pytest.raises(GatewayError, match="the base URL"):
        parse_origin(url, "the base URL")


def test_authorities() -> None:
    """A default port is left out of Host and kept in addresses."""
    assert API.authority == "api.anthropic.com"
    assert API.address == "api.anthropic.com:443"
    assert PLAIN.authority == PLAIN.address == "llm.corp.example:8080"
    assert Origin("http", "::1", 80).authority == "[::1]"
    assert Origin("http", "::1", 80).address == "[::1]:80"


def test_parse_proxy() -> None:
    """Credentials are percent-decoded; the scheme may be missing."""
    assert parse_proxy("proxy:3128") == Proxy(Origin("http", "proxy", 3128), None)
    assert parse_proxy("http://me%40x:p%3Aw@p:1") == Proxy(
        Origin("http", "p", 1), "me@x:p:w"
    )
    assert parse_proxy("https://me@p") == Proxy(Origin("https", "p", 443), "me:")
    with pytest.raises(GatewayError, match="the proxy address"):
        parse_proxy("socks5://p:1")
