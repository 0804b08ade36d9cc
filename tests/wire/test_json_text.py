"""JSON text is read strictly and rewritten token by token."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.wire import json_text

STRINGS = st.text() | st.sampled_from(
    ["\ud83d", "\ude00 half", 'quote"d', "back\\slash", "tab\tnewline\n", "é", "/a/b"]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | STRINGS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(STRINGS, inner),
    max_leaves=10,
)
STYLES = st.fixed_dictionaries(
    {"ensure_ascii": st.booleans(), "indent": st.sampled_from([None, 1])}
)


def encode(value: object, style: dict[str, object]) -> str:
    text = json.dumps(value, **style)  # type: ignore[arg-type]  # options by name
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text


def map_strings(value: object) -> object:
    """Rewrite every string of a parsed value, keys too, as `shout` does."""
    if isinstance(value, str):
        return shout(value)
    if isinstance(value, list):
        return [map_strings(item) for item in value]
    if isinstance(value, dict):
        return {shout(key): map_strings(item) for key, item in value.items()}
    return value


def shout(text: str) -> str:
    return text + "!" if len(text) % 2 else text


@given(value=VALUES, style=STYLES)
def test_parsing_gives_what_the_standard_library_gives(
    value: object, style: dict[str, object]
) -> None:
    text = encode(value, style)

    assert json_text.parse(text) == json.loads(text)


@given(value=VALUES, style=STYLES)
def test_leaving_every_string_alone_returns_the_same_text(
    value: object, style: dict[str, object]
) -> None:
    text = encode(value, style)

    assert json_text.rewrite_strings(text, lambda string: string) is text


@given(value=VALUES, style=STYLES)
def test_every_string_is_rewritten_and_nothing_else(
    value: object, style: dict[str, object]
) -> None:
    text = encode(value, style)

    changed = json_text.rewrite_strings(text, shout)

    assert json.loads(changed) == map_strings(json.loads(text))
    assert changed.encode()


@given(value=VALUES, style=STYLES)
def test_untouched_tokens_keep_their_bytes(
    value: object, style: dict[str, object]
) -> None:
    """Only the tokens that change may look different afterwards."""
    text = encode(value, style)
    kept = [text[a:b] for a, b, string in json_text.find_strings(text)]

    changed = json_text.rewrite_strings(text, shout)

    after = [changed[a:b] for a, b, _ in json_text.find_strings(changed)]
    assert [
        new == old or shout(json.loads(old)) == json.loads(new)
        for old, new in zip(kept, after, strict=True)
    ] == [True] * len(kept)
    assert all(
        new == old
        for old, new in zip(kept, after, strict=True)
        if shout(json.loads(old)) == json.loads(old)
    )


def test_other_spellings_of_the_same_value_survive() -> None:
    text = '{ "a" : 1e5, "b":-0, "c\\/d": "\\u00e9\\ud83d", "e": "hit" }'

    changed = json_text.rewrite_strings(text, lambda s: s.replace("hit", "miss"))

    assert changed == text.replace("hit", "miss")


def test_closed_tokens_stay() -> None:
    changed = json_text.rewrite_strings('{"a":"a"}', lambda _: "b", [False, True])

    assert changed == '{"a":"b"}'


def test_too_few_answers_are_an_error_rather_than_a_leak() -> None:
    with pytest.raises(ValueError, match="argument"):
        json_text.rewrite_strings('{"a":"a"}', lambda _: "b", [False])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"a":1,"a":2}',
        '{"a":1,"\\u0061":2}',
        '[{"deep":{"x":1,"x":1}}]',
        "NaN",
        '{"a":Infinity}',
        '"a\nb"',
        '"\\x"',
        "[1,]",
        "{} {}",
        "\ufeff{}",
        "9" * 5000,
        "[" * 100_000,
        '"unfinished',
    ],
)
def test_what_readers_could_understand_differently_is_refused(text: str) -> None:
    with pytest.raises(json_text.JsonTextError):
        json_text.parse(text)


@given(value=st.dictionaries(STRINGS, VALUES), style=STYLES)
def test_members_stand_where_they_are_found(
    value: dict[str, object], style: dict[str, object]
) -> None:
    text = "  " + encode(value, style)

    members = json_text.find_members(text, 2)

    assert {
        m.key: json.loads(text[m.value_start : m.end]) for m in members
    } == json.loads(text)
    assert [
        json.loads(text[m.start : m.value_start].rstrip().rstrip(":").rstrip())
        for m in members
    ] == list(json.loads(text))


@given(value=st.lists(VALUES, max_size=5), style=STYLES)
def test_items_stand_where_they_are_found(
    value: list[object], style: dict[str, object]
) -> None:
    text = encode(value, style)

    items = json_text.find_items(text, 0)

    assert [json.loads(text[a:b]) for a, b in items] == json.loads(text)


@given(text=st.text(max_size=40))
def test_no_text_breaks_the_parser_otherwise(text: str) -> None:
    """Whatever comes, the answer is a value or a `JsonTextError`."""
    try:
        value = json_text.parse(text)
    except json_text.JsonTextError:
        return
    assert json.loads(text) == value


@given(text=STRINGS)
def test_an_encoded_string_is_always_utf8_and_the_same_string(text: str) -> None:
    token = json_text.encode_string(text)

    assert json.loads(token.encode()) == text
    assert json.loads(json_text.write_utf8([text])) == [text]
