"""Tests for aiwrap/wire/openai_responses_fields.py."""

from __future__ import annotations

import json

import pytest

from aiwrap.wire import json_text, openai_responses_fields
from aiwrap.wire.openai_responses_fields import ITEM, OPEN, open_strings, rewrite_value
from tests.wire.responses import METADATA, assistant, call, output, user


def touched(value: object, rule: str) -> str:
    """Return the JSON with every open string replaced by X."""
    text = json.dumps(value)
    flags = open_strings(value, rule)
    return json_text.rewrite_strings(text, lambda _text: "X", flags)


def test_words_are_open_and_the_protocol_is_closed() -> None:
    """The text may change; ids, roles and the client's notes never do."""
    item = user("hello")
    changed = json.loads(touched(item, ITEM))

    assert changed["content"] == [{"type": "input_text", "text": "X"}]
    for key in ("type", "id", "role", METADATA):
        assert changed[key] == item[key]


def test_calls_and_their_results_are_open() -> None:
    changed = json.loads(touched([call(1, "ls"), output(1, "a\nb")], ITEM))

    assert changed[0]["input"] == "X"
    assert changed[0]["call_id"] == "call_1"
    assert changed[1]["output"] == [{"type": "input_text", "text": "X"}]


@pytest.mark.parametrize("kind", sorted(openai_responses_fields.SEALED))
def test_what_the_vendor_sealed_is_closed(kind: str) -> None:
    """Reasoning is verified by the vendor: one changed byte voids it."""
    item = {
        "type": kind,
        "summary": [{"type": "summary_text", "text": "think"}],
        "encrypted_content": "abc",
        "unknown": {"deep": "text"},
    }

    assert json.loads(touched(item, ITEM)) == item


def test_data_is_closed_and_links_are_not() -> None:
    """A name by chance in base64 must not break a picture."""
    parts = [
        {"type": "input_image", "image_url": "data:image/png;base64,AAAA"},
        {"type": "input_image", "image_url": "https://x.example/kestrel.png"},
        {"type": "input_file", "file_data": "AAAA", "filename": "kestrel.tf"},
    ]
    message = {"type": "message", "role": "user", "content": parts}
    changed = json.loads(touched(message, ITEM))["content"]

    assert changed[0] == parts[0]
    assert changed[1]["image_url"] == "X"
    assert changed[2] == {"type": "input_file", "file_data": "AAAA", "filename": "X"}


def test_an_encrypted_part_is_closed() -> None:
    """What one agent tells another is sealed on the vendor's machines."""
    part = {"type": "encrypted_content", "encrypted_content": "abc"}

    assert json.loads(touched([part], ITEM)) == [part]


def test_what_is_not_known_is_open_keys_too() -> None:
    assert touched({"new": {"type": "a", "kestrel": ["b"]}}, OPEN) == (
        '{"X": {"X": "a", "X": ["X"]}}'
    )


@pytest.mark.parametrize(
    ("key", "rule"),
    [("model", "closed"), ("input", ITEM), ("client_metadata", OPEN), ("new", OPEN)],
)
def test_the_rule_of_each_member(key: str, rule: str) -> None:
    assert openai_responses_fields.request_rule(key) == rule


def test_of_a_response_only_the_echo_is_open() -> None:
    """Its items have rules of their own."""
    assert openai_responses_fields.response_rule("instructions") == ITEM
    assert openai_responses_fields.response_rule("id") == "closed"


def test_values_are_rewritten_by_the_same_rules() -> None:
    item = assistant("hello")
    changed = rewrite_value(item, ITEM, lambda _text: "X")

    assert changed == {**item, "content": [{"type": "output_text", "text": "X"}]}
