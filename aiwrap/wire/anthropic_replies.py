"""Answer a Messages request in the vendor's place.

Pure.  A refusal is an ordinary assistant message that ends the turn: with any
error status, or stop reason "refusal", Claude Code retries, logs out or sends
the refused words again (facts of 2.1.330).  A failure of ours is status 451:
one try, the sentence in plain sight, and a one-shot run exits with 1.
"""

from __future__ import annotations

import hashlib

from aiwrap.wire import events, json_text
from aiwrap.wire.anthropic import MessagesRequest
from aiwrap.wire.anthropic_message import OURS
from aiwrap.wire.exchange import Header, Reply, Request

_JSON: Header = (b"content-type", b"application/json")
_SSE: Header = (b"content-type", b"text/event-stream; charset=utf-8")
_NO_CACHE: Header = (b"cache-control", b"no-cache")
_WITHHELD_STATUS = 451


def refusal(request: MessagesRequest, text: str) -> Reply:
    """Return the reply that shows `text` as the model's words and ends the turn."""
    if request.kind == "count":
        return _error(text)
    title = request.wants_json_title
    words = json_text.write({"title": text}) if title else f"{OURS}{text}"
    message = _message(request, words)
    if not request.stream:
        return Reply(200, (_JSON,), json_text.write(message).encode())
    return Reply(200, (_SSE, _NO_CACHE), b"".join(_events(message, words)))


def failure(request: Request | None, text: str) -> Reply:
    """Return the reply for a request that could not be screened."""
    if request is not None and request.method == "HEAD":
        return Reply(_WITHHELD_STATUS, (_JSON,), b"")
    return _error(text)


def _error(text: str) -> Reply:
    error = {"type": "permission_error", "message": text}
    body = json_text.write({"type": "error", "error": error})
    return Reply(_WITHHELD_STATUS, (_JSON,), body.encode())


def _message(request: MessagesRequest, words: str) -> dict[str, object]:
    digest = hashlib.blake2b(request.data, digest_size=12).hexdigest()
    return {
        "id": f"msg_aiwrap_{digest}",
        "type": "message",
        "role": "assistant",
        "model": request.model,
        "content": [{"type": "text", "text": words}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 0,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": 0,
        },
    }


def _events(message: dict[str, object], words: str) -> list[bytes]:
    start = message | {"content": [], "stop_reason": None}
    delta = {"type": "text_delta", "text": words}
    end = {"stop_reason": "end_turn", "stop_sequence": None}
    return [
        _event("message_start", message=start),
        _event(
            "content_block_start", index=0, content_block={"type": "text", "text": ""}
        ),
        _event("content_block_delta", index=0, delta=delta),
        _event("content_block_stop", index=0),
        _event("message_delta", delta=end, usage={"output_tokens": 0}),
        _event("message_stop"),
    ]


def _event(name: str, **members: object) -> bytes:
    data = json_text.write({"type": name, **members})
    return events.build_event(name.encode(), data.encode())
