"""Gather what screening wants to know of a response, however it arrives.

Pure.  It notes the vendor's own figures and what restoring changed; it keeps
nothing of blocks that passed unchanged, except the inputs of tool calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple


class ResponseFacts(NamedTuple):
    """One response, seen from its end; token counts are 0 where unknown."""

    complete: bool
    model: str
    tokens_in: int
    tokens_out: int
    tokens_cache_read: int
    tokens_cache_write: int
    tool_uses: tuple[tuple[str, Mapping[str, object]], ...]  # restored inputs
    originals: tuple[tuple[str, str], ...]  # restored string → the vendor's own
    stop_reason: str


class Facts:
    """The facts so far."""

    def __init__(self) -> None:
        self.complete = False
        self._model = ""
        self._stop_reason = ""
        self._tokens: dict[str, int] = {}
        self._tool_uses: list[tuple[str, Mapping[str, object]]] = []
        self._originals: dict[str, str] = {}

    def message(self, message: object) -> None:
        """Note the members of a message object or of a message's delta."""
        if not isinstance(message, dict):
            return
        self._model = _string(message.get("model")) or self._model
        self._stop_reason = _string(message.get("stop_reason")) or self._stop_reason
        self.usage(message.get("usage"))

    def usage(self, usage: object) -> None:
        """Note token counts; a later count replaces an earlier one."""
        if isinstance(usage, dict):
            self._tokens |= {
                key: count
                for key, count in usage.items()
                if isinstance(count, int) and not isinstance(count, bool)
            }

    def text(self, restored: str, original: str) -> None:
        """Note what the vendor called a string that restoring changed."""
        if restored != original:
            self._originals[restored] = original

    def tool_use(self, name: str, restored: object, original: object) -> None:
        """Note a tool call, and each string in its input that was changed."""
        if not isinstance(restored, dict):
            return
        self._tool_uses.append((name, restored))
        for new, old in zip(_strings(restored), _strings(original), strict=False):
            self.text(new, old)

    def result(self) -> ResponseFacts:
        """Return the facts as they are now."""
        count = self._tokens.get
        return ResponseFacts(
            complete=self.complete,
            model=self._model,
            tokens_in=count("input_tokens", 0),
            tokens_out=count("output_tokens", 0),
            tokens_cache_read=count("cache_read_input_tokens", 0),
            tokens_cache_write=count("cache_creation_input_tokens", 0),
            tool_uses=tuple(self._tool_uses),
            originals=tuple(self._originals.items()),
            stop_reason=self._stop_reason,
        )


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _strings(value: object) -> Iterator[str]:
    """Yield the strings of a JSON value, keys left out, in their order."""
    pending = [value]
    while pending:
        node = pending.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, list):
            pending += reversed(node)
        elif isinstance(node, dict):
            pending += reversed(node.values())
