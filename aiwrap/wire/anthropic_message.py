"""One message of a Messages body: its bytes, and what in it a person wrote.

Pure.  A message is read once and kept between turns, so nothing here changes
after reading except two caches: its redacted bytes, and its bytes without what
was refused.  Its scope is set once, from the tool calls before it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from aiwrap.wire import anthropic_human, json_text
from aiwrap.wire.format import Follow, Scope

REMOVED = "[removed: refused by policy]"
OURS = "[aiwrap] "
"""How every reply of ours begins, so that it is known again in a history."""

Edit = tuple[frozenset[int], frozenset[tuple[int, str]]]
"""Which blocks go, and which words go from the inside of which blocks."""


class UnreadableError(ValueError):
    """The body cannot be screened: two readers might understand it differently."""


class HumanText(NamedTuple):
    """Something a person wrote; `block` is None where the content is a string."""

    block: int | None
    text: str
    origin: str  # "typed", "command", "shell" or "wrapped"


class Submission(NamedTuple):
    """Texts that stand or fall together, and the blocks that hold them."""

    texts: tuple[HumanText, ...]
    blocks: frozenset[int]
    is_inline: bool = False  # only the words go, the block stays


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
        role, blocks, is_string = _read_envelope(value)
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
        self.calls = tuple(_inputs(blocks)) if role == "assistant" else ()
        self.tool_uses: tuple[str, ...] = ()
        self.tool_results: tuple[tuple[int, str], ...] = ()
        self.wrapped: tuple[HumanText, ...] = ()
        if role != "assistant":
            is_user = role == "user"
            reader = _Reader(
                blocks,
                is_user=is_user,
                is_string=is_string,
                trusts_client=trusts_client or not is_user,
            )
            self.submissions = reader.submissions
            self.added = frozenset(reader.added)
            self.is_side = reader.is_side
            self.opens_turn = reader.is_side or reader.has_notice
            self.tool_results = tuple(_identifiers(blocks, "tool_use_id"))
            self.wrapped = tuple(_wrapped(blocks, is_string)) if is_user else ()
        else:
            self.tool_uses = tuple(name for _, name in _identifiers(blocks, "id"))
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
        _, blocks, _ = _read_envelope(value)
        return tuple(
            HumanText(index, text.strip(), "typed")
            for index in lone
            for text in _texts(blocks[index])
            if text.strip()
        )

    def prefilled(self) -> tuple[HumanText, ...]:
        """Return the texts that a client puts into the model's mouth."""
        value = json_text.parse(self.element[self.lead :].decode())
        _, blocks, is_string = _read_envelope(value)
        return tuple(_plain_texts(blocks, is_string, "typed"))

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


class _Reader:
    """Groups the blocks of one message into submissions."""

    def __init__(
        self,
        blocks: list[Mapping[str, object]],
        *,
        is_user: bool,
        is_string: bool,
        trusts_client: bool,
    ) -> None:
        self._trusts_client = trusts_client
        self.added: list[int] = []
        self.is_side = False
        self.has_notice = False
        self._is_string = is_string
        self._groups: list[tuple[list[HumanText], list[int], bool]] = []
        self._open = False  # whether the last group takes what follows it
        self._after_command = False
        self._waiting: list[int] = []  # images before the first words
        for index, block in enumerate(blocks):
            if is_user:
                self._read(index, block)
            else:
                self._read_inline(index, block)

    @property
    def submissions(self) -> tuple[Submission, ...]:
        return tuple(
            Submission(tuple(texts), frozenset(blocks), is_inline)
            for texts, blocks, is_inline in self._groups
        )

    def _read(self, index: int, block: Mapping[str, object]) -> None:
        match block.get("type"):
            case "text":
                self._read_text(index, block)
            case "tool_result":
                self._open = self._after_command = False
                self._read_inline(index, block)
            case "document" | "search_result":
                self._begin(index, "\n".join(_document_texts(block)).strip(), "typed")
            case _:
                self._attach(index)

    def _read_text(self, index: int, block: Mapping[str, object]) -> None:
        if not self._trusts_client:
            self._begin(index, str(block["text"]).strip(), "typed")
            return
        part = anthropic_human.read_text(str(block["text"]))
        words = part.words.strip()
        after_command, self._after_command = self._after_command, False
        match part.role:
            case "inline":
                self._read_inline(index, block)
            case "added" | "notice":
                self.added.append(index)
                self.has_notice |= part.role == "notice"
            case "output":
                self._attach(index)
            case "command":
                self._begin(index, words, "command")
                self._after_command = True
            case "shell":
                self._begin(index, words, "shell")
            case "side":
                self.is_side = True
                self._begin(index, words, "typed")
            case _ if after_command:
                self._add(index, words, "command")
            case _:
                self._begin(index, words, "typed")

    def _read_inline(self, index: int, block: Mapping[str, object]) -> None:
        """Read a block that is not the person's, for their words inside it."""
        for text in _texts(block):
            for start, end in anthropic_human.find_inline(text):
                human = self._text(index, text[start:end], "typed")
                self._groups.append(([human], [index], True))
        self._open = False

    def _begin(self, index: int, words: str, origin: str) -> None:
        self._groups.append(([], self._waiting, False))
        self._waiting = []
        self._open = True
        self._add(index, words, origin)

    def _add(self, index: int, words: str, origin: str) -> None:
        texts, blocks, _ = self._groups[-1]
        blocks.append(index)
        if words:
            texts.append(self._text(index, words, origin))

    def _attach(self, index: int) -> None:
        """Let an image or a command's output go with the words it belongs to."""
        if self._open:
            self._groups[-1][1].append(index)
        else:
            self._waiting.append(index)

    def _text(self, index: int, words: str, origin: str) -> HumanText:
        return HumanText(None if self._is_string else index, words, origin)


def _read_envelope(
    value: object,
) -> tuple[str, list[Mapping[str, object]], bool]:
    """Return role and blocks; a string counts as one text block."""
    if not isinstance(value, dict):
        raise UnreadableError("a message is not an object")
    role, content = value.get("role"), value.get("content")
    if not isinstance(role, str):
        raise UnreadableError("a message has no role")
    if isinstance(content, str):
        return role, [{"type": "text", "text": content}], True
    if not isinstance(content, list):
        raise UnreadableError("a message has no content")
    for block in content:
        if not isinstance(block, dict):
            raise UnreadableError("a content block is not an object")
        if block.get("type") == "text" and not isinstance(block.get("text"), str):
            raise UnreadableError("a text block has no text")
    return role, content, False


def _identifiers(
    blocks: Iterable[Mapping[str, object]], key: str
) -> Iterator[tuple[int, str]]:
    """Yield index and identifier of the blocks that a tool call ties together."""
    for index, block in enumerate(blocks):
        name = block.get(key)
        if isinstance(name, str) and block.get("type") != "text":
            yield index, name


def _inputs(
    blocks: Iterable[Mapping[str, object]],
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield the name and the arguments of each tool call."""
    for block in blocks:
        match block:
            case {"type": "tool_use", "name": str(name), "input": dict(arguments)}:
                yield name, arguments
            case _:
                continue


def _texts(block: Mapping[str, object]) -> Iterator[str]:
    """Yield the texts of a block, one level deep: its own, or its content's."""
    content = block.get("content", block.get("text"))
    for item in content if isinstance(content, list) else [content]:
        text = item.get("text") if isinstance(item, dict) else item
        if isinstance(text, str):
            yield text


def _document_texts(block: Mapping[str, object]) -> Iterator[str]:
    """Yield what can be read in a document or a search result."""
    source = block.get("source")
    pending: list[object] = [block.get("title"), block.get("context")]
    if isinstance(source, dict) and source.get("type") != "base64":
        pending += [source.get("data"), *_texts(source)]
    pending += _texts(block)
    yield from (text for text in pending if isinstance(text, str))


def _wrapped(
    blocks: list[Mapping[str, object]], is_string: bool
) -> Iterator[HumanText]:
    """Yield what is said where no words are the person's for certain.

    Nothing where a tool's result is answered; an image alone says nothing.
    """
    if any(block.get("type") == "tool_result" for block in blocks):
        return
    texts = list(_plain_texts(blocks, is_string, "wrapped"))
    if texts:
        yield from texts
    elif blocks:
        yield HumanText(None, "", "typed")


def _plain_texts(
    blocks: list[Mapping[str, object]], is_string: bool, origin: str
) -> Iterator[HumanText]:
    for index, block in enumerate(blocks):
        words = str(block["text"]).strip() if block.get("type") == "text" else ""
        if words:
            yield HumanText(None if is_string else index, words, origin)


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
