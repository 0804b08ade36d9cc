"""Which components of a repo path are sensitive: gitignore rules, component-wise.

Pure.  It does not know which files exist, and it does not look at text.

Rules, in this order:
  1. Patterns are gitignore's: `*`, `?`, `[…]`, `**`, a leading or inner slash
     anchors at the root, `!` takes back, the last pattern that matches wins.
  2. `X/**` and `X/*` imply `X`: a name is hidden from the last component of the
     pattern that is not a pure wildcard, down to the end of the path.
  3. What lies below a sensitive component is sensitive unless taken back.
  4. Names are compared without regard to case and to Unicode composition,
     because some file systems do, and because the strict side is the safe one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

MAX_REMEMBERED = 100_000
_WILD = frozenset("*?[")
_SHORTEST_LITERAL = 3


def fold(name: str) -> str:
    """Return the form in which names are compared."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", name).lower()


class _Rule(NamedTuple):
    expression: re.Pattern[str]
    is_taken_back: bool
    only_directories: bool
    locks: bool  # names a directory itself: nothing below can be taken back


class Patterns:
    """The sensitive patterns of one repo, asked about one path at a time."""

    def __init__(self, patterns: Iterable[str]) -> None:
        rules = [_rule(line) for line in patterns if _is_pattern(line)]
        self._rules = tuple(reversed(rules))
        self._directories: dict[str, tuple[tuple[bool, ...], bool]] = {}
        self.literals = frozenset(
            literal
            for line in patterns
            if _is_pattern(line) and not line.startswith("!")
            for literal in _literals(line)
        )

    def __bool__(self) -> bool:
        return bool(self._rules)

    def flags(
        self, components: Sequence[str], *, is_file: bool = False
    ) -> tuple[bool, ...]:
        """Say for each of the folded `components` whether its name is sensitive.

        `is_file` says that the last one is known to be no directory.
        """
        if not components:
            return ()
        flags, is_locked = self._directory("/".join(components[:-1]))
        state = flags[-1] if flags else False
        if not is_locked:
            rule = self._match("/".join(components), is_file=is_file)
            state = state if rule is None else not rule.is_taken_back
        return (*flags, state)

    def _directory(self, path: str) -> tuple[tuple[bool, ...], bool]:
        """Return the flags of a directory, and whether nothing below is taken back."""
        if not path:
            return (), False
        known = self._directories.get(path)
        if known is not None:
            return known
        if len(self._directories) > MAX_REMEMBERED:
            self._directories.clear()
        flags, is_locked = self._directory(path.rpartition("/")[0])
        state = flags[-1] if flags else False
        rule = None if is_locked else self._match(path, is_file=False)
        if rule is not None:
            state = not rule.is_taken_back
            is_locked = state and rule.locks
        known = self._directories[path] = ((*flags, state), is_locked)
        return known

    def _match(self, path: str, *, is_file: bool) -> _Rule | None:
        for rule in self._rules:
            if rule.only_directories and is_file:
                continue
            if rule.expression.fullmatch(path):
                return rule
        return None


def _is_pattern(line: str) -> bool:
    return bool(line.strip().strip("/!")) and not line.startswith("#")


def _rule(line: str) -> _Rule:
    line = _stripped(line)
    is_taken_back = line.startswith("!")
    if line.startswith(("!", "\\!", "\\#")):
        line = line[1:]
    components = [part for part in line.split("/") if part]
    is_anchored = "/" in line.rstrip("/")
    kept = _without_wild_end(components)
    if len(kept) < len(components) and is_taken_back:
        kept = components  # taking back the inside leaves the directory hidden
    expression = _expression(kept, is_anchored=is_anchored)
    expression += _inside(components[len(kept) :])
    return _Rule(
        re.compile(expression, re.DOTALL),
        is_taken_back,
        line.endswith("/") and len(kept) == len(components),
        len(kept) == len(components),
    )


def _stripped(line: str) -> str:
    line = fold(line)
    return line.strip() if not line.endswith("\\ ") else line.lstrip()


def _without_wild_end(components: list[str]) -> list[str]:
    kept = list(components)
    while kept and kept[-1] in {"*", "**"}:
        kept.pop()
    return kept


def _expression(components: Sequence[str], *, is_anchored: bool) -> str:
    if not components:
        return "[^/]+"  # everything, from the first component on
    parts = [] if is_anchored else ["(?:.*/)?"]
    parts += [
        "(?:.*/)?" if component == "**" else _component(component) + "/"
        for component in components[:-1]
    ]
    last = components[-1]
    parts.append(".+" if last == "**" else _component(last))
    return "".join(parts)


def _inside(wild_end: Sequence[str]) -> str:
    """Return what the wild end of a pattern matches besides what it implies."""
    if not wild_end:
        return ""
    return "(?:/.*)?" if "**" in wild_end else "(?:/[^/]*)?" * len(wild_end)


def _component(text: str) -> str:
    parts = []
    index = 0
    while index < len(text):
        char = text[index]
        index += 1
        if char == "*":
            parts.append("[^/]*")
        elif char == "?":
            parts.append("[^/]")
        elif char == "\\" and index < len(text):
            parts.append(re.escape(text[index]))
            index += 1
        elif char == "[" and (end := text.find("]", index + 1)) > 0:
            parts.append(_class(text[index:end]))
            index = end + 1
        else:
            parts.append(re.escape(char))
    return "".join(parts)


def _class(body: str) -> str:
    sign = "^" if body[0] in "!^" else ""
    inside = body[1:] if sign else body
    inside = inside.replace("\\", "\\\\").replace("[", "\\[").replace("^", "\\^")
    expression = f"[{sign}{inside}]"
    try:
        re.compile(expression)
    except re.error:  # `[z-a]` is a range to no parser: take it literally
        return re.escape(f"[{body}]")
    return f"(?!/){expression}"


def _literals(line: str) -> list[str]:
    """Return what a text must hold for this pattern to matter, at its best."""
    for component in reversed(_stripped(line).split("/")):
        if not component or component in {"*", "**"}:
            continue
        if not _WILD & set(component):
            return [component.replace("\\", "")]
        piece = max(re.split(r"\[[^\]]*\]|[*?]+", component), key=len)
        if len(piece) >= _SHORTEST_LITERAL or piece.startswith("."):
            return [piece]
    return [""]  # nothing to look for: every text has to be looked at
