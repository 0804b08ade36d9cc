"""Tests for aiwrap/wire/openai_responses_body.py."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.wire import openai_responses_body
from aiwrap.wire.openai_responses_body import Body
from tests.wire.responses import Json, assistant, call, environment, output, user

BLANKS = st.sampled_from(["", " ", "\n  "])
ITEMS = st.lists(
    st.sampled_from([user("a é"), assistant("b"), call(1), output(1), environment()]),
    max_size=5,
)


def parse(text: str) -> Body:
    body = openai_responses_body.parse_head(text)
    rest = text[len(body.start.decode()) :]
    index = openai_responses_body.parse_items(rest, body)
    openai_responses_body.parse_tail(rest[index:], body)
    return body


def joined(body: Body) -> bytes:
    return b"".join(
        [
            *(member.raw for member in body.head),
            body.opening,
            *(item.element for item in body.items),
            body.close,
            *(member.raw for member in body.tail),
            body.end,
        ]
    )


@given(items=ITEMS, gap=BLANKS, before=st.booleans())
def test_the_pieces_join_to_the_body(items: list[Json], gap: str, before: bool) -> None:
    """Whatever is not understood still leaves byte by byte."""
    members: Json = {"model": "m", "stream": True}
    body: Json = {**members, "input": items} if before else {"input": items, **members}
    text = json.dumps(body, ensure_ascii=False, separators=(f",{gap}", f":{gap}"))
    parsed = parse(text + gap)

    assert joined(parsed) == (text + gap).encode()
    assert len(parsed.items) == len(items)
    assert parsed.facts["model"] == "m"


def test_an_input_of_text_is_one_message() -> None:
    """The SDKs' short form."""
    text = '{"model": "m", "input": "fix it", "stream": true}'
    body = parse(text)

    assert body.is_text
    assert [human.text for item in body.items for human in item.texts] == ["fix it"]
    assert joined(body) == text.encode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"model":"m"}',
        '{"input":{}}',
        '{"input":[}',
        '{"input":[]',
        '{"input":[] "model":"m"}',
        '{"input":[],"input":[]}',
        '{"model":"a","input":[],"model":"b"}',
        '{"input":[{"role":"user","role":"user","content":"x"}]}',
        '{"input":[]} {}',
    ],
)
def test_what_two_readers_could_read_differently_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(text)
