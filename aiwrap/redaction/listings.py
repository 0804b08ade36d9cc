"""Find sensitive names in listings, where a line holds one component of a path.

Pure.  The path is put together again from the layout:
  tree        `├── name` below the line of the directory
  ls -R       `directory:` above the names
  outline     `- directory/` with names indented below it
  ls, wc, du  a paragraph of names alone: those of the working directory, else of
              the only directory in the inventory that holds them all
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from aiwrap.redaction.names import Names
from aiwrap.redaction.paths import Paths
from aiwrap.redaction.patterns import fold
from aiwrap.redaction.view import NAME_CHARACTERS, ODD, Piece, plain

MAX_DIRECTORIES = 64
SHARE_KNOWN = 0.6

_BRANCH = re.compile(
    r"^(?P<indent>(?:[│|][\xa0 ]{2,3} ?|[\xa0 ]{4})*)(?:├──|└──|\|--|`--|\+--)[\xa0 ]"
    r"(?:\[[^\]]*\][\xa0 ]+)?(?P<name>[^\n]+?)[/*@=|]?(?: -> [^\n]*)?$"
)
_INDENT = re.compile(r"[│|][\xa0 ]{2,3} ?|[\xa0 ]{4}")
_OUTLINE = re.compile(r"^(?P<indent> *)- (?P<name>[^\s:`*][^\n:`*]*?)/?$")
_HEADING = re.compile(r"^(?P<path>[^\s:][^\n:]*):$")
_LONG = re.compile(
    r"^[-dlrwxstbcpST]{10}[.+@]?\s+(?:\d+\s+)?\S+\s+(?:\S+\s+)?[\d.,]+[KMGTB]?\s+"
    r"(?:\w{3}\s+\d+\s+[\d:]+|[\d-]+\s+[\d:.]+(?:\s+[+-]\d+)?)\s+"
    r"(?P<name>[^\n]+?)[/*@=|]?(?: -> [^\n]*)?$"
)
_COUNTED = re.compile(
    r"^(?:\s*[\d.,]+[KMGT]?\s+|[0-9a-f]{32,128}\s+\*?|[ MADRCU?!]{1,2}\s+|[-+ ]\s?)?"
    rf"(?P<name>[{NAME_CHARACTERS}{ODD}/][{NAME_CHARACTERS}{ODD}/,]*?)[*@=|/]?\s*$"
)
_SIZE = re.compile(r"^\[[^\]]*\][\xa0 ]+")
_QUOTED = re.compile(
    r"""[\[({]\s*(?P<names>(?P<q>['"])[^'"\n/]{1,255}(?P=q)"""
    r"""(?:,\s*(?P=q)[^'"\n/]{1,255}(?P=q))+),?\s*[\])}]"""
)
_QUOTED_NAME = re.compile(r"""(['"])(?P<name>[^'"\n]+)\1""")
_ONLY_IN = re.compile(r"^Only in (?P<path>[^\n:]+): (?P<name>[^\n/]+)$", re.MULTILINE)
_ABOUT = re.compile(
    r"^(?:[\w.+-]+: (?:cannot \w+ (?:file |directory )?)?['\"\u2018]?"
    r"(?P<complained>[^\s:'\"\u2018\u2019/]+)['\"\u2019]?: "
    r"(?:Is a directory|Not a directory|No such file|Permission denied|binary file)"
    r"|\t(?:[a-z ]+:\s+)?(?P<status>[^\s/:]+)$)",
    re.MULTILINE,
)
_TOTAL = re.compile(r"^\s*(?:total\s+[\d.]+[KMGT]?|[\d.,]+[KMGT]?\s+total)\s*$")


_MADE_BY_TOOLS = frozenset(
    {"__pycache__", "node_modules", ".git", ".venv", ".pytest_cache", ".mypy_cache"}
)


class Entry(NamedTuple):
    """A name in a listing, folded, and where it stands."""

    name: str
    start: int
    end: int


class Listings:
    """Finds names in listings, given the inventory and the working directory."""

    def __init__(self, names: Names, paths: Paths) -> None:
        self._names = names
        self._paths = paths
        self._parents = _parents(names)

    def needles(self) -> Iterator[str]:
        """Yield, for each sensitive directory, the child that tells most."""
        for directory, children in self._names.children.items():
            if directory in self._names.sensitive:
                yield min(children, key=lambda name: (len(self._parents[name]), name))

    def find(self, text: str, cwd: Sequence[str]) -> Iterator[Piece]:
        """Yield the sensitive names of the listings in `text`."""
        yield from self._quoted(text, cwd)
        yield from self._remarks(text, cwd)
        if "\n" not in text:
            return
        lines = list(_lines(text))
        yield from self._branches(lines, cwd)
        yield from self._outline(lines, cwd)
        for paragraph in _paragraphs(lines):
            yield from self._paragraph(paragraph, cwd)

    def _quoted(self, text: str, cwd: Sequence[str]) -> Iterator[Piece]:
        """Read what a script printed of a directory: `['a.py', 'b.py']`."""
        for match in _QUOTED.finditer(text):
            entries = [
                Entry(plain(fold(name["name"])), *name.span("name"))
                for name in _QUOTED_NAME.finditer(text, *match.span("names"))
            ]
            yield from self._below(self._bases(entries, cwd), entries)

    def _remarks(self, text: str, cwd: Sequence[str]) -> Iterator[Piece]:
        """Read what tools say about one name in one directory."""
        for match in _ONLY_IN.finditer(text):
            base = self._directory(match["path"], cwd)
            name = plain(fold(match["name"]))
            if base is not None and self._is_sensitive([*base, name]):
                yield match.span("name")
        for match in _ABOUT.finditer(text):
            group = "complained" if match["complained"] else "status"
            if self._is_sensitive([*cwd, plain(fold(match[group]))]):
                yield match.span(group)

    def _branches(
        self, lines: Iterable[tuple[int, str]], cwd: Sequence[str]
    ) -> Iterator[Piece]:
        base: list[str] | None = None
        above = ""
        stack: list[str] = []
        for offset, line in lines:
            match = _BRANCH.match(line)
            if match is None:
                base, above, stack = None, _SIZE.sub("", line).strip(), []
                continue
            if base is None:
                base = self._directory(above, cwd) or list(cwd)
            depth = len(_INDENT.findall(match["indent"]))
            del stack[depth:]
            stack.append(plain(fold(match["name"])))
            if len(stack) == depth + 1 and self._is_sensitive([*base, *stack]):
                yield offset + match.start("name"), offset + match.end("name")

    def _outline(
        self, lines: Iterable[tuple[int, str]], cwd: Sequence[str]
    ) -> Iterator[Piece]:
        stack: list[tuple[int, list[str]]] = []
        for offset, line in lines:
            match = _OUTLINE.match(line)
            if match is None:
                stack = []
                continue
            indent = len(match["indent"])
            while stack and stack[-1][0] >= indent:
                stack.pop()
            if stack:
                path = [*stack[-1][1], plain(fold(match["name"]))]
                stack.append((indent, path))
                if self._is_sensitive(path):
                    yield offset + match.start("name"), offset + match.end("name")
            elif (base := self._directory(match["name"], cwd)) is not None:
                stack = [(indent, base)]

    def _paragraph(
        self, lines: Sequence[tuple[int, str]], cwd: Sequence[str]
    ) -> Iterator[Piece]:
        bases: list[list[str]] = []
        if heading := _HEADING.match(lines[0][1]):
            base = self._directory(heading["path"], cwd)
            bases = [] if base is None else [base]
            lines = lines[1:]
        entries = list(_entries(lines))
        if not bases and _is_listing(entries, len(lines)):
            bases = self._bases(entries, cwd)
        yield from self._below(bases, entries)

    def _below(
        self, bases: Sequence[Sequence[str]], entries: Iterable[Entry]
    ) -> Iterator[Piece]:
        """Yield the entries that are sensitive in whichever directory it is."""
        for entry in entries:
            if (
                bases
                and "/" not in entry.name
                and all(self._is_sensitive([*base, entry.name]) for base in bases)
            ):
                yield entry.start, entry.end

    def _directory(self, path: str, cwd: Sequence[str]) -> list[str] | None:
        """Return the directory below the root that `path` names, if it does."""
        if not path or "\t" in path:
            return None
        known = self._paths.known(path, cwd)
        if known is not None:
            return known
        components = self._paths.below_root(path, cwd)
        if components is None or not any(self._names.flags(components)):
            return None
        return components

    def _bases(self, entries: Sequence[Entry], cwd: Sequence[str]) -> list[list[str]]:
        """Return the directories that a paragraph of names may list."""
        tops = {entry.name.strip("/").partition("/")[0] for entry in entries}
        here = self._names.children.get("/".join(cwd), set())
        if len(tops & here) >= SHARE_KNOWN * len(tops):
            return [list(cwd)]
        if len(tops) < 2:
            return []
        rarest = min(tops, key=lambda name: (len(self._parents.get(name, ())), name))
        candidates = [
            directory
            for directory in self._parents.get(rarest, ())[:MAX_DIRECTORIES]
            if tops <= self._names.children[directory]
        ]
        exact = [d for d in candidates if self._names.children[d] == tops]
        return [directory.split("/") for directory in exact or candidates]

    def _is_sensitive(self, path: Sequence[str]) -> bool:
        return path[-1] not in _MADE_BY_TOOLS and self._names.flags(path)[-1]


def _parents(names: Names) -> dict[str, list[str]]:
    parents: dict[str, list[str]] = {}
    for directory, children in names.children.items():
        for name in children:
            parents.setdefault(name, []).append(directory)
    return parents


def _lines(text: str) -> Iterator[tuple[int, str]]:
    offset = 0
    for line in text.split("\n"):
        yield offset, line.rstrip("\r")
        offset += len(line) + 1


def _paragraphs(
    lines: Iterable[tuple[int, str]],
) -> Iterator[list[tuple[int, str]]]:
    """Yield runs of lines without blank lines; a heading begins a new run."""
    paragraph: list[tuple[int, str]] = []
    for offset, line in lines:
        if paragraph and (not line.strip() or _HEADING.match(line)):
            yield paragraph
            paragraph = []
        if line.strip():
            paragraph.append((offset, line))
    if paragraph:
        yield paragraph


def _entries(lines: Iterable[tuple[int, str]]) -> Iterator[Entry]:
    for offset, line in lines:
        match = _LONG.match(line) or _COUNTED.match(line)
        if match is None or match["name"] in {".", ".."} or _TOTAL.match(line):
            continue
        start, end = match.span("name")
        yield Entry(plain(fold(line[start:end])), offset + start, offset + end)


def _is_listing(entries: Sequence[Entry], lines: int) -> bool:
    """Say whether nearly every line is a name, so that it is no prose."""
    return len(entries) >= 2 and len(entries) >= lines - 3
