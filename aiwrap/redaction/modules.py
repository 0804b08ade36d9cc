"""Find sensitive paths that are written as module names: `pkg.nightingale.core`.

Pure.  Only languages whose module names are paths.  A dotted name counts if it is
the end of a sensitive path, two components or more, and of no harmless one; what
follows it (a class, a method) stays.  A package that exists only below sensitive
directories counts in an import statement by its single name too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from aiwrap.redaction.common_stems import COMMON_STEMS
from aiwrap.redaction.names import Flags, Names
from aiwrap.redaction.patterns import fold
from aiwrap.redaction.view import Piece

_EXTENSIONS = frozenset(
    """
    clj cr cs ex exs fs groovy hs java jl kt kts lua ml php pl pm py pyi pyx rb rs
    scala swift
    """.split()  # noqa: SIM905 - quotes would hide the words
)
_DOTTED = re.compile(r"(?<![\w-])[^\W\d][\w-]*(?:(?:\.|::)[^\W\d][\w-]*)+")
_DOT = re.compile(r"\.|::")
_IMPORT = re.compile(
    r"(?:^|[\n>:;]|\\n)[ \t+-]*(?:from|import|use|using|require|package)[ \t]+"
    r"([^\W\d]\w*)(?=[ \t.;,:]|$)",
    re.MULTILINE,
)
_SHORTEST = 4


class Modules:
    """Finds dotted names of sensitive modules."""

    def __init__(self, names: Names) -> None:
        dotted: dict[str, Flags] = {}
        for path, flags in names.sensitive.items():
            if parts := _module(path, names):
                dotted.update(_ends(parts, flags[: len(parts)]))
        singles = {
            part
            for path in names.sensitive
            if (part := _importable(path, names))
            and len(part) >= _SHORTEST
            and part not in COMMON_STEMS
        }
        telling = singles | {name.rpartition(".")[2] for name in dotted}
        for path in names.harmless:
            if path.rpartition("/")[2].partition(".")[0] not in telling:
                continue
            parts = _module(path, names)
            singles.difference_update(parts)
            for start in range(len(parts) - 1):
                dotted.pop(".".join(parts[start:]), None)
        self._dotted = dotted
        self._longest = max((name.count(".") + 1 for name in dotted), default=0)
        self.singles = frozenset(singles)

    def needles(self) -> Iterator[str]:
        """Yield the words of which a text must hold one."""
        for name, flags in self._dotted.items():
            parts = name.split(".")
            yield parts[flags.index(True)]
        yield from self.singles

    def find(self, text: str, lines: Iterable[Piece]) -> Iterator[Piece]:
        """Yield the sensitive components of the dotted names in `lines` of `text`."""
        if not self._dotted and not self.singles:
            return
        for line in lines:
            for match in _DOTTED.finditer(text, *line):
                for start, end in self._decide(match[0]):
                    yield match.start() + start, match.start() + end
            for match in _IMPORT.finditer(text, *line) if self.singles else ():
                if fold(match[1]) in self.singles:
                    yield match.span(1)

    def _decide(self, token: str) -> Iterable[Piece]:
        parts = _DOT.split(token)
        names = [fold(part) for part in parts]
        for start in range(len(names) - 1):
            longest = min(len(names), start + self._longest)
            for end in range(longest, start + 1, -1):
                flags = self._dotted.get(".".join(names[start:end]))
                if flags is not None:
                    return self._pieces(token, start, flags)
        return ()

    @staticmethod
    def _pieces(token: str, start: int, flags: Flags) -> list[Piece]:
        edges = [(0, 0), *(m.span() for m in _DOT.finditer(token)), (len(token),) * 2]
        return [
            (edges[start + index][1], edges[start + index + 1][0])
            for index, flag in enumerate(flags)
            if flag
        ]


def _module(path: str, names: Names) -> list[str]:
    """Return the components of a module's name, or nothing if it is none."""
    components = path.split("/")
    stem, dot, extension = components[-1].partition(".")
    if not dot:
        children = names.children.get(path, ())
        if not any(child.rpartition(".")[2] in _EXTENSIONS for child in children):
            return []
        return components
    if extension not in _EXTENSIONS:
        return []
    return components[:-1] if stem in {"__init__", "mod"} else [*components[:-1], stem]


def _importable(path: str, names: Names) -> str:
    """Return the name by which Python can import `path` without a package."""
    directory, _, name = path.rpartition("/")
    stem, _, extension = name.partition(".")
    if not names.sensitive[path][-1] or f"{directory}/__init__.py" in names.sensitive:
        return ""
    is_package = f"{path}/__init__.py" in names.sensitive
    return stem if is_package or extension == "py" else ""


def _ends(parts: list[str], flags: Flags) -> Iterator[tuple[str, Flags]]:
    if True not in flags:
        return
    first = flags.index(True)
    for start in range(len(parts) - 1):
        is_told_apart = start <= first or (
            parts[start] not in COMMON_STEMS and len(parts[start]) >= _SHORTEST
        )
        if is_told_apart:
            yield ".".join(parts[start:]), flags[start:]
