"""Read the top-level members of a Messages body, other than the messages.

Pure.  Values come parsed; what screening needs to know of them goes out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from aiwrap.wire import anthropic_human
from aiwrap.wire.anthropic_blocks import UnreadableError
from aiwrap.wire.anthropic_message import Message


def read_text(value: object, name: str) -> str:
    """Return a string member, or nothing where it is missing."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnreadableError(f"`{name}` is not a string")
    return value


def find_system_texts(system: object) -> Iterator[str]:
    """Yield the texts of the system prompt."""
    if isinstance(system, str):
        yield system
    elif isinstance(system, list):
        for block in system:
            text = block.get("text") if isinstance(block, dict) else None
            if isinstance(text, str):
                yield text


def find_descriptions(tools: object) -> Iterator[str]:
    """Yield what tools say of themselves and of their parameters."""
    pending = [tools]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending += reversed(node)
        elif isinstance(node, dict):
            text = node.get("description")
            if isinstance(text, str):
                yield text
            pending += reversed(node.values())


def wants_title(facts: Mapping[str, object]) -> bool:
    """Say whether the answer must be JSON with a title and nothing else."""
    node: object = facts
    for key in ("output_config", "format", "schema", "properties"):
        node = node.get(key) if isinstance(node, dict) else None
    return isinstance(node, dict) and list(node) == ["title"]


def is_web_search(facts: Mapping[str, object], messages: Sequence[Message]) -> bool:
    """Say whether this is the client's own call that runs one web search."""
    tools = facts.get("tools")
    if not isinstance(tools, list) or len(tools) != 1 or len(messages) != 1:
        return False
    kind = tools[0].get("type") if isinstance(tools[0], dict) else None
    is_search = isinstance(kind, str) and kind.startswith("web_search")
    texts = messages[0].texts
    return is_search and all(anthropic_human.is_web_search(t.text) for t in texts)
