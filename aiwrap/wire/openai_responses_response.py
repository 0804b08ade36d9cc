"""Watch one response pass, and put real names back into it.

Pure.  A stream goes on event by event; a JSON body is held until it is whole.
Anything else passes.  Whatever happens, `on_end` is called once, with what is
known by then.
"""

from __future__ import annotations

from collections.abc import Callable

from aiwrap.wire import json_text
from aiwrap.wire.exchange import Headers, ResponseFilter
from aiwrap.wire.format import Usage
from aiwrap.wire.openai_responses_facts import Facts
from aiwrap.wire.openai_responses_restore import ItemRestorer, NewRestorer
from aiwrap.wire.openai_responses_stream import Stream

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
        on_end: Callable[[Usage], None],
    ) -> None:
        self._facts = Facts()
        self._restorer = (
            ItemRestorer(new_restorer, restores_tool) if new_restorer else None
        )
        self._stream = Stream(self._restorer, self._facts)
        self._on_end: Callable[[Usage], None] | None = on_end
        self._kind = ""
        self._json = bytearray()

    @property
    def rewrites(self) -> bool:
        """Whether names are restored."""
        return self._restorer is not None

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
            return self._whole(bytes(self._json))
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
        self._json += data
        if len(self._json) > MAX_JSON_BYTES:
            raise ResponseTooLargeError(f"a JSON answer of over {MAX_JSON_BYTES} bytes")
        return b""

    def _whole(self, data: bytes) -> bytes:
        try:
            value = json_text.parse_object(data.decode())
        except ValueError:
            return data
        self._facts.response(value)
        restored = self._restorer.response(value) if self._restorer else value
        for new, old in zip(_items(restored), _items(value), strict=True):
            self._facts.item(new, old)
        return data if restored == value else json_text.write_utf8(restored)


def _items(response: dict[str, object]) -> list[dict[str, object]]:
    output = response.get("output")
    items = output if isinstance(output, list) else []
    return [item for item in items if isinstance(item, dict)]
