"""Which directory holds these names."""

from __future__ import annotations

from aiwrap.redaction.directories import Directories
from aiwrap.redaction.names import build_names
from aiwrap.redaction.paths import Paths
from aiwrap.redaction.patterns import Patterns
from tests.redaction.acme import FILES, PATTERNS, ROOT

NAMES = build_names(FILES, Patterns(PATTERNS))
DIRECTORIES = Directories(NAMES, Paths(ROOT, NAMES))


def test_the_working_directory_comes_first() -> None:
    assert DIRECTORIES.holding({"prod", "staging", "new"}, ["infra"]) == [["infra"]]


def test_a_directory_that_holds_exactly_these_names_beats_those_that_hold_more() -> (
    None
):
    names = {"primary.tf", "replica-eu.tf"}

    assert DIRECTORIES.holding(names, []) == [["infra", "prod", "db"]]


def test_unknown_names_have_no_directory() -> None:
    assert DIRECTORIES.holding({"x", "y"}, []) == []
    assert DIRECTORIES.holding({"primary.tf"}, []) == []


def test_names_of_one_sensitive_tree_are_told_from_a_mixture() -> None:
    assert DIRECTORIES.are_of_one_tree({"primary.tf", "replica-eu.tf", "net.tf"})
    assert not DIRECTORIES.are_of_one_tree({"primary.tf", "replica-eu.tf", "app.tsx"})
    assert not DIRECTORIES.are_of_one_tree({"main.tf", "primary.tf"})


def test_a_directory_is_named_by_its_path_known_or_new() -> None:
    assert DIRECTORIES.named("infra/prod", []) == ["infra", "prod"]
    assert DIRECTORIES.named("infra/prod/new", []) == ["infra", "prod", "new"]
    assert DIRECTORIES.named("nowhere", []) is None
    assert DIRECTORIES.named("Changes not staged", ["infra", "prod"]) is None


def test_what_tools_leave_behind_is_no_name() -> None:
    assert not DIRECTORIES.is_sensitive(["infra", "prod", "__pycache__"])
