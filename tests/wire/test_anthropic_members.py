"""Tests for aiwrap/wire/anthropic_members.py."""

from __future__ import annotations

import pytest

from aiwrap.wire import anthropic_members
from aiwrap.wire.anthropic_blocks import UnreadableError


def test_a_string_member_is_a_string_or_missing() -> None:
    """Anything else is not what the API takes."""
    assert anthropic_members.read_text("m", "model") == "m"
    assert anthropic_members.read_text(None, "model") == ""
    with pytest.raises(UnreadableError, match="model"):
        anthropic_members.read_text(7, "model")


def test_system_prompts_come_as_a_string_or_as_blocks() -> None:
    """Both forms of the API."""
    blocks = [{"type": "text", "text": "a"}, {"type": "image"}, "odd"]

    assert list(anthropic_members.find_system_texts("a")) == ["a"]
    assert list(anthropic_members.find_system_texts(blocks)) == ["a"]
    assert list(anthropic_members.find_system_texts(None)) == []


def test_descriptions_are_found_at_any_depth() -> None:
    """A tool's own, and those of its parameters."""
    tools = [
        {
            "description": "reads",
            "input_schema": {"properties": {"path": {"description": "where"}}},
        }
    ]

    assert list(anthropic_members.find_descriptions(tools)) == ["reads", "where"]


def test_a_title_request_is_told_by_its_schema() -> None:
    """Nothing but a title is asked for."""
    schema = {"properties": {"title": {"type": "string"}}}
    config = {"format": {"schema": schema}}

    assert anthropic_members.wants_title({"output_config": config})
    assert not anthropic_members.wants_title({"output_config": "x"})
    assert not anthropic_members.wants_title({})
