"""Rules over groups of phrases."""

from __future__ import annotations

import pytest

from aiwrap.tasks.rules import STRONG, UNLESS_WEIGHT, Rule, RuleBook, total
from aiwrap.tasks.words import split_words


@pytest.fixture
def book() -> RuleBook:
    book = RuleBook()
    answers = book.add_group("answers", ["answer*", "replies"])
    rate = book.add_group("rate", ["rate", "rank"])
    known = book.add_group("known", ["sharegpt"])
    stars = book.add_group("stars", ["star rating"])
    places = book.add_group("places", ["rlhf"])
    book.add_rule(Rule("labels", "near", STRONG, (rate, answers), 4))
    book.add_rule(Rule("data", "any", STRONG, (known,), 0))
    book.add_rule(Rule("labels", "unless", -UNLESS_WEIGHT, (stars,), 0))
    book.add_context("labels", places)
    return book


@pytest.mark.parametrize(
    ("text", "totals"),
    [
        ("rate these two answers", {"labels": STRONG}),
        ("answers to rate", {"labels": STRONG}),
        ("rate one two three answers", {"labels": STRONG}),
        ("rate one two three four answers", {}),
        ("rate one two three four five, and the rank of answers", {"labels": STRONG}),
        ("rate it", {}),
        ("sharegpt and sharegpt", {"data": STRONG}),
        ("rate the answers by star rating", {"labels": STRONG - UNLESS_WEIGHT}),
        ("rlhf", {}),
    ],
)
def test_rules_add_up(book: RuleBook, text: str, totals: dict[str, int]) -> None:
    """A rule counts once; groups must stand near each other; exceptions take away."""
    assert total(book.find(split_words(text)).hits) == totals


def test_a_hit_quotes_the_words(book: RuleBook) -> None:
    hits = book.find(split_words("please rank all Answers")).hits

    assert [hit.words for hit in hits] == [("rank", "answers")]


def test_a_place_is_judged_by_its_own_rules(book: RuleBook) -> None:
    hits = book.find_places(split_words("~/src/rlhf-tools"))

    assert [(hit.rule.task, hit.words) for hit in hits] == [("labels", ("rlhf",))]
