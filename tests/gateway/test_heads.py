"""Fields of one connection end at the gateway; all others keep order and case."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aiwrap.gateway import heads
from aiwrap.wire.exchange import Header, Headers, Request

NAMES = st.sampled_from(
    [b"Host", b"X-A", b"x-b", b"Accept", b"Connection", b"TE", b"Content-Length",
     b"Expect", b"Content-Encoding", b"Upgrade", b"Keep-Alive", b"Proxy-Authorization"]
)  # fmt: skip
FIELDS = st.lists(st.tuples(NAMES, st.sampled_from([b"1", b"x-b", b"close", b""]))).map(
    tuple
)


def request(headers: Headers, body: bytes = b"") -> Request:
    return Request("POST", "/v1", headers, body)


@given(fields=FIELDS)
def test_untouched_fields_leave_in_order(fields: Headers) -> None:
    """What screening saw is what leaves, between the connection's own fields."""
    screened = heads.screened_headers(fields)
    sent = heads.outgoing_headers(fields, request(screened))

    assert heads.screened_headers(sent) == screened
    order = [field for field in fields if field in sent]
    assert [field for field in sent if field in order] == order


@given(fields=FIELDS, body=st.binary(max_size=5))
def test_framing_is_always_ours(fields: Headers, body: bytes) -> None:
    """A client's length, expectation or encoding never describes our bytes."""
    sent = heads.outgoing_headers(fields, request(heads.screened_headers(fields), body))
    names = [name.lower() for name, _ in sent]

    assert not {b"expect", b"content-encoding", b"te", b"upgrade"} & set(names)
    lengths = {v for n, v in sent if n.lower() == b"content-length"}
    assert lengths <= {b"%d" % len(body)}
    assert lengths or not body


def test_rewritten_values_stand_where_the_old_ones_stood() -> None:
    """Redacting a field does not move it."""
    client: Headers = ((b"Host", b"h"), (b"A", b"/secret"), (b"Content-Length", b"9"))

    sent = heads.outgoing_headers(client, request(((b"A", b"zq"),), b"xy"))

    assert sent == ((b"Host", b"h"), (b"A", b"zq"), (b"Content-Length", b"2"))


def test_added_and_removed_fields_are_followed() -> None:
    """Screening may drop a field or add one."""
    client: Headers = ((b"A", b"1"), (b"Host", b"h"), (b"B", b"2"))

    assert heads.outgoing_headers(client, request(())) == ((b"Host", b"h"),)
    more: Headers = ((b"A", b"1"), (b"B", b"2"), (b"C", b"3"))
    assert heads.outgoing_headers(client, request(more))[-1] == (b"C", b"3")


def test_fields_named_by_connection_end_here() -> None:
    """RFC 9110 §7.6.1: Connection names further fields of one connection."""
    fields: Headers = ((b"Connection", b"X-Hop, close"), (b"x-hop", b"1"), (b"Y", b"2"))

    assert heads.end_to_end(fields) == ((b"Y", b"2"),)


def test_passing_responses_keep_their_framing() -> None:
    """Nothing rewritten: the vendor's fields pass, less its connection's."""
    fields: Headers = (
        (b"Connection", b"keep-alive"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Keep-Alive", b"timeout=5"),
        (b"request-id", b"1"),
    )

    assert heads.passing_headers(fields) == (fields[0], fields[1], fields[3])
    closing: Headers = ((b"Connection", b"close"), (b"A", b"1"))
    assert heads.passing_headers(closing) == ((b"A", b"1"),)


def test_values_are_the_members_of_lists() -> None:
    """One field with commas equals several fields."""
    fields: Headers = ((b"X", b"A, b"), (b"x", b" c "), (b"y", b"d"), (b"X", b""))

    assert heads.values(fields, b"x") == [b"a", b"b", b"c"]


def test_with_value_replaces_or_adds() -> None:
    """Every spelling of the name gets the value."""
    two: tuple[Header, ...] = ((b"Host", b"a"), (b"X", b"b"))

    assert heads.with_value(two, b"host", b"z") == ((b"Host", b"z"), (b"X", b"b"))
    assert heads.with_value((), b"host", b"z") == ((b"host", b"z"),)


def test_heads_are_the_bytes_of_http() -> None:
    """Lines end in CRLF, a head in an empty line."""
    fields: Headers = ((b"A", b"1"),)

    assert heads.request_head("GET", "/x", fields) == b"GET /x HTTP/1.1\r\nA: 1\r\n\r\n"
    assert heads.response_head(502, None, ()) == b"HTTP/1.1 502 Bad Gateway\r\n\r\n"
    assert heads.response_head(299, b"So", fields) == b"HTTP/1.1 299 So\r\nA: 1\r\n\r\n"
    assert heads.chunk(b"x" * 17) == b"11\r\n" + b"x" * 17 + b"\r\n"
    assert heads.last_chunk(()) == b"0\r\n\r\n"
    assert heads.last_chunk(fields) == b"0\r\nA: 1\r\n\r\n"
