"""Names come back into a stream, wherever it was cut, and nothing else changes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire import streams
from tests.wire.streams import NAMES, PSEUDONYMS, Watched

CUTS = st.lists(st.integers(0, 3000), max_size=20)
NAME, SECOND, *_ = PSEUDONYMS


def normal(value: object) -> object:
    """Join surrogate pairs that Python keeps apart and JavaScript does not."""
    return json.loads(json.dumps(value))


def stream(*events: streams.JsonObject) -> bytes:
    return b"".join(map(streams.event, events))


@given(
    answer=streams.answers(),
    cuts=CUTS,
    end=st.sampled_from(["\n", "\r\n"]),
    compact=st.booleans(),
)
def test_the_client_gets_what_restoring_the_whole_answer_gives(
    answer: tuple[list[streams.JsonObject], list[streams.JsonObject]],
    cuts: list[int],
    end: str,
    compact: bool,
) -> None:
    blocks, events = answer
    data = b"".join(streams.event(e, end, compact=compact) for e in events)

    passed = Watched().pass_on(data, cuts)

    assert normal(streams.assembled(passed)) == normal(
        [streams.expected(block) for block in blocks]
    )


@given(answer=streams.answers(), cuts=CUTS)
def test_chunking_does_not_change_a_byte(
    answer: tuple[list[streams.JsonObject], list[streams.JsonObject]], cuts: list[int]
) -> None:
    data = stream(*answer[1])

    assert Watched().pass_on(data, cuts) == Watched().pass_on(data)


@given(answer=streams.answers(), cuts=CUTS)
def test_an_answer_without_pseudonyms_passes_byte_for_byte(
    answer: tuple[list[streams.JsonObject], list[streams.JsonObject]], cuts: list[int]
) -> None:
    data = stream(*answer[1]).replace(b"z", b"y")

    assert Watched().pass_on(data, cuts) == data


@given(answer=streams.answers(), cuts=CUTS)
def test_a_watcher_passes_everything_and_sees_the_same_facts(
    answer: tuple[list[streams.JsonObject], list[streams.JsonObject]], cuts: list[int]
) -> None:
    blocks, events = answer
    data = stream(*events)
    watched = Watched(rewrites=False)

    assert not watched.filter.rewrites
    assert watched.pass_on(data, cuts) == data
    assert watched.facts.originals == ()
    assert watched.facts.complete
    tools = [[b["name"], b["input"]] for b in blocks if b["type"] == "tool_use"]
    seen = sorted(json.dumps(use) for use in watched.facts.tool_uses)
    assert seen == sorted(map(json.dumps, tools))


@given(answer=streams.answers(), cuts=CUTS)
def test_facts_hold_restored_inputs_and_the_way_back(
    answer: tuple[list[streams.JsonObject], list[streams.JsonObject]], cuts: list[int]
) -> None:
    blocks, events = answer
    watched = Watched()

    watched.pass_on(stream(*events), cuts)

    facts = watched.facts
    tools = [streams.expected(b) for b in blocks if b["type"] == "tool_use"]
    seen = sorted(json.dumps(use) for use in facts.tool_uses)
    assert seen == sorted(json.dumps([t["name"], t["input"]]) for t in tools)
    assert all(streams.restored(old) == new for new, old in facts.originals)
    assert all(old != new for new, old in facts.originals)
    texts = [str(b["text"]) for b in blocks if b["type"] == "text"]
    changed = {streams.restored(t) for t in texts if streams.restored(t) != t}
    known = {normal(new) for new, _ in facts.originals}
    assert {normal(text) for text in changed} <= known


@given(answer=streams.answers(), cuts=CUTS, data=st.data())
def test_no_damage_to_a_stream_raises(
    answer: tuple[list[streams.JsonObject], list[streams.JsonObject]],
    cuts: list[int],
    data: st.DataObject,
) -> None:
    """What the vendor breaks is the vendor CLI's to judge; it passes."""
    good = stream(*answer[1])
    at = data.draw(st.integers(0, len(good)))
    size = data.draw(st.integers(0, 30))
    put = data.draw(st.binary(max_size=5) | st.sampled_from([b"\xff", b'"', b"[]"]))
    watched = Watched()

    passed = watched.pass_on(good[:at] + put + good[at + size :], cuts)

    assert passed is not None
    assert len(watched.ends) == 1


@pytest.mark.parametrize(
    "block",
    [
        {"type": "text", "text": ["x"]},
        {"type": "text"},
        {"type": "tool_use", "name": 7, "input": {"a": NAME}},
        {"type": "tool_use", "name": "Read", "input": [NAME]},
        {"type": "tool_use", "input": {"a": NAME}},
        {},
    ],
)
def test_a_block_of_another_shape_passes(block: streams.JsonObject) -> None:
    data = stream(streams.start(0, block), streams.stop(0))

    assert Watched().pass_on(data) == data


def test_events_without_a_name_are_the_same_bytes() -> None:
    odd = b': comment\nevent: content_block_delta\nid: 7\ndata: {"a":1}\n\n'
    verdict = b'event: safeguard_verdict\ndata: {"x":"' + NAME.encode() + b'"}\n\n'
    data = odd + b"event: ping\ndata: {broken\n\n" + verdict

    assert Watched().pass_on(data) == data


def test_a_name_cut_over_deltas_comes_back_in_one() -> None:
    opening = streams.start(0, {"type": "text", "text": ""})
    pieces = ["in ", NAME[:4], NAME[4:], "/x"]
    data = stream(
        opening,
        *(streams.delta(0, "text_delta", piece) for piece in pieces),
        streams.stop(0),
    )

    assert Watched().pass_on(data) == stream(
        opening,
        streams.delta(0, "text_delta", "in "),
        streams.delta(0, "text_delta", "prod"),
        streams.delta(0, "text_delta", "/x"),
        streams.stop(0),
    )


def test_what_was_held_back_goes_out_before_the_block_ends() -> None:
    opening = streams.start(3, {"type": "text", "text": ""})
    data = stream(opening, streams.delta(3, "text_delta", "jazz"), streams.stop(3))

    assert Watched().pass_on(data) == stream(
        opening,
        streams.delta(3, "text_delta", "jaz"),
        streams.delta(3, "text_delta", "z"),
        streams.stop(3),
    )


def test_a_stream_that_ends_early_gives_back_what_was_held() -> None:
    data = stream(
        streams.start(0, {"type": "text", "text": ""}),
        streams.delta(0, "text_delta", "z"),
    )

    assert Watched().pass_on(data + b"event: cont") == data + b"event: cont"


def test_restored_names_are_escaped_in_tool_input() -> None:
    data = stream(
        streams.start(0, {"type": "tool_use", "id": "x", "name": "Read", "input": {}}),
        streams.delta(0, "input_json_delta", f'{{"path": "{SECOND}"}}'),
        streams.stop(0),
    )
    watched = Watched()

    passed = watched.pass_on(data)

    assert streams.assembled(passed)[0]["input"] == {"path": 'quo"te'}
    assert watched.facts.tool_uses == (("Read", {"path": 'quo"te'}),)
    assert watched.facts.originals == (('quo"te', SECOND),)


def test_a_tool_that_carries_names_out_keeps_the_pseudonym() -> None:
    data = stream(
        streams.start(
            0, {"type": "tool_use", "id": "x", "name": "WebFetch", "input": {}}
        ),
        streams.delta(0, "input_json_delta", f'{{"url": "https://h/{NAME}"}}'),
        streams.stop(0),
    )

    assert Watched().pass_on(data) == data


def test_input_that_came_with_the_start_is_restored_too() -> None:
    given = {"path": NAME}
    block: streams.JsonObject = {
        "type": "tool_use",
        "id": "x",
        "name": "Read",
        "input": given,
    }
    data = stream(streams.start(0, block), streams.stop(0))
    watched = Watched()

    passed = watched.pass_on(data)

    assert streams.assembled(passed)[0]["input"] == {"path": "prod"}
    assert watched.facts.tool_uses == (("Read", {"path": "prod"}),)
    assert watched.facts.originals == (("prod", NAME),)


def test_text_that_came_with_the_start_is_restored_too() -> None:
    data = stream(
        streams.start(0, {"type": "text", "text": f"{NAME} and {NAME[:6]}"}),
        streams.delta(0, "text_delta", NAME[6:]),
        streams.stop(0),
    )

    [block] = streams.assembled(Watched().pass_on(data))

    assert block["text"] == "prod and prod"


def test_a_citation_is_restored_whole() -> None:
    data = stream(
        streams.start(0, {"type": "text", "text": ""}),
        streams.delta(0, "citations_delta", {"cited_text": f"in {NAME}"}),
    )

    assert b'"in prod"' in Watched().pass_on(data)


@pytest.mark.parametrize("kind", ["server_tool_use", "thinking", "future"])
def test_blocks_that_are_not_ours_pass(kind: str) -> None:
    block: streams.JsonObject = {"type": kind, "name": "Read", "text": NAME}
    data = stream(
        streams.start(0, block),
        streams.delta(0, "text_delta", NAME),
        streams.delta(0, "input_json_delta", NAME),
        streams.stop(0),
    )

    assert Watched().pass_on(data) == data


def test_an_escaped_letter_does_not_hide_a_pseudonym() -> None:
    data = stream(
        streams.start(0, {"type": "text", "text": ""}),
        streams.delta(0, "text_delta", NAME),
        streams.stop(0),
    ).replace(b'"zq', b'"\\u007Aq')

    [block] = streams.assembled(Watched().pass_on(data))

    assert block["text"] == "prod"


def test_other_orders_of_members_are_understood() -> None:
    text = {"text": NAME, "type": "text_delta"}
    data = stream(
        streams.start(0, {"type": "text", "text": ""}),
        {"index": 0, "delta": text, "type": "content_block_delta", "new": 1},
        streams.stop(0),
    )

    passed = Watched().pass_on(data)

    assert NAME.encode() not in passed
    assert b'"new":1' in passed


def test_an_error_event_passes_and_the_facts_say_incomplete() -> None:
    failure: streams.JsonObject = {"type": "error", "error": {"message": NAME}}
    data = stream({"type": "message_start", "message": {"model": "m"}}, failure)
    watched = Watched()

    assert watched.pass_on(data) == data
    assert (watched.facts.complete, watched.facts.model) == (False, "m")


def test_names_known_to_the_test_are_the_ones_restored() -> None:
    assert streams.restored(f"{NAME}/{SECOND}") == f"{NAMES[NAME]}/{NAMES[SECOND]}"
