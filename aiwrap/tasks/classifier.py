"""Decide which task type a prompt belongs to, and how sure that is.

Pure.  In this order:
  1. The model scores the prompt: words, and the groups and rules that occur in it.
     Its first and last words are scored alone as well, and the highest score counts:
     what is asked for stands there, and no pasted log may water it down.
  2. The context may add to that score, by at most MAX_PLACE_SCORE; it never takes
     away, so that no directory name talks a prompt out of a refusal.
  3. From the model's limits on the prompt is `likely`, or `certain`; the type is the
     one that the model and the rules together find most probable.
  4. A team's own types: a phrase decides, a path alone makes it likely.
The context alone makes no built-in type likely, and none is certain that the prompt's
own words do not make likely.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from aiwrap.tasks.evidence import Evidence
from aiwrap.tasks.model import Model
from aiwrap.tasks.rules import STRONG, WEAK, Found, Hit, RuleBook, total
from aiwrap.tasks.types import ORDINARY, TaskTypes
from aiwrap.tasks.words import SENTENCE_END, split_words

PART_WORDS = 40
MIN_SENTENCE_WORDS = 6
PART_DISCOUNT = 1.0  # an end alone has more chances to look bad: it must look worse
MAX_PLACE_SCORE = 1.0
MIN_OTHER_SHARE = 0.3  # from here on a second type is worth naming
MAX_TELLING_WORDS = 3

Level = Literal["none", "likely", "certain"]


class Classification(NamedTuple):
    """`reasons` quote the prompt: for the engineer's own screen only.

    `also` holds every further type that the prompt speaks for, with its level.
    """

    task: str
    level: Level
    reasons: tuple[str, ...]
    also: tuple[tuple[str, Level], ...] = ()


class Part(NamedTuple):
    """Words of a prompt, and how much they look like paused work."""

    score: float
    words: Sequence[str]
    found: Found


class _Finding(NamedTuple):
    task: str
    level: Level
    reasons: tuple[str, ...]


def classify(evidence: Evidence, types: TaskTypes) -> Classification:
    """Return the task type of `evidence`; `ordinary` when nothing speaks for one."""
    words = split_words(evidence.prompt)
    findings = [*_team(words, evidence, types), *_built_in(words, evidence, types)]
    findings.sort(key=lambda finding: finding.level != "certain")  # stable
    if not findings:
        return Classification(ORDINARY, "none", ())
    first, *others = findings
    also = {finding.task: finding.level for finding in reversed(others)}
    also.pop(first.task, None)
    return Classification(first.task, first.level, first.reasons, tuple(also.items()))


def strongest_part(words: Sequence[str], model: Model, book: RuleBook) -> Part:
    """Return the whole prompt or one of its ends: the one that scores highest."""
    whole = _part(words, model, book, discount=0.0)
    ends = [_part(end, model, book, discount=PART_DISCOUNT) for end in _ends(words)]
    return max([whole, *ends], key=lambda part: part.score)


def _part(
    words: Sequence[str], model: Model, book: RuleBook, *, discount: float
) -> Part:
    found = book.find(words)
    score = model.prompt_score(words, found, book.group_names) - discount
    return Part(score, words, found)


def _ends(words: Sequence[str]) -> Iterable[Sequence[str]]:
    """Yield head and tail, and the first and last sentence worth the name."""
    if len(words) > PART_WORDS:
        yield words[:PART_WORDS]
        yield words[-PART_WORDS:]
    stops = [index for index, word in enumerate(words) if word == SENTENCE_END]
    for stop in stops:
        if stop >= MIN_SENTENCE_WORDS:
            yield words[: min(stop, PART_WORDS)]
            break
    for stop in reversed(stops):
        if len(words) - stop > MIN_SENTENCE_WORDS:
            yield words[max(stop + 1, len(words) - PART_WORDS) :]
            break


def _built_in(
    words: Sequence[str], evidence: Evidence, types: TaskTypes
) -> Iterable[_Finding]:
    model, names = types.model, types.book.group_names
    strongest = strongest_part(words, model, types.book)
    score = strongest.score + _place_score(evidence, types)
    if score < model.limits.likely:
        return
    shares = model.shares(strongest.words, strongest.found, names)
    task, *others = sorted(shares, key=lambda task: -shares[task])
    is_certain = (
        score >= model.limits.certain and strongest.score >= model.limits.likely
    )
    level: Level = "certain" if is_certain else "likely"
    yield _Finding(task, level, _reasons(task, strongest, types))
    for other in others:
        if shares[other] >= MIN_OTHER_SHARE:
            yield _Finding(other, "likely", ())


def _place_score(evidence: Evidence, types: TaskTypes) -> float:
    places = evidence.context()
    if not places:
        return 0.0
    words = split_words(places)
    score = types.model.place_score(words, types.book.find_places(words))
    return min(max(score, 0.0), MAX_PLACE_SCORE)


def _reasons(task: str, part: Part, types: TaskTypes) -> tuple[str, ...]:
    quotes = tuple(_quotes(task, part.found.hits))
    told = types.model.telling_words(part.words, MAX_TELLING_WORDS)
    if quotes or not told:
        return quotes
    return ("words: " + ", ".join(f"“{word}”" for word in told),)


def _quotes(task: str, hits: Iterable[Hit]) -> Iterable[str]:
    for hit in hits:
        if hit.rule.task == task and hit.rule.weight > 0:
            quoted = " … ".join(f"“{words}”" for words in hit.words)
            yield f"{hit.rule.name}: {quoted}"


def _team(
    words: Sequence[str], evidence: Evidence, types: TaskTypes
) -> Iterable[_Finding]:
    hits = types.team_book.find(words).hits
    scores = total(hits)
    reasons = {task: tuple(_quotes(task, hits)) for task in scores}
    for task, globs in types.team_paths:
        for path in (evidence.cwd, *evidence.files):
            if path and _is_at(path, globs):
                scores[task] = scores.get(task, 0) + WEAK
                reasons[task] = (*reasons.get(task, ()), f"path: “{path}”")
                break
    for task in sorted(scores, key=types.names.index):
        if scores[task] >= WEAK:
            level: Level = "certain" if scores[task] >= STRONG else "likely"
            yield _Finding(task, level, reasons[task])


def _is_at(path: str, globs: Iterable[str]) -> bool:
    # On use: few policies have paths for their own types.
    from fnmatch import fnmatchcase

    inside = path.rstrip("/") + "/"
    return any(
        fnmatchcase(candidate, pattern)
        for glob in globs
        for pattern in (glob, "*/" + glob)
        for candidate in (path, inside)
    )
