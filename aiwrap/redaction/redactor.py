"""Replace sensitive names in text, and put them back.

Pure.  The same text gives the same bytes for as long as the redactor lives: what
was redacted once is remembered.  Redacting twice changes nothing, and restoring
gives back the text, except for names that cannot be put back safely (see
`pseudonyms`).

Text that already holds pseudonyms is read with the names in their place, so that
`infra/zq…/new.tf` is seen for what it is; the pseudonyms themselves stay.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from aiwrap.redaction.commands import Context, read_calls
from aiwrap.redaction.finder import Finder, disjoint
from aiwrap.redaction.names import Contents
from aiwrap.redaction.patterns import Patterns, fold
from aiwrap.redaction.pseudonyms import PSEUDONYM, SIGIL, Pseudonyms
from aiwrap.redaction.view import NAME_CHARACTERS, UNSEEN, Piece

Call = tuple[str, Mapping[str, object]]
"""The name of a tool and its arguments."""

MAX_REMEMBERED_CHARACTERS = 64 * 1024 * 1024

_Key = tuple[str, str | None, Context | None]

_WORD = re.compile(f"[{NAME_CHARACTERS}{UNSEEN}]+")
_BETWEEN = re.compile(r"[/\\]+|%(?:25)*(?:2[Ff]|5[Cc])|&#(?:47|x2[fF]);|\.|::")


class Span(NamedTuple):
    """A sensitive part of a text: one name, or names joined by separators."""

    start: int
    end: int


class Redaction(NamedTuple):
    """The text that may leave, and what in the original was sensitive."""

    text: str
    spans: tuple[Span, ...]


class Redactor:
    """Finds, replaces and restores the sensitive names of one repo."""

    def __init__(
        self,
        *,
        root: str,
        patterns: Sequence[str],
        files: Sequence[str],
        key: bytes,
        contents: Contents | None = None,
        terms: Sequence[str] = (),
        pseudonyms: Pseudonyms | None = None,
    ) -> None:
        self._root = root
        self._patterns = Patterns(patterns)
        self._terms = tuple(term for term in terms if term.strip())
        self._contents = contents
        hidden = (*self._patterns.literals, *self._terms)
        # Shared, where several repos are open: each knows what the others hid.
        self.pseudonyms = pseudonyms or Pseudonyms(key, hidden)
        self._remembered: dict[_Key, Redaction] = {}
        self._characters = 0
        self._finder: Finder | None = None
        self.refresh(files)

    def refresh(self, files: Sequence[str]) -> None:
        """Take `files` as the inventory from now on.

        What was redacted before stays as it was: a new file in a sensitive
        directory must not change what the vendor has cached.
        """
        if not self.is_active:
            return
        self._finder = Finder(
            self._root, self._patterns, files, self._contents, self._terms
        )
        self._learn(files)

    @property
    def is_active(self) -> bool:
        """Whether there is anything to hide; if not, everything passes untouched."""
        return bool(self._patterns) or bool(self._terms)

    @property
    def names(self) -> Mapping[str, str]:
        """Every pseudonym that can be restored, and its name."""
        return self.pseudonyms.names

    def find(self, text: str, cwd: str | None = None) -> list[Span]:
        """Return where `text` shows sensitive names, read in directory `cwd`."""
        return list(self.redact(text, cwd).spans)

    def redact(
        self, text: str, cwd: str | None = None, context: Context | None = None
    ) -> Redaction:
        """Replace every sensitive name in `text` by its pseudonym.

        `context` is what the tool calls before it leave behind.
        """
        if self._finder is None or not text:
            return Redaction(text, ())
        key = (text, cwd, context)
        known = self._remembered.get(key)
        if known is not None:
            return known
        redaction = self._redact(text, cwd, context, self._finder)
        self._characters += len(text)
        if self._characters > MAX_REMEMBERED_CHARACTERS:
            self._remembered.clear()
            self._characters = len(text)
        self._remembered[key] = redaction
        return redaction

    def restore(self, text: str) -> str:
        """Put back every name that was met or that the inventory holds."""
        return self.pseudonyms.restore(text)

    def read_calls(
        self, context: Context | None, calls: Sequence[Call], cwd: str
    ) -> Context | None:
        """Return the context of the results of `calls`, made in `context`.

        None where no result could show a sensitive name for it.
        """
        if self._finder is None:
            return None
        start = self._finder.below_root(cwd)
        before = start if context is None else context.cwd
        if not calls:
            return None if before == start else Context(before)
        after = read_calls(calls, start, before, self._finder.looked)
        return None if after.cwd == start and not after.bases else after

    def directories(self, context: Context) -> list[str]:
        """Return the sensitive directories that `context` looks at."""
        return [] if self._finder is None else self._finder.looked.directories(context)

    def may_match_in(self, data: bytes, cwd: str, context: Context) -> bool:
        """Say the same as `may_match` of what is read in `context`."""
        return self.may_match(data, cwd) or (
            self._finder is not None and self._finder.looked.may_match(data, context)
        )

    def may_match(self, data: bytes, cwd: str | None = None) -> bool:
        """Say cheaply whether raw JSON may hold something to redact.

        In a sensitive directory `cwd` always: bare names are sensitive there.
        """
        return self._finder is not None and self._finder.may_match(data, cwd)

    def problem(self, text: str) -> str | None:
        """Say what is wrong with a pseudonym in `text`: damaged, or never given."""
        return self.pseudonyms.problem(text) if self.is_active else None

    def _learn(self, files: Iterable[str]) -> None:
        seen: set[str] = set()
        for file in files:
            path = file.strip("/")
            flags = self._patterns.flags(fold(path).split("/"), is_file=True)
            if True not in flags:
                continue
            for name, flag in zip(path.split("/"), flags, strict=True):
                if flag and name not in seen:
                    seen.add(name)
                    _WORD.sub(self._pseudonym, name)

    def _redact(
        self, text: str, cwd: str | None, context: Context | None, finder: Finder
    ) -> Redaction:
        def find(text: str) -> list[Piece]:
            return finder.pieces(text, cwd, context)

        if SIGIL in text and (opened := self._opened(text)):
            return self._redact_opened(text, opened, find)
        pieces = find(text)
        if not pieces:
            return Redaction(text, ())
        return Redaction(self._replaced(text, pieces), _spans(text, pieces))

    def _opened(self, text: str) -> list[tuple[Piece, str]]:
        """Return the known pseudonyms of `text` and their names."""
        names = self.pseudonyms.names
        return [
            (match.span(), names[match[0]])
            for match in PSEUDONYM.finditer(text)
            if match[0] in names
        ]

    def _redact_opened(
        self,
        text: str,
        opened: Sequence[tuple[Piece, str]],
        find: Callable[[str], list[Piece]],
    ) -> Redaction:
        """Redact `text` read with the names in place of its pseudonyms."""
        parts: list[str] = []
        places: list[tuple[Piece, Piece]] = []  # in the opened text, in `text`
        position = length = 0
        for (start, end), name in opened:
            parts += (text[position:start], name)
            length += start - position
            places.append(((length, length + len(name)), (start, end)))
            length += len(name)
            position = end
        parts.append(text[position:])
        plain = "".join(parts)
        found = find(plain)
        ends = [end for _, end in found]
        alone = [place for place, _ in places if not _overlaps(place, found, ends)]
        if len(alone) == len(places) and not found:
            return Redaction(text, ())
        redacted = self._replaced(plain, sorted([*found, *alone]))
        starts = {place[0] for place, _ in places}
        fresh = [piece for piece in found if piece[0] not in starts]
        return Redaction(redacted, _spans(text, _moved(fresh, places)))

    def _replaced(self, text: str, pieces: Iterable[Piece]) -> str:
        parts: list[str] = []
        position = 0
        for start, end in pieces:
            hidden = _WORD.sub(self._pseudonym, text[start:end])
            parts += (text[position:start], hidden)
            position = end
        parts.append(text[position:])
        return "".join(parts)

    def _pseudonym(self, match: re.Match[str]) -> str:
        word = match[0]
        is_name = any(char.isalnum() for char in word)
        return self.pseudonyms.of(word) if is_name else word


def _overlaps(piece: Piece, others: Sequence[Piece], ends: Sequence[int]) -> bool:
    """Say whether `piece` overlaps one of `others`, sorted, which end at `ends`."""
    index = bisect_right(ends, piece[0])
    return index < len(others) and others[index][0] < piece[1]


def _moved(
    pieces: Iterable[Piece], places: Sequence[tuple[Piece, Piece]]
) -> list[Piece]:
    """Bring `pieces` of the opened text back to positions of the text itself."""
    ends = [place[1] for place, _ in places]

    def moved(position: int) -> int:
        index = bisect_right(ends, position) - 1
        if index < 0:
            return position
        (_, end), (_, original_end) = places[index]
        return position + original_end - end

    return disjoint((moved(start), moved(end)) for start, end in pieces)


def _spans(text: str, pieces: Sequence[Piece]) -> tuple[Span, ...]:
    """Join pieces that only separators keep apart."""
    spans: list[Span] = []
    for start, end in pieces:
        if spans and _BETWEEN.fullmatch(text, spans[-1].end, start):
            spans[-1] = Span(spans[-1].start, end)
        else:
            spans.append(Span(start, end))
    return tuple(spans)
