"""Hashed features."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aiwrap.tasks.features import (
    HASH_BITS,
    MAX_GRAM_CHARS,
    gram_hashes,
    pair_hashes,
    word_hash,
)


def test_hashes_are_the_same_in_every_process() -> None:
    """The weights in the model file are filed under these numbers."""
    assert word_hash("teacher") == 702207124
    assert gram_hashes("ab") == [
        386541600,
        490407842,
        503471953,
        793124656,
        36678979,
        284489218,
    ]
    assert pair_hashes(["a", "b"], {"a": 1, "b": 2}) == [356619161]


@given(st.text(max_size=60))
def test_every_word_has_numbers_in_range(word: str) -> None:
    """Lone surrogates and any script included."""
    for number in (word_hash(word), *gram_hashes(word)):
        assert 0 <= number < 1 << HASH_BITS


@given(st.text(min_size=1, max_size=20))
def test_runs_have_two_to_five_characters(word: str) -> None:
    size = len(word) + 2
    runs = sum(max(size - n + 1, 0) for n in range(2, MAX_GRAM_CHARS + 1))

    assert len(gram_hashes(word)) == runs


def test_pairs_count_once_and_know_their_order() -> None:
    hashes = {word: word_hash(word) for word in "abc"}

    assert len(pair_hashes(["a", "b", "a", "b"], hashes)) == 2
    assert pair_hashes(["a", "b"], hashes) != pair_hashes(["b", "a"], hashes)
