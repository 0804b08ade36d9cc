"""Read one response from the vendor's bytes and tell a sink as it comes.

Sans I/O.  A reader is for one response: what follows a complete one was not
asked for, and makes the connection unfit for another request.  Interim answers
(1xx) end here.
"""

from __future__ import annotations

from typing import Protocol

import httptools

from aiwrap.errors import GatewayError
from aiwrap.gateway.heads import ResponseHead, values
from aiwrap.wire.exchange import Header, Headers

_NO_BODY = frozenset({204, 304})


class UpstreamError(GatewayError):
    """The vendor did not answer, or its answer broke off."""


class Source(Protocol):
    """Where a response comes from; a slow client holds it back."""

    def pause_reading(self) -> None:
        """Stop reading for now."""

    def resume_reading(self) -> None:
        """Go on reading."""


class Sink(Protocol):
    """Where a response goes, in order: begin, head, data…, end."""

    def begin(self, source: Source) -> None:
        """Hear that the request is on its way."""

    def head(self, head: ResponseHead) -> None:
        """Hear the response's head."""

    def data(self, data: bytes) -> None:
        """Hear body bytes, as much as one read gave."""

    def end(self, trailers: Headers) -> None:
        """Hear that the body is complete."""


class ResponseReader:
    """Parses one response; `feed` until `is_complete`."""

    def __init__(self, sink: Sink, *, answers_head: bool, max_head_bytes: int) -> None:
        self.is_complete = False
        self.is_reusable = True  # the connection may carry another exchange
        self._sink = sink
        self._answers_head = answers_head
        self._max_head_bytes = max_head_bytes
        self._parser = httptools.HttpResponseParser(self)
        self._head: ResponseHead | None = None
        self._head_bytes = 0
        self._reason = b""
        self._fields: list[Header] = []
        self._trailers: list[Header] = []
        self._pieces: list[bytes] = []

    def feed(self, data: bytes) -> None:
        """Read on, and pass on what came.

        Raises:
            UpstreamError: It is not a response; what came before was passed on.

        """
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self.is_reusable = False
            self._flush()
            if not self.is_complete:
                raise _cause(error) from None
        if self._head is None:
            self._head_bytes += len(data)
            if self._head_bytes > self._max_head_bytes:
                raise UpstreamError("the vendor's header fields are too large")
        self._flush()

    def eof(self) -> None:
        """See the vendor's side close, which may be the body's regular end.

        Raises:
            UpstreamError: The sink cannot use the body as it ended.

        """
        self.is_reusable = False
        if self._head is not None and self._head.ends_by_close:
            self._complete()

    def on_message_begin(self) -> None:
        """Hear from httptools that a response begins."""
        if self.is_complete:
            self.is_reusable = False
        self._reason, self._fields = b"", []

    def on_status(self, reason: bytes) -> None:
        """Hear a piece of the reason phrase."""
        self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        """Hear one field, or one trailer after the body."""
        (self._fields if self._head is None else self._trailers).append((name, value))

    def on_headers_complete(self) -> None:
        """Pass the head on."""
        status = self._parser.get_status_code()
        if self.is_complete or status < 200:
            return
        fields = tuple(self._fields)
        codings = values(fields, b"transfer-encoding")
        if codings not in ([], [b"chunked"]):
            raise UpstreamError("the vendor used an unknown transfer encoding")
        is_framed = bool(codings or values(fields, b"content-length"))
        has_body = not self._answers_head and status not in _NO_BODY
        self._head = ResponseHead(
            status, self._reason, fields, has_body, has_body and not is_framed
        )
        self.is_reusable = self.is_reusable and self._parser.should_keep_alive()
        self._sink.head(self._head)
        if self._answers_head:  # httptools would wait for the body it announces
            self._complete()

    def on_body(self, data: bytes) -> None:
        """Hear a piece of the body."""
        if self.is_complete:
            self.is_reusable = False
        elif data:
            self._pieces.append(data)

    def on_message_complete(self) -> None:
        """Hear that the message is complete."""
        if self._head is not None:
            self._complete()

    def _complete(self) -> None:
        if not self.is_complete:
            self._flush()
            self._sink.end(tuple(self._trailers))  # may still raise
            self.is_complete = True

    def _flush(self) -> None:
        if self._pieces:
            pieces, self._pieces = self._pieces, []
            self._sink.data(pieces[0] if len(pieces) == 1 else b"".join(pieces))


def _cause(error: Exception) -> Exception:
    """Return what a callback raised, else say that it is no HTTP."""
    cause = error.__context__
    if isinstance(error, httptools.HttpParserCallbackError) and isinstance(
        cause, Exception
    ):
        return cause
    return UpstreamError("the vendor's answer is not HTTP/1.1")
