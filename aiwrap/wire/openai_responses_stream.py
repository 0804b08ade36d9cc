"""Restore real names in a streamed response, event by event.

Pure.  Most events pass as the bytes that came.

  1. Deltas of text are for the screen: each part has a restorer of its own, and
     what it held back goes out as a delta before the part's `done`.
  2. Deltas of a call are restored alike where the call stays on this machine.
  3. `done` events and the finished response are restored as whole strings.
  4. Reasoning, and whatever is not known, passes untouched.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiwrap.wire import events, json_text
from aiwrap.wire.format import BlockRestorer
from aiwrap.wire.openai_responses_facts import Facts
from aiwrap.wire.openai_responses_restore import ItemRestorer

_DELTAS = {
    "response.output_text.delta": False,
    "response.refusal.delta": False,
    "response.function_call_arguments.delta": True,
    "response.custom_tool_call_input.delta": False,
}
"""The deltas that are restored; the value says that they are raw JSON."""
_TEXTS = {
    "response.output_text.done": "text",
    "response.refusal.done": "refusal",
    "response.function_call_arguments.done": "arguments",
    "response.custom_tool_call_input.done": "input",
}
_ENDINGS = frozenset({"response.completed", "response.incomplete", "response.failed"})
_WATCHED = (b"response.output_item.", *(name.encode() for name in sorted(_ENDINGS)))

Json = dict[str, object]


class Stream:
    """The events of one response; without `restorer` they are only watched."""

    def __init__(self, restorer: ItemRestorer | None, facts: Facts) -> None:
        self._restorer = restorer
        self._facts = facts
        self._splitter = events.EventSplitter()
        self._blocks: dict[tuple[object, object], BlockRestorer] = {}
        self._last_delta: dict[tuple[object, object], Json] = {}
        self._calls: dict[object, Json] = {}  # begun items, by their id

    def feed(self, data: bytes) -> bytes:
        """Return what to pass on now."""
        return b"".join([self._event(event) for event in self._splitter.feed(data)])

    def finish(self) -> bytes:
        """Return what was held back."""
        return self._splitter.finish()

    def _event(self, event: bytes) -> bytes:
        if self._restorer is None and not any(name in event for name in _WATCHED):
            return event
        value = _parse(event)
        kind = str(value.get("type"))
        if kind in _DELTAS:
            return self._delta(event, value, kind)
        if kind in _TEXTS:
            return self._text_done(event, value, kind)
        return event if "reasoning" in kind else self._rare_event(event, value)

    def _rare_event(self, event: bytes, value: Json) -> bytes:
        match value:
            case {"type": "response.output_item.added", "item": dict(item)}:
                self._calls[item.get("id")] = item
                return self._with(event, value, "item", item)
            case {"type": "response.output_item.done", "item": dict(item)}:
                return self._item_done(event, value, item)
            case {"response": dict(response)}:
                return self._response(event, value, response)
            case {"part": dict(part)}:
                return self._with(event, value, "part", part)
            case _:
                return event

    def _delta(self, event: bytes, value: Json, kind: str) -> bytes:
        piece = value.get("delta")
        restorer = self._block(value, kind)
        if restorer is None or not isinstance(piece, str):
            return event
        self._last_delta[_place(value)] = value
        restored = restorer.feed(piece)
        return event if restored == piece else _rebuilt(event, value, "delta", restored)

    def _block(self, value: Json, kind: str) -> BlockRestorer | None:
        """Return the restorer of the part that a delta belongs to."""
        if self._restorer is None:
            return None
        place = _place(value)
        if place not in self._blocks:
            if "call" in kind and not self._may_restore_call(value):
                return None
            self._blocks[place] = self._restorer.new_restorer(_DELTAS[kind])
        return self._blocks[place]

    def _may_restore_call(self, value: Json) -> bool:
        """Say so of a call whose arguments are not known yet: code mode waits."""
        item = self._calls.get(value.get("item_id"))
        if item is None or self._restorer is None:
            return False
        name, space = str(item.get("name")), str(item.get("namespace") or "")
        return name != "exec" and self._restorer.stays_here(name, space, "")

    def _text_done(self, event: bytes, value: Json, kind: str) -> bytes:
        key = _TEXTS[kind]
        text = value.get(key)
        if self._restorer is None or not isinstance(text, str):
            return event
        held = self._flush(event, value)
        item = self._calls.get(value.get("item_id"))
        if item is not None and key in ("arguments", "input"):
            changed = self._restorer.item({**item, key: text})[key]
        else:
            changed = self._restorer.text(text)
        if changed == text:
            return held + event
        return held + _rebuilt(event, value, key, changed)

    def _flush(self, event: bytes, value: Json) -> bytes:
        """Return the delta that must go out before the part's end, if any."""
        place = _place(value)
        block = self._blocks.pop(place, None)
        last = self._last_delta.pop(place, None)
        held = block.flush() if block is not None else ""
        if not held or last is None:
            return b""
        return _rebuilt(event, last, "delta", held)

    def _item_done(self, event: bytes, value: Json, item: Json) -> bytes:
        restored = self._restorer.item(item) if self._restorer else item
        self._facts.item(restored, item)
        return event if restored == item else _rebuilt(event, value, "item", restored)

    def _response(self, event: bytes, value: Json, response: Json) -> bytes:
        if value.get("type") in _ENDINGS:
            self._facts.response(response)
        if self._restorer is None:
            return event
        restored = self._restorer.response(response)
        if restored == response:
            return event
        return _rebuilt(event, value, "response", restored)

    def _with(self, event: bytes, value: Json, key: str, part: Json) -> bytes:
        if self._restorer is None:
            return event
        restored = self._restorer.item(part)
        return event if restored == part else _rebuilt(event, value, key, restored)


def _place(value: Mapping[str, object]) -> tuple[object, object]:
    return value.get("item_id"), value.get("content_index")


def _parse(event: bytes) -> Json:
    try:
        return json_text.parse_object(events.event_data(event).decode())
    except ValueError:
        return {}


def _rebuilt(event: bytes, value: Json, key: str, changed: object) -> bytes:
    value = {**value, key: changed}
    data = json_text.write_utf8(value)
    name = str(value.get("type")).encode()
    return events.build_event(name, data, events.line_end(event))
