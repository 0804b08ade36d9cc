"""Words and phrases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.tasks.words import (
    HEAD_CHARS,
    TAIL_CHARS,
    PhraseIndex,
    Span,
    check_phrase,
    join_words,
    split_words,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Fine-tune it, fine_tune IT", ["fine", "tune", "it", "fine", "tune", "it"]),
        ("run train.py. Stop", ["run", "train", "py", ".", "stop"]),
        ("a\nb", ["a", ".", "b"]),
        ("写LoRA脚本。好", ["写", "lora", "脚", "本", ".", "好"]),
        ("학습 데이터", ["학", "습", "데", "이", "터"]),
        ("ファイン", ["フ", "ァ", "イ", "ン"]),
        ("Donn\u00e9es d'entra\u00eenement", ["données", "d", "entraînement"]),
        ("3.5 tokens", ["3", "5", "tokens"]),
        ("", []),
    ],
)
def test_text_is_cut_into_words(text: str, words: list[str]) -> None:
    assert split_words(text) == words


@given(st.text())
def test_words_hold_no_space_and_no_mark(text: str) -> None:
    """Phrases are compared word by word: a stray separator would hide a hit."""
    for word in split_words(text):
        assert word == "." or not set(word) & set(" \t\n-_/.")


@given(st.text(alphabet="ab \n.", min_size=1, max_size=40))
def test_the_work_is_bounded(text: str) -> None:
    long = text * (HEAD_CHARS + TAIL_CHARS)

    assert len(split_words(long)) <= HEAD_CHARS + TAIL_CHARS + 1


@pytest.mark.parametrize(
    ("phrase", "text", "spans"),
    [
        ("fine tun*", "the Fine-Tuning of it", [Span(1, 3)]),
        ("train", "training trains train", [Span(2, 3)]),
        ("train*", "training trains train", [Span(0, 1), Span(1, 2), Span(2, 3)]),
        ("a b", "a a b", [Span(1, 3)]),
        ("训练数据", "这些训练数据", [Span(2, 6)]),
        ("lora 训练", "LoRA训练", [Span(0, 3)]),
        ("обучен*", "для обучения модели", [Span(1, 2)]),
        ("end here", "the end", []),
        ("end here", "the end. here", []),
    ],
)
def test_a_phrase_is_found(phrase: str, text: str, spans: list[Span]) -> None:
    index = PhraseIndex()
    index.add([phrase], 7)

    assert index.find(split_words(text)).get(7, []) == spans


@pytest.mark.parametrize(
    ("written", "matched"),
    [
        ("Place-and-Route", "place and route"),
        ("  clock   tree ", "clock tree"),
        ("fine-tun*", "fine tun*"),
        ("训练数据", "训 练 数 据"),
    ],
)
def test_a_phrase_is_matched_as_words(written: str, matched: str) -> None:
    """Leads write phrases as they speak; the index wants single words."""
    assert check_phrase(written) == matched


@pytest.mark.parametrize("phrase", ["", " ", "...", "*", "ab*", "a* b"])
def test_a_phrase_that_cannot_match_well_is_an_error(phrase: str) -> None:
    """A two-letter prefix would stop a third of all prompts."""
    with pytest.raises(ValueError, match="phrase"):
        check_phrase(phrase)


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_a_checked_phrase_is_found_in_itself(left: str, text: str, right: str) -> None:
    """Whatever a lead writes, if accepted, stops at least that text."""
    try:
        phrase = check_phrase(text.replace("*", " "))
    except ValueError:
        return
    index = PhraseIndex()
    index.add([phrase], 0)

    found = index.find([*split_words(left), *phrase.split(" "), *split_words(right)])

    assert 0 in found


def test_a_copy_grows_alone() -> None:
    index = PhraseIndex()
    index.add(["one"], 0)
    grown = index.copy()
    grown.add(["one"], 1)

    assert set(index.find(["one"])) == {0}
    assert set(grown.find(["one"])) == {0, 1}


@pytest.mark.parametrize("text", ["fine tune it", "训练数据", "lora 训练 now", ""])
def test_words_are_joined_as_they_are_written(text: str) -> None:
    assert join_words(split_words(text)) == text
