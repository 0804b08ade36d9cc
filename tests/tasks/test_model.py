"""The linear model, on weights small enough to add up by hand."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.tasks.features import HASH_BITS, gram_hashes, pair_hashes, word_hash
from aiwrap.tasks.model import FORMAT, Limits, Model
from aiwrap.tasks.rules import Found, Hit, Rule
from aiwrap.tasks.words import Span

BITS = 10
RULE = Rule("b", "r", 2, (0,), 0)
NOTHING = Found({}, [])


def model_file(
    paused: dict[int, int],
    *,
    places: dict[int, int] | None = None,
    types: tuple[dict[int, int], dict[int, int]] = ({}, {}),
    **changed: object,
) -> bytes:
    """Write a model whose tables hold just these cells."""
    tables = [paused, places or {}, *types]
    header = {
        "format": FORMAT,
        "tasks": ["a", "b"],
        "likely": 1.0,
        "certain": 2.0,
        "bias": -1.0,
        "power": 0.5,
        "gram_weight": 0.5,
        "signals": {"group g": 3.0, "rule b/r": 0.25, "rule b/place": 0.75},
        "tables": [{"bits": BITS, "scale": 0.1} for _ in tables],
    } | changed
    line = {"types": [{"bias": 0.0, "signals": {}}, {"bias": 0.5, "signals": {}}]}
    packed = bytearray()
    for table in tables:
        cells = bytearray(1 << BITS)
        for number, weight in table.items():
            cells[number >> (HASH_BITS - BITS)] = weight & 0xFF
        packed += cells
    text = "\n".join(json.dumps(part) for part in (header, line))
    return text.encode() + b"\n" + bytes(packed)


def test_an_unknown_prompt_scores_the_bias() -> None:
    assert Model(model_file({})).prompt_score(["x"], NOTHING, []) == -1.0


def test_words_and_runs_and_pairs_add_up() -> None:
    """Divided by a power of the number of words, at least four."""
    hashes = {word: word_hash(word) for word in ("teach", "ours")}
    weights = {
        word_hash("teach"): 40,
        gram_hashes("ours")[0]: -20,
        pair_hashes(["teach", "ours"], hashes)[0]: 10,
    }

    score = Model(model_file(weights)).prompt_score(["teach", "ours"], NOTHING, [])

    assert score == pytest.approx(-1.0 + (40 - 0.5 * 20 + 10) * 0.1 / 4**0.5)


def test_a_word_counts_once() -> None:
    model = Model(model_file({word_hash("teach"): 40}))

    once = model.prompt_score(["teach", "x", "x", "x"], NOTHING, [])
    twice = model.prompt_score(["teach", "x", "teach", "x"], NOTHING, [])

    assert once == twice


def test_groups_and_rules_add_up() -> None:
    found = Found({0: [Span(0, 1)], 1: [Span(1, 2)]}, [Hit(RULE, ("x",))])

    score = Model(model_file({})).prompt_score(["x", "y"], found, ["g", "unknown"])

    assert score == pytest.approx(-1.0 + 3.0 / 3**0.5 + 0.25)


def test_places_have_a_table_of_their_own() -> None:
    data = model_file({word_hash("rlhf"): 90}, places={word_hash("rlhf"): 20})
    hit = Hit(Rule("b", "place", 1, (0,), 0), ("rlhf",))

    score = Model(data).place_score(["rlhf"], [hit])

    assert score == pytest.approx(0.75 + 20 * 0.1)


def test_shares_name_the_type() -> None:
    """They sum to one, and lean to where the words lean."""
    model = Model(model_file({}, types=({word_hash("teach"): 100}, {})))

    plain = model.shares(["x"], NOTHING, [])
    taught = model.shares(["teach"], NOTHING, [])

    assert sum(plain.values()) == pytest.approx(1.0)
    assert plain["b"] > plain["a"]
    assert taught["a"] > taught["b"]


def test_telling_words_are_the_strongest() -> None:
    weights = {word_hash("teach"): 90, word_hash("ours"): 20, word_hash("css"): -90}
    model = Model(model_file(weights))

    assert model.telling_words(["css", "ours", "teach"], 2) == ["teach", "ours"]


def test_limits_are_part_of_the_model() -> None:
    assert Model(model_file({})).limits == Limits(1.0, 2.0)


def test_another_format_is_an_error() -> None:
    with pytest.raises(ValueError, match="format 9"):
        Model(model_file({}, format=9))


@given(st.integers(1, 4 << BITS))
def test_a_file_that_is_cut_is_an_error(missing: int) -> None:
    """Half a table would read as half a policy."""
    with pytest.raises(ValueError, match="cut short"):
        Model(model_file({})[:-missing])
