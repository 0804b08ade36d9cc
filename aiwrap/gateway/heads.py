"""HTTP/1.1 heads as bytes: which fields pass, how messages are framed.

Pure.  Fields that speak of one connection only (RFC 9110 §7.6.1) end at the
gateway; every other field passes in the order and case in which it came.
"""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterable
from typing import NamedTuple

from aiwrap.wire.exchange import Header, Headers, Request

LAST_CHUNK = b"0\r\n\r\n"
CHUNKED: Header = (b"transfer-encoding", b"chunked")
CLOSE: Header = (b"connection", b"close")
_KEEP_ALIVE: Header = (b"connection", b"keep-alive")

_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
_OF_THE_REQUEST = frozenset({b"host", b"content-length", b"expect"})
_REASONS = {
    200: b"OK",
    400: b"Bad Request",
    403: b"Forbidden",
    405: b"Method Not Allowed",
    408: b"Request Timeout",
    413: b"Content Too Large",
    415: b"Unsupported Media Type",
    426: b"Upgrade Required",
    431: b"Request Header Fields Too Large",
    451: b"Unavailable For Legal Reasons",
    502: b"Bad Gateway",
    503: b"Service Unavailable",
    504: b"Gateway Timeout",
}


class RequestHead(NamedTuple):
    """A request's line and fields as the client sent them."""

    method: str
    target: bytes
    headers: Headers
    version: str  # "1.0" or "1.1"
    keeps_alive: bool


class ResponseHead(NamedTuple):
    """A response's line and fields as the vendor sent them."""

    status: int
    reason: bytes
    headers: Headers
    has_body: bool
    ends_by_close: bool  # neither content-length nor chunked


def values(headers: Headers, name: bytes) -> list[bytes]:
    """Return the members of every comma-separated `name` (lowercase) field."""
    return [
        member.strip().lower()
        for key, value in headers
        if key.lower() == name
        for member in value.split(b",")
        if member.strip()
    ]


def without(headers: Headers, names: Container[bytes]) -> Headers:
    """Return `headers` less the fields called one of `names` (lowercase)."""
    return tuple(field for field in headers if field[0].lower() not in names)


def end_to_end(headers: Headers) -> Headers:
    """Return the fields that are not about one connection only."""
    return without(headers, _HOP_BY_HOP.union(values(headers, b"connection")))


def screened_headers(headers: Headers) -> Headers:
    """Return what screening sees of a request's fields.

    The body is decoded by then, so its encoding is gone too.
    """
    return without(end_to_end(headers), _OF_THE_REQUEST | {b"content-encoding"})


def outgoing_headers(client_headers: Headers, request: Request) -> Headers:
    """Return `request`'s fields with those of the connection put back in place.

    What screening did not touch leaves in the client's order and case.  The
    host's value is the upstream's affair.
    """
    screened = iter(request.headers)
    is_screened = {name.lower() for name, _ in screened_headers(client_headers)}
    length = b"%d" % len(request.body)
    fields: list[Header] = []
    for name, value in client_headers:
        lower = name.lower()
        if lower in is_screened:
            fields.extend(itertools.islice(screened, 1))
        elif lower == b"host" or (lower, value.lower()) == _KEEP_ALIVE:
            fields.append((name, value))
        elif lower == b"content-length":
            fields.append((name, length))
    fields.extend(screened)
    if request.body and not values(client_headers, b"content-length"):
        fields.append((b"Content-Length", length))
    return tuple(fields)


def with_value(headers: Headers, name: bytes, value: bytes) -> Headers:
    """Return `headers` where every `name` (lowercase) has `value`; added if none."""
    if not any(key.lower() == name for key, _ in headers):
        return (*headers, (name, value))
    return tuple((k, value if k.lower() == name else v) for k, v in headers)


def passing_headers(headers: Headers) -> Headers:
    """Return a response's fields that pass where nothing is rewritten.

    The body passes with the vendor's own framing, so its fields stay in place.
    """
    named = set(values(headers, b"connection"))
    gone = _HOP_BY_HOP - {b"transfer-encoding"} | named
    if named == {b"keep-alive"}:
        gone -= {b"connection"}
    return without(headers, gone)


def request_head(method: str, target: str, headers: Headers) -> bytes:
    """Return a request's head."""
    return _head(f"{method} {target} HTTP/1.1".encode("latin-1"), headers)


def response_head(
    status: int, reason: bytes | None, headers: Iterable[Header]
) -> bytes:
    """Return a response's head; `reason` None takes the usual words."""
    if reason is None:
        reason = _REASONS.get(status, b"")
    return _head(b"HTTP/1.1 %d %s" % (status, reason), headers)


def chunk(data: bytes) -> bytes:
    """Frame `data` (not empty) as one chunk."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def last_chunk(trailers: Headers) -> bytes:
    """Return what ends a chunked body."""
    return _head(b"0", trailers) if trailers else LAST_CHUNK


def _head(line: bytes, fields: Iterable[Header]) -> bytes:
    parts = [line, *(b"%s: %s" % field for field in fields), b"", b""]
    return b"\r\n".join(parts)
