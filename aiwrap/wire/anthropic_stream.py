"""Restore real names in a streamed Messages response, event by event.

Pure.  Most events pass as the bytes that came, after one look by a pattern.

  1. Each content block has a restorer of its own; blocks may interleave.
  2. A delta is decoded only if it holds, or may go on, a pseudonym.
  3. What the restorer held back goes out as a delta before the block's stop.
  4. Tool inputs are restored for tools that stay on this machine only.
  5. Thinking, signatures and whatever is not known pass untouched.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from aiwrap.wire import events, json_text
from aiwrap.wire.anthropic_facts import Facts

# A pseudonym begins with this letter, holds it nowhere else, and is no longer.
_FIRST_LETTER = "z"
_MAX_PSEUDONYM = 16


class BlockRestorer(Protocol):
    """Restores the text of one block.

    It passes text without a pseudonym's first letter on as it is, unless an
    unfinished pseudonym came before.
    """

    def feed(self, text: str) -> str:
        """Return what can be passed on after `text` arrived."""

    def flush(self) -> str:
        """Return what was held back; the block ends here."""


NewRestorer = Callable[[bool], BlockRestorer]
"""Makes a restorer; the argument says that its text is raw JSON."""


class Block:
    """One content block on its way; pieces are JSON string contents."""

    __slots__ = ("came", "given", "kind", "name", "passed", "restorer", "tail")

    # A tool's input may come with the block's start: restored, and as it came.
    given: tuple[dict[str, object], dict[str, object]]

    def __init__(self, kind: str, name: str, restorer: BlockRestorer | None) -> None:
        self.kind = kind
        self.name = name
        self.restorer = restorer
        self.given = ({}, {})
        self.came: list[bytes] = []
        self.passed: list[bytes] | None = None  # None: the same as came
        self.tail = ""  # the end of the text, while a pseudonym may have begun

    def feed(self, piece: bytes) -> bytes:
        """Return what to pass on for `piece`; the same object if unchanged."""
        self.came.append(piece)
        restored = piece
        if self.restorer is not None and (
            self.tail or b"z" in piece or b"\\u007" in piece
        ):
            restored = self._restore(piece, self.restorer)
        if self.passed is not None:
            self.passed.append(restored)
        elif restored is not piece:
            self.passed = [*self.came[:-1], restored]
        return restored

    def flush(self) -> bytes:
        """Return the piece that was held back."""
        held = self.restorer.flush() if self.restorer is not None else ""
        piece = _encode(held)
        if held and self.passed is not None:
            self.passed.append(piece)
        return piece

    def note(self, facts: Facts) -> None:
        """Tell `facts` of the finished block."""
        try:
            if self.kind == "text" and self.passed is not None:
                facts.text(_decode(self.passed), _decode(self.came))
            elif self.kind == "tool_use":
                self._note_tool(facts)
        except ValueError:
            return  # not JSON: the vendor CLI cannot use it either

    def _restore(self, piece: bytes, restorer: BlockRestorer) -> bytes:
        try:
            text = _decode([piece])
        except ValueError:
            return piece  # not JSON: not ours to mend
        self.tail = (self.tail + text)[-_MAX_PSEUDONYM:]
        if _FIRST_LETTER not in self.tail:
            self.tail = ""
        restored = restorer.feed(text)
        return piece if restored == text else _encode(restored)

    def _note_tool(self, facts: Facts) -> None:
        came = _parse_input(self.came)
        passed = came if self.passed is None else _parse_input(self.passed)
        restored, original = self.given
        facts.tool_use(self.name, restored | passed, original | came)


class Stream:
    """The events of one response."""

    def __init__(
        self,
        new_restorer: NewRestorer | None,
        restores_tool: Callable[[str], bool],
        facts: Facts,
    ) -> None:
        self._new_restorer = new_restorer
        self._restores_tool = restores_tool
        self._facts = facts
        self._splitter = events.EventSplitter()
        self._blocks: dict[int, Block] = {}

    def feed(self, data: bytes) -> bytes:
        """Return what to pass on now."""
        return b"".join([self._event(event) for event in self._splitter.feed(data)])

    def finish(self) -> bytes:
        """Return what was held back."""
        return self._flush_all(b"\n") + self._splitter.finish()

    def _event(self, event: bytes) -> bytes:
        found = _DELTA.fullmatch(event)
        if found is None:
            return self._rare_event(event)
        block = self._blocks.get(int(found[1]))
        if block is None:
            return event
        piece = found[2]
        restored = block.feed(piece)
        if restored is piece:
            return event
        if not restored:
            return b""
        start, end = found.span(2)
        return event[:start] + restored + event[end:]

    def _rare_event(self, event: bytes) -> bytes:
        value = _parse_event(event)
        match value.get("type"):
            case "content_block_start":
                return self._block_start(event, value)
            case "content_block_delta":
                return self._odd_delta(event, value)
            case "content_block_stop":
                return self._block_stop(value.get("index"), event) + event
            case "message_stop":
                self._facts.complete = True
                return self._flush_all(event) + event
            case "message_start":
                self._facts.message(value.get("message"))
            case "message_delta":
                self._facts.message(value.get("delta"))
                self._facts.usage(value.get("usage"))
            case _:
                pass
        return event

    def _block_start(self, event: bytes, value: dict[str, object]) -> bytes:
        index, content = value.get("index"), value.get("content_block")
        if not isinstance(index, int) or not isinstance(content, dict):
            return event
        block, changed = self._open(content)
        self._blocks[index] = block
        if changed == content:
            return event
        return _rebuild(event, value | {"content_block": changed})

    def _open(self, content: dict[str, object]) -> tuple[Block, dict[str, object]]:
        """Return the new block, and its start as it is passed on."""
        match content:
            case {"type": "text", "text": str(text)}:
                block = Block("text", "", self._restorer(json_escaped=False))
                return block, content | {"text": _decode([block.feed(_encode(text))])}
            case {"type": "tool_use", "name": str(name)}:
                name = self.restore(name)
                stays = self._restores_tool(name)
                restorer = self._restorer(json_escaped=True) if stays else None
                block = Block("tool_use", name, restorer)
                given = content.get("input")
                changed = content | {"name": name}
                if isinstance(given, dict) and given:
                    changed["input"] = self._given(block, given)
                return block, changed
            case _:
                return Block("", "", None), content

    def _given(self, block: Block, given: dict[str, object]) -> dict[str, object]:
        """Restore a tool's input that came whole, with the block's start."""
        restored = given
        if block.restorer is not None:
            text = json_text.rewrite_strings(json_text.write(given), self.restore)
            restored = json_text.parse_object(text)
        block.given = (restored, given)
        return restored

    def _odd_delta(self, event: bytes, value: dict[str, object]) -> bytes:
        """See a delta that the pattern does not know."""
        block, delta = self._blocks.get(_index(value)), value.get("delta")
        if block is None or not isinstance(delta, dict):
            return event
        key = _FIELDS.get(str(delta.get("type")), "")
        text = delta.get(key)
        if isinstance(text, str):
            piece = _encode(text)
            restored = block.feed(piece)
            changed: object = _decode([restored])
            if restored is piece or not restored:
                return event if restored is piece else b""
        elif key and text is not None and self._new_restorer is not None:
            before = json_text.write(text)
            changed = json_text.parse(json_text.rewrite_strings(before, self.restore))
            if changed == text:
                return event
        else:
            return event
        return _rebuild(event, value | {"delta": delta | {key: changed}})

    def _block_stop(self, index: object, event: bytes) -> bytes:
        """Return the delta that must go out before the block ends, if any."""
        block = self._blocks.pop(index, None) if isinstance(index, int) else None
        if block is None:
            return b""
        held = block.flush()
        block.note(self._facts)
        return _held_event(index, block, held, events.line_end(event))

    def _flush_all(self, event: bytes) -> bytes:
        return b"".join([self._block_stop(i, event) for i in sorted(self._blocks)])

    def restore(self, text: str) -> str:
        """Restore a whole string."""
        restorer = self._restorer(json_escaped=False)
        return restorer.feed(text) + restorer.flush() if restorer else text

    def _restorer(self, *, json_escaped: bool) -> BlockRestorer | None:
        return self._new_restorer(json_escaped) if self._new_restorer else None


def _parse_event(event: bytes) -> dict[str, object]:
    """Return the event's data; nothing for what passes in any case."""
    if b'"thinking_delta"' in event and b'"content_block_delta"' in event:
        return {}  # the only frequent event that the pattern does not know
    try:
        return json_text.parse_object(events.event_data(event).decode())
    except ValueError:
        return {}


def _held_event(index: object, block: Block, held: bytes, line_end: bytes) -> bytes:
    if not held:
        return b""
    kind, key = _DELTAS["text" if block.kind == "text" else "tool_use"]
    data = b'{"type":"content_block_delta","index":%d,"delta":{"type":"%b","%b":"%b"}}'
    return events.build_event(
        b"content_block_delta", data % (index, kind, key, held), line_end
    )


def _rebuild(event: bytes, value: dict[str, object]) -> bytes:
    name = str(value["type"]).encode()
    data = json_text.write_utf8(value)
    return events.build_event(name, data, events.line_end(event))


def _index(value: dict[str, object]) -> int:
    index = value.get("index")
    return index if isinstance(index, int) else -1


def _encode(text: str) -> bytes:
    return json_text.encode_string(text)[1:-1].encode()


def _decode(pieces: list[bytes]) -> str:
    token = '"' + b"".join(pieces).decode() + '"'
    return json_text.parse_string(token, 0)[0]


def _parse_input(pieces: list[bytes]) -> dict[str, object]:
    text = _decode(pieces)
    return json_text.parse_object(text) if text.strip() else {}


_FIELDS = {
    "text_delta": "text",
    "input_json_delta": "partial_json",
    "citations_delta": "citation",
}
_DELTAS = {
    "text": (b"text_delta", b"text"),
    "tool_use": (b"input_json_delta", b"partial_json"),
}

# The form in which the vendor sends nearly all events, with or without blanks.
_DELTA = re.compile(
    rb'event: ?content_block_delta\r?\ndata: ?\{ ?"type": ?"content_block_delta", ?'
    rb'"index": ?(\d{1,9}), ?"delta": ?\{ ?(?:"type": ?"text_delta", ?"text"|'
    rb'"type": ?"input_json_delta", ?"partial_json"): ?'
    rb'"((?:[^"\\]++|\\.)*+)" ?\} ?\}(?:\r?\n){2}'
)
