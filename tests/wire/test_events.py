"""An event stream falls into the same events however the network cuts it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.wire import events

PIECES = st.lists(
    st.sampled_from(
        [
            b"\n",
            b"\r",
            b"\r\n",
            b"\n\n",
            b"\r\n\r\n",
            b"data: x",
            b"event: y",
            b":",
            b"a",
        ]
    ),
    max_size=30,
).map(b"".join)


def split(data: bytes, cuts: list[int]) -> tuple[list[bytes], bytes]:
    splitter = events.EventSplitter()
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    seen = [e for a, b in pairwise(edges) for e in splitter.feed(data[a:b])]
    return seen, splitter.finish()


@given(data=PIECES, cuts=st.lists(st.integers(0, 120)))
def test_chunking_does_not_change_the_events(data: bytes, cuts: list[int]) -> None:
    whole, rest = split(data, [])

    seen, seen_rest = split(data, cuts)

    assert b"".join([*seen, seen_rest]) == data
    if not data.endswith(b"\r"):  # an undecided CR shows in the rest only
        assert (seen, seen_rest) == (whole, rest)


@pytest.mark.parametrize(
    "end", ["\n\n", "\r\r", "\r\n\r\n", "\n\r\n", "\r\n\n", "\n\r"]
)
def test_any_blank_line_ends_an_event(end: str) -> None:
    seen, rest = split(f"data: 1{end}data: 2{end}:".encode(), [])

    assert seen == [f"data: 1{end}".encode(), f"data: 2{end}".encode()]
    assert rest == b":"


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_built_event_reads_back(end: bytes) -> None:
    event = events.build_event(b"ping", b"{}", end)

    assert split(event + b"x", [])[0] == [event]
    assert events.event_name(event) == b"ping"
    assert events.event_data(event) == b"{}"
    assert events.line_end(event) == end


def test_data_lines_are_joined() -> None:
    assert events.event_data(b"data: a\ndata:b\nid: 3\n\n") == b"a\nb"


def test_an_event_without_end_is_not_held_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(events, "MAX_EVENT_BYTES", 10)
    splitter = events.EventSplitter()

    with pytest.raises(events.EventTooLargeError):
        splitter.feed(b"x" * 11)
