"""Globs match what a policy's author means, and never take long."""

from __future__ import annotations

import fnmatch
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from aiwrap.policy.globs import matches_name, matches_path


@pytest.mark.parametrize(
    ("name", "pattern", "matches"),
    [
        ("github.com/acme/site", "github.com/acme/*", True),
        ("GitHub.com/ACME/Site", "github.com/acme/*", True),
        ("gitlab.com/acme/sub/site", "gitlab.com/acme/*", True),
        ("github.com/acme-evil/site", "github.com/acme/*", False),
        ("evil.com/github.com/acme/x", "github.com/acme/*", False),
        ("github.com/acme/site", "github.com/acme/site", True),
        ("github.com/acme/site2", "github.com/acme/site", False),
        ("release/1.0/fix", "release/*", True),
        ("main", "m??n", True),
        ("main", "", False),
        ("", "*", True),
    ],
)
def test_matches_names(name: str, pattern: str, matches: bool) -> None:
    assert matches_name(name, (pattern,)) is matches


@pytest.mark.parametrize(
    ("path", "pattern", "matches"),
    [
        ("infra/prod/db/main.tf", "infra/prod/**", True),
        ("infra/prod", "infra/prod/**", True),
        ("infra/production/x", "infra/prod/**", False),
        ("a/infra/prod/x", "infra/prod/**", False),
        ("docs/nightingale/plan.md", "**/nightingale/**", True),
        ("nightingale/plan.md", "**/nightingale/**", True),
        ("data/sft/a.jsonl", "*.jsonl", True),
        ("data/sft/a.jsonl", "data/*.jsonl", False),
        ("data/a.jsonl", "/data/*.jsonl", True),
        ("app/[id]/page.tsx", "app/[id]/page.tsx", True),
        ("app/i/page.tsx", "app/[id]/page.tsx", False),
        ("HW/Core", "hw/**", True),
        ("anything/at/all", "**", True),
        ("hw/./core//alu.v", "hw/core", True),
        ("hw", "", False),
    ],
)
def test_matches_paths(path: str, pattern: str, matches: bool) -> None:
    assert matches_path(path, (pattern,)) is matches


_names = st.text("ab/*", max_size=8)


@given(_names.filter(lambda n: "*" not in n), _names)
def test_names_match_as_fnmatch_does(name: str, pattern: str) -> None:
    """The standard library's regular expressions are the oracle."""
    expected = re.match(fnmatch.translate(pattern), name) is not None

    assert matches_name(name, (pattern,)) is expected


_parts = st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=4)
_globs = st.lists(
    st.sampled_from(["a", "b", "*", "a*", "*b", "?", "**"]), min_size=1, max_size=4
)


@given(_parts, _globs, st.booleans())
def test_paths_match_whatever_gitignore_matches(
    parts: list[str], globs: list[str], anchored: bool
) -> None:
    """At least as much as pathspec: a pause may cover more, never less."""
    path = "/".join(parts)
    pattern = ("/" if anchored else "") + "/".join(globs)

    if GitIgnoreSpec.from_lines([pattern]).match_file(path):
        assert matches_path(path, (pattern,))


def test_a_hostile_pattern_takes_no_time() -> None:
    """Backtracking over each star would never end."""
    assert not matches_name("a" * 2000, ("*a" * 200 + "b",))
    assert not matches_path("/".join("a" * 500), ("**/a/" * 100 + "b",))
