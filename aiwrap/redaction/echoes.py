"""Find a sensitive name again in the same line, without its path.

Pure.  `cp -v`, linkers, archivers and packers write `src/secret/a.py -> /tmp/x/a.py`:
the second path is none of the repo's, its name is.  `gcc -M` writes
`a.o: src/secret/a.c`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from aiwrap.redaction.common_stems import COMMON_STEMS
from aiwrap.redaction.view import Piece

MAX_FOUND = 5_000
_SLASHES = frozenset("/\\")
_TARGET = re.compile(r"^(?P<stem>[\w+-]+)\.o:", re.MULTILINE)
_COMPILED = frozenset({"c", "cc", "cpp", "cxx", "m", "S", "s"})
_GOES_ON = re.compile(r"[\w-]")


def find_echoes(text: str, found: Sequence[Piece]) -> Iterator[Piece]:
    """Yield names of `found` that stand in their own line again, after a slash."""
    yield from _targets(text, found)
    if not found or "->" not in text:
        return
    for line_start, line_end, names in _lines(text, sorted(found)[:MAX_FOUND]):
        for name in names:
            start = text.find(name, line_start, line_end)
            while start >= 0:
                end = start + len(name)
                if text[start - 1 : start] in _SLASHES and not _GOES_ON.match(
                    text, end
                ):
                    yield start, end
                start = text.find(name, end, line_end)


def _targets(text: str, found: Sequence[Piece]) -> Iterator[Piece]:
    """Yield `net` of `net.o: deps/secret/net.c`, as compilers list what they need."""
    if ".o:" not in text:
        return
    pieces = sorted(found)
    for match in _TARGET.finditer(text):
        line_end = text.find("\n", match.end())
        index = bisect_left(pieces, match.span())
        while index < len(pieces) and (line_end < 0 or pieces[index][0] < line_end):
            stem, _, extension = text[slice(*pieces[index])].rpartition(".")
            if stem == match["stem"] and extension in _COMPILED:
                yield match.span("stem")
                break
            index += 1


def _lines(text: str, found: Sequence[Piece]) -> Iterator[tuple[int, int, set[str]]]:
    end = -1
    start = 0
    names: set[str] = set()
    for piece in found:
        if piece[0] >= end:
            if names:
                yield start, end, names
            start = text.rfind("\n", 0, piece[0]) + 1
            end = text.find("\n", piece[0])
            end = len(text) if end < 0 else end
            names = set()
        name = text[piece[0] : piece[1]]
        if "->" in text[start:end] and _is_telling(name):
            names.add(name)
    if names:
        yield start, end, names


def _is_telling(name: str) -> bool:
    return "." in name or name.lower() not in COMMON_STEMS
