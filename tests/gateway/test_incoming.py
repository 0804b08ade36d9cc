"""Requests come out of a client's bytes the same however they are cut."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.gateway.guard import ApiCall
from aiwrap.gateway.heads import RequestHead
from aiwrap.gateway.incoming import Incoming, RejectedError, RequestReader
from aiwrap.gateway.limits import DEFAULT_LIMITS
from aiwrap.gateway.replies import forbidden
from tests.gateway.stage import cut

BODY = b'{"messages":[]}'
STREAM = (
    b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s"
    b"HEAD /b HTTP/1.1\r\nhOsT: x\r\n\r\n"
    b"POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nT: 1\r\n\r\n"
    b"POST /d HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\n"
    b"Content-Length: %d\r\n\r\n%s"
    b"GET /e HTTP/1.0\r\nHost: x\r\n\r\n"
) % (
    len(BODY),
    BODY,
    len(gzip.compress(BODY, mtime=0)),
    gzip.compress(BODY, mtime=0),
)


def accept(head: RequestHead) -> ApiCall:
    return ApiCall(head.target.decode())


def refuse(_: RequestHead) -> ApiCall:
    raise RejectedError(forbidden())


def read(*pieces: bytes) -> list[Incoming]:
    reader = RequestReader(accept, DEFAULT_LIMITS)
    return [request for piece in pieces for request in reader.feed(piece)]


def status_of(data: bytes) -> int | None:
    """Return the status that `data` is rejected with, or None."""
    try:
        read(data)
    except RejectedError as rejection:
        return rejection.reply.status
    return None


def test_all_kinds_of_framing_are_read() -> None:
    """Lengths, chunks, encodings, no body, and the older version."""
    requests = read(STREAM)

    assert [r.route for r in requests] == [ApiCall(f"/{x}") for x in "abcde"]
    assert [r.body for r in requests] == [BODY, b"", b"hello", BODY, b""]
    assert [r.head.method for r in requests] == ["POST", "HEAD", "POST", "POST", "GET"]
    assert [r.head.keeps_alive for r in requests] == [True] * 4 + [False]
    assert requests[1].head.headers == ((b"hOsT", b"x"),)
    assert requests[2].head.headers[-1][0] == b"Transfer-Encoding"


@given(edges=st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_cutting_does_not_change_the_requests(edges: list[int]) -> None:
    """However the network splits the bytes, the requests are the same."""
    assert read(*cut(STREAM, edges)) == read(STREAM)


@given(at=st.integers(0, len(STREAM) - 1), byte=st.integers(0, 255))
def test_a_damaged_stream_is_read_or_rejected(at: int, byte: int) -> None:
    """No byte makes the reader fail in another way."""
    damaged = STREAM[:at] + bytes([byte]) + STREAM[at + 1 :]
    assert status_of(damaged) in (None, 400, 413, 415, 426, 431)


@given(junk=st.binary(max_size=300))
def test_junk_is_rejected_or_waited_for(junk: bytes) -> None:
    """What is not HTTP never becomes a request."""
    assert status_of(junk) in (None, 400)


def test_a_rejected_head_ends_the_reading() -> None:
    """The body of an intruder is not even kept."""
    reader = RequestReader(refuse, DEFAULT_LIMITS)

    with pytest.raises(RejectedError) as caught:
        reader.feed(STREAM)

    assert caught.value.reply == forbidden()
    assert reader.taken() == []


def test_what_came_before_a_rejection_is_kept() -> None:
    """Pipelined good requests are answered before the bad one."""
    reader = RequestReader(accept, DEFAULT_LIMITS)

    with pytest.raises(RejectedError):
        reader.feed(STREAM[: STREAM.index(b"HEAD")] + b"nonsense\r\n\r\n")

    assert [request.body for request in reader.taken()] == [BODY]


def test_the_phase_tells_what_is_awaited() -> None:
    """Timeouts depend on it."""
    reader = RequestReader(accept, DEFAULT_LIMITS)
    seen = [reader.phase[0]]
    for piece in (b"POST / HTTP/1.1\r\n", b"Content-Length: 2\r\n\r\n", b"a", b"b"):
        reader.feed(piece)
        seen.append(reader.phase[0])

    assert seen == ["idle", "head", "body", "body", "idle"]


def test_an_expectation_is_said_once() -> None:
    """One 100 Continue per request."""
    reader = RequestReader(accept, DEFAULT_LIMITS)
    reader.feed(b"POST / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n")

    assert [reader.take_continue(), reader.take_continue()] == [True, False]


def test_a_body_that_came_unasked_needs_no_leave() -> None:
    """The client did not wait."""
    reader = RequestReader(accept, DEFAULT_LIMITS)
    reader.feed(
        b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx"
    )

    assert not reader.take_continue()
