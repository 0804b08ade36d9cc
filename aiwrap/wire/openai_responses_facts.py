"""Gather what screening wants to know of a response, however it arrives.

Pure.  It notes the vendor's own figures, the tool calls, and how the vendor
wrote each string that restoring changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aiwrap.wire import openai_responses_restore
from aiwrap.wire.format import Usage


class Facts:
    """The facts so far."""

    def __init__(self) -> None:
        self._model = ""
        self._usage: Mapping[str, object] = {}
        self._tool_uses: list[tuple[str, Mapping[str, object]]] = []
        self._originals: dict[str, str] = {}

    def item(self, restored: Mapping[str, object], came: Mapping[str, object]) -> None:
        """Note a finished item, as it was passed on and as it came."""
        if restored is not came:
            strings = zip(_strings(restored), _strings(came), strict=False)
            self._originals |= {new: old for new, old in strings if new != old}
        if not str(came.get("type")).endswith("_call"):
            return
        arguments = openai_responses_restore.call_arguments(restored)
        name = str(restored.get("name") or came.get("type"))
        self._tool_uses.append((name, arguments))
        if name == openai_responses_restore.CODE_MODE:
            script = openai_responses_restore.call_text(restored)
            for tool in openai_responses_restore.script_tools(script):
                self._tool_uses.append((tool, {}))

    def response(self, response: Mapping[str, object]) -> None:
        """Note what a finished response says of itself."""
        model, usage = response.get("model"), response.get("usage")
        self._model = model if isinstance(model, str) else self._model
        self._usage = usage if isinstance(usage, dict) else self._usage

    def result(self) -> Usage:
        """Return the facts as they are now; counts are 0 where unknown."""
        details = self._usage.get("input_tokens_details")
        cached = details if isinstance(details, dict) else {}
        return Usage(
            self._model,
            _count(self._usage, "input_tokens"),
            _count(self._usage, "output_tokens"),
            _count(cached, "cached_tokens"),
            _count(cached, "cache_write_tokens"),
            tuple(self._tool_uses),
            tuple(self._originals.items()),
        )


def _count(counts: Mapping[str, object], key: str) -> int:
    count = counts.get(key)
    return count if isinstance(count, int) and not isinstance(count, bool) else 0


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
