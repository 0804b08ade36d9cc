"""Read tool calls for the directories that their results tell about.

Pure.  A result such as `secrets.yaml` says nothing alone; the command before it,
`cd infra/prod/nightingale && ls`, says whose name that is.  Looked at are

  * each path below the root that a call names, and the directory that the shell
    stands in, which `cd` moves for the calls that follow too;
  * of those, the sensitive ones; others, which sensitive ones lie below, if the
    call names them or lists what it does not name: `find .`, `git status`.

This is no shell: what it reads too much is looked at for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

MAX_LENGTH = 20_000  # of one argument
MAX_BASES = 8
MAX_DEPTH = 3

_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|\'([^\']*)\'|([^\s;&|<>()"\']+)|([();&|\n])')
_SAYS_MORE = re.compile(r"[\s();]")
_LISTS = re.compile(
    r"\b(?:ls|dir|vdir|tree|find|fd|du|tar|zip|unzip|rg|ag|rsync|git|eza|exa|lsd|glob"
    r"|stat|file|wc|sha\d*sum|md5sum|shasum|cksum|grep|cp|mv|rm|chmod|diff|walk|rglob"
    r"|scandir|listdir|iterdir|readdir(?:Sync)?|Glob|Grep|LS)\b"
)
_CONTENT = frozenset({"content", "new_string", "old_string", "new_source", "prompt"})


class Context(NamedTuple):
    """What the tool calls so far leave behind; paths are below the root, folded."""

    cwd: str  # where the shell stands
    bases: tuple[str, ...] = ()  # what the latest calls look at
    is_listing: bool = False  # whether they list names
    others: tuple[str, ...] = ()  # what they look at that holds nothing sensitive


class Places(Protocol):
    """What the inventory says about directories."""

    def locate(self, path: str, cwd: Sequence[str]) -> list[str] | None:
        """Return the directory below the root that `path` names or lies in."""

    def is_sensitive(self, directory: str) -> bool:
        """Say whether the names in `directory` are sensitive."""

    def holds_sensitive(self, directory: str) -> bool:
        """Say whether there is a sensitive name in or below `directory`."""


def read_calls(
    calls: Sequence[tuple[str, Mapping[str, object]]],
    start: str,
    cwd: str,
    places: Places,
) -> Context:
    """Return the context of the results of `calls`, made in directory `cwd`.

    `start` is where the session began: a shell that left the root is put back.
    """
    texts = [(tool, list(_texts(arguments))) for tool, arguments in calls]
    is_listing = any(_LISTS.search(t) for tool, found in texts for t in (tool, *found))
    reader = _Reader(cwd, places)
    if is_listing or places.is_sensitive(cwd):
        reader.stand()
    for tool, arguments in texts:
        for text in arguments:
            if tool != "Bash":
                reader.name(text)
            reader.read(text, 0)
        if reader.cwd is None:
            reader.cwd = start
    bases = sorted(filter(places.holds_sensitive, reader.found))
    # The deepest say most, and all that is above them says less.
    bases.sort(key=lambda base: -base.count("/"))
    others = sorted(reader.found.keys() - set(bases)) if bases else []
    return Context(
        reader.cwd or "",
        tuple(bases[:MAX_BASES]),
        is_listing,
        tuple(others[:MAX_BASES]),
    )


def _texts(value: object) -> Iterator[str]:
    match value:
        case str() if len(value) <= MAX_LENGTH:
            yield value
        case Mapping():
            for key, item in value.items():
                if key not in _CONTENT:
                    yield from _texts(item)
        case list():
            for item in value:
                yield from _texts(item)
        case _:
            return


class _Reader:
    """Walks through the words of commands."""

    def __init__(self, cwd: str, places: Places) -> None:
        self.cwd: str | None = cwd  # None: outside of the root
        self.found: dict[str, None] = {}
        self._places = places

    def stand(self) -> None:
        """Look at the directory that the shell stands in."""
        if self.cwd is not None:
            self.found[self.cwd] = None

    def name(self, path: str) -> list[str] | None:
        """Look at `path`, if it is below the root."""
        here = (self.cwd or "").split("/") if self.cwd else []
        found = self._places.locate(path, here)
        if found is not None:
            self.found["/".join(found)] = None
        return found

    def read(self, text: str, depth: int) -> None:
        """Look at what the words of a command name, and follow its `cd`."""
        outer: list[str | None] = []
        moves = False
        for match in _WORD.finditer(text):
            word = match[1] or match[2] or match[3] or ""
            if match[4]:
                moves = False
                if match[4] == "(":
                    outer.append(self.cwd)
                elif match[4] == ")" and outer:
                    self.cwd = outer.pop()
            elif word in {"cd", "pushd", "chdir"}:
                moves = True
            elif moves and not (word.startswith("-") and len(word) > 1):
                self._move(word)
                moves = False
            elif word:
                self._look(word, depth)

    def _move(self, path: str) -> None:
        found = self.name(path)
        self.cwd = None if found is None else "/".join(found)
        self.stand()

    def _look(self, word: str, depth: int) -> None:
        if _SAYS_MORE.search(word) and depth < MAX_DEPTH:
            before = self.cwd
            self.read(word, depth + 1)
            self.cwd = before
        for path in {word, word.rpartition("=")[2], word.partition(":")[2]} - {""}:
            self.name(path)
