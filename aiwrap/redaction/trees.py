"""Find sensitive names in trees, where lines hold one component and show its depth.

Pure.
  tree      `├── name` below the line of the directory, all its options
  outline   `- directory/` with names indented below it
A tree whose first lines are cut off is told by the names in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from aiwrap.redaction.directories import Directories, Entry
from aiwrap.redaction.patterns import fold
from aiwrap.redaction.view import Piece, plain

_BRANCH = re.compile(
    r"^(?P<indent>(?:[│|][\xa0 ]{2,3} ?|[\xa0 ]{4})*)(?:├──|└──|\|--|`--|\+--)[\xa0 ]"
    r"(?:\[[^\]]*\][\xa0 ]+)?(?P<name>[^\n]+?)[/*@=|]?(?: -> [^\n]*)?$"
)
_INDENT = re.compile(r"[│|][\xa0 ]{2,3} ?|[\xa0 ]{4}")
_SIZE = re.compile(r"^\[[^\]]*\][\xa0 ]+")
_OUTLINE = re.compile(r"^(?P<indent> *)- (?P<name>[^\s:`*][^\n:`*]*?)/?$")

Lines = Iterable[tuple[int, str]]
_Node = tuple[int, Entry]  # depth, name


def find_in_trees(
    lines: Lines, directories: Directories, cwd: Sequence[str]
) -> Iterator[Piece]:
    """Yield the sensitive names of the trees and outlines in `lines`."""
    above = Entry("", 0, 0)
    nodes: list[_Node] = []
    for offset, line in lines:
        match = _BRANCH.match(line)
        if match is not None:
            name = plain(fold(match["name"]))
            start, end = match.span("name")
            depth = len(_INDENT.findall(match["indent"]))
            nodes.append((depth, Entry(name, offset + start, offset + end)))
            continue
        if nodes:
            yield from _tree(nodes, above, directories, cwd)
            nodes = []
        name = _SIZE.sub("", line).strip()
        at = offset + line.index(name)
        above = Entry(name, at, at + len(name))
    yield from _tree(nodes, above, directories, cwd)


def find_in_outlines(
    lines: Lines, directories: Directories, cwd: Sequence[str]
) -> Iterator[Piece]:
    """Yield the sensitive names of indented lists below a directory's path."""
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
            if directories.is_sensitive(path):
                yield offset + match.start("name"), offset + match.end("name")
        elif (base := directories.named(match["name"], cwd)) is not None:
            stack = [(indent, base)]


def _tree(
    nodes: Sequence[_Node], above: Entry, directories: Directories, cwd: Sequence[str]
) -> Iterator[Piece]:
    """Walk the groups of siblings; a group's directory is its parent's path."""
    groups: dict[int, list[Entry]] = {}  # index of the parent → its children
    stack: list[tuple[int, int]] = []
    for index, (depth, entry) in enumerate(nodes):
        while stack and stack[-1][0] >= depth:
            stack.pop()
        parent = stack[-1][1] if stack and stack[-1][0] == depth - 1 else -1 - depth
        groups.setdefault(parent, []).append(entry)
        stack.append((depth, index))
    starts = {entry.start: index for index, (_, entry) in enumerate(nodes)}
    bases: dict[int, list[list[str]]] = {}
    root = directories.named(above.name, cwd) if nodes else None
    if root and "/" not in above.name:
        yield from directories.itself(root, above.start, above.name)
    for parent, entries in groups.items():
        if parent == -1 and root is not None:
            found = [root]
        elif parent < 0:
            names = {entry.name for entry in entries}
            found = directories.holding(names, cwd if parent == -1 else ())
        else:
            found = bases.get(parent, [])
        for entry in entries:
            bases[starts[entry.start]] = [[*base, entry.name] for base in found]
        yield from directories.below(found, entries)
