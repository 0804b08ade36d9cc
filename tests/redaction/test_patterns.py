"""Sensitive patterns are gitignore's; pathspec is the oracle."""

from __future__ import annotations

import pathspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aiwrap.redaction.patterns import Patterns, fold


def flags(path: str, *patterns: str) -> tuple[bool, ...]:
    return Patterns(patterns).flags([fold(c) for c in path.split("/")], is_file=True)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("infra/prod/**", "infra/prod/db/x.tf", (False, True, True, True)),
        ("infra/prod/**", "infra/prod", (False, True)),
        ("infra/prod/*", "infra/prod/x", (False, True, True)),
        ("infra/prod/**", "docs/infra/prod/x", (False, False, False, False)),
        ("infra/prod/**", "infra/production/x", (False, False, False)),
        ("/lib/view.js", "lib/view.js", (False, True)),
        ("/lib/view.js", "docs/lib/view.js", (False, False, False)),
        ("**/nightingale/**", "src/nightingale/x", (False, True, True)),
        ("**/nightingale/**", "nightingale", (True,)),
        ("secrets", "a/secrets/b", (False, True, True)),
        ("secrets/", "a/secrets", (False, False)),
        ("*.tfvars", "config/eu/live.tfvars", (False, False, True)),
        ("infra/prod/*.tf", "infra/prod/main.tf", (False, False, True)),
        ("a/**/z", "a/b/c/z/y", (False, False, False, True, True)),
        ("a/**/z", "a/z", (False, True)),
        ("data/[0-9]?/", "data/12/x", (False, True, True)),
        ("Infra/Prod/**", "INFRA/prod/x", (False, True, True)),
        ("**", "a/b", (True, True)),
        ("# no pattern", "# no pattern", (False,)),
        ("", "x", (False,)),
    ],
)
def test_a_name_is_sensitive_from_the_last_named_component_on(
    pattern: str, path: str, expected: tuple[bool, ...]
) -> None:
    assert flags(path, pattern) == expected


def test_a_later_pattern_takes_back() -> None:
    patterns = ("infra/prod/**", "!infra/prod/README.md")

    assert flags("infra/prod/README.md", *patterns) == (False, True, False)
    assert flags("infra/prod/main.tf", *patterns) == (False, True, True)


def test_nothing_is_taken_back_below_a_directory_named_itself() -> None:
    """As git has it; and it is the strict side."""
    assert flags("secrets/README.md", "secrets", "!secrets/README.md")[-1]


def test_composed_and_decomposed_names_are_the_same() -> None:
    assert flags("nai\u0308ve/x", "na\u00efve/**") == (True, True)


def test_whether_there_is_anything_to_hide() -> None:
    assert not Patterns(["", "# only a comment", "/"])
    assert Patterns(["x"])


names = st.sampled_from(["a", "b", "prod", "x.tf", "y.tf", "ab"])
paths = st.lists(names, min_size=1, max_size=4).map("/".join)
parts = st.sampled_from(["a", "b", "prod", "*.tf", "?", "a*", "**", "[ab]", "x.tf"])
patterns_ = st.builds(
    lambda root, middle, end: root + "/".join(middle) + end,
    st.sampled_from(["", "/", "**/"]),
    st.lists(parts, min_size=1, max_size=3),
    st.sampled_from(["", "/", "/**"]),
)


def implied(pattern: str) -> str:
    """Return the gitignore pattern of what `pattern` implies: `X` for `X/**`."""
    is_anchored = "/" in pattern.rstrip("/")
    kept = pattern
    while kept.endswith(("/**", "/**/", "/*")):
        kept = kept.rstrip("/").rstrip("*").rstrip("/")
    if not is_anchored or kept.startswith(("/", "**/")) or kept == pattern:
        return kept
    return "/" + kept


@settings(max_examples=1500)
@given(st.lists(patterns_, min_size=1, max_size=3), paths)
def test_a_file_is_sensitive_as_git_would_ignore_it(
    patterns: list[str], path: str
) -> None:
    lines = [implied(pattern) for pattern in patterns]
    assume(all(line.strip("*/") for line in lines))
    assume(not any(pattern.endswith("*/") for pattern in patterns))
    oracle = pathspec.GitIgnoreSpec.from_lines(lines)

    assert flags(path, *patterns)[-1] is oracle.match_file(path)


@settings(max_examples=1000)
@given(st.lists(patterns_, min_size=1, max_size=3), patterns_, paths)
def test_taking_back_is_never_laxer_than_git(
    patterns: list[str], back: str, path: str
) -> None:
    lines = [*patterns, f"!{back}"]
    oracle = pathspec.GitIgnoreSpec.from_lines(lines)

    assert flags(path, *lines)[-1] >= oracle.match_file(path)


@given(st.lists(st.text(max_size=12), max_size=4), st.text(min_size=1, max_size=20))
def test_no_pattern_and_no_path_breaks_it(patterns: list[str], path: str) -> None:
    components = [fold(part) for part in path.split("/") if part]

    assert len(Patterns(patterns).flags(components)) == len(components)
