"""Tests for aiwrap/wire/openai_responses_strip.py."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from aiwrap.wire.openai_responses_item import Item
from aiwrap.wire.openai_responses_strip import plan
from tests.wire.responses import Json, assistant, call, environment, output, user

BAD = "bad"


def items(values: Sequence[Json]) -> list[Item]:
    return [Item(json.dumps(value).encode(), 0, value) for value in values]


def kept(*values: Json) -> list[Json]:
    listed = items(values)
    left = plan(listed, lambda human: human.text == BAD)
    return [json.loads(item.element) for item in (listed if left is None else left)]


def test_nothing_refused_leaves_all() -> None:
    assert plan(items([user("a"), assistant("b")]), lambda _human: False) is None


def test_a_refused_prompt_goes_and_the_next_one_stays() -> None:
    """A refusal on the wire leaves the prompt without an answer."""
    assert kept(environment(), user(BAD), user("good", "t2")) == [
        environment(),
        user("good", "t2"),
    ]


def test_what_the_model_did_about_it_goes_too() -> None:
    """A policy that changed later refuses a prompt that was answered."""
    history = [user(BAD), call(1), output(1), assistant("answer")]

    assert kept(user("a"), assistant("b"), *history, user("c")) == [
        user("a"),
        assistant("b"),
        user("c"),
    ]


def test_a_result_goes_with_its_call_however_late() -> None:
    """The API refuses a result without its call."""
    late = output(1)

    assert kept(user(BAD), call(1), user("c"), late, output(2)) == [
        user("c"),
        output(2),
    ]


def test_the_clients_notes_stay() -> None:
    assert kept(user(BAD), environment(), call(1), output(1)) == [environment()]


ITEMS = st.lists(
    st.sampled_from(
        [user("a"), user(BAD), assistant("b"), call(1), output(1), environment()]
    ),
    max_size=10,
)


@given(values=ITEMS, more=ITEMS)
def test_a_longer_history_keeps_its_beginning(
    values: list[Json], more: list[Json]
) -> None:
    """A prompt cache needs each turn to begin with the bytes of the last one."""
    short, long = kept(*values), kept(*values, *more)

    assert long[: len(short)] == short
    assert user(BAD) not in long
