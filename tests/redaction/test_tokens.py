"""A token is cut into components that know where they stand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aiwrap.redaction.patterns import fold
from aiwrap.redaction.tokens import (
    Component,
    between_escapes,
    components_of,
    joined,
    parts_of,
    resolve,
)


@given(st.text("aB./\\é", max_size=20))
def test_components_stand_where_they_say(token: str) -> None:
    for name, start, end in components_of(token):
        assert fold(token[start:end]) == name
        assert not {"/", "\\"} & set(name)


def test_dots_are_resolved_and_what_they_left_is_kept() -> None:
    base = [Component("infra", 0, 0)]

    path, left = resolve(base, components_of("prod/.././../src"))

    assert path is not None
    assert joined(path) == "src"
    assert [joined(p) for p in left] == ["infra/prod", "infra"]


def test_above_the_root_there_is_nothing() -> None:
    assert resolve([], components_of("../x"))[0] is None


def test_a_path_may_begin_after_signs_and_options() -> None:
    tokens = ["@a/b,", "--file=a/b", "==a/b..."]

    assert [[t[s:e] for s, e in parts_of(t)][-1] for t in tokens] == ["a/b"] * 3


def test_escaped_line_ends_keep_paths_apart() -> None:
    token = "a/b\\nc/d\\\\te/f"

    assert [token[s:e] for s, e in between_escapes(token)] == ["a/b", "c/d", "e/f"]
