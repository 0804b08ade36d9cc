"""The gateway's own answers say what happened and what to do."""

from __future__ import annotations

import json

import pytest

from aiwrap.gateway import replies
from aiwrap.wire.exchange import Reply


@pytest.mark.parametrize(
    ("reply", "status", "words"),
    [
        (replies.bad_request("what"), 400, "what"),
        (replies.forbidden(), 403, "vendor CLI"),
        (replies.too_large(34 * 1024 * 1024), 413, "34 MB"),
        (replies.not_screened(), 451, "nothing was sent"),
        (replies.no_answer("api.example:443", "refused"), 502, "api.example:443"),
    ],
    ids=["bad", "forbidden", "large", "screen", "upstream"],
)
def test_every_answer_is_an_api_error_with_a_sentence(
    reply: Reply, status: int, words: str
) -> None:
    """Claude Code prints `error.message`."""
    body = json.loads(reply.body)

    assert reply.status == status
    assert body["type"] == "error"
    assert words in body["error"]["message"]
    assert (b"content-type", b"application/json") in reply.headers
