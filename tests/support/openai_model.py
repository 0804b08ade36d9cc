"""A stand-in for OpenAI's Responses API on loopback, in a thread of the test.

The same server as `model`, with another tongue:

    model.turns += [shell("ls"), say("done")]

`turns` serves the main conversation in order; a title call gets a title, a
WebSocket is turned away, `rule` sees every call first.  When nothing is scripted
it says OK.
"""

from __future__ import annotations

import json
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tests.support.answers import Answer, Json, Raw
from tests.support.calls import Call
from tests.support.model import Model

OK = "OK from the stand-in"
TITLE = "Generate a concise"


@dataclass(frozen=True, slots=True)
class Turn:
    """One response: its items in order, or how it failed."""

    items: tuple[Json, ...] = ()
    chunk: int = 7  # characters per delta
    failure: tuple[str, str] | None = None  # code and message of `response.failed`
    delay_seconds: float = 0.0


Scripted = Turn | Callable[[Call], Turn]


def say(words: str = OK, chunk: int = 7) -> Turn:
    """Answer with text."""
    return Turn((message(words),), chunk)


def shell(command: str, **more: object) -> Turn:
    """Call the shell, as code mode does: JavaScript in a custom tool's input."""
    arguments = json.dumps({"cmd": command, **more})
    return script(f"const r = await tools.exec_command({arguments}); text(r.output);\n")


def patch(words: str) -> Turn:
    """Change files, in code mode."""
    return script(f"text(await tools.apply_patch({json.dumps(words)}));\n")


def script(source: str) -> Turn:
    """Run JavaScript, which is all that code mode can do."""
    return Turn((custom_call("exec", source),))


def call_function(name: str, arguments: Mapping[str, object], **more: object) -> Turn:
    """Call a function tool."""
    return Turn((function_call(name, arguments, **more),))


def message(words: str) -> Json:
    """Return an assistant message."""
    part = {"type": "output_text", "text": words, "annotations": []}
    return _item("msg", "message", role="assistant", content=[part])


def function_call(name: str, arguments: Mapping[str, object], **more: object) -> Json:
    """Return a function call."""
    text = json.dumps(arguments)
    call = _id("call")
    return _item("fc", "function_call", name=name, call_id=call, arguments=text, **more)


def custom_call(name: str, text: str) -> Json:
    """Return a call of a tool that takes plain text."""
    return _item("ctc", "custom_tool_call", name=name, call_id=_id("call"), input=text)


def reasoning(encrypted: str, summary: str = "") -> Json:
    """Return a reasoning item, sealed by the vendor."""
    parts = [{"type": "summary_text", "text": summary}] if summary else []
    return _item("rs", "reasoning", summary=parts, encrypted_content=encrypted)


class OpenAIModel(Model):
    """The server; use it as a context manager, or through `openai_model`."""

    def __init__(self) -> None:
        super().__init__()
        self.turns: deque[Scripted] = deque()

    @property
    def base_url(self) -> str:
        """The base URL for `openai_base_url`."""
        return f"{self.url}/v1"

    @property
    def conversation(self) -> list[Call]:
        """The calls of the main conversation."""
        return [call for call in self.calls if is_response(call) and not is_title(call)]

    def _choose(self, call: Call) -> Answer:
        if (ruled := self.rule(call)) is not None:
            return ruled
        if call.header("upgrade").lower() == "websocket":
            return Raw(426, b'{"error":{"message":"no WebSocket here"}}')
        if not is_response(call):
            return _side_answer(call)
        if is_title(call):
            return render(call, say("A title"))
        with self._lock:
            scripted: Scripted = self.turns.popleft() if self.turns else say()
        return render(call, scripted(call) if callable(scripted) else scripted)


def is_response(call: Call) -> bool:
    """Say whether it asks for a response."""
    return call.method == "POST" and call.path.endswith("/responses")


def is_title(call: Call) -> bool:
    """Say whether it asks for the title of a conversation."""
    return any(text.startswith(TITLE) for text in user_texts(call))


def items(call: Call) -> list[Json]:
    """Return the items of the request's input."""
    given = call.json.get("input")
    if not isinstance(given, list):
        return []
    return [item for item in given if isinstance(item, dict)]


def user_texts(call: Call) -> list[str]:
    """Return what the person wrote, in order, by the client's own marks."""
    return [
        str(part["text"])
        for item in items(call)
        if item.get("role") == "user" and "user.text" in json.dumps(item)
        for part in _parts(item)
        if part.get("type") == "input_text"
    ]


def outputs(call: Call) -> str:
    """Return what tools gave back in this request, as JSON text."""
    return json.dumps(
        [item for item in items(call) if str(item.get("type")).endswith("_output")]
    )


def render(call: Call, turn: Turn) -> Raw:
    """Return the turn as the answer to `call`: a stream, or a body in one piece."""
    model = str(call.json.get("model"))
    if call.json.get("stream"):
        body = b"".join(
            f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
            for event in events(turn, model)
        )
        kind = "text/event-stream"
    else:
        body = json.dumps(_response(model, "completed", turn.items)).encode()
        kind = "application/json"
    return Raw(200, body, (("content-type", kind),), turn.delay_seconds)


def events(turn: Turn, model: str) -> Iterator[Json]:
    """Yield the events of one response."""
    for number, event in enumerate(_events(turn, model)):
        yield {"type": event.pop("type"), "sequence_number": number, **event}


def _events(turn: Turn, model: str) -> Iterator[Json]:
    yield {
        "type": "response.created",
        "response": _response(model, "in_progress", ()),
    }
    if turn.failure is not None:
        code, words = turn.failure
        failed = _response(model, "failed", ())
        failed["error"] = {"code": code, "message": words}
        yield {"type": "response.failed", "response": failed}
        return
    for index, item in enumerate(turn.items):
        for event in _item_events(item, turn.chunk):
            yield {"output_index": index, **event}
    done = _response(model, "completed", turn.items)
    yield {"type": "response.completed", "response": done}


def _item_events(item: Json, chunk: int) -> Iterator[Json]:
    place: Json = {"item_id": item["id"]}
    opening: Json = {}
    key = name = whole = ""
    match item["type"]:
        case "message":
            opening, key, name = {"content": []}, "text", "output_text"
            whole = str(_parts(item)[0]["text"])
            place["content_index"] = 0
        case "function_call":
            key, name = "arguments", "function_call_arguments"
        case "custom_tool_call":
            key, name = "input", "custom_tool_call_input"
        case _:
            pass
    if key in item:
        opening, whole = {key: ""}, str(item[key])
    yield {
        "type": "response.output_item.added",
        "item": {**item, **opening, "status": "in_progress"},
    }
    for at in range(0, len(whole), chunk):
        piece = whole[at : at + chunk]
        yield {"type": f"response.{name}.delta", **place, "delta": piece}
    if name:
        yield {"type": f"response.{name}.done", **place, key: whole}
    yield {"type": "response.output_item.done", "item": item}


def _response(model: str, status: str, given: tuple[Json, ...]) -> Json:
    response: Json = {
        "id": _id("resp"),
        "object": "response",
        "created_at": 1790000000,
        "status": status,
        "model": model,
        "output": list(given),
    }
    if status == "completed":
        response |= {
            "usage": {
                "input_tokens": 21,
                "input_tokens_details": {"cached_tokens": 13},
                "output_tokens": 9,
                "output_tokens_details": {"reasoning_tokens": 2},
                "total_tokens": 30,
            },
            "end_turn": True,
        }
    return response


def _side_answer(call: Call) -> Answer:
    if call.path.endswith("/models"):
        return Raw(200, b'{"object":"list","data":[],"models":[]}')
    error = {"error": {"message": f"nothing at {call.path}"}}
    return Raw(404, json.dumps(error).encode())


def _item(prefix: str, kind: str, **members: object) -> Json:
    return {"id": _id(prefix), "type": kind, "status": "completed", **members}


def _parts(item: Json) -> list[Json]:
    content = item.get("content")
    if not isinstance(content, list):
        return []
    return [part for part in content if isinstance(part, dict)]


def _id(prefix: str) -> str:
    return f"{prefix}_{uuid.uuid4().hex[:24]}"
