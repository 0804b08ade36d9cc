"""One item of a Responses body: its bytes, and what in it a person wrote.

Pure.  An item is read once and kept between turns; only its cache of redacted
bytes changes.  Whose words a part holds is told in this order:

  1. The client's own mark (`content_item_kinds`), where it is one that we know.
  2. The client's mark of where it came from (`provenance`).
  3. How the text begins: what Codex adds of its own has fixed openings.

What none of them knows is a person's: it is judged rather than let through.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

_METADATA = "internal_chat_message_metadata_passthrough"
_HUMAN_KINDS = ("user.", "shell.user_command")
_TEXT_PARTS = ("input_text", "text")
_OPENINGS = (
    "# AGENTS.md instructions",
    "<environment_context>",
    "<user_instructions>",
    "<skill>",
    "<turn_aborted>",
    "<subagent_notification>",
)
"""How texts begin that the client adds in the user's name."""


class UnreadableItemError(ValueError):
    """The item cannot be screened: two readers might understand it differently."""


class HumanText(NamedTuple):
    """Something a person wrote; `part` is None where the content is a string."""

    part: int | None
    text: str


class Item:
    """An item as it came; equal bytes at the same place give the same object."""

    __slots__ = (
        "call",
        "element",
        "forward",
        "is_model",
        "kind",
        "lead",
        "result_of",
        "role",
        "size",
        "system_texts",
        "texts",
        "turn",
    )

    def __init__(self, element: bytes, lead: int, value: object) -> None:
        """Read `value`, which stands in `element` after `lead` separator bytes."""
        if not isinstance(value, dict):
            raise UnreadableItemError("an item of the input is not an object")
        self.element = element
        self.lead = lead
        self.role = _string(value.get("role"))
        self.kind = _string(value.get("type")) or "message"
        parts = value.get("content")
        self.size = len(parts) if isinstance(parts, list) else 1
        notes = value.get(_METADATA)
        self.turn = _string(notes.get("turn_id")) if isinstance(notes, dict) else ""
        call = _string(value.get("call_id"))
        is_result = self.kind.endswith("_output")
        self.call = "" if is_result else call
        self.result_of = call if is_result else ""
        self.is_model = not is_result and (
            self.role == "assistant" or self.kind.endswith("_call") or _is_sealed(value)
        )
        self.texts = tuple(_human_texts(value)) if self.is_human_message else ()
        self.system_texts = tuple(_system_texts(value))
        self.forward: bytes | None = None  # the element after redaction

    @property
    def is_human_message(self) -> bool:
        """Whether a person's words can stand in it."""
        return self.kind == "message" and self.role == "user"

    @property
    def is_typed(self) -> bool:
        """Whether it holds words of a person, and nothing but that and data."""
        return bool(self.texts)


def _is_sealed(value: Mapping[str, object]) -> bool:
    return value.get("type") == "reasoning"


def _human_texts(value: Mapping[str, object]) -> Iterator[HumanText]:
    content = value.get("content")
    if isinstance(content, str):
        if not content.lstrip().startswith(_OPENINGS):
            yield HumanText(None, content)
        return
    if not isinstance(content, list):
        raise UnreadableItemError("a message has no content")
    kinds, origins = _marks(value)
    for index, part in enumerate(content):
        text = part.get("text") if isinstance(part, dict) else None
        if not isinstance(text, str) or part.get("type") not in _TEXT_PARTS:
            continue
        kind = kinds[index] if index < len(kinds) else ""
        origin = origins[index] if index < len(origins) else ""
        if _is_human(kind, origin, text):
            yield HumanText(index, text)


def _is_human(kind: str, origin: str, text: str) -> bool:
    if kind.startswith(_HUMAN_KINDS) or origin == "user":
        return True
    if origin and "." in kind:
        return False
    return not text.lstrip().startswith(_OPENINGS)


def _marks(value: Mapping[str, object]) -> tuple[list[str], list[str]]:
    """Return kind and origin of each part, as far as the client noted them."""
    notes = value.get(_METADATA)
    if not isinstance(notes, dict):
        return [], []
    kinds = notes.get("content_item_kinds")
    details = notes.get("content_item_metadata")
    return (
        [_string(kind) for kind in kinds] if isinstance(kinds, list) else [],
        [_origin(each) for each in details] if isinstance(details, list) else [],
    )


def _origin(detail: object) -> str:
    provenance = detail.get("provenance") if isinstance(detail, dict) else None
    return _string(provenance.get("type")) if isinstance(provenance, dict) else ""


def _system_texts(value: Mapping[str, object]) -> Iterator[str]:
    """Yield a program's instructions; Codex marks its own, which are not."""
    if value.get("role") not in ("system", "developer") or _METADATA in value:
        return
    content = value.get("content")
    if isinstance(content, str):
        yield content
    for part in content if isinstance(content, list) else ():
        text = part.get("text") if isinstance(part, dict) else None
        if isinstance(text, str):
            yield text


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""
