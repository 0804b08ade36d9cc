"""Made-up Responses requests and items, as Codex writes them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from aiwrap.redaction.restorer import Restorer
from aiwrap.wire.exchange import Headers, Request
from aiwrap.wire.openai_responses import Conversations
from tests.wire.streams import NAMES

Json = dict[str, object]

METADATA = "internal_chat_message_metadata_passthrough"
NAME = "kestrel"
HIDDEN = "zqhidden"
ENVIRONMENT = "<environment_context>\n  <cwd>/work</cwd>\n</environment_context>"


def user(text: str, turn: str = "t1", kind: str = "user.text") -> Json:
    """Return a message in the user's name, marked as the client does."""
    origin = "user" if kind == "user.text" else "harness"
    return {
        "type": "message",
        "id": f"msg_{len(text)}",
        "role": "user",
        "content": [{"type": "input_text", "text": text}],
        METADATA: {
            "turn_id": turn,
            "content_item_kinds": [kind],
            "content_item_metadata": [{"provenance": {"type": origin}}],
        },
    }


def environment() -> Json:
    """Return what the client tells of the machine."""
    return user(ENVIRONMENT, kind="environments.environment_context")


def assistant(text: str) -> Json:
    """Return a message of the model."""
    return {
        "type": "message",
        "id": "msg_a",
        "role": "assistant",
        "content": [{"type": "output_text", "text": text}],
    }


def call(number: int, source: str = "text(1)") -> Json:
    """Return a call of code mode."""
    return {
        "type": "custom_tool_call",
        "id": f"ctc_{number}",
        "call_id": f"call_{number}",
        "name": "exec",
        "input": source,
    }


def output(number: int, text: str = "1") -> Json:
    """Return what that call gave back."""
    return {
        "type": "custom_tool_call_output",
        "call_id": f"call_{number}",
        "output": [{"type": "input_text", "text": text}],
    }


def ask(
    items: Sequence[Json] | str,
    *,
    path: str = "/responses",
    notes: Json | None = None,
    headers: Headers = (),
    **members: object,
) -> Request:
    """Return a request with this input, and `notes` as the turn's metadata."""
    given = items if isinstance(items, str) else list(items)
    body = {"model": "m", "stream": True, "input": given, "store": False, **members}
    notes = {"thread_id": "th1", "thread_source": "user"} | (notes or {})
    metadata = (b"x-codex-turn-metadata", json.dumps(notes).encode())
    data = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
    return Request("POST", path, (metadata, *headers), data)


def hide(text: str) -> str:
    """Redact as a redactor would that knows one name."""
    return text.replace(NAME, HIDDEN)


def memory(*, hides: bool = False) -> Conversations:
    """Return an empty memory."""
    return Conversations(hide if hides else None, lambda raw: NAME.encode() in raw)


def new_restorer(json_escaped: bool) -> Restorer:
    """Restore the made-up pseudonyms of `streams`."""
    return Restorer(NAMES, json_escaped)
