"""Find sensitive names in a text: prefilter, path tokens, single names, context.

Pure.  In this order, each step adding pieces:
  1. Prefilter: a text without a needle, in a harmless directory, has nothing.
  2. Tokens that look like paths (`paths`).
  3. Dotted module names (`modules`).
  4. Single file names: distinctive ones anywhere, others where the working
     directory holds them.
  5. Block context: layouts (`listings`), relative imports (`surroundings`).
  6. What the tool calls before looked at (`looked`).
  7. Braces, and directory names with dashes for slashes (`braces`, `slugs`).
  8. The same names again in the same line, below another path (`echoes`).
  9. Terms, inside identifiers too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from aiwrap.redaction.braces import find_in_braces
from aiwrap.redaction.commands import Context
from aiwrap.redaction.directories import Directories
from aiwrap.redaction.echoes import find_echoes
from aiwrap.redaction.listings import Listings
from aiwrap.redaction.looked import Looked
from aiwrap.redaction.modules import Modules
from aiwrap.redaction.names import Contents, build_names
from aiwrap.redaction.needles import Needles, path_needles, quoted
from aiwrap.redaction.paths import Paths
from aiwrap.redaction.patterns import Patterns, fold
from aiwrap.redaction.slugs import Slugs
from aiwrap.redaction.surroundings import Surroundings
from aiwrap.redaction.tokens import TOKEN
from aiwrap.redaction.view import Piece, View, odd_names, plain

_MADE_FROM = frozenset({"o", "obj", "lo", "d", "gch", "i", "s", "pyc", "class"})
_BETWEEN_WORDS = r"[\s_\-.]?"  # `Blue Heron` is `blue_heron` and `BlueHeron` too


class Finder:
    """Finds the pieces of a text that are sensitive names."""

    def __init__(
        self,
        root: str,
        patterns: Patterns,
        files: Sequence[str],
        contents: Contents | None,
        terms: Iterable[str],
    ) -> None:
        self._names = build_names(files, patterns, contents)
        self._paths = Paths(root, self._names)
        self._slugs = Slugs(root, self._names)
        self._modules = Modules(self._names)
        self._directories = Directories(self._names, self._paths)
        self._listings = Listings(self._directories)
        self.looked = Looked(
            self._names, self._paths, self._directories, self._listings, self._single
        )
        self._surroundings = Surroundings(
            self._names, self._paths, self._single, self._modules.singles
        )
        self._terms = _any_of(terms)
        odd = {
            fold(name)
            for file, plain_file in ((file, plain(file)) for file in files)
            if plain_file != file and fold(plain_file) in self._names.sensitive
            for name in file.split("/")
            if plain(name) != name
        }
        self._odd = odd_names(odd)
        self._odd_needles = Needles(quoted(plain(name)) for name in odd)
        self._needles = Needles(
            [
                *path_needles(self._names),
                *map(quoted, self._modules.needles()),
                *map(quoted, self._directories.needles()),
                *map(quoted, self._slugs.needles()),
                *(
                    _BETWEEN_WORDS.join(map(quoted, t.split()))
                    for t in map(fold, terms)
                ),
            ]
        )

    def pieces(
        self, text: str, cwd: str | None, context: Context | None = None
    ) -> list[Piece]:
        """Return the sensitive pieces of `text`, sorted, none overlapping.

        `context` is what the tool calls before it leave behind.
        """
        view = View(text)
        directory = self._directory(cwd, context)
        may_hold = self._needles.in_text(view.text) or self._is_inside(directory)
        if not may_hold and not (context and context.bases):
            return []
        if self._odd is not None and self._odd_needles.in_text(view.text):
            view.mark(self._odd)
        found = self._found(view.text, directory) if may_hold else []
        if context is not None:
            found += self.looked.find(view.text, context)
        if self._terms is not None:
            found += [match.span() for match in self._terms.finditer(view.text)]
        return disjoint(part for piece in found for part in view.origin(piece))

    def may_match(self, data: bytes, cwd: str | None) -> bool:
        """Say whether raw JSON may hold a sensitive name."""
        return self._needles.in_json(data) or self._is_inside(self._below_root(cwd))

    def below_root(self, cwd: str | None) -> str:
        """Return the path of `cwd` below the root; empty if it is not there."""
        return "/".join(self._below_root(cwd))

    def _directory(self, cwd: str | None, context: Context | None) -> list[str]:
        if context is None:
            return self._below_root(cwd)
        return context.cwd.split("/") if context.cwd else []

    def _below_root(self, cwd: str | None) -> list[str]:
        return (self._paths.below_root(cwd, ()) if cwd else None) or []

    def _is_inside(self, cwd: Sequence[str]) -> bool:
        return True in self._names.flags(cwd)

    def _found(self, text: str, cwd: Sequence[str]) -> list[Piece]:
        everywhere = [(0, len(text))]
        lines = everywhere if self._is_inside(cwd) else self._needles.lines(text)
        found = [
            *self._in_tokens(text, lines, cwd),
            *self._modules.find(text, lines),
            *self._listings.find(text, cwd),
            *self._surroundings.find(text, lines, cwd),
            *find_in_braces(text, lines, self._paths, cwd),
            *self._slugs.find(text),
        ]
        return [*found, *find_echoes(text, found)]

    def _in_tokens(
        self, text: str, lines: Iterable[Piece], cwd: Sequence[str]
    ) -> Iterator[Piece]:
        for line in lines:
            for match in TOKEN.finditer(text, *line):
                token = match[0]
                if "/" in token or "\\" in token:
                    pieces = self._paths.decide(token, cwd)
                else:
                    pieces = self._single(token, cwd)
                for start, end in pieces:
                    yield match.start() + start, match.start() + end

    def _single(self, token: str, cwd: Sequence[str]) -> tuple[Piece, ...]:
        if "." not in token:
            return ()
        name = token.strip("@=.,") if token[0] in "@=" else token.rstrip(".,")
        start = token.index(name)
        folded = fold(name)
        if folded in self._names.distinctive or self._is_here(folded, cwd):
            return ((start, start + len(name)),)
        return ()

    def _is_here(self, name: str, cwd: Sequence[str]) -> bool:
        """Say whether `name` is a sensitive file in `cwd`, or is made from one."""
        stem, _, extension = name.rpartition(".")
        path = "/".join([*cwd, name])
        if extension in _MADE_FROM:
            made_from = "/".join([*cwd, stem])
            path = self._names.without_extension.get(made_from, path)
        flags = self._names.sensitive.get(path)
        return flags is not None and flags[-1] and bool(stem)


def disjoint(pieces: Iterable[Piece]) -> list[Piece]:
    """Return `pieces` sorted; of two that overlap, the union."""
    kept: list[Piece] = []
    for start, end in sorted(pieces):
        if start >= end:
            continue
        if kept and start < kept[-1][1]:
            kept[-1] = (kept[-1][0], max(end, kept[-1][1]))
        else:
            kept.append((start, end))
    return kept


def _any_of(terms: Iterable[str]) -> re.Pattern[str] | None:
    words = sorted({term for term in terms if term.strip()}, key=len, reverse=True)
    if not words:
        return None
    spellings = (_BETWEEN_WORDS.join(map(re.escape, word.split())) for word in words)
    return re.compile("|".join(spellings), re.IGNORECASE)
