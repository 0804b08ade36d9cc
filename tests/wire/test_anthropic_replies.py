"""Answers in the vendor's place have the vendor's shape."""

from __future__ import annotations

import json

import pytest

from aiwrap.wire.anthropic import Conversations, MessagesRequest
from aiwrap.wire.anthropic_message import OURS
from aiwrap.wire.anthropic_replies import failure, refusal
from aiwrap.wire.exchange import Request
from tests.wire import conversations as chat
from tests.wire import streams

WORDS = 'Paused: "training data".\nUse the in-house assistant. é'


def read(path: str = "messages", **more: object) -> MessagesRequest:
    data = chat.body([chat.says("label it")], head=False, **more)
    return Conversations(None, lambda _: False).read(chat.request(data, path=path))


def test_a_streamed_refusal_is_an_assistant_message_that_ends_the_turn() -> None:
    reply = refusal(read(stream=True), WORDS)

    watched = streams.Watched(rewrites=False)
    assert watched.pass_on(reply.body) == reply.body
    assert reply.status == 200
    assert reply.headers[0][1].startswith(b"text/event-stream")
    assert streams.assembled(reply.body) == [{"type": "text", "text": f"{OURS}{WORDS}"}]
    assert watched.facts.stop_reason == "end_turn"
    assert watched.facts.model == "claude-test"
    assert watched.facts.complete


def test_a_refusal_that_is_not_streamed_is_json() -> None:
    reply = refusal(read(stream=False), WORDS)

    message = json.loads(reply.body)
    assert reply.status == 200
    assert message["content"] == [{"type": "text", "text": f"{OURS}{WORDS}"}]
    assert (message["stop_reason"], message["role"]) == ("end_turn", "assistant")


@pytest.mark.parametrize("stream", [True, False])
def test_a_title_call_gets_a_title(stream: bool) -> None:
    schema = {"type": "object", "properties": {"title": {"type": "string"}}}
    config = {"format": {"type": "json_schema", "schema": schema}}

    reply = refusal(read(stream=stream, output_config=config), WORDS)

    blocks = (
        streams.assembled(reply.body) if stream else json.loads(reply.body)["content"]
    )
    assert json.loads(str(blocks[0]["text"])) == {"title": WORDS}


def test_a_counting_call_gets_an_error_that_is_not_retried() -> None:
    reply = refusal(read("messages/count_tokens"), WORDS)

    assert reply.status == 451
    assert json.loads(reply.body)["error"]["message"] == WORDS


def test_two_refusals_have_different_ids_and_a_retry_has_the_same() -> None:
    first, retry, other = (
        json.loads(refusal(read(stream=False, version=version), WORDS).body)["id"]
        for version in (1, 1, 2)
    )

    assert first == retry != other


@pytest.mark.parametrize("request_", [None, Request("POST", "/v1/messages", (), b"{")])
def test_a_failure_says_so_in_the_vendors_error_shape(request_: Request | None) -> None:
    reply = failure(request_, WORDS)

    error = json.loads(reply.body)
    assert (reply.status, error["type"]) == (451, "error")
    assert error["error"]["message"] == WORDS


def test_a_failed_probe_has_no_body() -> None:
    assert failure(Request("HEAD", "/", (), b""), WORDS).body == b""
