"""The facts that ship are whole and do not contradict each other."""

from __future__ import annotations

from aiwrap.vendors.claude import Claude


def test_each_option_takes_values_in_one_way(claude: Claude) -> None:
    """Two answers would make the order of the lists decide what a prompt is."""
    grammar = claude.facts.grammar
    kinds = (grammar.required, grammar.optional, grammar.variadic, grammar.flags)

    assert sum(map(len, kinds)) == len(frozenset().union(*kinds))
    assert set(grammar.aliases.values()) <= frozenset().union(*kinds)


def test_every_option_that_a_rule_names_is_known(claude: Claude) -> None:
    """A misspelt option would silently never match."""
    facts = claude.facts
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


def test_no_command_passes_and_is_uncovered(claude: Claude) -> None:
    assert not claude.facts.passthrough_commands & set(claude.facts.uncovered_commands)


def test_every_provider_is_blanked_by_the_pin(claude: Claude) -> None:
    """A working tree could switch to one that we know and do not blank."""
    assert set(claude.facts.providers) <= set(claude.facts.blank)
