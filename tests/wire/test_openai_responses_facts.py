"""Tests for aiwrap/wire/openai_responses_facts.py."""

from __future__ import annotations

import pytest

from aiwrap.wire.openai_responses_facts import Facts
from tests.wire.responses import Json, assistant, call


def test_the_vendors_own_figures() -> None:
    facts = Facts()
    facts.response(
        {
            "model": "m",
            "usage": {
                "input_tokens": 21,
                "input_tokens_details": {"cached_tokens": 13},
                "output_tokens": 9,
            },
        }
    )

    assert facts.result()[:5] == ("m", 21, 9, 13, 0)


@pytest.mark.parametrize("usage", [None, [], {"input_tokens": "many"}, {}])
def test_figures_that_make_no_sense_count_as_none(usage: object) -> None:
    facts = Facts()
    facts.response({"usage": usage})

    assert facts.result()[:5] == ("", 0, 0, 0, 0)


def test_tool_calls_also_those_of_a_script() -> None:
    """A sub-agent started from a script is a sub-agent."""
    facts = Facts()
    item = call(1, "await tools.spawn_agent({}); await tools.exec_command({})")
    facts.item(item, item)

    assert [name for name, _ in facts.result().tool_uses] == [
        "exec",
        "spawn_agent",
        "exec_command",
    ]


def test_how_the_vendor_wrote_what_was_restored() -> None:
    """Sent back as the vendor wrote it, its cache still matches."""
    facts = Facts()
    came: Json = assistant("see zq1")
    facts.item(assistant("see prod"), came)
    facts.item(came, came)

    assert list(facts.result().originals) == [("see prod", "see zq1")]
