"""Score words by rules that are data: phrases, phrases near each other, exceptions.

Pure.  Every group of phrases is a signal for the model as well; a rule says on
its own what it means.  A rule of a task type holds when
  `any`   one of its phrases occurs, or
  `near`  one phrase of each of its groups occurs within `within` words.
A rule that holds adds its weight once.  An `unless` group of the type that
occurs takes `UNLESS_WEIGHT` away.  What is left says how sure the rules are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from aiwrap.tasks.words import PhraseIndex, Span, join_words

STRONG = 2  # enough alone
WEAK = 1
UNLESS_WEIGHT = 2
WITHIN = 8
MAX_SPANS = 12  # of one group that a `near` looks at


class Rule(NamedTuple):
    """`groups` of one member: any; of more: near each other."""

    task: str
    name: str
    weight: int
    groups: tuple[int, ...]
    within: int


class Hit(NamedTuple):
    """A rule that holds, and the words it holds on."""

    rule: Rule
    words: tuple[str, ...]


class Found(NamedTuple):
    """What of a book occurs in some words."""

    groups: dict[int, list[Span]]
    hits: list[Hit]


class RuleBook:
    """The rules of some task types over one phrase index."""

    __slots__ = ("_contexts", "_index", "_rules", "group_names")

    def __init__(self) -> None:
        self._index = PhraseIndex()
        self._rules: list[Rule] = []
        self._contexts: list[Rule] = []
        self.group_names: list[str] = []

    def copy(self) -> RuleBook:
        """Return a book that can grow without changing this one."""
        grown = RuleBook()
        grown._index = self._index.copy()
        grown._rules = list(self._rules)
        grown._contexts = list(self._contexts)
        grown.group_names = list(self.group_names)
        return grown

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule in the order they were added, those about places last."""
        return (*self._rules, *self._contexts)

    def add_group(self, name: str, phrases: Iterable[str]) -> int:
        """File phrases that rules can refer to by the number returned."""
        group = len(self.group_names)
        self.group_names.append(name)
        self._index.add(phrases, group)
        return group

    def add_rule(self, rule: Rule) -> None:
        """Add what speaks for a type, or against it by a negative weight."""
        self._rules.append(rule)

    def add_context(self, task: str, group: int) -> None:
        """Add what speaks for a type when a path, remote or branch holds it."""
        self._contexts.append(Rule(task, "place", WEAK, (group,), 0))

    def find(self, words: Sequence[str]) -> Found:
        """Return the groups that occur in a prompt and the rules that hold."""
        groups = self._index.find(words)
        return Found(groups, _hits(words, self._rules, groups))

    def find_places(self, words: Sequence[str]) -> list[Hit]:
        """Return the rules about places that hold for a context."""
        return _hits(words, self._contexts, self._index.find(words))


def total(hits: Iterable[Hit]) -> dict[str, int]:
    """Return what the hits add up to for each task type."""
    totals: dict[str, int] = {}
    for hit in hits:
        totals[hit.rule.task] = totals.get(hit.rule.task, 0) + hit.rule.weight
    return totals


def _hits(
    words: Sequence[str], rules: Iterable[Rule], groups: Mapping[int, list[Span]]
) -> list[Hit]:
    hits: list[Hit] = []
    for rule in rules if groups else ():
        spans = _spans(rule, groups)
        if spans:
            hits.append(Hit(rule, _quote(words, spans)))
    return hits


def _spans(rule: Rule, found: Mapping[int, list[Span]]) -> tuple[Span, ...]:
    first = found.get(rule.groups[0])
    if first is None:
        return ()
    if len(rule.groups) == 1:
        return (first[0],)
    others = [found.get(group) for group in rule.groups[1:]]
    for anchor in first[:MAX_SPANS]:
        chosen = [anchor]
        for spans in others:
            near = _nearest(anchor, spans, rule.within)
            if near is None:
                break
            chosen.append(near)
        else:
            return tuple(chosen)
    return ()


def _nearest(anchor: Span, spans: list[Span] | None, within: int) -> Span | None:
    for span in (spans or ())[:MAX_SPANS]:
        is_apart = span.start >= anchor.end or span.end <= anchor.start
        distance = max(span.start - anchor.end, anchor.start - span.end)
        if is_apart and distance < within:
            return span
    return None


def _quote(words: Sequence[str], spans: Iterable[Span]) -> tuple[str, ...]:
    return tuple(join_words(words[start:end]) for start, end in sorted(spans))
