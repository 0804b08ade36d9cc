"""The index tells sensitive, harmless and ambiguous names apart."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aiwrap.redaction.names import build_names, says_something
from aiwrap.redaction.patterns import Patterns, fold

FILES = [
    "infra/prod/db/main.tf", "infra/prod/replica-eu.tf", "infra/staging/main.tf",
    "docs/infra/prod/main.tf", "README.md", "infra/prod/README.md",
]  # fmt: skip
NAMES = build_names(FILES, Patterns(["infra/prod/**"]))


def test_a_directory_above_a_sensitive_one_is_harmless() -> None:
    assert "infra" in NAMES.harmless
    assert NAMES.sensitive["infra/prod"] == (False, True)
    assert NAMES.is_known("infra/prod/db")
    assert not NAMES.is_known("infra/prod/nope")


def test_an_end_that_a_harmless_path_has_too_is_ambiguous() -> None:
    assert "infra/prod" in NAMES.ambiguous
    assert "db/main.tf" in NAMES.suffixes
    assert "db/main.tf" not in NAMES.ambiguous
    assert "docs/infra/prod" in NAMES.harmless_suffixes


def test_a_common_or_shared_name_is_not_distinctive() -> None:
    assert NAMES.distinctive == {"replica-eu.tf"}


def test_a_name_that_harmless_files_mention_often_is_not_distinctive() -> None:
    files = ["infra/prod/replica-eu.tf", *(f"doc{n}.md" for n in range(5))]
    patterns = Patterns(["infra/prod/**"])

    often = build_names(files, patterns, lambda _: "see replica-eu.tf")
    never = build_names(files, patterns, lambda _: None)

    assert not often.distinctive
    assert never.distinctive == {"replica-eu.tf"}


def test_unknown_paths_are_judged_by_the_patterns() -> None:
    assert NAMES.flags(["infra", "prod", "new", "x"]) == (False, True, True, True)
    assert NAMES.flags(["docs", "new"]) == (False, False)


def test_common_words_say_nothing() -> None:
    assert not says_something(["views", "index.js", "errno.h", "typing.py"])
    assert says_something(["views", "ledger.js"])


paths = st.lists(st.sampled_from(["a", "b", "prod", "x.py", "Ü.md"]), min_size=1)


@given(st.lists(paths.map("/".join)))
def test_every_path_and_its_parents_are_known_once(files: list[str]) -> None:
    names = build_names(files, Patterns(["**/prod/**"]))

    assert not names.harmless & set(names.sensitive)
    for file in files:
        components = fold(file).split("/")
        for length in range(1, len(components) + 1):
            assert names.is_known("/".join(components[:length]))
