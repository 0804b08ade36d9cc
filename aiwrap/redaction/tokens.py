"""Cut a token of text into the components of a path, and resolve them.

Pure.  Everything keeps its position in the token, because what is found has to be
replaced there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from aiwrap.redaction.patterns import fold
from aiwrap.redaction.view import NAME_CHARACTERS, ODD, Piece, plain

TOKEN = re.compile(f"(?:[A-Za-z]:(?=[\\\\/]))?[{NAME_CHARACTERS}{ODD}/\\\\]+")

_COMPONENT = re.compile(r"[^/\\]+")
_ESCAPES = re.compile(r"\\+[nrtbf]")


class Component(NamedTuple):
    """A folded name and where it stands in the token; (0, 0): not in the token."""

    name: str
    start: int
    end: int


def joined(path: Sequence[Component]) -> str:
    """Return the key by which the inventory knows `path`."""
    return "/".join(component.name for component in path)


def components_of(token: str, start: int = 0) -> list[Component]:
    """Return what separators keep apart in `token` from `start` on."""
    return [
        Component(_folded(match[0]), match.start(), match.end())
        for match in _COMPONENT.finditer(token, start)
    ]


def resolve(
    base: list[Component], components: Sequence[Component]
) -> tuple[list[Component] | None, list[list[Component]]]:
    """Return the path without `.` and `..`, and the paths that `..` left."""
    path = list(base)
    popped: list[list[Component]] = []
    for component in components:
        if component.name == ".":
            continue
        if component.name != "..":
            path.append(component)
        elif not path:
            return None, popped
        else:
            popped.append(list(path))
            path.pop()
    return path, popped


def parts_of(token: str) -> Iterator[Piece]:
    """Yield where a path may begin and end inside `token`."""
    end = len(token.rstrip(".,"))
    start = len(token) - len(token.lstrip("@="))
    if start < end:
        yield start, end
    equals = token.rfind("=", start, end)
    if equals >= 0 and equals + 1 < end:
        yield equals + 1, end


def between_escapes(token: str) -> Iterator[Piece]:
    """Yield what stands between the escaped line ends of text in JSON in text."""
    if "\\" not in token:
        return
    start = 0
    for match in _ESCAPES.finditer(token):
        yield start, match.start()
        start = match.end()
    if start:
        yield start, len(token.rstrip(".,"))


def _folded(name: str) -> str:
    name = fold(name)
    return plain(name) if ODD in name else name
