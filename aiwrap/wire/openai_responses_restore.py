"""Put real names back into whole items of a response.

Pure.  Codex runs what `response.output_item.done` holds, whatever the deltas
before it said, so tool calls are restored here, as whole strings:

  * `arguments` is JSON inside JSON: a name is escaped once more.
  * The input of code mode's `exec` is JavaScript, where a name may stand in any
    kind of string literal: quotes, backticks and dollars are escaped too.
  * A tool that carries its arguments off this machine gets no real name, and
    neither does a script that calls one.
  * Reasoning, ids and what is encrypted stay as the vendor wrote them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from aiwrap.wire import json_text, openai_responses_fields
from aiwrap.wire.format import BlockRestorer

NewRestorer = Callable[[bool], BlockRestorer]
"""Makes a restorer; the argument says that its text is raw JSON."""

CODE_MODE = "exec"
AGENT_TOOLS = frozenset({"spawn_agent", "followup_task", "send_message"})
"""Tools whose arguments go back to the vendor as another agent's prompt."""

_CALLS = {"function_call": "arguments", "custom_tool_call": "input"}
_WORD = re.compile(r"z[a-z0-9]{2,}")
_SCRIPT_TOOL = re.compile(r"\btools\s*(?:\?\.|\.)\s*([A-Za-z_$][\w$]*)|\b(mcp__\w+)")
# `tools[…]`, or `tools` handed on whole: what is called then is not known.
_COMPUTED = re.compile(r"\btools\s*(?:\?\.)?\s*\[|[=(,]\s*tools\s*(?:[;,)\n]|\Z)")


class ItemRestorer:
    """Restores items and whole strings; it remembers nothing."""

    def __init__(
        self, new_restorer: NewRestorer, restores_tool: Callable[[str], bool]
    ) -> None:
        self.new_restorer = new_restorer
        self._restores_tool = restores_tool

    def text(self, text: str, *, json_escaped: bool = False) -> str:
        """Restore a whole string."""
        restorer = self.new_restorer(json_escaped)
        return restorer.feed(text) + restorer.flush()

    def item(self, item: Mapping[str, object]) -> dict[str, object]:
        """Restore an item that is whole, or one that has only begun."""
        member = _CALLS.get(str(item.get("type")))
        given = item.get(member) if member else None
        if member is None or not isinstance(given, str):
            rule = openai_responses_fields.ITEM
            restored = openai_responses_fields.rewrite_value(
                dict(item), rule, self.text
            )
            return restored if isinstance(restored, dict) else dict(item)
        name = self.text(str(item.get("name")))
        changed = dict(item)
        if "name" in item:
            changed["name"] = name
        if self.stays_here(name, str(item.get("namespace") or ""), given):
            changed[member] = self._call_text(member, name, given)
        return changed

    def response(self, response: Mapping[str, object]) -> dict[str, object]:
        """Restore a response object: its items, and the request's echo in it."""
        restored: dict[str, object] = {
            key: openai_responses_fields.rewrite_value(
                value, openai_responses_fields.response_rule(key), self.text
            )
            for key, value in response.items()
            if key != "output"
        }
        output = response.get("output")
        if isinstance(output, list):
            restored["output"] = [
                self.item(item) if isinstance(item, dict) else item for item in output
            ]
        return {key: restored.get(key, value) for key, value in response.items()}

    def stays_here(self, name: str, namespace: str, given: str) -> bool:
        """Say whether everything that this call hands on stays on this machine."""
        if name in AGENT_TOOLS:
            return False
        whole = f"{namespace.removesuffix('__')}__{name}" if namespace else name
        if not (self._restores_tool(name) and self._restores_tool(whole)):
            return False
        if name != CODE_MODE:
            return True
        if _COMPUTED.search(given):
            return False  # it may call any tool
        return all(map(self._restores_tool, script_tools(given)))

    def _call_text(self, member: str, name: str, given: str) -> str:
        if member == "arguments":
            return self.text(given, json_escaped=True)
        return self.script(given) if name == CODE_MODE else self.text(given)

    def script(self, source: str) -> str:
        """Restore JavaScript."""
        return _WORD.sub(self._script_word, source)

    def _script_word(self, match: re.Match[str]) -> str:
        name = self.text(match[0])
        return match[0] if name == match[0] else _in_literal(name)


def script_tools(source: str) -> Iterator[str]:
    """Yield the tools that a script names."""
    for found in _SCRIPT_TOOL.finditer(source):
        yield found[1] or found[2]


def call_arguments(item: Mapping[str, object]) -> dict[str, object]:
    """Return a call's arguments as an object; plain text as `input`."""
    given = item.get(_CALLS.get(str(item.get("type")), ""))
    if not isinstance(given, str):
        return {}
    if item.get("type") == "custom_tool_call":
        return {"input": given}
    try:
        return json_text.parse_object(given)
    except ValueError:
        return {"input": given}


def call_text(item: Mapping[str, object]) -> str:
    """Return the one string of a call that restoring may change."""
    given = item.get(_CALLS.get(str(item.get("type")), ""))
    return given if isinstance(given, str) else ""


def _in_literal(name: str) -> str:
    """Escape a name for a JavaScript string, whichever quotes it stands in."""
    escaped = json_text.encode_string(name)[1:-1]
    return re.sub(r"(['`$])", r"\\\1", escaped)
