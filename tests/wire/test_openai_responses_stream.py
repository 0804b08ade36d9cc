"""Tests for aiwrap/wire/openai_responses_stream.py."""

from __future__ import annotations

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from aiwrap.wire import events
from aiwrap.wire.openai_responses_facts import Facts
from aiwrap.wire.openai_responses_restore import ItemRestorer
from aiwrap.wire.openai_responses_stream import Stream
from tests.support import openai_model
from tests.support.openai_model import Turn, function_call, message, reasoning
from tests.wire.responses import Json, new_restorer
from tests.wire.streams import NAMES, PSEUDONYMS, TEXTS, restored


def encode(turn: Turn) -> bytes:
    return b"".join(
        f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
        for event in openai_model.events(turn, "m")
    )


def stream(*, restores: bool = True) -> tuple[Stream, Facts]:
    facts = Facts()
    restorer = ItemRestorer(new_restorer, lambda tool: not tool.startswith("mcp__"))
    return Stream(restorer if restores else None, facts), facts


def passed(turn: Turn, *, restores: bool = True) -> list[Json]:
    """Return the events that come out."""
    watched, _ = stream(restores=restores)
    data = watched.feed(encode(turn)) + watched.finish()
    return [
        json.loads(events.event_data(event))
        for event in events.EventSplitter().feed(data)
    ]


def joined(listed: list[Json], kind: str) -> str:
    return "".join(str(e["delta"]) for e in listed if e["type"] == kind)


def items(listed: list[Json]) -> list[Json]:
    done = [e["item"] for e in listed if e["type"] == "response.output_item.done"]
    return [item for item in done if isinstance(item, dict)]


@given(text=TEXTS, chunk=st.integers(1, 20))
def test_the_screen_shows_real_names(text: str, chunk: int) -> None:
    """However the text is cut, the deltas join to it, and so does what ends it."""
    listed = passed(Turn((message(text),), chunk))
    done = next((e for e in listed if e["type"] == "response.output_text.done"), {})

    assert joined(listed, "response.output_text.delta") == restored(text)
    assert done["text"] == restored(text)
    assert json.dumps(items(listed)[0]["content"]) == json.dumps(
        [{"type": "output_text", "text": restored(text), "annotations": []}]
    )


@given(text=TEXTS, chunk=st.integers(1, 20))
def test_arguments_are_what_they_were_said_to_be(text: str, chunk: int) -> None:
    """Deltas, `done` and the item hold the same JSON."""
    listed = passed(Turn((function_call("exec_command", {"cmd": text}),), chunk))
    item = items(listed)[0]

    assert json.loads(str(item["arguments"])) == {"cmd": restored(text)}
    deltas = joined(listed, "response.function_call_arguments.delta")
    assert deltas == item["arguments"]


@given(turn=st.builds(Turn, st.tuples(TEXTS.map(message)), st.integers(1, 9)))
def test_watching_changes_nothing(turn: Turn) -> None:
    data = encode(turn)
    watched, facts = stream(restores=False)

    assert watched.feed(data) + watched.finish() == data
    assert facts.result().tokens_in == 21


def test_without_pseudonyms_every_byte_is_the_same() -> None:
    data = encode(Turn((message("a long answer"), function_call("f", {"a": "b"}))))
    watched, _ = stream()

    assert watched.feed(data) + watched.finish() == data


@given(cuts=st.lists(st.integers(0, 2000), max_size=5))
def test_chunking_does_not_change_the_events(cuts: list[int]) -> None:
    data = encode(Turn((message(f"a {PSEUDONYMS[0]} b"),), 3))
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    watched, whole = stream()[0], stream()[0]

    seen = b"".join(watched.feed(data[a:b]) for a, b in pairwise(edges))

    assert seen + watched.finish() == whole.feed(data) + whole.finish()


def test_a_tool_that_carries_out_gets_no_name_in_any_event() -> None:
    call = function_call("mcp__notes__keep", {"note": PSEUDONYMS[0]})
    listed = passed(Turn((call,), 4))

    assert NAMES[PSEUDONYMS[0]] not in json.dumps(listed)


def test_reasoning_passes_as_it_came() -> None:
    sealed = reasoning("abc", f"about {PSEUDONYMS[0]}")

    assert items(passed(Turn((sealed,)))) == [sealed]


def test_the_finished_response_is_restored_too() -> None:
    """The SDKs return it as the answer."""
    listed = passed(Turn((message(PSEUDONYMS[0]),)))
    response = listed[-1]["response"]

    assert isinstance(response, dict)
    assert "prod" in json.dumps(response["output"])


def test_a_response_that_failed_passes() -> None:
    data = encode(Turn(failure=("server_error", "no")))
    watched, _ = stream()

    assert watched.feed(data) == data


def test_events_that_are_no_json_pass() -> None:
    data = b"event: odd\ndata: {broken\n\n: comment\n\ndata: [1]\n\n"
    watched, _ = stream()

    assert watched.feed(data) + watched.finish() == data
