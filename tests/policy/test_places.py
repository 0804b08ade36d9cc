"""A key's line and column are found in any TOML that tomli accepts."""

from __future__ import annotations

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.policy.places import Path, Places

TEXT = '''\
# [[pause]] in a comment
title = "a # \\" [x]"
multi = """
[[pause]]
id = "not this" """
dotted.inner = 1
[[pause]]
id = "one"
list = [ "a", # ]
  "b",
  { deep = 2026-01-01 00:00:00Z, x = [1, [2]] },
]
[pause.instead]
say = 'it'
"quoted key" . more = 1
[[ pause ]]
instead = { vendor = "v", say = """
]]}""" }
id = "two"
'''


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        (("title",), 2, 1),
        (("multi",), 3, 1),
        (("dotted", "inner"), 6, 1),
        (("pause", 0), 7, 1),
        (("pause", 0, "id"), 8, 1),
        (("pause", 0, "list", 0), 9, 10),
        (("pause", 0, "list", 1), 10, 3),
        (("pause", 0, "list", 2, "deep"), 11, 5),
        (("pause", 0, "list", 2, "x", 1, 0), 11, 43),
        (("pause", 0, "instead"), 13, 1),
        (("pause", 0, "instead", "quoted key", "more"), 15, 1),
        (("pause", 1), 16, 1),
        (("pause", 1, "instead", "say"), 17, 27),
        (("pause", 1, "id"), 19, 1),
        (("pause", 1, "no such key"), 16, 1),
        (("nothing",), 1, 1),
    ],
)
def test_finds_keys_and_elements(path: Path, line: int, column: int) -> None:
    assert Places(TEXT).of(path) == (line, column)


_scalars = st.sampled_from(
    ["1", '"a # b"', "'[x]'", "2026-01-01 00:00:00Z", '"""a\n[[t]]\n"""', "true"]
)
_values = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + "]")
        | st.lists(inner, max_size=3).map(
            lambda items: (
                "{ "
                + ", ".join(f"k{index} = {item}" for index, item in enumerate(items))
                + " }"
            )
        )
    ),
    max_leaves=6,
)


@given(st.lists(_values, min_size=1, max_size=6))
def test_a_key_is_found_whatever_stands_before_it(values: list[str]) -> None:
    """Strings, lists and tables are stepped over, however they nest."""
    lines = [f"[[t]]\nkey{index} = {value}" for index, value in enumerate(values)]
    text = "\n".join(lines)
    tomli.loads(text)
    places = Places(text)

    for index in range(len(values)):
        place = places.of(("t", index, f"key{index}"))
        line = text.splitlines()[place.line - 1]
        assert line[place.column - 1 :].startswith(f"key{index} =")
