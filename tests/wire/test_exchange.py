"""The values that the gateway and screening share."""

from __future__ import annotations

from aiwrap.wire.exchange import Request

REQUEST = Request(
    "POST",
    "/v1/messages?beta=true",
    ((b"X-One", b"1"), (b"Accept", b"a"), (b"accept", b"b")),
    b"{}",
)


def test_headers_are_found_whatever_their_case() -> None:
    """The first one wins, as with the vendors."""
    assert REQUEST.header(b"x-one") == b"1"
    assert REQUEST.header(b"accept") == b"a"
    assert REQUEST.header(b"absent") is None


def test_the_path_has_no_query() -> None:
    """Endpoints are told apart by their path."""
    assert REQUEST.path == "/v1/messages"
