"""Cut text into the words that rules and the model look at, and find phrases in them.

Pure.  A word is a run of letters and digits, lower case; every character of a
script without spaces (Chinese, Japanese, Korean, Thai) is a word of its own;
the end of a sentence or line is the word ".".  Hyphens and underscores separate,
so "fine-tune", "fine_tune" and "fine tune" are the same two words.

A phrase is written as words with single spaces; a trailing "*" on a word means
"starts with".  Matching walks the text once and looks up phrases by the first
letters of each word: linear in the text, with nothing to backtrack.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

HEAD_CHARS = 3_000  # a prompt's instruction stands at its start …
TAIL_CHARS = 1_500  # … or after what was pasted; the middle of a long paste is skipped
KEY_CHARS = 3  # phrases are looked up by this much of their first word
MIN_PREFIX_CHARS = 3  # "a*" would match a third of all text

_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
_WIDE_ENDS = (
    "\u3002\uff01\uff1f\uff1b"  # full stop, exclamation, question mark, semicolon
)
_WORD = rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+|[.!?;:](?=\s|$)|[{_WIDE_ENDS}]|\n"
_ENDS = frozenset(f".!?;:{_WIDE_ENDS}\n")

_compiled: re.Pattern[str] | None = None


class Span(NamedTuple):
    """A phrase found at `words[start:end]`."""

    start: int
    end: int


class PhraseIndex:
    """Many groups of phrases, found together in one pass."""

    __slots__ = ("_by_key",)

    def __init__(self) -> None:
        self._by_key: dict[str, list[tuple[tuple[tuple[str, bool], ...], int]]] = {}

    def add(self, phrases: Iterable[str], group: int) -> None:
        """File `phrases` under `group`.

        A phrase without a word, or with a very short prefix first, is a ValueError.
        """
        for phrase in phrases:
            parts = tuple(_parts(phrase))
            if not parts:
                raise ValueError(f"the phrase {phrase!r} holds no word")
            first, is_prefix = parts[0]
            if is_prefix and len(first) < MIN_PREFIX_CHARS:
                raise ValueError(
                    f"the phrase {phrase!r} starts with fewer than "
                    f"{MIN_PREFIX_CHARS} letters before the *"
                )
            self._by_key.setdefault(first[:KEY_CHARS], []).append((parts, group))

    def copy(self) -> PhraseIndex:
        """Return an index that can grow without changing this one."""
        grown = PhraseIndex()
        grown._by_key = {key: list(found) for key, found in self._by_key.items()}
        return grown

    def find(self, words: Sequence[str]) -> dict[int, list[Span]]:
        """Return where each group occurs, in the order of the text."""
        found: dict[int, list[Span]] = {}
        by_key = self._by_key
        for start, word in enumerate(words):
            for parts, group in by_key.get(word[:KEY_CHARS], ()):
                end = start + len(parts)
                if _matches(parts, words[start:end]):
                    found.setdefault(group, []).append(Span(start, end))
        return found


def split_words(text: str) -> list[str]:
    """Return the words of the head and tail of `text`."""
    if len(text) > HEAD_CHARS + TAIL_CHARS:
        text = text[:HEAD_CHARS] + "\n" + text[-TAIL_CHARS:]
    found = _pattern().findall(text.lower())
    return ["." if word in _ENDS else word for word in found]


def _pattern() -> re.Pattern[str]:
    global _compiled  # noqa: PLW0603 - compiled on first use only
    if _compiled is None:
        _compiled = re.compile(_WORD)
    return _compiled


def _parts(phrase: str) -> list[tuple[str, bool]]:
    parts: list[tuple[str, bool]] = []
    for piece in phrase.split():
        is_prefix = piece.endswith("*")
        words = (
            [word] if (word := piece.rstrip("*")).isascii() and word.isalnum() else None
        )
        words = [word.lower()] if words else split_words(word)
        parts += [(word, False) for word in words if word != "."]
        if is_prefix and parts:
            parts[-1] = (parts[-1][0], True)
    return parts


def _matches(parts: tuple[tuple[str, bool], ...], words: Sequence[str]) -> bool:
    if len(words) < len(parts):
        return False
    for (part, is_prefix), word in zip(parts, words, strict=True):
        if word != part and not (is_prefix and word.startswith(part)):
            return False
    return True
