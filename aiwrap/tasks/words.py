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
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

HEAD_CHARS = 3_000  # a prompt's instruction stands at its start …
TAIL_CHARS = 1_500  # … or after what was pasted; the middle of a long paste is skipped
KEY_CHARS = 3  # phrases are looked up by this much of their first word
MIN_PREFIX_CHARS = 3  # "a*" would match a third of all text

_WORD = r"[^\W_]+|[.!?;:](?=\s|$)|\n"  # plain classes: wide ranges take 2 ms to compile
_ENDS = frozenset(".!?;:\n")
_WIDE_ENDS = ("\u3002", "\uff01", "\uff1f", "\uff1b")  # of Chinese and Japanese
_FIRST_UNSPACED = "\u0e00"

_Parts = tuple[tuple[str, bool], ...]
_compiled: re.Pattern[str] | None = None
_cuts: dict[str, _Parts] = {}  # bounded by the phrases that task types hold


class Span(NamedTuple):
    """A phrase found at `words[start:end]`."""

    start: int
    end: int


class PhraseIndex:
    """Many groups of phrases, found together in one pass.

    Whole first words are looked up as they are, prefixes by their first letters;
    a phrase is cut into words when its first word is met for the first time.
    """

    __slots__ = ("_by_prefix", "_by_word")

    def __init__(self) -> None:
        self._by_word: dict[str, list[tuple[str, int]]] = {}
        self._by_prefix: dict[str, list[tuple[str, int]]] = {}

    def add(self, phrases: Iterable[str], group: int) -> None:
        """File `phrases` under `group`; each must be one that `check_phrase` passes."""
        for phrase in phrases:
            first = phrase.split(" ", 1)[0]
            if _is_unspaced(first[0]):
                self._by_word.setdefault(first[0], []).append((phrase, group))
            elif first[-1] == "*":
                key = first[:KEY_CHARS]
                self._by_prefix.setdefault(key, []).append((phrase, group))
            else:
                self._by_word.setdefault(first, []).append((phrase, group))

    def copy(self) -> PhraseIndex:
        """Return an index that can grow without changing this one."""
        grown = PhraseIndex()
        grown._by_word = {key: list(found) for key, found in self._by_word.items()}
        grown._by_prefix = {key: list(found) for key, found in self._by_prefix.items()}
        return grown

    def find(self, words: Sequence[str]) -> dict[int, list[Span]]:
        """Return where each group occurs, in the order of the text."""
        found: dict[int, list[Span]] = {}
        by_word, by_prefix = self._by_word, self._by_prefix
        for start, word in enumerate(words):
            for entries in (by_word.get(word), by_prefix.get(word[:KEY_CHARS])):
                for phrase, group in entries or ():
                    parts = _cut(phrase)
                    end = start + len(parts)
                    if _matches(parts, words[start:end]):
                        found.setdefault(group, []).append(Span(start, end))
        return found


def split_words(text: str) -> list[str]:
    """Return the words of the head and tail of `text`."""
    if len(text) > HEAD_CHARS + TAIL_CHARS:
        text = text[:HEAD_CHARS] + "\n" + text[-TAIL_CHARS:]
    text = text.lower()
    is_ascii = text.isascii()
    if not is_ascii:
        for end in _WIDE_ENDS:
            text = text.replace(end, "\n")
    found = ["." if word in _ENDS else word for word in _pattern().findall(text)]
    return found if is_ascii else list(_without_runs(found))


def join_words(words: Iterable[str]) -> str:
    """Return words as a person would write them: no spaces in unspaced scripts."""
    text = ""
    for word in words:
        is_apart = text and not (_is_unspaced(text[-1]) and _is_unspaced(word[0]))
        text += f" {word}" if is_apart else word
    return text


def _without_runs(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        if word.isascii():
            yield word
            continue
        run = ""
        for character in word:
            if not _is_unspaced(character):
                run += character
                continue
            if run:
                yield run
            run = ""
            yield character
        if run:
            yield run


def _is_unspaced(character: str) -> bool:
    return character >= _FIRST_UNSPACED and (
        character <= "\u0eff"  # Thai and Lao
        or "\u3040" <= character <= "\u9fff"  # kana and ideographs
        or "\uac00" <= character <= "\ud7af"  # syllables of Korean
        or "\uf900" <= character <= "\ufaff"  # compatibility ideographs
    )


def _pattern() -> re.Pattern[str]:
    global _compiled  # noqa: PLW0603 - compiled on first use only
    if _compiled is None:
        _compiled = re.compile(_WORD)
    return _compiled


def check_phrase(phrase: str) -> str:
    """Return `phrase` as it is matched; one that cannot match is a ValueError."""
    written = " ".join(word for piece in phrase.split() for word in _words_of(piece))
    if not written:
        raise ValueError(f"the phrase {phrase!r} holds no word")
    first = written.split(" ", 1)[0]
    if first.endswith("*") and len(first) <= MIN_PREFIX_CHARS:
        raise ValueError(
            f"the phrase {phrase!r} starts with fewer than "
            f"{MIN_PREFIX_CHARS} letters before the *"
        )
    return written


def _cut(phrase: str) -> _Parts:
    parts = _cuts.get(phrase)
    if parts is None:
        pieces = phrase.split(" ")
        if not phrase.isascii():
            pieces = [word for piece in pieces for word in _words_of(piece)]
        parts = tuple((piece.rstrip("*"), piece[-1] == "*") for piece in pieces)
        _cuts[phrase] = parts
    return parts


def _words_of(piece: str) -> list[str]:
    words = [word for word in split_words(piece) if word != "."]
    if words and piece.endswith("*"):
        words[-1] += "*"
    return words


def _matches(parts: _Parts, words: Sequence[str]) -> bool:
    if len(words) < len(parts):
        return False
    for (part, is_prefix), word in zip(parts, words, strict=True):
        if word != part and not (is_prefix and word.startswith(part)):
            return False
    return True
