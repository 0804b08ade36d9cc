"""Turn words into numbered features for the linear model.

Pure.  Training and classification share this module: what is counted here is
what was learnt.  For each different word of a text: one feature for the word,
one for each run of 2 to 5 of its characters (with a mark at both ends); for each
different pair of neighbours: one feature.  A feature is a hash, so there is no
vocabulary to load; its first bits say which cell of a table holds its weight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

HASH_BITS = 30
MAX_WORD_CHARS = 24
MAX_GRAM_CHARS = 5

_MASK = (1 << HASH_BITS) - 1
_FACTOR = 0x9E3779B1 & _MASK | 1
_PAIR_FACTOR = 0x85EBCA6B & _MASK | 1
_WORD_SEED, _GRAM_SEED = 0x3243F6A8 & _MASK, 0x1B873593
_START, _END = 2, 3  # control characters: no word holds them


def word_hash(word: str) -> int:
    """Return a number for `word`, the same in every process."""
    state = _WORD_SEED
    for code in map(ord, word[:MAX_WORD_CHARS]):
        state = ((state ^ code) * _FACTOR) & _MASK
    return state


def gram_hashes(word: str) -> list[int]:
    """Return a number for each run of characters of `word`."""
    codes = [_START, *map(ord, word[:MAX_WORD_CHARS]), _END]
    hashes: list[int] = []
    for start in range(len(codes) - 1):
        state = ((_GRAM_SEED ^ codes[start]) * _FACTOR) & _MASK
        for code in codes[start + 1 : start + MAX_GRAM_CHARS]:
            state = ((state ^ code) * _FACTOR) & _MASK
            hashes.append(state)
    return hashes


def pair_hashes(words: Sequence[str], hashes: Mapping[str, int]) -> list[int]:
    """Return a number for each different pair of neighbours."""
    return [
        ((hashes[left] * _PAIR_FACTOR ^ hashes[right]) * _FACTOR) & _MASK
        for left, right in dict.fromkeys(pairwise(words))
    ]
