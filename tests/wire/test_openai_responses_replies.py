"""Tests for aiwrap/wire/openai_responses_replies.py."""

from __future__ import annotations

import json

from aiwrap.wire import events
from aiwrap.wire.exchange import Request
from aiwrap.wire.openai_responses_replies import failure, refusal
from tests.wire.responses import ask


def test_a_refusal_is_a_response_that_failed() -> None:
    """The one shape that Codex shows as it is, once, without a retry."""
    reply = refusal(b"{}", "paused, naïve", model="m", stream=True)
    listed = events.EventSplitter().feed(reply.body)
    created, failed = (json.loads(events.event_data(event)) for event in listed)

    assert reply.status == 200
    assert dict(reply.headers)[b"content-type"] == b"text/event-stream"
    assert created["type"] == "response.created"
    assert failed["type"] == "response.failed"
    assert failed["response"]["status"] == "failed"
    assert failed["response"]["error"] == {
        "code": "invalid_prompt",
        "message": "paused, naïve",
    }
    assert failed["response"]["id"] == created["response"]["id"]


def test_without_a_stream_it_is_an_error() -> None:
    """A program's SDK raises, and does not try again."""
    reply = refusal(b"{}", "paused", model="m", stream=False)

    assert reply.status == 400
    assert json.loads(reply.body)["error"]["message"] == "paused"


def test_a_failure_takes_the_form_that_the_client_reads() -> None:
    """The request could not be read, so its head must say what it wants."""
    wants = (b"Accept", b"text/event-stream")

    assert failure(ask([], headers=(wants,)), "no").status == 200
    assert failure(ask([]), "no").status == 400
    assert failure(Request("GET", "/models", (wants,), b""), "no").status == 400
