"""Responses come out of the vendor's bytes the same however they are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.gateway.heads import ResponseHead
from aiwrap.gateway.response_reader import ResponseReader, Source, UpstreamError
from aiwrap.wire.exchange import Headers
from tests.gateway.stage import cut

CHUNKED = (
    b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    b"HTTP/1.1 200 Very  Fine\r\nX-A: 1\r\ntransfer-Encoding: chunked\r\n\r\n"
    b"3\r\nabc\r\n2\r\nde\r\n0\r\nTrail: yes\r\n\r\n"
)


class Sink:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.heads: list[ResponseHead] = []
        self.pieces: list[bytes] = []
        self.trailers: list[Headers] = []

    @property
    def body(self) -> bytes:
        """All data."""
        return b"".join(self.pieces)

    def begin(self, source: Source) -> None:
        """Hear nothing."""

    def head(self, head: ResponseHead) -> None:
        """Keep the head."""
        assert not self.pieces
        assert not self.trailers
        self.heads.append(head)

    def data(self, data: bytes) -> None:
        """Keep the data."""
        assert data
        assert self.heads
        assert not self.trailers
        self.pieces.append(data)

    def end(self, trailers: Headers) -> None:
        """Keep the trailers."""
        self.trailers.append(trailers)


def read(*pieces: bytes, answers_head: bool = False) -> tuple[Sink, ResponseReader]:
    sink = Sink()
    reader = ResponseReader(sink, answers_head=answers_head, max_head_bytes=1000)
    for piece in pieces:
        reader.feed(piece)
    return sink, reader


def test_a_chunked_response_is_told_piece_by_piece() -> None:
    """Interim answers stay here; reason, case and trailers pass."""
    sink, reader = read(CHUNKED)

    (head,) = sink.heads
    assert (head.status, head.reason) == (200, b"Very  Fine")
    assert head.headers == ((b"X-A", b"1"), (b"transfer-Encoding", b"chunked"))
    assert head.has_body
    assert not head.ends_by_close
    assert sink.body == b"abcde"
    assert sink.trailers == [((b"Trail", b"yes"),)]
    assert reader.is_complete
    assert reader.is_reusable


@given(edges=st.lists(st.integers(0, len(CHUNKED)), max_size=12))
def test_cutting_does_not_change_the_response(edges: list[int]) -> None:
    """However the network splits the bytes, the response is the same."""
    sink, reader = read(*cut(CHUNKED, edges))
    whole, _ = read(CHUNKED)

    assert (sink.heads, sink.body, sink.trailers) == (
        whole.heads,
        whole.body,
        whole.trailers,
    )
    assert reader.is_complete


def test_one_read_is_told_as_one_piece() -> None:
    """A read with many chunks costs one write, not many."""
    sink, _ = read(CHUNKED)

    assert sink.pieces == [b"abcde"]


@pytest.mark.parametrize("status", [204, 304])
def test_some_answers_have_no_body(status: int) -> None:
    """Whatever length they announce."""
    sink, reader = read(b"HTTP/1.1 %d X\r\nContent-Length: 5\r\n\r\n" % status)

    assert reader.is_complete
    assert not sink.heads[0].has_body


def test_an_answer_to_head_has_no_body() -> None:
    """Its length is that of the body it does not send."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
    sink, reader = read(head, answers_head=True)

    assert reader.is_complete
    assert reader.is_reusable
    assert sink.trailers == [()]


def test_a_body_behind_an_answer_to_head_is_not_believed() -> None:
    """The next exchange must not read it as its own answer."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    sink, reader = read(answer, answers_head=True)

    assert sink.body == b""
    assert not reader.is_reusable


def test_the_connections_end_can_be_the_bodys_end() -> None:
    """Without length and chunks there is no other."""
    sink, reader = read(b"HTTP/1.1 200 OK\r\n\r\nab", b"cd")
    before = reader.is_complete

    reader.eof()

    assert sink.heads[0].ends_by_close
    assert (before, reader.is_complete, reader.is_reusable) == (False, True, False)
    assert (sink.body, sink.trailers) == (b"abcd", [()])


@pytest.mark.parametrize(
    "cut_short",
    [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcd",
     CHUNKED[:-2], CHUNKED[:-30]],
)  # fmt: skip
def test_an_end_before_the_end_completes_nothing(cut_short: bytes) -> None:
    """A broken answer must not look whole."""
    sink, reader = read(cut_short) if cut_short else read()

    reader.eof()

    assert not reader.is_complete
    assert sink.trailers == []


@pytest.mark.parametrize(
    "extra", [b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"x", b"\x00" * 10]
)
def test_bytes_behind_an_answer_spoil_the_connection(extra: bytes) -> None:
    """Response splitting: what was not asked for is never passed on."""
    sink, reader = read(CHUNKED + extra)

    assert len(sink.heads) == len(sink.trailers) == 1
    assert reader.is_complete
    assert not reader.is_reusable


@pytest.mark.parametrize(
    "bad",
    [b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
     b"HTTP/1.1 101 Up\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nX: " + b"x" * 2000,
     b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"],
)  # fmt: skip
def test_what_is_no_answer_is_an_error(bad: bytes) -> None:
    """It is said in our own words, and never completes."""
    sink = Sink()
    reader = ResponseReader(sink, answers_head=False, max_head_bytes=1000)

    with pytest.raises(UpstreamError):
        reader.feed(bad)

    assert not reader.is_complete


@given(junk=st.binary(max_size=200))
def test_junk_raises_only_our_error(junk: bytes) -> None:
    """The parser's own exceptions never get past us."""
    try:
        read(junk)
    except UpstreamError:
        return


def test_closing_connections_are_not_reused() -> None:
    """The vendor said so."""
    _, reader = read(
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    )

    assert reader.is_complete
    assert not reader.is_reusable


class FailingSink(Sink):
    """A sink that cannot use the response."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self.where = where

    def head(self, head: ResponseHead) -> None:
        """Fail, or keep the head."""
        if self.where == "head":
            raise UpstreamError("head")
        super().head(head)

    def data(self, data: bytes) -> None:
        """Fail, or keep the data."""
        if self.where == "data":
            raise UpstreamError("data")
        super().data(data)

    def end(self, trailers: Headers) -> None:
        """Fail, or keep the trailers."""
        if self.where == "end":
            raise UpstreamError("end")
        super().end(trailers)


@pytest.mark.parametrize("where", ["head", "data", "end"])
def test_a_sinks_error_comes_out_as_it_is(where: str) -> None:
    """A filter that cannot restore ends the exchange, not the process."""
    reader = ResponseReader(FailingSink(where), answers_head=False, max_head_bytes=1000)

    with pytest.raises(UpstreamError, match=where):
        reader.feed(CHUNKED)

    assert not reader.is_complete
