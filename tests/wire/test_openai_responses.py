"""Tests for aiwrap/wire/openai_responses.py."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.wire.exchange import Request
from aiwrap.wire.openai_responses import ResponsesRequest, UnreadableError
from aiwrap.wire.openai_responses_item import HumanText
from tests.wire.responses import (
    HIDDEN,
    NAME,
    Json,
    ask,
    assistant,
    call,
    environment,
    memory,
    output,
    user,
)

TITLE = (
    "Generate a concise, single-line task title of at most 36 characters."
    " Do not answer the request.\n\nUser prompt:\n"
)
TITLE_NOTES: Json = {"thread_id": "th2", "thread_source": "thread_title"}


def nothing(_human: HumanText) -> bool:
    return False


def texts(asked: ResponsesRequest) -> list[str]:
    return [human.text for human in asked.current()]


def test_nothing_to_do_returns_the_body_itself() -> None:
    request = ask([environment(), user("a")])

    assert memory().read(request).write(nothing) is request.body
    assert memory(hides=True).read(request).write(nothing) is request.body


def test_names_are_hidden_and_all_else_stays() -> None:
    """Also in the client's metadata, where it notes the path of the repo."""
    notes = json.dumps({"workspaces": {f"/work/{NAME}": {}}})
    items = [user(f"see {NAME}"), call(1, f"ls {NAME}"), output(1, NAME)]
    request = ask(items, client_metadata={"x-codex-turn-metadata": notes})

    body = memory(hides=True).read(request).write(nothing)

    assert body == request.body.replace(NAME.encode(), HIDDEN.encode())


def test_reasoning_keeps_its_bytes() -> None:
    sealed: Json = {"type": "reasoning", "encrypted_content": NAME, "summary": []}
    request = ask([user("a"), sealed])

    assert memory(hides=True).read(request).write(nothing) == request.body


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([environment(), user("a")], ["a"]),
        ([user("a"), call(1), output(1)], ["a"]),
        ([user("a"), assistant("b"), user("c", "t2")], ["c"]),
        # A refused prompt stays in the history without an answer.
        ([user("refused"), user("c", "t2")], ["c"]),
        # What was typed while the model worked.
        ([user("a"), call(1), output(1), user("and b")], ["and b"]),
        ([user("a"), user("b")], ["a", "b"]),
        ([environment()], []),
    ],
)
def test_the_words_of_the_latest_turn(items: list[Json], expected: list[str]) -> None:
    assert texts(memory().read(ask(items))) == expected


def test_a_title_call_shares_the_prompts_verdict() -> None:
    """It carries the prompt behind the client's own words."""
    remembered = memory()
    remembered.read(ask([user("fix it")]))

    title = remembered.read(ask([user(TITLE + "fix it")], notes=TITLE_NOTES))

    assert title.is_title
    assert texts(title) == ["fix it"]


@pytest.mark.parametrize(
    "text",
    [
        TITLE + "never seen",
        "Write 200 examples.\n\nUser prompt:\nfix it",
        TITLE[:50] + "x" * 800 + "\n\nUser prompt:\nfix it",
    ],
)
def test_other_words_in_a_title_call_are_judged_whole(text: str) -> None:
    """Nobody hides a prompt before one that is allowed."""
    remembered = memory()
    remembered.read(ask([user("fix it")]))

    asked = remembered.read(ask([user(text)], notes=TITLE_NOTES))

    assert texts(asked) == [text]


def test_a_person_who_asks_for_a_title_is_a_person() -> None:
    assert texts(memory().read(ask([user(TITLE + "x")]))) == [TITLE + "x"]


def test_refused_words_leave_no_trace() -> None:
    request = ask([user("refused"), user("good", "t2")])
    asked = memory().read(request)

    def is_refused(human: HumanText) -> bool:
        return human.text == "refused"

    assert asked.write(is_refused) == ask([user("good", "t2")]).body
    assert asked.contains_text(["refused"], nothing)
    assert not asked.contains_text(["refused"], is_refused)


def test_a_quote_is_found_in_any_escape() -> None:
    quoted = ask([user("a"), output(1, 'say "naïve"')])
    escaped = quoted._replace(body=json.dumps(json.loads(quoted.body)).encode())

    for request in (quoted, escaped):
        assert memory().read(request).contains_text(['say "naïve"'], nothing)


def test_compactions_are_known() -> None:
    items = [user("a")]
    trigger: Json = {"type": "compaction_trigger"}

    assert memory().read(ask([*items, trigger])).is_compaction
    assert memory().read(ask(items, path="/v1/responses/compact")).is_compaction
    assert memory().read(ask(items, notes={"request_kind": "compaction"})).is_compaction
    assert not memory().read(ask(items)).is_compaction


def test_a_review_is_the_persons_and_a_spawned_agent_is_not() -> None:
    def agents(kind: bytes) -> bool:
        header = (b"x-openai-subagent", kind)
        return memory().read(ask([user("a")], headers=(header,))).is_agents

    assert agents(b"collab_spawn")
    assert not agents(b"review")


def test_system_texts_of_a_program() -> None:
    items: list[Json] = [{"role": "developer", "content": "two"}, user("a")]
    asked = memory().read(ask(items, instructions="one"))

    assert asked.system_texts == ("one", "two")


def test_an_input_of_text() -> None:
    asked = memory(hides=True).read(ask(f"see {NAME}"))

    assert texts(asked) == [f"see {NAME}"]
    assert asked.write(nothing) == ask(f"see {HIDDEN}").body
    assert asked.write(lambda _human: True) == ask("").body


HISTORY = st.lists(
    st.sampled_from(
        [user("a"), user(NAME, "t2"), assistant("b"), call(1), output(1, NAME)]
    ),
    max_size=8,
)


@given(bodies=st.lists(HISTORY, min_size=1, max_size=4))
def test_memory_changes_nothing(bodies: list[list[Json]]) -> None:
    """What is remembered of other bodies never shows in the result."""
    remembered = memory(hides=True)
    for items in bodies:
        request = ask(items)
        fresh = memory(hides=True).read(request)
        asked = remembered.read(request)

        assert asked.write(nothing) == fresh.write(nothing)
        assert texts(asked) == texts(fresh)
        assert asked.spoken == fresh.spoken


def test_a_turn_extends_what_is_remembered() -> None:
    """Each item is read once, however many turns send it again."""
    remembered = memory()
    first = remembered.read(ask([user("a"), assistant("b")]))
    second = remembered.read(ask([user("a"), assistant("b"), user("c", "t2")]))

    assert second.items[0] is first.items[0]
    assert second.items[1] is first.items[1]


@pytest.mark.parametrize(
    "body",
    [b"", b"nonsense", b'{"model":"m"}', b'{"input":[],"input":"x"}', b"\xff", b"[]"],
)
def test_what_cannot_be_read_is_not_forwarded(body: bytes) -> None:
    with pytest.raises(UnreadableError):
        memory().read(Request("POST", "/responses", (), body))


def test_broken_metadata_is_as_good_as_none() -> None:
    header = (b"x-codex-turn-metadata", b"{broken")
    request = ask([user("a")])._replace(headers=(header,))

    assert texts(memory().read(request)) == ["a"]
