"""Cut text into the words that rules and the model look at, and find phrases in them.

Pure.  A word is a run of letters and digits, lower case; every character of a
script without spaces (Chinese, Japanese, Korean, Thai) is a word of its own;
the end of a sentence or line is the word SENTENCE_END.  Hyphens and underscores
separate: "fine-tune", "fine_tune" and "fine tune" are the same two words.

A phrase is written as words with single spaces; a trailing "*" on a word means
"starts with".  Matching walks the text once and looks up phrases by their first
word: linear in the text, with nothing to backtrack.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

HEAD_CHARS = 3_000  # a prompt's instruction stands at its start …
TAIL_CHARS = 1_500  # … or after what was pasted; the middle of a long paste is skipped
KEY_CHARS = 3  # phrases are looked up by this much of their first word
MAX_REMEMBERED = 20_000  # words that were looked up; then it starts anew
MIN_PREFIX_CHARS = 3  # "a*" would match a third of all text

_WORD = r"[^\W_]+|[.!?;:](?=\s|$)|\n"  # plain classes: wide ranges take 2 ms to compile
SENTENCE_END = "."
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


class _Starts(NamedTuple):
    """What may start with a word."""

    groups: tuple[int, ...]  # the word alone is a phrase of these
    by_initial: Mapping[str, Sequence[tuple[str, int]]]  # phrases, by what follows
    longer: tuple[tuple[str, int], ...]  # phrases whose first word is a prefix of it


_NO_START = _Starts((), {}, ())


class PhraseIndex:
    """Many groups of phrases, found together in one pass.

    Single words are looked up as they are; longer phrases by their first word and
    the initial of the second; prefixes by their first letters.  A phrase is cut
    into words when something like it is met for the first time.
    """

    __slots__ = ("_by_prefix", "_longer", "_remembered", "_single")

    def __init__(self) -> None:
        self._single: dict[str, list[int]] = {}
        self._longer: dict[str, dict[str, list[tuple[str, int]]]] = {}
        self._by_prefix: dict[str, list[tuple[str, str, int]]] = {}
        self._remembered: dict[str, _Starts] = {}

    def add(self, phrases: Iterable[str], group: int) -> None:
        """File `phrases` under `group`; each must be one that `check_phrase` passes."""
        self._remembered.clear()
        for phrase in phrases:
            first, _, rest = phrase.partition(" ")
            if _is_unspaced(first[0]):
                first, rest = first[0], first[1:] + rest
            if first[-1] == "*":
                entry = (first[:-1], phrase if rest else "", group)
                self._by_prefix.setdefault(first[:KEY_CHARS], []).append(entry)
            elif rest:
                by_initial = self._longer.setdefault(first, {})
                by_initial.setdefault(rest[0], []).append((phrase, group))
            else:
                self._single.setdefault(first, []).append(group)

    def copy(self) -> PhraseIndex:
        """Return an index that can grow without changing this one."""
        grown = PhraseIndex()
        grown._single = {key: list(groups) for key, groups in self._single.items()}
        grown._by_prefix = {key: list(found) for key, found in self._by_prefix.items()}
        grown._longer = {
            first: {initial: list(found) for initial, found in by_initial.items()}
            for first, by_initial in self._longer.items()
        }
        return grown

    def find(self, words: Sequence[str]) -> dict[int, list[Span]]:
        """Return where each group occurs, in the order of the text."""
        found: dict[int, list[Span]] = {}
        remembered = self._remembered
        for start, word in enumerate(words):
            starts = remembered.get(word)
            if starts is None:
                starts = self._remember(word)
            if starts is _NO_START:
                continue
            for group in starts.groups:
                found.setdefault(group, []).append(Span(start, start + 1))
            after = words[start + 1] if start + 1 < len(words) else SENTENCE_END
            for phrase, group in (
                *starts.by_initial.get(after[0], ()),
                *starts.longer,
            ):
                parts = _cut(phrase)
                end = start + len(parts)
                if _matches(parts, words[start:end]):
                    found.setdefault(group, []).append(Span(start, end))
        return found

    def _remember(self, word: str) -> _Starts:
        prefixed = [
            (phrase, group)
            for stem, phrase, group in self._by_prefix.get(word[:KEY_CHARS], ())
            if word.startswith(stem)
        ]
        alone = [group for phrase, group in prefixed if not phrase]
        starts = _Starts(
            (*self._single.get(word, ()), *alone),
            self._longer.get(word, {}),
            tuple(entry for entry in prefixed if entry[0]),
        )
        if starts == _NO_START:
            starts = _NO_START
        if len(self._remembered) >= MAX_REMEMBERED:
            self._remembered.clear()
        self._remembered[word] = starts
        return starts


def split_words(text: str) -> list[str]:
    """Return the words of the head and tail of `text`."""
    if len(text) > HEAD_CHARS + TAIL_CHARS:
        text = text[:HEAD_CHARS] + "\n" + text[-TAIL_CHARS:]
    text = text.lower()
    is_ascii = text.isascii()
    if not is_ascii:
        for end in _WIDE_ENDS:
            text = text.replace(end, "\n")
    found = [
        SENTENCE_END if word in _ENDS else word for word in _pattern().findall(text)
    ]
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
    words = [word for word in split_words(piece) if word != SENTENCE_END]
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
