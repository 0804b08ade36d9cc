"""Tell which directory a text lists: by its path, or by the names alone.

Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from aiwrap.redaction.names import Names
from aiwrap.redaction.paths import Paths
from aiwrap.redaction.patterns import fold
from aiwrap.redaction.view import Piece

MAX_DIRECTORIES = 64
SHARE_KNOWN = 0.6
_FEWEST_OF_A_TREE = 3
_MADE_BY_TOOLS = frozenset(
    {"__pycache__", "node_modules", ".git", ".venv", ".pytest_cache", ".mypy_cache"}
)


class Entry(NamedTuple):
    """A name in a listing, folded, and where it stands."""

    name: str
    start: int
    end: int


class Directories:
    """Knows the directories of the inventory by what they hold."""

    def __init__(self, names: Names, paths: Paths) -> None:
        self._names = names
        self._paths = paths
        self._parents: dict[str, list[str]] = {}
        for directory, children in names.children.items():
            for name in children:
                self._parents.setdefault(name, []).append(directory)
        self._below = _names_below_tops(names)

    def needles(self) -> Iterator[str]:
        """Yield, for each sensitive directory, the child that tells most."""
        for directory, children in self._names.children.items():
            if directory in self._names.sensitive:
                yield min(children, key=self._commonness)

    def named(self, path: str, cwd: Sequence[str]) -> list[str] | None:
        """Return the directory below the root that `path` names, if it does."""
        if not path or "\t" in path:
            return None
        known = self._paths.known(path, cwd)
        if known is not None:
            return known
        components = None if " " in path else self._paths.below_root(path, cwd)
        if components is None or not any(self._names.flags(components)):
            return None
        return components

    def holding(self, names: Collection[str], cwd: Sequence[str]) -> list[list[str]]:
        """Return the directories that may hold exactly, or at least, `names`.

        The working directory, if it holds most of them; else all that hold all.
        """
        here = self._names.children.get("/".join(cwd), set())
        if sum(name in here for name in names) >= SHARE_KNOWN * len(names):
            return [list(cwd)]
        wanted = set(names)
        if len(wanted) < 2:
            return []
        rarest = min(wanted, key=self._commonness)
        candidates = [
            directory
            for directory in self._parents.get(rarest, ())[:MAX_DIRECTORIES]
            if wanted <= self._names.children[directory]
        ]
        exact = [d for d in candidates if self._names.children[d] == wanted]
        return [directory.split("/") for directory in exact or candidates]

    def are_of_one_tree(self, names: Collection[str]) -> bool:
        """Say whether `names` are collected from below one sensitive directory."""
        wanted = set(names)
        if len(wanted) < _FEWEST_OF_A_TREE:
            return False
        own = sum(self._is_only_sensitive(name) for name in wanted)
        return 2 * own >= len(wanted) and any(wanted <= b for b in self._below)

    def below(
        self, bases: Sequence[Sequence[str]], entries: Collection[Entry]
    ) -> Iterator[Piece]:
        """Yield the entries that are sensitive in whichever directory it is."""
        for entry in entries:
            if (
                bases
                and "/" not in entry.name
                and all(self.is_sensitive([*base, entry.name]) for base in bases)
            ):
                yield entry.start, entry.end

    def itself(self, path: Sequence[str], at: int, text: str) -> Iterator[Piece]:
        """Yield the one-word name `text` of the directory `path`, which stands `at`."""
        if fold(text) == path[-1] and self.is_sensitive(path):
            yield at, at + len(text)

    def is_sensitive(self, path: Sequence[str]) -> bool:
        """Say whether the last component of `path` is a sensitive name."""
        return path[-1] not in _MADE_BY_TOOLS and self._names.flags(path)[-1]

    def _is_only_sensitive(self, name: str) -> bool:
        return all(
            (f"{directory}/{name}" if directory else name) in self._names.sensitive
            for directory in self._parents.get(name, ("?",))
        )

    def _commonness(self, name: str) -> tuple[int, str]:
        return len(self._parents.get(name, ())), name


def _names_below_tops(names: Names) -> list[set[str]]:
    """Return, for each topmost sensitive directory, every name below it."""
    below: dict[str, set[str]] = {}
    for path, flags in names.sensitive.items():
        components = path.split("/")
        first = flags.index(True)
        top = "/".join(components[: first + 1])
        below.setdefault(top, set()).update(components[first + 1 :])
    return [found for found in below.values() if found]
