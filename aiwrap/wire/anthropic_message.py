"""One message of a Messages body: its bytes, and what in it a person wrote.

Pure.  A message is read once and kept between turns, so nothing here changes
after reading except two caches: its redacted bytes, and its bytes without what
was refused.  Its scope is set once, from the tool calls before it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from aiwrap.wire import anthropic_human, json_text
from aiwrap.wire.anthropic_blocks import (
    HumanText,
    Reader,
    Submission,
    find_calls,
    find_identifiers,
    find_plain_texts,
    find_texts,
    find_wrapped,
    read_envelope,
)
from aiwrap.wire.format import Follow, Scope

REMOVED = "[removed: refused by policy]"
OURS = "[aiwrap] "
"""How every reply of ours begins, so that it is known again in a history."""

Edit = tuple[frozenset[int], frozenset[tuple[int, str]]]
"""Which blocks go, and which words go from the inside of which blocks."""


class Message:
    """A message as it came; equal bytes at the same place give the same object."""

    __slots__ = (
        "_edited",
        "added",
        "after",
        "calls",
        "element",
        "forward",
        "is_ours",
        "is_side",
        "lead",
        "opens_turn",
        "role",
        "scope",
        "size",
        "submissions",
        "texts",
        "tool_results",
        "tool_uses",
        "wrapped",
    )

    def __init__(
        self, element: bytes, lead: int, value: object, *, trusts_client: bool = True
    ) -> None:
        """Read `value`, which stands in `element` after `lead` separator bytes.

        Without `trusts_client` every text of a user is the person's.
        """
        role, blocks, is_string = read_envelope(value)
        self.element = element
        self.lead = lead
        self.role = role
        self.size = len(blocks)
        self.submissions: tuple[Submission, ...] = ()
        self.added: frozenset[int] = frozenset()
        self.is_side = False
        self.is_ours = False  # a reply that was given in the model's place
        self.opens_turn = False  # without a person's words
        self.forward: bytes | None = None  # the element after redaction
        self._edited: dict[Edit, bytes] = {}
        self.scope: Scope | None = None  # how its strings are read
        self.after: Scope | None = None  # how those of the next one are
        self.calls = tuple(find_calls(blocks)) if role == "assistant" else ()
        self.tool_uses: tuple[str, ...] = ()
        self.tool_results: tuple[tuple[int, str], ...] = ()
        self.wrapped: tuple[HumanText, ...] = ()
        if role != "assistant":
            is_user = role == "user"
            reader = Reader(
                blocks,
                is_user=is_user,
                is_string=is_string,
                trusts_client=trusts_client or not is_user,
            )
            self.submissions = reader.submissions
            self.added = frozenset(reader.added)
            self.is_side = reader.is_side
            self.opens_turn = reader.is_side or reader.has_notice
            self.tool_results = tuple(find_identifiers(blocks, "tool_use_id"))
            self.wrapped = tuple(find_wrapped(blocks, is_string)) if is_user else ()
        else:
            self.tool_uses = tuple(name for _, name in find_identifiers(blocks, "id"))
            self.is_ours = _is_ours(blocks)
        self.texts = tuple(t for s in self.submissions for t in s.texts)
        if self.texts:
            self.wrapped = ()

    def results_without(self, calls: Collection[str]) -> tuple[HumanText, ...]:
        """Return the texts of tool results that answer none of `calls`."""
        lone = [index for index, call in self.tool_results if call not in calls]
        if not lone:
            return ()
        value = json_text.parse(self.element[self.lead :].decode())
        _, blocks, _ = read_envelope(value)
        return tuple(
            HumanText(index, text.strip(), "typed")
            for index in lone
            for text in find_texts(blocks[index])
            if text.strip()
        )

    def prefilled(self) -> tuple[HumanText, ...]:
        """Return the texts that a client puts into the model's mouth."""
        value = json_text.parse(self.element[self.lead :].decode())
        _, blocks, is_string = read_envelope(value)
        return tuple(find_plain_texts(blocks, is_string, "typed"))

    def edited(self, edit: Edit, redact: Callable[[bytes], bytes]) -> bytes:
        """Return the redacted element without what `edit` takes out of it."""
        known = self._edited.get(edit)
        if known is None:
            known = redact(_edit(self.element, self.lead, edit))
            self._edited[edit] = known
        return known

    def edited_raw(self, edit: Edit) -> bytes:
        """Return the element without what `edit` takes out of it, not redacted."""
        return _edit(self.element, self.lead, edit)


def set_scopes(messages: Sequence[Message], done: int, follow: Follow) -> None:
    """Give each message from `done` on the scope that the calls before it leave.

    Results are read with the calls that they answer, all else without.
    """
    scope = messages[done - 1].after if done else None
    for message in messages[done:]:
        elsewhere = follow(scope, ()) if scope else None
        message.scope = scope if message.tool_results else elsewhere
        message.after = scope
        if message.role == "assistant":
            message.after = follow(scope, message.calls) if message.calls else elsewhere
        scope = message.after


def _is_ours(blocks: list[Mapping[str, object]]) -> bool:
    match blocks:
        case [{"type": "text", "text": str(text)}]:
            return text.startswith(OURS)
        case _:
            return False


def _edit(element: bytes, lead: int, edit: Edit) -> bytes:
    dropped, hidden = edit
    text = element.decode()
    content = _member(text, lead, "content")
    if text.startswith('"', content.value_start):
        items, dropped = [(content.value_start, content.end)], frozenset()
        opening, closing = "", ""
    else:
        items = json_text.find_items(text, content.value_start)
        opening, closing = "[", "]"
    kept = [
        _without(text[slice(*item)], [words for i, words in hidden if i == index])
        for index, item in enumerate(items)
        if index not in dropped
    ]
    joined = opening + ",".join(kept) + closing
    return (text[: content.value_start] + joined + text[content.end :]).encode()


def _without(text: str, refused: Collection[str]) -> str:
    """Take refused words out of the inside of a block."""
    if not refused:
        return text
    return json_text.rewrite_strings(
        text, lambda string: anthropic_human.hide_inline(string, refused, REMOVED)
    )


def _member(text: str, index: int, key: str) -> json_text.Member:
    return next(m for m in json_text.find_members(text, index) if m.key == key)
