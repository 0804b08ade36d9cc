"""The facts that ship are whole and do not contradict each other."""

from __future__ import annotations

import pytest

from aiwrap.vendors import registry
from aiwrap.vendors.claude import Claude
from aiwrap.vendors.descriptor import VendorFacts


@pytest.fixture(params=registry.NAMES)
def facts(request: pytest.FixtureRequest) -> VendorFacts:
    vendor = registry.find(request.param)
    assert vendor is not None
    return vendor.facts


def test_each_option_takes_values_in_one_way(facts: VendorFacts) -> None:
    """Two answers would make the order of the lists decide what a prompt is."""
    grammar = facts.grammar
    kinds = (grammar.required, grammar.optional, grammar.variadic, grammar.flags)

    assert sum(map(len, kinds)) == len(frozenset().union(*kinds))
    assert set(grammar.aliases.values()) <= frozenset().union(*kinds)


def test_every_option_that_a_rule_names_is_known(facts: VendorFacts) -> None:
    """A misspelt option would silently never match."""
    known = frozenset().union(
        facts.grammar.required,
        facts.grammar.optional,
        facts.grammar.variadic,
        facts.grammar.flags,
    )
    named = frozenset().union(
        facts.uncovered_options,
        facts.uncovered_values,
        facts.passthrough_options,
        facts.hooks_off_options,
        facts.system_prompt_options,
        facts.system_prompt_file_options,
    )

    assert named <= known


def test_no_command_passes_and_is_uncovered(facts: VendorFacts) -> None:
    assert not facts.passthrough_commands & set(facts.uncovered_commands)


def test_every_provider_is_blanked_by_the_pin(claude: Claude) -> None:
    """A working tree could switch to one that we know and do not blank."""
    assert set(claude.facts.providers) <= set(claude.facts.blank)
