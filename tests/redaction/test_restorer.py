"""A stream restores to the same text, however it was cut."""

from __future__ import annotations

import json
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from aiwrap.redaction.pseudonyms import LENGTH, Pseudonyms
from aiwrap.redaction.restorer import Restorer

PSEUDONYMS = Pseudonyms(b"k" * 32)
NAMES = ["prod", "päymênts", "with space", "日本", "x" * 40, "o'brien"]
HIDDEN = [PSEUDONYMS.of_stem(name) for name in NAMES]

near = st.one_of(
    st.sampled_from(HIDDEN),
    st.builds(lambda h, n: h[:n], st.sampled_from(HIDDEN), st.integers(1, LENGTH)),
    st.sampled_from(["z", "zq", "zz", "zqzq", "q", "zqz", "ZQ", "\\", "\n", "😀", "/"]),
    st.text(max_size=6),
)
texts = st.lists(near, max_size=20).map("".join)
cuts = st.lists(st.integers(0, 400), max_size=40)


def streamed(text: str, places: list[int], *, json_escaped: bool) -> str:
    edges = sorted({0, len(text), *(min(place, len(text)) for place in places)})
    restorer = Restorer(PSEUDONYMS, json_escaped)
    out = [restorer.feed(text[start:end]) for start, end in pairwise(edges)]
    return "".join([*out, restorer.flush()])


@settings(max_examples=1000)
@given(texts, cuts)
def test_chunking_does_not_change_what_is_restored(
    text: str, places: list[int]
) -> None:
    assert streamed(text, places, json_escaped=False) == PSEUDONYMS.restore(text)


@settings(max_examples=1000)
@given(texts, texts, cuts, st.booleans())
def test_raw_json_stays_valid_and_means_the_restored_value(
    first: str, second: str, places: list[int], ascii_only: bool
) -> None:
    value = {"file_path": first, "edits": [second, 1, None]}
    raw = json.dumps(value, ensure_ascii=ascii_only)

    restored = json.loads(streamed(raw, places, json_escaped=True))

    assert restored == {
        "file_path": PSEUDONYMS.restore(first),
        "edits": [PSEUDONYMS.restore(second), 1, None],
    }


@given(texts, cuts)
def test_no_more_than_one_unfinished_pseudonym_is_held_back(
    text: str, places: list[int]
) -> None:
    """A stream that stalls shows all but the last few characters."""
    edges = sorted({0, len(text), *(min(place, len(text)) for place in places)})
    restorer = Restorer({}, json_escaped=False)
    seen = 0
    for start, end in pairwise(edges):
        seen += len(restorer.feed(text[start:end]))
        assert end - seen < LENGTH


def test_a_chunk_without_sigil_passes_as_the_same_object() -> None:
    chunk = "nothing to see here"

    assert Restorer(PSEUDONYMS, json_escaped=True).feed(chunk) is chunk


def test_an_unknown_pseudonym_stays() -> None:
    restorer = Restorer({}, json_escaped=False)

    assert restorer.feed(HIDDEN[0]) + restorer.flush() == HIDDEN[0]


def test_two_restorers_share_nothing_but_the_names() -> None:
    """Parallel streams must not complete each other's pseudonyms."""
    one, other = (Restorer(PSEUDONYMS, json_escaped=False) for _ in range(2))

    out = [one.feed(HIDDEN[0][:5]), other.feed(HIDDEN[0][5:])]

    assert [*out, one.flush(), other.flush()] == [
        "", HIDDEN[0][5:], HIDDEN[0][:5], "",
    ]  # fmt: skip


def test_quotes_of_a_name_are_escaped_in_json() -> None:
    """Only a plain mapping can hold such a name; pseudonyms never restore one."""
    restorer = Restorer({HIDDEN[0]: 'a"b'}, json_escaped=True)

    assert json.loads(f'"{restorer.feed(HIDDEN[0])}"') == 'a"b'
