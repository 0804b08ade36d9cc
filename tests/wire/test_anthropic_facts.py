"""Tests for aiwrap/wire/anthropic_facts.py."""

from __future__ import annotations

from aiwrap.wire.anthropic_facts import Facts


def test_later_counts_replace_earlier_ones_and_the_rest_stays() -> None:
    """message_start says what went in, message_delta what came out."""
    facts = Facts()
    facts.message({"model": "m", "usage": {"input_tokens": 9, "output_tokens": 1}})
    facts.message({"stop_reason": "end_turn", "usage": {}})
    facts.usage({"output_tokens": 40, "cache_read_input_tokens": 7})

    result = facts.result()

    assert (result.tokens_in, result.tokens_out) == (9, 40)
    assert (result.tokens_cache_read, result.tokens_cache_write) == (7, 0)
    assert (result.model, result.stop_reason) == ("m", "end_turn")


def test_counts_that_are_none_are_no_counts() -> None:
    """A vendor may write null, a flag or a string."""
    facts = Facts()
    facts.usage({"input_tokens": None, "output_tokens": True})
    facts.usage("many")
    facts.message(["not", "an", "object"])

    assert (facts.result().tokens_in, facts.result().tokens_out) == (0, 0)


def test_only_what_restoring_changed_is_remembered() -> None:
    """Each changed string of a tool's input, under what the client will send back."""
    facts = Facts()
    restored = {"file_path": "infra/prod/x.tf", "edits": [{"old": "a", "new": "prod"}]}
    original = {"file_path": "infra/zq1/x.tf", "edits": [{"old": "a", "new": "zq1"}]}
    facts.tool_use("Edit", restored, original)
    facts.text("same", "same")

    result = facts.result()

    assert result.originals == (("infra/prod/x.tf", "infra/zq1/x.tf"), ("prod", "zq1"))
    assert result.tool_uses == (("Edit", restored),)


def test_an_input_that_is_no_object_is_not_reported() -> None:
    """A broken tool call has no arguments to look at."""
    facts = Facts()
    facts.tool_use("Edit", "half a jso", "half a jso")

    assert facts.result().tool_uses == ()
