"""Find sensitive names in listings, where a line holds one component of a path.

Pure.  The path is put together again from the layout:
  ls -R       `directory:` above the names
  ls, wc, du  a paragraph of names alone: those of the working directory, else of
              the directory in the inventory that holds them all
  scripts     `['name', 'name']`, told in the same way
  remarks     `Only in directory: name`, `wc: name: Is a directory`
  trees       see `trees`
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from aiwrap.redaction.directories import Directories, Entry
from aiwrap.redaction.patterns import fold
from aiwrap.redaction.trees import find_in_outlines, find_in_trees
from aiwrap.redaction.view import NAME_CHARACTERS, ODD, Piece, plain

_HEADING = re.compile(r"^(?P<path>[^\s:][^\n:]*):$")
_MODE = re.compile(r"[-dlbcps][-rwxstST]{9}")
_LONG = re.compile(
    r"^[-dlrwxstbcpST]{10}[.+@]?\s+(?:\d+\s+)?\S+\s+(?:\S+\s+)?[\d.,]+[KMGTB]?\s+"
    r"(?:\w{3}\s+\d+\s+[\d:]+|[\d-]+\s+[\d:.]+(?:\s+[+-]\d+)?)\s+"
    r"(?P<name>[^\n]+?)[/*@=|]?(?: -> [^\n]*)?$"
)
_COUNTED = re.compile(
    r"^(?:\s*[\d.,]+[KMGT]?\s+|(?:\d{6} \w+ )?[0-9a-f]{32,128}\s+\*?"
    r"|[ MADRCU?!]{1,2}\s+|[-+ ]\s?)?"
    rf"(?P<name>[{NAME_CHARACTERS}{ODD}/][{NAME_CHARACTERS}{ODD}/,]*?)[*@=|/]?\s*$"
)
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


class Listings:
    """Finds names in listings, given the inventory and the working directory."""

    def __init__(self, directories: Directories) -> None:
        self._directories = directories

    def find(self, text: str, cwd: Sequence[str]) -> Iterator[Piece]:
        """Yield the sensitive names of the listings in `text`."""
        yield from self._quoted(text, cwd)
        yield from self._remarks(text, cwd)
        if "\n" not in text:
            return
        lines = list(_lines(text))
        if "-- " in text or "── " in text:
            yield from find_in_trees(lines, self._directories, cwd)
        if "/\n" in text and "- " in text:
            yield from find_in_outlines(lines, self._directories, cwd)
        for paragraph in _paragraphs(lines):
            yield from self._paragraph(paragraph, cwd)

    def _quoted(self, text: str, cwd: Sequence[str]) -> Iterator[Piece]:
        """Read what a script printed of a directory: `['a.py', 'b.py']`."""
        for match in _QUOTED.finditer(text):
            entries = [
                Entry(plain(fold(name["name"])), *name.span("name"))
                for name in _QUOTED_NAME.finditer(text, *match.span("names"))
            ]
            bases = self._directories.holding({e.name for e in entries}, cwd)
            yield from self._directories.below(bases, entries)

    def _remarks(self, text: str, cwd: Sequence[str]) -> Iterator[Piece]:
        """Read what tools say about one name in one directory."""
        for match in _ONLY_IN.finditer(text):
            base = self._directories.named(match["path"], cwd)
            name = plain(fold(match["name"]))
            if base and "/" not in match["path"]:
                at = match.start("path")
                yield from self._directories.itself(base, at, match["path"])
            if base is not None and self._directories.is_sensitive([*base, name]):
                yield match.span("name")
        for match in _ABOUT.finditer(text):
            group = "complained" if match["complained"] else "status"
            if self._directories.is_sensitive([*cwd, plain(fold(match[group]))]):
                yield match.span(group)

    def _paragraph(
        self, lines: Sequence[tuple[int, str]], cwd: Sequence[str]
    ) -> Iterator[Piece]:
        bases: list[list[str]] = []
        if heading := _HEADING.match(lines[0][1]):
            base = self._directories.named(heading["path"], cwd)
            bases = [] if base is None else [base]
            if base and "/" not in heading["path"]:
                at = lines[0][0]
                yield from self._directories.itself(base, at, heading["path"])
            lines = lines[1:]
        if not bases and not _may_be_listing(lines):
            return
        entries = list(_entries(lines))
        if not bases and _is_listing(entries, lines):
            names = {entry.name.strip("/").partition("/")[0] for entry in entries}
            bases = self._directories.holding(names, cwd)
            if not bases and self._directories.are_of_one_tree(names):
                yield from ((entry.start, entry.end) for entry in entries)
        yield from self._directories.below(bases, entries)


def entries_of(text: str, limit: int) -> Iterator[Entry]:
    """Yield what the lines of `text` show, if they were lines of a listing."""
    return _entries(islice(_lines(text), limit))


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
        is_long = _MODE.match(line) is not None
        if not is_long and len(line.split(None, 4)) > 4:
            continue  # prose, seen before the slower expressions see it
        match = _LONG.match(line) if is_long else _COUNTED.match(line)
        if match is None or match["name"] in {".", ".."} or _TOTAL.match(line):
            continue
        start, end = match.span("name")
        yield Entry(plain(fold(line[start:end])), offset + start, offset + end)


def _may_be_listing(lines: Sequence[tuple[int, str]]) -> bool:
    """Say, after a look at the first lines, whether this is no prose."""
    first = [line for _, line in lines[:8]]
    return len(list(_entries(enumerate(first)))) + 4 >= len(first)


def _is_listing(entries: Sequence[Entry], lines: Sequence[tuple[int, str]]) -> bool:
    """Say whether nearly every line is a name, so that it is no prose."""
    remarks = sum(_ABOUT.match(line) is not None for _, line in lines)
    return len(entries) >= 2 and len(entries) >= len(lines) - remarks - 3
