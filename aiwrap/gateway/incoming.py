"""Read requests from a client's bytes, within limits.

Sans I/O: bytes in, requests out.  httptools parses; it bounds nothing, so every
size is counted here.  A request is judged twice: its head as soon as it is
complete (`judge` may refuse it before a byte of its body is read), its body when
it has all come.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import httptools

from aiwrap.gateway.encodings import EncodingError, TooLargeError, decode
from aiwrap.gateway.guard import ApiCall, HookCall
from aiwrap.gateway.heads import RequestHead, values
from aiwrap.gateway.limits import Limits
from aiwrap.gateway.replies import bad_request, error_reply, too_large
from aiwrap.wire.exchange import Header, Reply


class Incoming(NamedTuple):
    """One complete request, its body decoded."""

    head: RequestHead
    route: ApiCall | HookCall
    body: bytes


class RejectedError(Exception):
    """The client gets `reply`, and then its connection ends."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


Judge = Callable[[RequestHead], ApiCall | HookCall]
"""Says what a request is; raises `RejectedError` if it may not be here."""


class _Partial:
    """A request of which not all has come."""

    __slots__ = ("accepted", "fields", "has_begun", "pieces", "size", "target")

    def __init__(self) -> None:
        self.has_begun = False
        self.target = b""
        self.fields: list[Header] = []
        self.accepted: tuple[RequestHead, ApiCall | HookCall] | None = None
        self.pieces: list[bytes] = []
        self.size = 0  # of the head, then of the body


class RequestReader:
    """Parses one connection's requests; after a rejection it is spent."""

    def __init__(self, judge: Judge, limits: Limits) -> None:
        self._judge = judge
        self._limits = limits
        self._parser = httptools.HttpRequestParser(self)
        self._partial = _Partial()
        self._complete: list[Incoming] = []
        self._count = 0
        self._waits_for_leave = False

    @property
    def phase(self) -> tuple[str, int]:
        """What is being read ("idle", "head", "body") of which request."""
        if self._partial.accepted is not None:
            return "body", self._count
        return ("head" if self._partial.has_begun else "idle"), self._count

    def take_continue(self) -> bool:
        """Whether the client waits for leave to send its body; said once."""
        waits, self._waits_for_leave = self._waits_for_leave, False
        return waits

    def feed(self, data: bytes) -> list[Incoming]:
        """Return the requests that `data` completes.

        Raises:
            RejectedError: The bytes are not an acceptable request.  Requests
                completed before it are in `taken()`.

        """
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            raise RejectedError(_no_upgrade()) from None
        except httptools.HttpParserCallbackError as error:
            if isinstance(error.__context__, RejectedError):
                raise error.__context__ from None
            raise
        except httptools.HttpParserError as error:
            raise RejectedError(bad_request(f"not HTTP/1.1 ({error})")) from None
        partial = self._partial
        if partial.has_begun and partial.accepted is None:
            partial.size += len(data)
            self._check_head(partial.size)
        return self.taken()

    def taken(self) -> list[Incoming]:
        """Return complete requests that were not handed out yet."""
        complete, self._complete = self._complete, []
        return complete

    def on_message_begin(self) -> None:
        """Hear from httptools that a request begins."""
        self._partial.has_begun = True
        self._count += 1

    def on_url(self, url: bytes) -> None:
        """Hear a piece of the target."""
        self._partial.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Hear one field; those after the body (trailers) are dropped."""
        if self._partial.accepted is None:
            self._partial.fields.append((name, value))

    def on_headers_complete(self) -> None:
        """Judge the head."""
        partial = self._partial
        fields = tuple(partial.fields)
        size = sum(len(name) + len(value) + 4 for name, value in fields)
        self._check_head(len(partial.target) + size)
        version = self._parser.get_http_version()
        if version not in ("1.0", "1.1"):
            raise RejectedError(bad_request(f"HTTP/{version} is not spoken here"))
        head = RequestHead(
            self._parser.get_method().decode("latin-1"),
            partial.target,
            fields,
            version,
            self._parser.should_keep_alive(),
        )
        route = self._judge(head)
        self._check_framing(head)
        partial.accepted = head, route
        partial.size = 0

    def on_body(self, data: bytes) -> None:
        """Hear a piece of the body."""
        self._partial.size += len(data)
        if self._partial.size > self._limits.body_bytes:
            raise RejectedError(too_large(self._limits.body_bytes))
        self._partial.pieces.append(data)

    def on_message_complete(self) -> None:
        """Decode the body and hand the request out."""
        partial, self._partial = self._partial, _Partial()
        self._waits_for_leave = False
        if partial.accepted is None:  # httptools never does this
            raise RejectedError(bad_request("a request without a head"))
        head, route = partial.accepted
        pieces = partial.pieces
        body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        self._complete.append(Incoming(head, route, self._decoded(head, body)))

    def _check_head(self, size: int) -> None:
        if size > self._limits.head_bytes:
            message = "aiwrap: the request's header fields are too large"
            raise RejectedError(error_reply(431, "invalid_request_error", message))

    def _check_framing(self, head: RequestHead) -> None:
        if self._parser.should_upgrade() or values(head.headers, b"upgrade"):
            raise RejectedError(_no_upgrade())
        lengths = values(head.headers, b"content-length")
        if lengths and int(lengths[0]) > self._limits.body_bytes:
            raise RejectedError(too_large(self._limits.body_bytes))
        expects = values(head.headers, b"expect")
        self._waits_for_leave = b"100-continue" in expects and head.version == "1.1"

    def _decoded(self, head: RequestHead, body: bytes) -> bytes:
        encodings = values(head.headers, b"content-encoding")
        if not encodings:
            return body
        try:
            return decode(body, encodings, self._limits.body_bytes)
        except TooLargeError:
            raise RejectedError(too_large(self._limits.body_bytes)) from None
        except EncodingError as error:
            kind = "invalid_request_error"
            raise RejectedError(error_reply(415, kind, f"aiwrap: {error}")) from None


def _no_upgrade() -> Reply:
    message = "aiwrap: WebSocket and HTTP/2 are not spoken here; use HTTP/1.1"
    return error_reply(426, "invalid_request_error", message)
