"""Tests for aiwrap/wire/responses_format.py."""

from __future__ import annotations

import json

import pytest

from aiwrap.wire import format as wire_format
from aiwrap.wire.exchange import Request
from aiwrap.wire.format import Asked
from aiwrap.wire.responses_format import FORMAT
from tests.wire.responses import Json, ask, user


def read(*texts: str, **options: Json) -> Asked:
    memory = FORMAT.new_memory(None, lambda _raw: False)
    items = [user(text, f"t{number}") for number, text in enumerate(texts)]
    return memory.read(ask(items, notes=options.get("notes")))


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("POST", "/responses", True),
        ("POST", "/v1/responses/", True),
        ("POST", "/responses/compact", True),
        ("POST", "/responses?x=1", True),
        ("GET", "/responses", False),
        ("POST", "/models", False),
        ("POST", "/responses/resp_1/cancel", False),
    ],
)
def test_which_requests_carry_a_persons_words(
    method: str, path: str, expected: bool
) -> None:
    assert FORMAT.is_conversation(Request(method, path, (), b"")) is expected


def test_it_is_found_by_its_name() -> None:
    assert wire_format.find("responses") is FORMAT


def test_every_text_moves_the_turn_on() -> None:
    """Retries and tool rounds share a turn; another thread never does."""
    other = read("a", notes={"thread_id": "th2"})

    assert read("a").turn == read("a").turn
    assert len({read("a").turn, read("a", "a").turn, other.turn}) == 3


def test_what_is_no_submission() -> None:
    title = read("a", notes={"thread_source": "thread_title"})
    summary = read("a", notes={"request_kind": "compaction"})

    assert (title.is_side_call, title.is_summary) == (True, False)
    assert (summary.is_side_call, summary.is_summary) == (False, True)
    assert not read("a").is_count


def test_a_refusal_takes_the_form_that_was_asked_for() -> None:
    memory = FORMAT.new_memory(None, lambda _raw: False)
    whole = memory.read(ask([user("a")], stream=False)).refusal("no")

    assert whole.status == 400
    assert json.loads(whole.body)["error"]["message"] == "no"
    assert b"response.failed" in read("a").refusal("no").body
    assert FORMAT.failure(ask([]), "no").status == 400
