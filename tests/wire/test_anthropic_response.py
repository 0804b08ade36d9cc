"""Whole answers are restored too, and the end is reported exactly once."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.wire import anthropic_response
from aiwrap.wire.exchange import Headers
from tests.wire import streams
from tests.wire.streams import JSON, PSEUDONYMS, SSE, Watched

NAME = PSEUDONYMS[0]


def answer(blocks: list[streams.JsonObject]) -> streams.JsonObject:
    return {
        "id": f"msg_{NAME}",
        "type": "message",
        "model": "claude-test",
        "content": blocks,
        "stop_reason": "tool_use",
        "usage": {
            "input_tokens": 1,
            "output_tokens": 2,
            "cache_read_input_tokens": 3,
            "cache_creation_input_tokens": 4,
        },
    }


@given(
    blocks=st.lists(streams.BLOCKS, max_size=3),
    cuts=st.lists(st.integers(0, 500), max_size=5),
)
def test_a_whole_answer_is_restored_like_a_stream(
    blocks: list[streams.JsonObject], cuts: list[int]
) -> None:
    data = json.dumps(answer(blocks)).encode()
    watched = Watched(headers=JSON)

    passed = watched.pass_on(data, cuts)

    content = [streams.expected(block) for block in blocks]
    assert json.loads(passed) == {**answer(blocks), "content": content}
    assert passed == data or content != blocks
    assert [dict(i) for _, i in watched.facts.tool_uses] == [
        b["input"] for b in content if b["type"] == "tool_use"
    ]


def test_facts_of_a_whole_answer() -> None:
    watched = Watched(headers=JSON)
    block: streams.JsonObject = {"type": "text", "text": f"in {NAME}"}

    watched.pass_on(json.dumps(answer([block])).encode())

    facts = watched.facts
    assert facts == anthropic_response.ResponseFacts(
        complete=True,
        model="claude-test",
        tokens_in=1,
        tokens_out=2,
        tokens_cache_read=3,
        tokens_cache_write=4,
        tool_uses=(),
        originals=(("in prod", f"in {NAME}"),),
        stop_reason="tool_use",
    )


def test_facts_of_a_stream() -> None:
    usage = {"input_tokens": 1, "output_tokens": 1, "cache_read_input_tokens": 3}
    start = {"model": "claude-test", "usage": usage}
    end = {"output_tokens": 2, "cache_creation_input_tokens": 4, "tier": "x"}
    events: list[streams.JsonObject] = [
        {"type": "message_start", "message": start},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": end},
        {"type": "message_stop"},
    ]
    watched = Watched()

    watched.pass_on(b"".join(map(streams.event, events)))

    assert watched.facts == anthropic_response.ResponseFacts(
        complete=True,
        model="claude-test",
        tokens_in=1,
        tokens_out=2,
        tokens_cache_read=3,
        tokens_cache_write=4,
        tool_uses=(),
        originals=(),
        stop_reason="end_turn",
    )


def test_an_error_body_shows_real_names() -> None:
    data = json.dumps({"type": "error", "error": {"message": f"bad {NAME}"}}).encode()

    passed = Watched(headers=JSON).pass_on(data)

    assert json.loads(passed)["error"]["message"] == "bad prod"


@pytest.mark.parametrize("data", [b"", b"{broken " + NAME.encode(), b"\xff"])
def test_a_body_that_is_not_json_passes(data: bytes) -> None:
    assert Watched(headers=JSON).pass_on(data) == data


def test_other_kinds_of_bodies_pass_at_once() -> None:
    watched = Watched(headers=((b"content-type", b"text/html"),))

    assert watched.filter.feed(NAME.encode()) == NAME.encode()
    assert watched.filter.finish() == b""


@pytest.mark.parametrize("headers", [SSE, JSON, ()])
def test_the_end_is_reported_once(headers: Headers) -> None:
    watched = Watched(headers=headers)

    watched.filter.feed(b"{")
    watched.filter.abort()
    watched.filter.abort()
    watched.filter.finish()

    assert not watched.facts.complete


def test_a_json_answer_is_not_held_without_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(anthropic_response, "MAX_JSON_BYTES", 3)

    with pytest.raises(anthropic_response.ResponseTooLargeError):
        Watched(headers=JSON).filter.feed(b"1234")
