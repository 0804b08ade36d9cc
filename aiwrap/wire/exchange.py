"""One exchange as values: what the gateway hands to screening and gets back.

Pure.  The gateway moves the bytes and knows nothing of policy; screening
decides and knows nothing of sockets.  These types are all that they share.

Hop-by-hop fields (host, content-length, connection, transfer-encoding, …) and
the content encoding of a request are the gateway's affair: it takes them off
before screening sees the request and puts its own on afterwards.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple, Protocol

Header = tuple[bytes, bytes]
Headers = tuple[Header, ...]


class Request(NamedTuple):
    """One complete request of the vendor CLI."""

    method: str
    target: str  # path and query, without the session's secret prefix
    headers: Headers  # in the order and case in which they came
    body: bytes  # content-decoded

    def header(self, name: bytes) -> bytes | None:
        """Return the first value of `name` (lowercase), or None."""
        return next((v for k, v in self.headers if k.lower() == name), None)

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]


class Reply(NamedTuple):
    """An answer of ours; the gateway adds content-length."""

    status: int
    headers: Headers
    body: bytes


class ResponseFilter(Protocol):
    """What sees one vendor response pass, one object per exchange."""

    @property
    def rewrites(self) -> bool:
        """Whether `feed` may change bytes.

        If it does not, the vendor CLI gets the vendor's raw bytes, encoded as
        they came, and the filter only watches a decoded copy.
        """

    def head(self, status: int, headers: Headers) -> Headers:
        """See the response's head; return the headers to pass on."""

    def feed(self, data: bytes) -> bytes:
        """See decoded body bytes; return what to pass on now."""

    def finish(self) -> bytes:
        """See the body's end; return what was held back."""

    def abort(self) -> None:
        """See that the response broke off before its end."""


class Forward(NamedTuple):
    """Send `request`, which screening may have rewritten, to the vendor."""

    request: Request
    response: ResponseFilter | None = None


class Withhold(NamedTuple):
    """Send nothing; give the vendor CLI this reply instead."""

    reply: Reply


Verdict = Forward | Withhold
Screen = Callable[[Request], Awaitable[Verdict]]
Hook = Callable[[bytes], Awaitable[bytes]]
"""A vendor's hook: JSON body in, JSON body out."""
