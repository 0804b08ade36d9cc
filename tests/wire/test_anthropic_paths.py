"""However the path is spelt, a request to a model is screened or refused."""

from __future__ import annotations

import pytest

from aiwrap.wire import anthropic_paths
from aiwrap.wire.anthropic_blocks import UnreadableError
from aiwrap.wire.exchange import Request


@pytest.mark.parametrize(
    "path",
    [
        "/v1//messages",
        "//v1/messages",
        "/V1/Messages",
        "/v1/%6dessages",
        "/v1/messages;x",
        "/v1/messages#x",
        "/v1/messages/../messages",
        "/v1/./messages",
        "/v1/messages/.",
        "/v1/messages%2F",
        "/v2/messages",
        "/v1/complete",
        "/v1/chat/completions",
        "/v1/responses",
        "/model/m/invoke-with-response-stream",
    ],
)
def test_an_odd_path_cannot_be_screened(path: str) -> None:
    with pytest.raises(UnreadableError):
        anthropic_paths.is_conversation(Request("POST", path, (), b"{}"))


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
def test_a_request_that_says_nothing_passes(method: str) -> None:
    request = Request(method, "/v1//messages", (), b"")

    assert not anthropic_paths.is_conversation(request)
