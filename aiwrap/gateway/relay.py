"""Pass one response from the vendor to the vendor CLI.

Three ways, by the exchange's filter:
  none       the vendor's bytes pass; only the framing of chunks is ours
  watching   the same, and the filter sees a decoded copy after they passed
  rewriting  the filter gets the decoded body and decides what passes; the
             answer leaves unencoded and chunked

A filter that fails while rewriting ends the response as broken; one that fails
while watching is told `abort` and left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from aiwrap.gateway.encodings import Decoding, EncodingError
from aiwrap.gateway.heads import (
    CHUNKED,
    ResponseHead,
    chunk,
    end_to_end,
    last_chunk,
    passing_headers,
    response_head,
    values,
    without,
)
from aiwrap.gateway.limits import Limits
from aiwrap.gateway.response_reader import Source, UpstreamError
from aiwrap.gateway.screen import log_without_content
from aiwrap.wire.exchange import Headers, ResponseFilter

_OF_THE_BYTES = frozenset({b"content-encoding", b"content-length"})


class RelayClient(Protocol):
    """The vendor CLI's side of a response."""

    @property
    def takes_chunks(self) -> bool:
        """Whether it speaks HTTP/1.1; else the body's end is the connection's."""

    def write(self, data: bytes) -> None:
        """Send `data` now."""

    def hold(self, source: Source) -> None:
        """Pause and resume `source` as fast as the client reads."""


class Relay:
    """One response on its way; a `Sink`."""

    def __init__(
        self,
        client: RelayClient,
        response_filter: ResponseFilter | None,
        limits: Limits,
        on_sent: Callable[[], None],
    ) -> None:
        self.has_begun = False
        self.rewrites = response_filter is not None and response_filter.rewrites
        self._client = client
        self._filter = response_filter
        self._limits = limits
        self._on_sent: Callable[[], None] | None = on_sent
        self._decoding: Decoding | None = None
        self._is_chunked = False
        self._has_body = False

    def begin(self, source: Source) -> None:
        """Count the request once, whatever the number of attempts."""
        on_sent, self._on_sent = self._on_sent, None
        if on_sent is not None:
            on_sent()
        self._client.hold(source)

    def head(self, head: ResponseHead) -> None:
        """Pass the head on."""
        self._has_body = head.has_body
        self._open_decoding(head.headers)
        if self.rewrites:
            headers = self._rewritten_head(head.status, end_to_end(head.headers))
        else:
            self._watch_head(head.status, end_to_end(head.headers))
            headers = passing_headers(head.headers)
        self.has_begun = True
        self._client.write(
            response_head(head.status, head.reason, self._framed(headers))
        )

    def data(self, data: bytes) -> None:
        """Pass body bytes on."""
        if not self.rewrites:
            self._write(data)
            self._watch(data)
            return
        self._write(self._rewritten(data))

    def end(self, trailers: Headers) -> None:
        """Pass the body's end on."""
        if self.rewrites:
            self._write(self._rewritten_end())
        if self._is_chunked:
            self._client.write(last_chunk(trailers))
        if not self.rewrites:
            self._watch_end()
        self._filter = None

    def break_off(self) -> None:
        """See the exchange end before the response did."""
        response_filter, self._filter = self._filter, None
        if response_filter is None:
            return
        try:
            response_filter.abort()
        except Exception as error:  # noqa: BLE001 - it has no say any more
            log_without_content("a response filter failed in abort", error)

    def _framed(self, headers: Headers) -> Headers:
        """Settle how the body is framed, and return the fields that say so."""
        if not self._has_body or values(headers, b"content-length"):
            return headers
        self._is_chunked = self._client.takes_chunks
        if not self._is_chunked:
            return without(headers, {b"transfer-encoding"})
        if values(headers, b"transfer-encoding"):
            return headers
        return (*headers, CHUNKED)

    def _write(self, data: bytes) -> None:
        if data:
            self._client.write(chunk(data) if self._is_chunked else data)

    def _open_decoding(self, headers: Headers) -> None:
        encodings = values(headers, b"content-encoding")
        if self._filter is None or not encodings or not self._has_body:
            return
        try:
            self._decoding = Decoding(encodings, self._limits.decoded_response_bytes)
        except EncodingError as error:
            if self.rewrites:
                raise UpstreamError(f"the vendor's answer: {error}") from error
            self.break_off()

    def _rewritten_head(self, status: int, headers: Headers) -> Headers:
        try:
            plain = without(headers, _OF_THE_BYTES)
            return without(self._the_filter.head(status, plain), _OF_THE_BYTES)
        except Exception as error:
            raise self._failed(error) from error

    def _rewritten(self, data: bytes) -> bytes:
        try:
            decoded = self._decoding.feed(data) if self._decoding else data
            return self._the_filter.feed(decoded) if decoded else b""
        except Exception as error:
            raise self._failed(error) from error

    def _rewritten_end(self) -> bytes:
        try:
            if self._decoding is not None:
                self._decoding.finish()
            return self._the_filter.finish()
        except Exception as error:
            raise self._failed(error) from error

    def _watch_head(self, status: int, headers: Headers) -> None:
        if self._filter is not None:
            try:
                self._filter.head(status, headers)
            except Exception as error:  # noqa: BLE001 - a watcher harms nobody
                self._unwatch(error)

    def _watch(self, data: bytes) -> None:
        if self._filter is not None:
            try:
                decoded = self._decoding.feed(data) if self._decoding else data
                if decoded:
                    self._filter.feed(decoded)
            except Exception as error:  # noqa: BLE001 - a watcher harms nobody
                self._unwatch(error)

    def _watch_end(self) -> None:
        if self._filter is not None:
            try:
                if self._decoding is not None:
                    self._decoding.finish()
                self._filter.finish()
            except Exception as error:  # noqa: BLE001 - a watcher harms nobody
                self._unwatch(error)

    def _unwatch(self, error: Exception) -> None:
        log_without_content("a response filter failed while watching", error)
        self.break_off()

    @property
    def _the_filter(self) -> ResponseFilter:
        if self._filter is None:
            raise UpstreamError("the response has ended")
        return self._filter

    def _failed(self, error: Exception) -> UpstreamError:
        log_without_content("a response could not be rewritten", error)
        return UpstreamError("the vendor's answer could not be restored")
