"""Which proxy the environment asks for, as vendor CLIs and curl read it.

Pure.  Lowercase names win over uppercase.  NO_PROXY takes `*`, host names
(with their subdomains), `host:port`, addresses and networks.  A loopback
upstream is never proxied: no proxy could reach it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from aiwrap.errors import GatewayError

_PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """Where a URL points, less its path."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """The Host field's value."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        is_default = self.port == _PORTS[self.scheme]
        return host if is_default else f"{host}:{self.port}"

    @property
    def address(self) -> str:
        """Host and port, both always there."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class Proxy(NamedTuple):
    """A forward proxy; `credentials` is "user:password" or None."""

    origin: Origin
    credentials: str | None


def parse_origin(url: str, what: str) -> tuple[Origin, str]:
    """Return the origin of `url`, and its path without a slash at the end.

    Raises:
        GatewayError: It is not an http or https URL; `what` names it.

    """
    parts, port = _split(url, what)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise GatewayError(
            f"{what} is not an http:// or https:// URL",
            hint="SOCKS and other kinds of proxy are not supported.",
        )
    origin = Origin(parts.scheme, parts.hostname, port or _PORTS[parts.scheme])
    return origin, parts.path.rstrip("/")


def parse_proxy(url: str) -> Proxy:
    """Return the proxy at `url`; a missing scheme means http.

    Raises:
        GatewayError: It is not a URL of an HTTP proxy.

    """
    url = url if "://" in url else f"http://{url}"
    origin, _ = parse_origin(url, "the proxy address")
    parts = urlsplit(url)
    if parts.username is None:
        return Proxy(origin, None)
    return Proxy(origin, f"{unquote(parts.username)}:{unquote(parts.password or '')}")


def proxy_for(origin: Origin, environ: Mapping[str, str]) -> str | None:
    """Return the URL of the proxy that `environ` names for `origin`."""
    if is_loopback(origin.host) or is_exempt(origin, _value(environ, "no_proxy")):
        return None
    names = [f"{origin.scheme}_proxy", "all_proxy"]
    return next((v for name in names if (v := _value(environ, name))), None)


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine by its very name."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _address(host)
    return address is not None and address.is_loopback


def is_exempt(origin: Origin, no_proxy: str) -> bool:
    """Whether the NO_PROXY value names `origin`."""
    return any(
        _matches(origin, entry.lower()) for entry in no_proxy.replace(",", " ").split()
    )


def _matches(origin: Origin, entry: str) -> bool:
    if entry == "*":
        return True
    host = origin.host.lower()
    name, colon, port = entry.rpartition(":")
    if colon and port.isdigit() and ":" not in name:
        if int(port) != origin.port:
            return False
        entry = name
    address = _address(host)
    if address is not None:
        return _contains(entry.strip("[]"), address)
    entry = entry.removeprefix("*").removeprefix(".")
    return bool(entry) and (host == entry or host.endswith(f".{entry}"))


def _contains(
    entry: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address
) -> bool:
    try:
        return address in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _value(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name) or environ.get(name.upper()) or ""


def _split(url: str, what: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise GatewayError(f"{what} is not a URL: {error}") from error
    return parts, port
