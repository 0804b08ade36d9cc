"""Find the names that a tool's result shows of directories that its call looked at.

Pure.  Knowing the directory, single words can be judged that say nothing alone.
In this order:
  1. Paths are read from each of the directories: `./kestrel.tf`.
  2. A word that is a name below one of them is that name, unless a harmless file
     below has the same name; a word of every language only where names stand.
  3. Where names stand, a name that the inventory does not know yet is sensitive
     if it is so in one of the directories.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from aiwrap.redaction.commands import Context
from aiwrap.redaction.common_stems import COMMON_STEMS
from aiwrap.redaction.directories import Directories
from aiwrap.redaction.listings import Listings, entries_of
from aiwrap.redaction.names import Names
from aiwrap.redaction.needles import Needles, quoted
from aiwrap.redaction.paths import Paths
from aiwrap.redaction.patterns import fold
from aiwrap.redaction.tokens import TOKEN
from aiwrap.redaction.view import NAME_CHARACTERS, ODD, Piece

MAX_TOPS = 16
MAX_REMEMBERED = 256
MAX_LISTED = 4_000  # lines that are read as entries

_WORD = re.compile(f"[{NAME_CHARACTERS}{ODD}]+")
_GLOB = re.compile(r"[*?\[{]")
_PARTS = re.compile(r"[^=@~%$+]+")


class _Below(NamedTuple):
    names: frozenset[str]
    needles: Needles


class Looked:
    """Reads results with what their calls looked at."""

    def __init__(
        self,
        names: Names,
        paths: Paths,
        directories: Directories,
        listings: Listings,
        single: Callable[[str, Sequence[str]], tuple[Piece, ...]],
    ) -> None:
        self._names = names
        self._paths = paths
        self._directories = directories
        self._listings = listings
        self._single = single
        self._below: dict[tuple[str, ...], _Below] = {}
        self._tops = _tops(names)

    def locate(self, path: str, cwd: Sequence[str]) -> list[str] | None:
        """Return the directory below the root that `path` names or lies in."""
        if path.startswith("-") or len(path) > 1024:
            return None
        if glob := _GLOB.search(path):
            path = path[: glob.start()].rpartition("/")[0] or "."
        found = self._paths.known(path, cwd)
        if found is not None:
            key = "/".join(found)
            return found if key in self._names.children else found[:-1]
        if "/" not in path and True in self._names.flags(cwd):
            return None  # any word of the command would be a name here
        found = self._paths.below_root(path, cwd)
        if not found or not any(self._names.flags(found)):
            return None
        is_file = "." in found[-1][1:] or not self._names.flags(found[:-1])
        return found[:-1] if is_file else found

    def is_sensitive(self, directory: str) -> bool:
        """Say whether the names in `directory` are sensitive."""
        return True in self._names.flags(_split(directory))

    def holds_sensitive(self, directory: str) -> bool:
        """Say whether there is a sensitive name in or below `directory`."""
        if not directory:
            return bool(self._tops)
        return self.is_sensitive(directory) or any(
            top.startswith(f"{directory}/") for top in self._tops
        )

    def directories(self, context: Context) -> list[str]:
        """Return the topmost sensitive directories that the calls looked at."""
        found: dict[str, None] = {}
        for base in context.bases:
            if self.is_sensitive(base):
                found[base] = None
            else:
                prefix = f"{base}/" if base else ""
                found |= dict.fromkeys(t for t in self._tops if t.startswith(prefix))
        return list(found)[:MAX_TOPS]

    def may_match(self, data: bytes, context: Context) -> bool:
        """Say whether raw JSON may show a name of the directories."""
        listed = context.bases if context.is_listing else ()
        if any(map(self.is_sensitive, (context.cwd, *listed))):
            return True
        return bool(context.bases) and self._of(context.bases).needles.in_json(data)

    def find(self, text: str, context: Context) -> Iterator[Piece]:
        """Yield the sensitive names of the directories of `context`."""
        if not context.bases:
            return
        below = self._of(context.bases)
        lines = below.needles.lines(text)
        others = self._names_in(context.others) - below.names
        for base in map(_split, context.bases):
            # What lists a sensitive directory may show names that nobody knows yet.
            is_all = context.is_listing and True in self._names.flags(base)
            for piece in self._read_from(text, lines, base, is_all=is_all):
                if fold(text[slice(*piece)]) not in others:
                    yield piece
        listed = self._listed(text, context, others) if context.is_listing else set()
        for line in lines:
            for match in _WORD.finditer(text, *line):
                for part in (match, *_PARTS.finditer(text, *match.span())):
                    span = _trimmed(text, part.span())
                    word = fold(text[slice(*span)])
                    if word in below.names and (
                        _is_telling(word) or span in listed or _stands_alone(text, span)
                    ):
                        yield span
        yield from listed

    def _read_from(
        self, text: str, lines: Sequence[Piece], base: list[str], *, is_all: bool
    ) -> Iterator[Piece]:
        for line in [(0, len(text))] if is_all else lines:
            for match in TOKEN.finditer(text, *line):
                is_path = "/" in match[0] or "\\" in match[0]
                decide = self._paths.decide if is_path else self._single
                for start, end in decide(match[0], base):
                    yield match.start() + start, match.start() + end
        if is_all:
            yield from self._listings.find(text, base)

    def _names_in(self, directories: Sequence[str]) -> frozenset[str]:
        found = (self._names.children.get(each, ()) for each in directories)
        return frozenset(chain.from_iterable(found))

    def _listed(
        self, text: str, context: Context, others: frozenset[str]
    ) -> set[Piece]:
        """Return the entries that are sensitive in one of the directories."""
        found = set()
        bases = [_split(base) for base in context.bases]
        for entry in entries_of(text, MAX_LISTED):
            if "/" in entry.name or "." not in entry.name[1:]:
                continue
            paths = [[*base, entry.name] for base in bases]
            if entry.name in others:
                continue
            known = [p for p in paths if self._names.is_known("/".join(p))]
            if any(map(self._directories.is_sensitive, known or paths)):
                found.add((entry.start, entry.end))
        return found

    def _of(self, bases: tuple[str, ...]) -> _Below:
        if len(self._below) > MAX_REMEMBERED:
            self._below.clear()
        if bases not in self._below:
            names = frozenset().union(*map(self._names_below, bases))
            self._below[bases] = _Below(names, Needles(map(quoted, names)))
        return self._below[bases]

    def _names_below(self, base: str) -> frozenset[str]:
        """Return the names below `base` that are sensitive wherever they stand."""
        prefix = f"{base}/" if base else ""
        found = {
            path.rpartition("/")[2]
            for path, flags in self._names.sensitive.items()
            if flags[-1] and path.startswith(prefix)
        }
        if base and self.is_sensitive(base):
            return frozenset(found)
        others = (p for p in self._names.harmless if p.startswith(prefix))
        return frozenset(found.difference(p.rpartition("/")[2] for p in others))


def _tops(names: Names) -> tuple[str, ...]:
    """Return the topmost sensitive directories."""
    tops: dict[str, None] = {}
    for path, flags in names.sensitive.items():
        components = path.split("/")
        tops["/".join(components[: flags.index(True) + 1])] = None
    return tuple(tops)


def _split(path: str) -> list[str]:
    return path.split("/") if path else []


def _trimmed(text: str, span: Piece) -> Piece:
    start, end = span
    while end > start and text[end - 1] == ".":
        end -= 1
    return start, end


def _is_telling(name: str) -> bool:
    return "." in name[1:] or name not in COMMON_STEMS


def _stands_alone(text: str, span: Piece) -> bool:
    """Say whether a word is quoted, a component, or all that a line holds."""
    before, after = text[: span[0]][-1:], text[span[1] : span[1] + 1]
    if before == after and before in {"'", '"'}:
        return True
    return before in {"", "\n", "/"} and after in {"", "\n", "/", ":"}
