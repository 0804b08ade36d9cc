"""Train the model of `aiwrap.tasks` and say how good it is.

    pip install numpy scipy scikit-learn        (for this script only)
    python -m tests.bench.train_tasks           writes aiwrap/data/task_types/model.bin
    python -m tests.bench.train_tasks --folds   prints what each writer's rows meet
                                                when the model never saw that writer

The corpus is `tests/data/tasks/*.jsonl`, one file for each writer: {"text", "label",
"context"}.  Two logistic regressions: paused or ordinary, and which type.  A cell
counts only where at least two writers filled it: what one writer alone says is that
writer's manner.  A row with a context is learnt with and without it.  The limits are
set on the scores of the folds: every row is judged by a model that did not see its
writer.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np  # type: ignore[import-not-found,unused-ignore]  # not a dependency
from scipy import sparse  # type: ignore[import-untyped,import-not-found,unused-ignore]  # not one
from sklearn.linear_model import (  # type: ignore[import-untyped,import-not-found,unused-ignore]  # nor this
    LogisticRegression,
)

from aiwrap.tasks.classifier import MAX_PLACE_SCORE, strongest_part
from aiwrap.tasks.evidence import Evidence
from aiwrap.tasks.features import (
    HASH_BITS,
    gram_hashes,
    pair_hashes,
    word_hash,
)
from aiwrap.tasks.model import (
    FORMAT,
    MIN_GROUPS,
    MIN_WORDS,
    Model,
    group_signal,
    rule_signal,
)
from aiwrap.tasks.rules import Found, Hit, RuleBook
from aiwrap.tasks.types import ORDINARY, builtin_rules
from aiwrap.tasks.words import SENTENCE_END, split_words

HERE = os.path.dirname(__file__)
CORPUS = os.path.join(HERE, "..", "data", "tasks")
TARGET = os.path.join(HERE, "..", "..", "aiwrap", "data", "task_types", "model.bin")

PAUSED_BITS, PLACE_BITS, TYPE_BITS = 19, 14, 14
POWER = 0.6
WORD_SCALE, GRAM_SCALE, PLACE_SCALE, RULE_SCALE = 0.5, 0.16, 0.2, 0.6
MIN_WRITERS = 2
STRENGTH, TYPE_STRENGTH = 3.0, 3.0  # inverse of the regularisation
CERTAIN_FALSE, LIKELY_FALSE = 0.004, 0.016  # of ordinary rows, over the folds


Matrix = Any  # of scipy, where it is installed
Vector = Any  # of numpy


class Row(NamedTuple):
    """One prompt of the corpus, cut up."""

    writer: str
    label: str
    words: list[str]
    found: Found
    place_words: list[str]
    place_hits: list[Hit]
    lexical: list[int]  # words and pairs
    grams: list[int]


class Weights(NamedTuple):
    """What one of the regressions gives to cells and signals."""

    bias: float
    signals: dict[str, float]
    cells: Vector


def read_rows(book: RuleBook) -> list[Row]:
    """Read every writer's rows."""
    rows: list[Row] = []
    for name in sorted(os.listdir(CORPUS)):
        if not name.endswith(".jsonl"):
            continue
        with open(os.path.join(CORPUS, name), encoding="utf-8") as file:
            rows += [_row(name[:-6], json.loads(line), book) for line in file]
    return rows


def train(rows: Sequence[Row], names: Sequence[str], tasks: Sequence[str]) -> bytes:
    """Return a model file, with limits that nothing passes."""
    paused = _fit_paused(rows, names)
    kinds = _fit_types([row for row in rows if row.label != ORDINARY], names, tasks)
    place_cells = paused.cells[1 << PAUSED_BITS :]
    tables = [paused.cells[: 1 << PAUSED_BITS], place_cells, *(k.cells for k in kinds)]
    packed = [_pack(table) for table in tables]
    header = {
        "format": FORMAT,
        "tasks": list(tasks),
        "likely": 1e9,
        "certain": 1e9,
        "bias": round(paused.bias, 4),
        "power": POWER,
        "gram_weight": GRAM_SCALE / WORD_SCALE,
        "signals": _rounded(paused.signals),
        "tables": [
            {"bits": int(np.log2(len(cells))), "scale": scale}
            for cells, scale in packed
        ],
    }
    types = [{"bias": round(k.bias, 4), "signals": _rounded(k.signals)} for k in kinds]
    lines = [
        json.dumps(line, separators=(",", ":")) for line in (header, {"types": types})
    ]
    return "\n".join([*lines, ""]).encode() + b"".join(c.tobytes() for c, _ in packed)


def with_limits(data: bytes, likely: float, certain: float) -> bytes:
    """Return the model file with these limits."""
    first, rest = data.split(b"\n", 1)
    header = json.loads(first) | {
        "likely": round(likely, 3),
        "certain": round(certain, 3),
    }
    return json.dumps(header, separators=(",", ":")).encode() + b"\n" + rest


def _row(writer: str, source: dict[str, Any], book: RuleBook) -> Row:
    context = source.get("context") or {}
    evidence = Evidence(
        prompt=source["text"],
        cwd=context.get("cwd"),
        remote=context.get("repo"),
        branch=context.get("branch"),
        files=tuple(context.get("files") or ()),
    )
    words = split_words(evidence.prompt)
    place_words = split_words(evidence.context())
    place_hits = book.find_places(place_words)
    found = book.find(words)
    lexical, grams = _numbers(words)
    return Row(
        writer, source["label"], words, found, place_words, place_hits, lexical, grams
    )


def _fit_paused(rows: Sequence[Row], names: Sequence[str]) -> Weights:
    signals = _Signals()
    without = [
        row._replace(place_words=[], place_hits=[]) for row in rows if row.place_words
    ]
    both = [*rows, *without]
    halves = {id(row) for row in rows if row.place_words} | {id(row) for row in without}
    weight = np.array([0.5 if id(row) in halves else 1.0 for row in both])
    kept = _kept(rows)
    cells = _cells(both, PAUSED_BITS, kept, grams=True)
    scale = _rarity(cells[: len(rows)])
    places = _place_cells(both)
    dense = _signals(both, names, signals)
    features = sparse.hstack([cells @ sparse.diags(scale), places, dense], format="csr")
    labels = np.array([row.label != ORDINARY for row in both])
    fitted = LogisticRegression(
        C=STRENGTH,
        solver="liblinear",
        dual=True,
        max_iter=500,
        tol=1e-3,
        random_state=1,
    ).fit(features, labels, sample_weight=weight)
    coefficients = fitted.coef_[0]
    count = (1 << PAUSED_BITS) + (1 << PLACE_BITS)
    values = coefficients[:count].copy()
    values[: 1 << PAUSED_BITS] *= scale * WORD_SCALE
    values[1 << PAUSED_BITS :] *= PLACE_SCALE
    return Weights(
        float(fitted.intercept_[0]), signals.named(coefficients[count:]), values
    )


def _fit_types(
    rows: Sequence[Row], names: Sequence[str], tasks: Sequence[str]
) -> list[Weights]:
    signals = _Signals()
    cells = _cells(rows, TYPE_BITS, None, grams=False)
    dense = _signals([row._replace(place_hits=[]) for row in rows], names, signals)
    features = sparse.hstack([cells, dense], format="csr")
    labels = np.array([tasks.index(row.label) for row in rows])
    fitted = LogisticRegression(C=TYPE_STRENGTH, max_iter=300).fit(features, labels)
    size = 1 << TYPE_BITS
    found = {int(c): i for i, c in enumerate(fitted.classes_)}
    nothing = Weights(-1e3, {}, np.zeros(size))
    return [
        Weights(
            float(fitted.intercept_[found[task]]),
            signals.named(fitted.coef_[found[task]][size:]),
            fitted.coef_[found[task]][:size] * WORD_SCALE,
        )
        if task in found
        else nothing
        for task in range(len(tasks))
    ]


class _Signals:
    """A column for each signal that occurs."""

    def __init__(self) -> None:
        self.columns: dict[str, int] = {}

    def column(self, name: str) -> int:
        return self.columns.setdefault(name, len(self.columns))

    def named(self, coefficients: Vector) -> dict[str, float]:
        return {
            name: float(coefficients[column]) * _signal_scale(name)
            for name, column in self.columns.items()
        }


def _signal_scale(name: str) -> float:
    return 1.0 if name.startswith("group ") else RULE_SCALE


def _signals(rows: Sequence[Row], names: Sequence[str], signals: _Signals) -> Matrix:
    entries: list[tuple[int, int, float]] = []
    for index, row in enumerate(rows):
        scale = max(len(row.found.groups), MIN_GROUPS) ** -POWER
        entries += [
            (index, signals.column(group_signal(names[group])), scale)
            for group in row.found.groups
        ]
        entries += [
            (index, signals.column(rule_signal(hit.rule)), RULE_SCALE)
            for hit in (*row.found.hits, *row.place_hits)
        ]
    return _matrix(entries, len(rows), len(signals.columns))


def _numbers(words: Sequence[str]) -> tuple[list[int], list[int]]:
    hashes = {word: word_hash(word) for word in dict.fromkeys(words)}
    different = [word for word in hashes if word != SENTENCE_END]
    lexical = [hashes[word] for word in different] + pair_hashes(words, hashes)
    return lexical, [number for word in different for number in gram_hashes(word)]


def _kept(rows: Sequence[Row]) -> set[int]:
    """Return the features that enough writers used."""
    writers: dict[str, set[int]] = {}
    for row in rows:
        writers.setdefault(row.writer, set()).update(row.lexical, row.grams)
    counts: dict[int, int] = {}
    for used in writers.values():
        for number in used:
            counts[number] = counts.get(number, 0) + 1
    return {number for number, count in counts.items() if count >= MIN_WRITERS}


def _cells(
    rows: Sequence[Row], bits: int, kept: set[int] | None, *, grams: bool
) -> Matrix:
    shift = HASH_BITS - bits
    entries: list[tuple[int, int, float]] = []
    for index, row in enumerate(rows):
        length = max(len(row.words), MIN_WORDS) ** POWER
        weighed = [(row.lexical, WORD_SCALE / length)]
        if grams:
            weighed.append((row.grams, GRAM_SCALE / length))
        entries += [
            (index, number >> shift, scale)
            for numbers, scale in weighed
            for number in numbers
            if kept is None or number in kept
        ]
    return _matrix(entries, len(rows), 1 << bits)


def _place_cells(rows: Sequence[Row]) -> Matrix:
    shift = HASH_BITS - PLACE_BITS
    entries: list[tuple[int, int, float]] = []
    for index, row in enumerate(rows):
        different = [w for w in dict.fromkeys(row.place_words) if w != SENTENCE_END]
        length = max(len(different), 1) ** POWER
        entries += [
            (index, number >> shift, PLACE_SCALE / length)
            for word in different
            for number in (word_hash(word), *gram_hashes(word))
        ]
    return _matrix(entries, len(rows), 1 << PLACE_BITS)


def _rarity(cells: Matrix) -> Vector:
    seen = np.bincount(cells.indices, minlength=cells.shape[1])
    return np.log((1 + cells.shape[0]) / (1 + seen))


def _matrix(
    entries: Iterable[tuple[int, int, float]], rows: int, columns: int
) -> Matrix:
    table = list(entries)
    values = [value for _, _, value in table]
    places = ([row for row, _, _ in table], [column for _, column, _ in table])
    return sparse.csr_matrix((values, places), shape=(rows, columns))


def _pack(table: Vector) -> tuple[Vector, float]:
    """Return signed bytes, and what one of them is worth."""
    used = np.abs(table[table != 0])
    scale = float(np.quantile(used, 0.9995)) / 127 if len(used) else 1.0
    return np.clip(np.rint(table / scale), -127, 127).astype(np.int8), scale


def _rounded(signals: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in signals.items()}


class Scored(NamedTuple):
    """What a model says about a row."""

    row: Row
    prompt: float
    place: float
    task: str

    @property
    def score(self) -> float:
        """As the classifier adds them."""
        return self.prompt + min(max(self.place, 0.0), MAX_PLACE_SCORE)


def score(model: Model, rows: Iterable[Row], book: RuleBook) -> list[Scored]:
    """Ask `model` about each row, as the classifier does."""
    scored: list[Scored] = []
    for row in rows:
        part = strongest_part(row.words, model, book)
        place = 0.0
        if row.place_words:
            place = model.place_score(row.place_words, row.place_hits)
        shares = model.shares(part.words, part.found, book.group_names)
        task = max(shares, key=lambda name: shares[name])
        scored.append(Scored(row, part.score, place, task))
    return scored


def fold(rows: Sequence[Row], book: RuleBook, tasks: Sequence[str]) -> list[Scored]:
    """Score every row by a model that never saw its writer."""
    scored: list[Scored] = []
    for writer in sorted({row.writer for row in rows}):
        model = Model(
            train([r for r in rows if r.writer != writer], book.group_names, tasks)
        )
        scored += score(model, [r for r in rows if r.writer == writer], book)
    return scored


def limit(scored: Sequence[Scored], false_rate: float) -> float:
    """Return the score that this part of the ordinary rows reaches."""
    ordinary = sorted(
        (s.score for s in scored if s.row.label == ORDINARY), reverse=True
    )
    return ordinary[int(false_rate * len(ordinary))]


def report(scored: Sequence[Scored], likely: float, certain: float) -> None:
    """Print recall and false positives for each writer."""
    for writer in (*sorted({s.row.writer for s in scored}), "all"):
        chosen = [s for s in scored if writer in (s.row.writer, "all")]
        paused = [s for s in chosen if s.row.label != ORDINARY]
        ordinary = [s for s in chosen if s.row.label == ORDINARY]
        right = sum(s.task == s.row.label for s in paused) / max(len(paused), 1)
        line = f"{writer:4} {len(paused):5} paused {len(ordinary):5} ordinary"
        for level, least in (("certain", certain), ("likely", likely)):
            hit = sum(s.score > least for s in paused) / max(len(paused), 1)
            false = sum(s.score > least for s in ordinary) / max(len(ordinary), 1)
            line += f"   {level} {hit:.3f} at {false:.4f}"
        print(f"{line}   type right {right:.3f}")


def main(arguments: Sequence[str]) -> None:
    """Train on everything; measure and set the limits by folds."""
    about, book = builtin_rules()
    names, tasks = book.group_names, tuple(about)
    rows = read_rows(book)
    scored = fold(rows, book, tasks)
    likely, certain = limit(scored, LIKELY_FALSE), limit(scored, CERTAIN_FALSE)
    print(f"likely from {likely:.3f}, certain from {certain:.3f}")
    report(scored, likely, certain)
    if "--folds" not in arguments:
        data = with_limits(train(rows, names, tasks), likely, certain)
        with open(TARGET, "wb") as file:
            file.write(data)
        print(f"wrote {len(data)} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
