"""Decide which task type a prompt belongs to, and how sure that is.

Pure.  In this order:
  1. The rules of every built-in type are scored on the prompt.
  2. A type that the prompt speaks for, if weakly, gains from the context.
  3. A team's own types: a phrase decides; a path alone makes it likely.
  4. The highest score wins; `certain` from STRONG on, `likely` from WEAK on.
The context alone never makes a built-in type likely, and nothing but the prompt's
own words makes any type certain.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from aiwrap.tasks.evidence import Evidence
from aiwrap.tasks.rules import STRONG, WEAK, Hit, total
from aiwrap.tasks.types import ORDINARY, TaskTypes
from aiwrap.tasks.words import split_words

Level = Literal["none", "likely", "certain"]


class Classification(NamedTuple):
    """`reasons` quote the prompt: for the engineer's own screen only.

    `also` holds every further type that the prompt speaks for, with its level.
    """

    task: str
    level: Level
    reasons: tuple[str, ...]
    also: tuple[tuple[str, Level], ...] = ()


def classify(evidence: Evidence, types: TaskTypes) -> Classification:
    """Return the task type of `evidence`; `ordinary` when nothing speaks for one."""
    words = split_words(evidence.prompt)
    hits = types.book.hits(words)
    team_hits = types.team_book.hits(words)
    places = evidence.context()
    if places and hits:
        hits += _context_hits(hits, places, types)
    scores = total(hits)
    for task, score in _team_scores(team_hits, evidence, types).items():
        scores[task] = max(score, scores.get(task, 0))
    ranked = sorted(
        (task for task, score in scores.items() if score >= WEAK),
        key=lambda task: (-scores[task], types.names.index(task)),
    )
    if not ranked:
        return Classification(ORDINARY, "none", ())
    task, *others = ranked
    reasons = tuple(_reasons(task, [*hits, *team_hits]))
    also = tuple((other, _level(scores[other])) for other in others)
    return Classification(task, _level(scores[task]), reasons, also)


def _level(score: int) -> Level:
    return "certain" if score >= STRONG else "likely"


def _context_hits(hits: list[Hit], places: str, types: TaskTypes) -> list[Hit]:
    scores = total(hits)
    found = types.book.context_hits(split_words(places))
    return [hit for hit in found if scores.get(hit.rule.task, 0) >= WEAK]


def _team_scores(
    hits: list[Hit], evidence: Evidence, types: TaskTypes
) -> dict[str, int]:
    scores = total(hits)
    for task, globs in types.team_paths:
        if any(_is_at(path, globs) for path in (evidence.cwd, *evidence.files) if path):
            scores[task] = scores.get(task, 0) + WEAK
    return scores


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


def _reasons(task: str, hits: Iterable[Hit]) -> Iterable[str]:
    for hit in hits:
        if hit.rule.task == task and hit.rule.weight > 0:
            quoted = " … ".join(f"“{words}”" for words in hit.words)
            yield f"{hit.rule.name}: {quoted}"
