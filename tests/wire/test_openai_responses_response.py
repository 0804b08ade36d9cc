"""Tests for aiwrap/wire/openai_responses_response.py."""

from __future__ import annotations

import json

import pytest

from aiwrap.wire import openai_responses_response
from aiwrap.wire.format import Usage
from aiwrap.wire.openai_responses_response import Response, ResponseTooLargeError
from tests.support import openai_model
from tests.support.openai_model import Turn, say
from tests.wire.responses import Json, assistant, new_restorer
from tests.wire.streams import JSON, PSEUDONYMS, SSE

WHOLE: Json = {
    "id": "resp_1",
    "model": "m",
    "output": [assistant(f"see {PSEUDONYMS[0]}")],
    "usage": {"input_tokens": 3},
}


def response(ended: list[Usage], *, restores: bool = True) -> Response:
    return Response(
        new_restorer=new_restorer if restores else None,
        restores_tool=lambda _tool: True,
        on_end=ended.append,
    )


def encode(turn: Turn) -> bytes:
    return b"".join(
        f"data: {json.dumps(event)}\n\n".encode()
        for event in openai_model.events(turn, "m")
    )


def test_a_body_in_one_piece_is_restored() -> None:
    """Held until it is whole."""
    ended: list[Usage] = []
    watched = response(ended)
    watched.head(200, JSON)
    data = json.dumps(WHOLE).encode()

    assert watched.feed(data[:30]) + watched.feed(data[30:]) == b""
    restored = json.loads(watched.finish())

    assert restored == {**WHOLE, "output": [assistant("see prod")]}
    assert ended[0].tokens_in == 3
    assert list(ended[0].originals) == [("see prod", f"see {PSEUDONYMS[0]}")]


@pytest.mark.parametrize("data", [b"", b"[1]", b"{broken", b'{"error": {}}'])
def test_other_json_passes_byte_for_byte(data: bytes) -> None:
    watched = response([])
    watched.head(400, JSON)

    assert watched.feed(data) + watched.finish() == data


def test_other_kinds_pass() -> None:
    watched = response([])
    watched.head(200, ((b"content-type", b"text/plain"),))

    assert watched.feed(b"words") + watched.finish() == b"words"


@pytest.mark.parametrize("restores", [True, False])
def test_the_end_is_told_once(restores: bool) -> None:
    ended: list[Usage] = []
    watched = response(ended, restores=restores)
    watched.head(200, SSE)
    watched.feed(encode(say("hello")))
    watched.finish()
    watched.abort()

    assert watched.rewrites is restores
    assert [usage.tokens_out for usage in ended] == [9]


def test_what_broke_off_is_told_too() -> None:
    ended: list[Usage] = []
    watched = response(ended)
    watched.head(200, SSE)
    watched.abort()

    assert [usage.model for usage in ended] == [""]


def test_a_body_without_an_end_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_responses_response, "MAX_JSON_BYTES", 10)
    watched = response([])
    watched.head(200, JSON)

    with pytest.raises(ResponseTooLargeError):
        watched.feed(b"x" * 11)
