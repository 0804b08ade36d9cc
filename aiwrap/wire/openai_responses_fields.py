"""Say which strings of a Responses body may be rewritten, token by token.

Pure.  The structure decides, never a name alone, for a tool's input may use any
key.  Closed to rewriting are

  * reasoning and compaction items, whole: the vendor sealed them;
  * an item's protocol fields: its type, ids, role, status, what is encrypted,
    the client's own notes on it, and the keys of its own format;
  * data of images and files, `model` and the vendor's cache and response ids.

Everything else is open, keys included: text, tool inputs, schemas, results,
and every member that this version of aiwrap does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

OPEN = "open"  # every string, keys too, less the `type` of an object
CLOSED = "closed"  # none
ITEM = "item"  # an item, a part of its content, a list of them, or text

SEALED = frozenset(
    {
        "reasoning",
        "compaction",
        "compaction_summary",
        "compaction_trigger",
        "context_compaction",
    }
)
_CLOSED_MEMBERS = frozenset(
    {
        "type",
        "id",
        "role",
        "status",
        "call_id",
        "phase",
        "internal_chat_message_metadata_passthrough",
    }
)
_NESTED = frozenset({"content", "output", "summary"})
_DATA = frozenset({"image_url", "file_data", "data"})
_REQUEST_RULES = {
    "model": CLOSED,
    "input": ITEM,
    "include": CLOSED,
    "prompt_cache_key": CLOSED,
    "previous_response_id": CLOSED,
    "service_tier": CLOSED,
}
_RESPONSE_RULES = {"instructions": ITEM, "tools": OPEN}


def request_rule(key: str) -> str:
    """Return the rule for the top-level member `key` of a request."""
    return _REQUEST_RULES.get(key, OPEN)


def response_rule(key: str) -> str:
    """Return the rule for the member `key` of a response, less its items."""
    return _RESPONSE_RULES.get(key, CLOSED)


def open_strings(value: object, rule: str) -> list[bool]:
    """Say of each string token in `value`, in the text's order, if it is open."""
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
                pending.append((child, _member_rule(node, key, rule)))
                pending.append((key, keys))
    return found


def rewrite_value(value: object, rule: str, rewrite: Callable[[str], str]) -> object:
    """Return `value` with its open strings rewritten, keys left alone."""
    if rule == CLOSED:
        return value
    if isinstance(value, str):
        return rewrite(value)
    if isinstance(value, list):
        return [rewrite_value(item, rule, rewrite) for item in value]
    if isinstance(value, dict):
        return {
            key: rewrite_value(child, _member_rule(value, key, rule), rewrite)
            for key, child in value.items()
        }
    return value


def _member_rule(node: Mapping[str, object], key: str, rule: str) -> str:
    match rule:
        case "item":
            return _item_rule(node, key)
        case "open":
            is_type = key == "type" and isinstance(node[key], str)
            return CLOSED if is_type else OPEN
        case _:
            return rule


def _item_rule(node: Mapping[str, object], key: str) -> str:
    if node.get("type") in SEALED or key in _CLOSED_MEMBERS:
        return CLOSED
    if key.startswith("encrypted_"):
        return CLOSED
    if key in _NESTED:
        return ITEM
    child = node[key]
    is_data = key in _DATA and isinstance(child, str)
    if is_data and (key != "image_url" or str(child).startswith("data:")):
        return CLOSED
    return OPEN
