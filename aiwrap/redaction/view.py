"""A text as the finder wants to read it, and the way back to the text itself.

Pure.  In the view, characters that carry no name are gone (zero-width, colour
sequences), encoded separators are runs of slashes of the same length, and escaped
letters are letters.  The rest is unchanged: a text without these is its own view.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable

Piece = tuple[int, int]

# Marks that compose letters, which `\w` leaves out: Latin, Indic to Khmer, kana.
_MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u109f\u1780-\u17d3\u3099\u309a"
NAME_CHARACTERS = f"\\w.@~+\\-%$={_MARKS}"  # what the name of a file mostly holds
UNSEEN = "\u200b-\u200f\u2060\ufeff\u00ad"
_FILLER = "\u2060"
ODD = "\ue000"  # stands for a run of other characters in a name that is known

_NO_NAME = re.compile(
    f"[{UNSEEN}]|\x1b(?:\\[[0-9;:?]*[A-Za-z]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\))"
)
_RUN_OF_ODD = re.compile(f"[^{NAME_CHARACTERS}/]+")
_ODD_SPELLING = re.compile(f"(?:%[0-9A-Fa-f]{{2}}|[^{NAME_CHARACTERS}/])+")
_ESCAPED = re.compile(r"\\+u([0-9a-fA-F]{4})")
_ENCODED = re.compile(r"%(?:25)*(?:2[Ff]|5[Cc])|\\(?=/)|&#(?:47|x2[fF]);")


class View:
    """`text` is what the finder reads; `origin` maps its positions back."""

    __slots__ = ("_coloured", "_origins", "_starts", "text")

    def __init__(self, text: str) -> None:
        self._starts: list[int] = [0]
        self._origins: list[int] = [0]
        self._coloured: set[int] = set()  # runs that follow a colour sequence
        self.text = _with_slashes(text) if _may_encode(text) else text
        if "\\u" in self.text:
            self.text = _ESCAPED.sub(_unescaped, self.text)
        if _NO_NAME.search(self.text):
            self._strip()

    def mark(self, names: re.Pattern[str]) -> None:
        """Mark the odd characters of `names`, so that each is one word."""
        self.text = names.sub(_marked, self.text)

    def origin(self, piece: Piece) -> list[Piece]:
        """Return where `piece` of the view stands in the text.

        More than one, if a colour sequence stands between its characters.
        """
        start, end = piece
        first = bisect_right(self._starts, start) - 1
        last = bisect_right(self._starts, end - 1) - 1
        if first == last:
            shift = self._origins[first] - self._starts[first]
            return [(start + shift, end + shift)]
        return self._parts(start, end, first, last)

    def _parts(self, start: int, end: int, first: int, last: int) -> list[Piece]:
        parts: list[Piece] = []
        for index in range(first, last + 1):
            begin = max(start, self._starts[index])
            stop = end if index == last else self._starts[index + 1]
            shift = self._origins[index] - self._starts[index]
            if parts and index not in self._coloured:
                parts[-1] = (parts[-1][0], stop + shift)
            else:
                parts.append((begin + shift, stop + shift))
        return parts

    def _strip(self) -> None:
        kept = []
        position = length = 0
        for match in _NO_NAME.finditer(self.text):
            kept.append(self.text[position : match.start()])
            length += match.start() - position
            position = match.end()
            if self._starts[-1] == length:
                self._origins[-1] = position
            else:
                self._starts.append(length)
                self._origins.append(position)
            if match[0][0] == "\x1b":
                self._coloured.add(len(self._starts) - 1)
        kept.append(self.text[position:])
        self.text = "".join(kept)


def plain(path: str) -> str:
    """Return `path` with every run of odd characters made one mark."""
    return _RUN_OF_ODD.sub(ODD, path)


def odd_names(names: Iterable[str]) -> re.Pattern[str] | None:
    """Return what finds the names among `names` that hold odd characters."""
    odd = sorted({n for n in names if _RUN_OF_ODD.search(n)}, key=len, reverse=True)
    if not odd:
        return None
    spellings = "|".join("".join(map(_spelling, name)) for name in odd)
    return re.compile(f"(?<![\\w.-])(?:{spellings})(?![\\w-])", re.IGNORECASE)


def _spelling(char: str) -> str:
    if not _RUN_OF_ODD.fullmatch(char):
        return re.escape(char)
    encoded = "".join(f"%{byte:02x}" for byte in char.encode("utf-8", "replace"))
    return rf"(?:\\*{re.escape(char)}|{encoded})"


def _marked(match: re.Match[str]) -> str:
    return _ODD_SPELLING.sub(lambda run: ODD * len(run[0]), match[0])


def _unescaped(match: re.Match[str]) -> str:
    """Return the letter, and something unseen for the rest of the escape."""
    char = chr(int(match[1], 16))
    if not char.isalnum() and char not in "-_./":
        return match[0]
    return char + _FILLER * (len(match[0]) - 1)


def _may_encode(text: str) -> bool:
    return "%" in text or "\\/" in text or "&#" in text


def _with_slashes(text: str) -> str:
    return _ENCODED.sub(lambda match: "/" * len(match[0]), text)
