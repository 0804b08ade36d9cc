"""Answer a Responses request in the vendor's place.

Pure.  A refusal is a stream that fails with the code `invalid_prompt`: Codex
shows its sentence once, retries nothing and goes on with the session.  With a
status instead it prints raw JSON, retries, or says "high demand" (facts of
0.169.0).  Who asked for no stream gets status 400.
"""

from __future__ import annotations

import hashlib

from aiwrap.wire import events, json_text
from aiwrap.wire.exchange import Header, Reply, Request

_JSON: Header = (b"content-type", b"application/json")
_SSE: Header = (b"content-type", b"text/event-stream")
_NO_CACHE: Header = (b"cache-control", b"no-cache")
_CODE = "invalid_prompt"
_STATUS = 400


def refusal(data: bytes, text: str, *, model: str, stream: bool) -> Reply:
    """Return the reply to the request `data` that shows `text`, ending the turn."""
    if not stream:
        return _error(text)
    digest = hashlib.blake2b(data, digest_size=12).hexdigest()
    response: dict[str, object] = {
        "id": f"resp_aiwrap_{digest}",
        "object": "response",
        "created_at": 0,
        "status": "in_progress",
        "model": model,
        "output": [],
    }
    error = {"code": _CODE, "message": text}
    failed = response | {"status": "failed", "error": error}
    body = _event(0, "response.created", response)
    return Reply(200, (_SSE, _NO_CACHE), body + _event(1, "response.failed", failed))


def failure(request: Request, text: str) -> Reply:
    """Return the reply for a request that could not be screened."""
    accepts = request.header(b"accept") or b""
    if request.method == "POST" and b"text/event-stream" in accepts:
        return refusal(request.body, text, model="", stream=True)
    return _error(text)


def _error(text: str) -> Reply:
    error = {"message": text, "type": "invalid_request_error", "code": _CODE}
    return Reply(_STATUS, (_JSON,), json_text.write_utf8({"error": error}))


def _event(number: int, name: str, response: dict[str, object]) -> bytes:
    value = {"type": name, "sequence_number": number, "response": response}
    return events.build_event(name.encode(), json_text.write_utf8(value))
