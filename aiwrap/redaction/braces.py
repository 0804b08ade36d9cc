"""Find sensitive names in `{a,b}` of shells and `{a => b}` of git.

Pure.  Every alternative is put into the path around it and decided like a path;
what stands before and after the braces belongs to all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from aiwrap.redaction.paths import Paths
from aiwrap.redaction.view import Piece

MAX_ALTERNATIVES = 64
_BRACES = re.compile(
    r"(?<![\w./@+~-])([\w./@+~-]*)\{([^{}\n\"']{1,500})\}([\w./@+~-]*)"
)
_WORD = re.compile(r"[^\s,/]+")
_BETWEEN = re.compile(r" => |,")


def find_in_braces(
    text: str, lines: Iterable[Piece], paths: Paths, cwd: Sequence[str]
) -> Iterator[Piece]:
    """Yield the sensitive names of paths with braces."""
    if "{" not in text:
        return
    matches = (match for line in lines for match in _BRACES.finditer(text, *line))
    for match in matches:
        before, inside, after = match.groups()
        words = _alternatives(inside)
        if len(words) < 2 or not (before or after):
            continue
        shared: list[set[Piece]] = []
        for start, end in words:
            found = set(_one(match, (start, end), paths, cwd))
            at = match.start(2)
            yield from (p for p in found if at + start <= p[0] and p[1] <= at + end)
            shared.append(found)
        yield from set.intersection(*shared)
        yield from _below(match, set.union(*shared))


def _below(match: re.Match[str], found: Iterable[Piece]) -> Iterator[Piece]:
    """Yield everything, if one alternative shows that all are below a sensitive one.

    `.../secret/{a.tf => a.tf.bak}`: the new name is known to nobody.
    """
    above = [piece for piece in found if piece[1] <= match.end(1)]
    yield from above
    if above:
        words = (w.span() for w in _WORD.finditer(match.string, *match.span(2)))
        yield from (word for word in words if match.string[slice(*word)] != "=>")


def _one(
    match: re.Match[str], word: Piece, paths: Paths, cwd: Sequence[str]
) -> Iterator[Piece]:
    before, inside, after = match.groups()
    chosen = inside[word[0] : word[1]]
    if not chosen and before.endswith("/"):
        after = after.removeprefix("/")
    joined = before + chosen + after
    for piece in paths.decide(joined, cwd):
        yield from _moved(
            piece,
            (match.start(1), len(before)),
            (match.start(2) + word[0], len(chosen)),
            (match.end(3), len(joined)),
        )


def _alternatives(inside: str) -> list[Piece]:
    edges = [(0, 0), *(m.span() for m in _BETWEEN.finditer(inside)), (len(inside),) * 2]
    return [(a[1], b[0]) for a, b in pairwise(edges)][:MAX_ALTERNATIVES]


def _moved(
    piece: Piece, before: tuple[int, int], word: tuple[int, int], after: tuple[int, int]
) -> Iterator[Piece]:
    """Bring a piece of the joined path back to where its parts stand.

    Of a name that begins in the braces, only that beginning: the rest is shared.
    """
    start, end = piece
    first, second, total = before[1], before[1] + word[1], after[1]
    if first <= start < second:
        end = min(end, second)
    for low, high, shift in (
        (0, first, before[0]),
        (first, second, word[0] - first),
        (second, total, after[0] - total),
    ):
        begin, stop = max(start, low), min(end, high)
        if begin < stop:
            yield begin + shift, stop + shift
