"""Decide about one token of text that looks like a path.

Pure.  A token can mean several paths: below the root, below the working
directory, in another checkout, on another machine.  In this order:
  1. An absolute path below the root means that path.
  2. A meaning that the inventory knows as sensitive decides.
  3. A meaning that the inventory knows as harmless decides.
  4. A meaning that the patterns match is sensitive: new files, deleted files.
  5. The end of a sensitive path, two components or more, is sensitive, unless a
     harmless path ends alike.
A well-formed pseudonym that nobody knows is sensitive, and so is what follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aiwrap.redaction.names import Names, says_something
from aiwrap.redaction.patterns import fold
from aiwrap.redaction.pseudonyms import PSEUDONYM
from aiwrap.redaction.tokens import (
    Component,
    between_escapes,
    components_of,
    joined,
    parts_of,
    resolve,
)
from aiwrap.redaction.view import Piece

MAX_REMEMBERED = 50_000
MAX_PATH_LENGTH = 4096  # longer is no path, but data that happens to hold slashes

_ABSOLUTE = re.compile(r"[/\\~$]|[A-Za-z]:")
_FORGE = frozenset({"blob", "tree", "raw", "blame", "commits", "edit", "src"})
_VARIABLE = re.compile(r"\$[\w{(]|%\w+%")
_GREP_CONTEXT = re.compile(r"([-=])\d+\1")
_GLUED = re.compile(r"-[A-Za-z](?=[\w.])")
_DIFF_SIDES = frozenset("abciwo")


class Paths:
    """Answers which pieces of a token are sensitive names, and remembers it."""

    def __init__(self, root: str, names: Names) -> None:
        self._names = names
        self._root = [fold(part) for part in root.split("/") if part]
        self._repo = self._root[-1] if self._root else ""
        self._deepest = max(
            (path.count("/") + 1 for path in names.sensitive), default=0
        )
        self._remembered: dict[tuple[str, str], tuple[Piece, ...]] = {}
        self._resolved: dict[tuple[str, str], list[str] | None] = {}

    def decide(self, token: str, cwd: Sequence[str]) -> tuple[Piece, ...]:
        """Return the sensitive components of `token`, as pieces of it.

        `cwd` is the working directory below the root, folded.
        """
        key = (token, "/".join(cwd))
        known = self._remembered.get(key)
        if known is not None:
            return known
        if len(self._remembered) > MAX_REMEMBERED:
            self._remembered.clear()
        pieces = self._remembered[key] = self._readings(token, cwd)
        return pieces

    def below_root(self, path: str, cwd: Sequence[str]) -> list[str] | None:
        """Return the folded components of `path` below the root, if it is there."""
        components = components_of(path, 0)
        if path.startswith("/"):
            if [c.name for c in components[: len(self._root)]] != self._root:
                return None
            components = components[len(self._root) :]
            base: list[Component] = []
        else:
            base = [Component(name, 0, 0) for name in cwd]
        resolved, _ = resolve(base, components)
        return None if resolved is None else [c.name for c in resolved]

    def known(self, token: str, cwd: Sequence[str]) -> list[str] | None:
        """Return the path below the root that `token` names, if it is known."""
        key = (token, "/".join(cwd))
        if key not in self._resolved:
            if len(self._resolved) > MAX_REMEMBERED:
                self._resolved.clear()
            self._resolved[key] = self._known(token, cwd)
        return self._resolved[key]

    def _known(self, token: str, cwd: Sequence[str]) -> list[str] | None:
        if token in {".", "./"}:
            return list(cwd)
        components = components_of(token, 0)
        if not components:
            return None
        is_absolute = _ABSOLUTE.match(token) is not None
        if is_absolute and [c.name for c in components] == self._root:
            return []
        for meaning in self._meanings(components, cwd, is_absolute=is_absolute):
            if meaning and self._names.is_known(joined(meaning)):
                return [component.name for component in meaning]
        return None

    def _readings(self, token: str, cwd: Sequence[str]) -> tuple[Piece, ...]:
        for start, end in parts_of(token) if len(token) <= MAX_PATH_LENGTH else ():
            if pieces := self._decide_part(token[:end], start, cwd):
                return pieces
        return tuple(
            piece
            for start, end in between_escapes(token)
            if end - start <= MAX_PATH_LENGTH
            for piece in self._decide_part(token[:end], start, cwd)
        )

    def _decide_part(
        self, token: str, start: int, cwd: Sequence[str]
    ) -> tuple[Piece, ...]:
        components = components_of(token, start)
        if not components:
            return ()
        is_absolute = _ABSOLUTE.match(token, start) is not None
        pieces = self._decide_path(token, components, cwd, is_absolute=is_absolute)
        if any(component.name == ".." for component in components):
            pieces += self._left_behind(token, components, cwd, is_absolute=is_absolute)
        return pieces

    def _decide_path(
        self,
        token: str,
        components: list[Component],
        cwd: Sequence[str],
        *,
        is_absolute: bool,
    ) -> tuple[Piece, ...]:
        meanings = [
            meaning
            for meaning in self._meanings(components, cwd, is_absolute=is_absolute)
            if meaning
        ]
        if is_absolute and self._is_below_root(components):
            return self._pieces(meanings[0], token) if meanings else ()
        known = [m for m in meanings if self._names.is_known(joined(m))]
        for meaning in known or meanings:
            if pieces := self._pieces(meaning, token):
                return pieces
        if known:
            return ()
        return self._by_suffix(components, token, is_absolute=is_absolute)

    def _left_behind(
        self,
        token: str,
        components: list[Component],
        cwd: Sequence[str],
        *,
        is_absolute: bool,
    ) -> tuple[Piece, ...]:
        """Return the sensitive directories that `..` leaves again."""
        base = [] if is_absolute else [Component(name, 0, 0) for name in cwd]
        if is_absolute and self._is_below_root(components):
            components = components[len(self._root) :]
        _, left = resolve(base, components)
        return tuple(
            piece
            for path in left
            if path[-1].end
            for piece in self._pieces(path, token)
        )

    def _is_below_root(self, components: Sequence[Component]) -> bool:
        return [c.name for c in components[: len(self._root)]] == self._root

    def _meanings(
        self, components: list[Component], cwd: Sequence[str], *, is_absolute: bool
    ) -> Iterator[list[Component]]:
        """Yield the paths below the root that the token may mean."""
        if is_absolute and self._is_below_root(components):
            resolved, _ = resolve([], components[len(self._root) :])
            yield resolved or []
            return
        if not is_absolute:
            base = [Component(name, 0, 0) for name in cwd]
            resolved, _ = resolve(base, components)
            yield resolved or []
            if cwd and components[0].name != "..":
                yield resolve([], components)[0] or []
            if components[0].name in _DIFF_SIDES:
                yield components[1:]
            if _GLUED.match(components[0].name):
                name, start, end = components[0]
                yield [Component(name[2:], start + 2, end), *components[1:]]
        elif components[0].name in self._names.tops or True in self._names.flags(
            [components[0].name]
        ):
            yield components
        yield from self._in_another_checkout(components)

    def _in_another_checkout(
        self, components: list[Component]
    ) -> Iterator[list[Component]]:
        at = max(
            (i for i, c in enumerate(components) if c.name == self._repo), default=None
        )
        if at is None:
            return
        rest = components[at + 1 :]
        if rest and rest[0].name == "-":  # GitLab's separator
            rest = rest[1:]
        if len(rest) > 2 and rest[0].name in _FORGE and not self._is_top(rest[0]):
            rest = rest[2:]
        if rest and self._is_top(rest[0]):
            yield rest

    def _is_top(self, component: Component) -> bool:
        return component.name in self._names.tops or True in self._names.flags(
            [component.name]
        )

    def _pieces(self, meaning: list[Component], token: str) -> tuple[Piece, ...]:
        meaning = self._cut(meaning, token)
        names = [component.name for component in meaning]
        flags = list(self._names.flags(names))
        if not any(flags) and (
            file := self._names.without_extension.get("/".join(names))
        ):
            flags = list(self._names.sensitive[file])
        for index, name in enumerate(names):
            if PSEUDONYM.match(name) is not None:
                flags[index:] = [True] * (len(flags) - index)
                break
        if True not in flags:
            return ()
        first = next((i for i, c in enumerate(meaning) if c.end), None)
        if first is None:  # `./` is the directory itself, and shows no name
            return ()
        is_dotted = token.startswith(("./", "../"))
        if flags.index(True) < first and not (
            is_dotted or self._is_plausible(meaning, first)
        ):
            return ()
        return tuple(
            (c.start, c.end)
            for c, flag in zip(meaning, flags, strict=True)
            if flag and c.end and self._is_name(c, token)
        )

    def _is_plausible(self, meaning: list[Component], first: int) -> bool:
        """Say whether text below a sensitive working directory is a path at all."""
        return self._names.is_known(joined(meaning[: first + 1]))

    def _is_name(self, component: Component, token: str) -> bool:
        text = token[component.start : component.end]
        return _VARIABLE.search(text) is None

    def _cut(self, meaning: list[Component], token: str) -> list[Component]:
        """Cut what grep glues to a file name: `-12-` before a context line."""
        last = meaning[-1]
        text = token[last.start : last.end]
        for match in _GREP_CONTEXT.finditer(text, 1):
            shorter = Component(
                fold(text[: match.start()]), last.start, last.start + match.start()
            )
            if self._names.is_known(joined([*meaning[:-1], shorter])):
                return [*meaning[:-1], shorter]
        return meaning

    def _by_suffix(
        self, components: list[Component], token: str, *, is_absolute: bool
    ) -> tuple[Piece, ...]:
        names = [component.name for component in components]
        first = next((i for i, n in enumerate(names) if n.strip(".")), 0)
        if ".." in names[first:]:
            return ()
        last = len(names) - 1 if is_absolute else first + 1
        for start in range(first, min(last, len(names) - 1)):
            longest = min(len(names), start + self._deepest)
            for end in range(longest, start + 1, -1):
                suffix = "/".join(names[start:end])
                if suffix in self._names.harmless_suffixes:
                    return ()
                path = self._names.suffixes.get(suffix)
                if path is None:
                    continue
                if suffix in self._names.ambiguous and suffix != path:
                    return ()
                if not first and not self._tells(path, names[start:end]):
                    return ()
                return self._after(path, components[start:], end - start, token)
        return ()

    def _tells(self, path: str, suffix: list[str]) -> bool:
        """Say whether the end of a sensitive path names it, or just sounds like it."""
        reaches_top = self._names.sensitive[path][-len(suffix) :] != (True,) * len(
            suffix
        ) or len(suffix) == len(self._names.sensitive[path])
        return reaches_top or says_something(suffix)

    def _after(
        self, path: str, components: list[Component], length: int, token: str
    ) -> tuple[Piece, ...]:
        flags = self._names.sensitive[path][-length:]
        if not any(flags):
            return ()
        tail = (flags[-1],) * (len(components) - length)
        return tuple(
            (c.start, c.end)
            for c, flag in zip(components, flags + tail, strict=True)
            if flag and self._is_name(c, token)
        )
