"""Read the content blocks of one message: what a person wrote, and what not.

Pure.  Blocks are grouped into submissions, texts that stand or fall together;
which words of a text are the person's is for `anthropic_human` to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from aiwrap.wire import anthropic_human


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


class Reader:
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
        """What was found, in order."""
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
        for text in find_texts(block):
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


def read_envelope(
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


def find_identifiers(
    blocks: Iterable[Mapping[str, object]], key: str
) -> Iterator[tuple[int, str]]:
    """Yield index and identifier of the blocks that a tool call ties together."""
    for index, block in enumerate(blocks):
        name = block.get(key)
        if isinstance(name, str) and block.get("type") != "text":
            yield index, name


def find_calls(
    blocks: Iterable[Mapping[str, object]],
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield the name and the arguments of each tool call."""
    for block in blocks:
        match block:
            case {"type": "tool_use", "name": str(name), "input": dict(arguments)}:
                yield name, arguments
            case _:
                continue


def find_texts(block: Mapping[str, object]) -> Iterator[str]:
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
        pending += [source.get("data"), *find_texts(source)]
    pending += find_texts(block)
    yield from (text for text in pending if isinstance(text, str))


def find_wrapped(
    blocks: list[Mapping[str, object]], is_string: bool
) -> Iterator[HumanText]:
    """Yield what is said where no words are the person's for certain.

    Nothing where a tool's result is answered; an image alone says nothing.
    """
    if any(block.get("type") == "tool_result" for block in blocks):
        return
    texts = list(find_plain_texts(blocks, is_string, "wrapped"))
    if texts:
        yield from texts
    elif blocks:
        yield HumanText(None, "", "typed")


def find_plain_texts(
    blocks: list[Mapping[str, object]], is_string: bool, origin: str
) -> Iterator[HumanText]:
    """Yield the text blocks that say something, as somebody's words."""
    for index, block in enumerate(blocks):
        words = str(block["text"]).strip() if block.get("type") == "text" else ""
        if words:
            yield HumanText(None if is_string else index, words, origin)
