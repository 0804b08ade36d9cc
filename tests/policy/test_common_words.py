"""The list of words that make poor sensitive names."""

from __future__ import annotations

import re

from aiwrap.policy.common_words import COMMON_WORDS
from aiwrap.policy.lint import check
from tests.policy.examples import HEAD, NOW


def test_holds_single_words_in_lower_case() -> None:
    """They are compared with a folded term: anything else would never match."""
    assert len(COMMON_WORDS) > 300
    assert all(re.fullmatch("[a-z]+", word) for word in COMMON_WORDS)


def test_each_is_said_to_be_common_as_a_term() -> None:
    terms = ", ".join(f'"{word.title()}"' for word in sorted(COMMON_WORDS)[:100])
    data = (HEAD + f"[[sensitive]]\nterms = [{terms}]\n").encode()

    complaints = check(data, now=NOW, task_names=["training-data"])

    assert len(complaints) == 100
    assert all("is a common word" in each.message for each in complaints)
