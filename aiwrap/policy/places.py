"""Find where a key stands in a TOML text, for error messages.

Only for text that tomli has accepted, and only when there is something to
complain about: tomli reports no positions, so the text is walked a second
time.  A path is made of keys and of indexes into arrays, for example
`("pause", 1, "action")`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import tomli

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\[\]{}#\r\n\"']+")


class Place(NamedTuple):
    """Line and column, counted from 1, in characters."""

    line: int
    column: int


class Places:
    """Where every key and array element of a TOML text stands."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._offsets = _Walk(text).offsets

    def of(self, path: Path) -> Place:
        """Return where `path` stands, or the nearest table around it."""
        while path and path not in self._offsets:
            path = path[:-1]
        return place_at(self._text, self._offsets.get(path, 0))


def place_at(text: str, offset: int) -> Place:
    """Turn an offset into line and column."""
    line_start = text.rfind("\n", 0, offset) + 1
    return Place(text.count("\n", 0, offset) + 1, offset - line_start + 1)


class _Walk:
    """One pass over the text; `offsets` is what it found."""

    def __init__(self, text: str) -> None:
        self.offsets: dict[Path, int] = {}
        self._text = text
        self._at = 0
        self._sizes: dict[Path, int] = {}  # of the arrays of tables so far
        self._document()

    def _document(self) -> None:
        table: Path = ()
        while True:
            self._blank()
            if self._at >= len(self._text):
                return
            if self._peek("["):
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Path:
        start = self._at
        is_array = self._peek("[[")
        self._at += 2 if is_array else 1
        keys = self._keys()
        self._at += 2 if is_array else 1
        path = self._enter(keys, is_array=is_array)
        self.offsets.setdefault(path, start)
        return path

    def _enter(self, keys: tuple[str, ...], *, is_array: bool) -> Path:
        path: Path = ()
        for position, key in enumerate(keys):
            path = (*path, key)
            is_last = position == len(keys) - 1
            if is_last and is_array:
                self._sizes[path] = self._sizes.get(path, 0) + 1
            if path in self._sizes:
                path = (*path, self._sizes[path] - 1)
        return path

    def _pair(self, table: Path) -> None:
        start = self._at
        path: Path = (*table, *self._keys())
        self.offsets.setdefault(path, start)
        self._at += 1  # the equals sign
        self._blank()
        self._value(path)

    def _keys(self) -> tuple[str, ...]:
        keys = [self._key()]
        while self._peek("."):
            self._at += 1
            keys.append(self._key())
        return tuple(keys)

    def _key(self) -> str:
        self._blank()
        if (bare := _BARE_KEY.match(self._text, self._at)) is not None:
            self._at = bare.end()
            key = bare.group()
        else:
            key = str(tomli.loads("key = " + self._string())["key"])
        self._blank()
        return key

    def _value(self, path: Path) -> None:
        self.offsets.setdefault(path, self._at)
        if self._peek("["):
            self._array(path)
        elif self._peek("{"):
            self._inline_table(path)
        elif self._peek('"') or self._peek("'"):
            self._string()
        else:
            bare = _BARE_VALUE.match(self._text, self._at)
            self._at = bare.end() if bare is not None else self._at + 1

    def _array(self, path: Path) -> None:
        index = 0
        self._at += 1
        while not self._closed("]"):
            self._value((*path, index))
            index += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        while not self._closed("}"):
            self._pair(path)

    def _closed(self, bracket: str) -> bool:
        """Step over blanks and a comma; say whether `bracket` came (or the end)."""
        self._blank()
        if self._peek(","):
            self._at += 1
            self._blank()
        if self._peek(bracket):
            self._at += 1
            return True
        return self._at >= len(self._text)

    def _string(self) -> str:
        found = _STRING.match(self._text, self._at)
        end = found.end() if found is not None else self._at + 1
        start, self._at = self._at, end
        return self._text[start:end]

    def _blank(self) -> None:
        found = _BLANK.match(self._text, self._at)
        if found is not None:
            self._at = found.end()

    def _peek(self, text: str) -> bool:
        return self._text.startswith(text, self._at)
