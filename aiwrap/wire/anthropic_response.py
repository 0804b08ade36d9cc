"""Watch one Messages response pass, and put real names back into it.

Pure.  A stream goes on event by event; a JSON body is held until it is whole.
Anything else passes.  Whatever happens, `on_end` is called once, with what is
known by then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiwrap.wire import anthropic_fields, json_text
from aiwrap.wire.anthropic_facts import Facts, ResponseFacts
from aiwrap.wire.anthropic_stream import BlockRestorer, NewRestorer, Stream
from aiwrap.wire.exchange import Headers, ResponseFilter

__all__ = ["BlockRestorer", "NewRestorer", "Response", "ResponseFacts"]

MAX_JSON_BYTES = 64 * 1024 * 1024


class ResponseTooLargeError(ValueError):
    """A JSON answer is longer than any real one."""


class Response(ResponseFilter):
    """The filter for one exchange; without `new_restorer` it only watches."""

    def __init__(
        self,
        *,
        new_restorer: NewRestorer | None,
        restores_tool: Callable[[str], bool],
        on_end: Callable[[ResponseFacts], None],
    ) -> None:
        self._facts = Facts()
        self._new_restorer = new_restorer
        self._stream = Stream(new_restorer, restores_tool, self._facts)
        self._restores_tool = restores_tool
        self._on_end: Callable[[ResponseFacts], None] | None = on_end
        self._kind = ""
        self._json: list[bytes] = []
        self._json_bytes = 0

    @property
    def rewrites(self) -> bool:
        """Whether names are restored."""
        return self._new_restorer is not None

    def head(self, status: int, headers: Headers) -> Headers:
        """See what kind of body follows."""
        del status  # errors are read like answers: by what they say they are
        kind = next((v for k, v in headers if k.lower() == b"content-type"), b"")
        self._kind = kind.decode("latin-1").partition(";")[0].strip().lower()
        return headers

    def feed(self, data: bytes) -> bytes:
        """Pass body bytes on."""
        match self._kind:
            case "text/event-stream":
                return self._stream.feed(data)
            case "application/json":
                return self._hold(data)
            case _:
                return data

    def finish(self) -> bytes:
        """Pass on what was held back."""
        try:
            if self._kind == "text/event-stream":
                return self._stream.finish()
            return self._whole(b"".join(self._json))
        finally:
            self._end()

    def abort(self) -> None:
        """Report what is known of a response that broke off."""
        self._end()

    def _end(self) -> None:
        on_end, self._on_end = self._on_end, None
        if on_end is not None:
            on_end(self._facts.result())

    def _hold(self, data: bytes) -> bytes:
        self._json.append(data)
        self._json_bytes += len(data)
        if self._json_bytes > MAX_JSON_BYTES:
            raise ResponseTooLargeError(f"a JSON answer of over {MAX_JSON_BYTES} bytes")
        return b""

    def _whole(self, data: bytes) -> bytes:
        try:
            text = data.decode()
            value = json_text.parse(text)
        except ValueError:
            return data
        is_message = isinstance(value, dict) and value.get("type") == "message"
        restored = self._restore(text, value, is_message=is_message)
        if is_message:
            self._note(value, value if restored is text else json_text.parse(restored))
        return data if restored is text else restored.encode()

    def _restore(self, text: str, value: object, *, is_message: bool) -> str:
        if self._new_restorer is None:
            return text
        rule = anthropic_fields.RESPONSE if is_message else anthropic_fields.OPEN
        is_open = anthropic_fields.open_strings(value, rule, self._input_rule)
        return json_text.rewrite_strings(text, self._stream.restore, is_open)

    def _input_rule(self, block: Mapping[str, object]) -> str:
        name = self._stream.restore(str(block.get("name")))
        stays = block.get("type") == "tool_use" and self._restores_tool(name)
        return anthropic_fields.OPEN if stays else anthropic_fields.CLOSED

    def _note(self, value: object, restored: object) -> None:
        self._facts.message(value)
        self._facts.complete = True
        for old, new in zip(_blocks(value), _blocks(restored), strict=True):
            if new.get("type") == "text":
                self._facts.text(str(new.get("text")), str(old.get("text")))
            elif new.get("type") == "tool_use":
                name = str(new.get("name"))
                self._facts.tool_use(name, new.get("input"), old.get("input"))


def _blocks(message: object) -> list[Mapping[str, object]]:
    content = message.get("content") if isinstance(message, dict) else None
    blocks = content if isinstance(content, list) else []
    return [block for block in blocks if isinstance(block, dict)]
