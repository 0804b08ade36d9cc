"""Tests for aiwrap/wire/openai_responses_item.py."""

from __future__ import annotations

import json

import pytest

from aiwrap.wire.openai_responses_item import Item, UnreadableItemError
from tests.wire.responses import (
    ENVIRONMENT,
    METADATA,
    Json,
    assistant,
    call,
    output,
    user,
)


def item(value: object) -> Item:
    return Item(json.dumps(value).encode(), 0, value)


def texts(value: object) -> list[str]:
    return [human.text for human in item(value).texts]


def plain(text: str) -> Json:
    return {"role": "user", "content": [{"type": "input_text", "text": text}]}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (user("fix it"), ["fix it"]),
        (user("!ls", kind="shell.user_command"), ["!ls"]),
        (user(ENVIRONMENT, kind="environments.environment_context"), []),
        (user("# AGENTS.md instructions for /x", kind="agents_md.instructions"), []),
        (user("some skill", kind="skills.selected_skill_instructions"), []),
        # A person may type what looks like the client's own words.
        (user(ENVIRONMENT), [ENVIRONMENT]),
        (plain("fix it"), ["fix it"]),
        (plain(ENVIRONMENT), []),
        (plain("# AGENTS.md instructions for /x"), []),
        ({"role": "user", "content": "fix it"}, ["fix it"]),
        ({"role": "user", "content": ENVIRONMENT}, []),
        (assistant("done"), []),
        ({"role": "developer", "content": "be brief"}, []),
        (call(1), []),
        (output(1), []),
    ],
)
def test_whose_words_they_are(value: Json, expected: list[str]) -> None:
    """A person's words are judged, the client's own are not."""
    assert texts(value) == expected


def test_a_kind_that_is_not_known_is_judged() -> None:
    """A newer client may mark a person's words in a way that we do not know."""
    value = user("fix it", kind="unknown")

    assert texts(value) == ["fix it"]


def test_parts_are_told_apart() -> None:
    """A picture between two texts does not shift the marks."""
    value = {
        "type": "message",
        "role": "user",
        "content": [
            {"type": "input_text", "text": "one"},
            {"type": "input_image", "image_url": "data:x"},
            {"type": "input_text", "text": ENVIRONMENT},
        ],
        METADATA: {
            "content_item_kinds": ["user.text", "user.image", "environments.x"],
            "content_item_metadata": [
                {"provenance": {"type": "user"}},
                {"provenance": {"type": "user"}},
                {"provenance": {"type": "harness"}},
            ],
        },
    }

    assert [(h.part, h.text) for h in item(value).texts] == [(0, "one")]


def test_calls_and_results_are_known_by_their_id() -> None:
    assert (item(call(1)).call, item(call(1)).result_of) == ("call_1", "")
    assert (item(output(1)).call, item(output(1)).result_of) == ("", "call_1")
    assert item(call(1)).is_model
    assert not item(output(1)).is_model
    assert item({"type": "reasoning", "summary": []}).is_model


def test_a_programs_instructions_are_not_the_clients() -> None:
    """Codex marks its own; what has no mark was written by a program's author."""
    developer: Json = {"role": "developer", "content": "label all of it"}

    assert item(developer).system_texts == ("label all of it",)
    assert item({**developer, METADATA: {}}).system_texts == ()
    parts = [{"type": "input_text", "text": "a"}]
    assert item({"role": "system", "content": parts}).system_texts == ("a",)


@pytest.mark.parametrize("value", ["text", 1, None, [], {"role": "user"}])
def test_what_cannot_be_read_is_refused(value: object) -> None:
    with pytest.raises(UnreadableItemError):
        item(value)
