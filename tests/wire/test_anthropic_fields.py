"""Protocol fields, ids and what the vendor verifies stay closed to rewriting."""

from __future__ import annotations

import json

import pytest

from aiwrap.wire import anthropic_fields, json_text


def rewrite(value: object, rule: str) -> object:
    """Double every open string `x`."""
    text = json.dumps(value)
    is_open = anthropic_fields.open_strings(value, rule)
    changed = json_text.rewrite_strings(text, lambda s: s.replace("x", "xx"), is_open)
    result: object = json.loads(changed)
    return result


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"type": "text", "text": "x"}, {"type": "text", "text": "xx"}),
        (
            {"type": "thinking", "thinking": "x", "signature": "x"},
            {"type": "thinking", "thinking": "x", "signature": "x"},
        ),
        (
            {"type": "redacted_thinking", "data": "x"},
            {"type": "redacted_thinking", "data": "x"},
        ),
        (
            {
                "type": "tool_use",
                "id": "x",
                "name": "mcp__x__y",
                "input": {"id": "x", "type": "x", "signature": "x", "x": ["x", 1]},
            },
            {
                "type": "tool_use",
                "id": "x",
                "name": "mcp__xx__y",
                "input": {"id": "xx", "type": "xx", "signature": "xx", "xx": ["xx", 1]},
            },
        ),
        (
            {"type": "tool_result", "tool_use_id": "x", "content": "x"},
            {"type": "tool_result", "tool_use_id": "x", "content": "xx"},
        ),
        (
            {
                "type": "tool_result",
                "tool_use_id": "x",
                "content": [
                    {"type": "text", "text": "x"},
                    {
                        "type": "image",
                        "source": {"type": "base64", "media_type": "x", "data": "x"},
                    },
                ],
            },
            {
                "type": "tool_result",
                "tool_use_id": "x",
                "content": [
                    {"type": "text", "text": "xx"},
                    {
                        "type": "image",
                        "source": {"type": "base64", "media_type": "x", "data": "x"},
                    },
                ],
            },
        ),
        (
            {"type": "document", "title": "x", "source": {"type": "text", "data": "x"}},
            {
                "type": "document",
                "title": "xx",
                "source": {"type": "text", "data": "xx"},
            },
        ),
        (
            {"type": "web_search_result", "url": "x", "encrypted_content": "x"},
            {"type": "web_search_result", "url": "xx", "encrypted_content": "x"},
        ),
        (
            {
                "type": "text",
                "text": "x",
                "citations": [{"cited_text": "x", "encrypted_index": "x"}],
            },
            {
                "type": "text",
                "text": "xx",
                "citations": [{"cited_text": "xx", "encrypted_index": "x"}],
            },
        ),
        (
            {"type": "future_block", "files": {"x": "x"}},
            {"type": "future_block", "files": {"xx": "xx"}},
        ),
    ],
)
def test_a_block_is_rewritten_by_its_structure(block: object, expected: object) -> None:
    message = {"role": "user", "content": [block]}

    assert rewrite(message, anthropic_fields.MESSAGE) == {
        "role": "user",
        "content": [expected],
    }


def test_the_members_of_a_request_have_rules() -> None:
    values: dict[str, object] = {
        "model": "x",
        "metadata": {"user_id": "x"},
        "safeguards": [{"type": "x", "cwd": "x"}],
        "system": [{"type": "x", "text": "x", "cache_control": {"type": "x"}}],
        "tools": [{"type": "x", "name": "x", "input_schema": {"type": "x", "x": 1}}],
    }

    changed = {
        k: rewrite(v, anthropic_fields.request_rule(k)) for k, v in values.items()
    }

    assert changed == {
        "model": "x",
        "metadata": {"user_id": "xx"},
        "safeguards": [{"type": "xx", "cwd": "xx"}],
        "system": [{"type": "x", "text": "xx", "cache_control": {"type": "x"}}],
        "tools": [{"type": "x", "name": "xx", "input_schema": {"type": "xx", "xx": 1}}],
    }


def test_a_whole_answer_opens_its_content_only() -> None:
    answer = {
        "id": "x",
        "type": "message",
        "content": [{"type": "text", "text": "x"}],
        "usage": {"service_tier": "x"},
    }

    assert rewrite(answer, anthropic_fields.RESPONSE) == {
        **answer,
        "content": [{"type": "text", "text": "xx"}],
    }
