"""A linear model over words and signals: how much a prompt looks like paused work.

Pure.  A model file is a line of JSON (the numbers below, and the weight of each
signal), a line of JSON that only naming the type needs, and tables of signed bytes:
  paused   a weight for each cell of words, character runs and pairs of words
  places   the same for the words of paths, remotes and branches
  types    one table of words and pairs for each task type
Signals are the groups of phrases and the rules of a `RuleBook`, by name; one
that the model does not know weighs nothing.

    score = bias + groups / max(number of groups, 3)^power + rules
                 + cells / max(number of words, 4)^power
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from aiwrap.tasks.features import (
    HASH_BITS,
    gram_hashes,
    pair_hashes,
    word_hash,
)
from aiwrap.tasks.rules import Found, Hit, Rule
from aiwrap.tasks.words import SENTENCE_END

FORMAT = 1
MIN_WORDS = 4
MIN_GROUPS = 3
MIN_TELLING_CHARS = 4  # “the” and “our” weigh something, but tell nobody anything
MAX_REMEMBERED = 20_000  # words whose weight is kept; then it starts anew


class Limits(NamedTuple):
    """Scores from which a prompt is likely, and certain, to be paused work."""

    likely: float
    certain: float


class _Table(NamedTuple):
    cells: memoryview[int]
    shift: int
    scale: float


class Model:
    """The weights, and what they say about some words."""

    __slots__ = (
        "_bias",
        "_gram_weight",
        "_paused",
        "_places",
        "_power",
        "_remembered",
        "_signals",
        "_type_line",
        "_type_weights",
        "_types",
        "limits",
        "tasks",
    )

    def __init__(self, data: bytes) -> None:
        first, self._type_line, tables = data.split(b"\n", 2)
        header: dict[str, Any] = json.loads(first)
        if header["format"] != FORMAT:
            raise ValueError(f"the model has format {header['format']}, not {FORMAT}")
        self.tasks: tuple[str, ...] = tuple(header["tasks"])
        self.limits = Limits(header["likely"], header["certain"])
        self._type_weights: list[Any] | None = None  # read when a type is named
        self._bias: float = header["bias"]
        self._gram_weight: float = header["gram_weight"]
        self._power: float = header["power"]
        self._signals: dict[str, float] = header["signals"]
        self._paused, self._places, *types = _tables(
            memoryview(tables).cast("b"), header["tables"]
        )
        self._types = types
        self._remembered: dict[str, tuple[int, float]] = {}

    def prompt_score(
        self, words: Sequence[str], found: Found, names: Sequence[str]
    ) -> float:
        """Return how much the prompt looks like paused work; `names` of the groups."""
        known = {word: self._word(word) for word in dict.fromkeys(words)}
        hashes = {word: number for word, (number, _) in known.items()}
        cells, shift, scale = self._paused
        total = sum([weight for _, weight in known.values()])
        total += sum([cells[pair >> shift] for pair in pair_hashes(words, hashes)])
        return (
            self._bias
            + self._signal_score(found, names, self._signals)
            + total * scale / self._shrunk(len(words), MIN_WORDS)
        )

    def place_score(self, words: Sequence[str], hits: Iterable[Hit]) -> float:
        """Return how much a path, remote or branch looks like paused work."""
        cells, shift, scale = self._places
        different = [word for word in dict.fromkeys(words) if word != SENTENCE_END]
        total = sum(
            cells[number >> shift]
            for word in different
            for number in (word_hash(word), *gram_hashes(word))
        )
        signals = sum(self._signals.get(rule_signal(hit.rule), 0.0) for hit in hits)
        return signals + total * scale / self._shrunk(len(different), 1)

    def shares(
        self, words: Sequence[str], found: Found, names: Sequence[str]
    ) -> dict[str, float]:
        """Return how probable each type is, given that one of them is right."""
        if self._type_weights is None:
            self._type_weights = json.loads(self._type_line)["types"]
        hashes = {word: word_hash(word) for word in dict.fromkeys(words)}
        numbers = [n for word, n in hashes.items() if word != SENTENCE_END]
        numbers += pair_hashes(words, hashes)
        length = self._shrunk(len(words), MIN_WORDS)
        scores = []
        for (cells, shift, scale), weights in zip(
            self._types, self._type_weights, strict=True
        ):
            total = sum([cells[number >> shift] for number in numbers])
            signals = self._signal_score(found, names, weights["signals"])
            scores.append(weights["bias"] + signals + total * scale / length)
        top = max(scores)
        powers = [math.exp(score - top) for score in scores]
        return {
            task: power / sum(powers)
            for task, power in zip(self.tasks, powers, strict=True)
        }

    def telling_words(self, words: Sequence[str], count: int) -> list[str]:
        """Return the words that speak most for paused work, the strongest first."""
        weighed = {
            word: self._word(word)[1]
            for word in dict.fromkeys(words)
            if len(word) >= MIN_TELLING_CHARS or not word.isascii()
        }
        found = sorted(weighed, key=lambda word: -weighed[word])[:count]
        return [word for word in found if weighed[word] > 0]

    def _shrunk(self, count: int, least: int) -> float:
        return math.pow(max(count, least), self._power)

    def _word(self, word: str) -> tuple[int, float]:
        known = self._remembered.get(word)
        if known is None:
            number = word_hash(word)
            cells, shift, _ = self._paused
            weight = 0.0
            if word != SENTENCE_END:
                grams = sum([cells[gram >> shift] for gram in gram_hashes(word)])
                weight = cells[number >> shift] + self._gram_weight * grams
            if len(self._remembered) >= MAX_REMEMBERED:
                self._remembered.clear()
            known = self._remembered[word] = (number, weight)
        return known

    def _signal_score(
        self, found: Found, names: Sequence[str], weights: Mapping[str, float]
    ) -> float:
        groups = sum(weights.get(group_signal(names[g]), 0.0) for g in found.groups)
        rules = sum(weights.get(rule_signal(hit.rule), 0.0) for hit in found.hits)
        return groups / self._shrunk(len(found.groups), MIN_GROUPS) + rules


def group_signal(name: str) -> str:
    """Return the name of the signal that a group of phrases is."""
    return f"group {name}"


def rule_signal(rule: Rule) -> str:
    """Return the name of the signal that a rule is."""
    return f"rule {rule.task}/{rule.name}"


def _tables(
    data: memoryview[int], described: Iterable[Mapping[str, Any]]
) -> list[_Table]:
    tables: list[_Table] = []
    start = 0
    for entry in described:
        size = 1 << entry["bits"]
        cells = data[start : start + size]
        if len(cells) != size:
            raise ValueError("the model file is cut short")
        tables.append(_Table(cells, HASH_BITS - entry["bits"], entry["scale"]))
        start += size
    return tables
