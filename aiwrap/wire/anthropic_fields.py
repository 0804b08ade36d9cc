"""Say which strings of a Messages body may be rewritten, token by token.

Pure.  The structure decides, never a name alone, for a tool's input may use any
key.  Closed to rewriting are

  * thinking and redacted thinking, whole: the vendor verifies them;
  * a block's protocol fields: its type, ids, signature, encrypted parts, and
    the keys of its own format;
  * base64 data, `model` and roles.

Everything else is open, keys included: text, tool inputs, schemas, results,
and every member that this version of aiwrap does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

OPEN = "open"  # every string, keys too
CLOSED = "closed"  # none
BLOCK = "block"  # a content block, a list of them, or a string of text
MESSAGE = "message"
SOURCE = "source"  # where an image or document comes from
RESPONSE = "response"  # a whole answer that was not streamed
TOOL_LIST = "tools"

_THINKING = ("thinking", "redacted_thinking")
_NESTED_BLOCKS = ("content", "citations")
_BLOCK_CLOSED = ("type", "id", "tool_use_id", "signature", "cache_control")
_REQUEST_RULES = {
    "model": CLOSED,
    "messages": MESSAGE,
    "system": BLOCK,
    "stream": CLOSED,
    "tools": TOOL_LIST,
}


def request_rule(key: str) -> str:
    """Return the rule for the top-level member `key` of a request."""
    return _REQUEST_RULES.get(key, OPEN)


def open_strings(
    value: object,
    rule: str,
    input_rule: Callable[[Mapping[str, object]], str] = lambda _: OPEN,
) -> list[bool]:
    """Say of each string token in `value`, in the text's order, if it is open.

    `input_rule` gives the rule for a tool call's input.
    """
    found: list[bool] = []
    pending: list[tuple[object, str]] = [(value, rule)]
    while pending:
        node, rule = pending.pop()
        if isinstance(node, str):
            found.append(rule != CLOSED)
        elif isinstance(node, list):
            pending += [(item, rule) for item in reversed(node)]
        elif isinstance(node, dict):
            keys = OPEN if rule == OPEN else CLOSED
            for key, child in reversed(node.items()):
                pending.append((child, _member_rule(node, key, rule, input_rule)))
                pending.append((key, keys))
    return found


def _member_rule(
    node: Mapping[str, object],
    key: str,
    rule: str,
    input_rule: Callable[[Mapping[str, object]], str],
) -> str:
    match rule:
        case "message" | "response":
            return _envelope_rule(key, rule)
        case "block":
            return _block_rule(node, key, input_rule)
        case "source":
            return _source_rule(node, key)
        case "tools":
            return CLOSED if key in _BLOCK_CLOSED else OPEN
        case _:
            return rule


def _envelope_rule(key: str, rule: str) -> str:
    if key == "content":
        return BLOCK
    return CLOSED if key == "role" or rule == RESPONSE else OPEN


def _block_rule(
    node: Mapping[str, object],
    key: str,
    input_rule: Callable[[Mapping[str, object]], str],
) -> str:
    if node.get("type") in _THINKING or key.startswith("encrypted_"):
        return CLOSED
    if key in _BLOCK_CLOSED:
        return CLOSED
    if key in _NESTED_BLOCKS:
        return BLOCK
    if key == "input":
        return input_rule(node)
    return SOURCE if key == "source" else OPEN


def _source_rule(node: Mapping[str, object], key: str) -> str:
    if node.get("type") == "base64" or key == "type":
        return CLOSED
    return BLOCK if key == "content" else OPEN
