"""Refused turns leave the history, and the API still takes what is left."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.wire.anthropic import Conversations, HumanText
from tests.wire import conversations as chat


def strip(messages: list[chat.JsonObject], *refused: str) -> list[dict[str, object]]:
    data = chat.body(messages)

    def is_refused(human: HumanText) -> bool:
        return human.text in refused

    read = Conversations(None, lambda _: False).read(chat.request(data))
    written = json.loads(read.write(is_refused))
    assert {**written, "messages": None} == {**json.loads(data), "messages": None}
    kept: list[dict[str, object]] = written["messages"]
    return kept


def test_nothing_refused_returns_the_same_bytes_object() -> None:
    data = chat.body([chat.says("hello")])

    read = Conversations(None, lambda _: False).read(chat.request(data))

    assert read.write(lambda _: False) is data


def test_a_refused_turn_goes_with_its_answer() -> None:
    messages = [
        chat.says("first"),
        chat.assistant(chat.text("one")),
        chat.says("bad"),
        chat.assistant(chat.text("refused")),
        chat.says("third"),
    ]

    assert strip(messages, "bad") == [messages[0], messages[1], messages[4]]


def test_reminders_stay_and_the_first_answer_leaves_a_mark_behind_system() -> None:
    """The API wants a `system` message between the user's and the model's."""
    messages = [
        chat.user(chat.text(chat.REMINDER), chat.text("bad")),
        chat.system("environment"),
        chat.assistant(chat.text("refused")),
        chat.says("next"),
    ]

    kept = strip(messages, "bad")

    assert [m["role"] for m in kept] == ["user", "system", "assistant", "user"]
    assert kept[0]["content"] == [chat.text(chat.REMINDER)]
    assert kept[2]["content"] == "[removed: refused by policy]"


def test_words_merged_after_an_http_error_are_told_apart() -> None:
    messages = [chat.user(chat.text("bad"), chat.text("good"))]

    assert strip(messages, "bad") == [chat.user(chat.text("good"))]


def test_an_answer_to_the_good_half_of_a_message_stays() -> None:
    messages = [
        chat.user(chat.text("bad"), chat.text("good")),
        chat.assistant(chat.text("done")),
        chat.says("next"),
    ]

    assert strip(messages, "bad")[1:] == messages[1:]


def test_a_command_goes_whole_whichever_half_was_refused() -> None:
    messages = [
        chat.user(
            chat.text(chat.REMINDER), chat.command("foo", "x"), chat.text("bad x")
        ),
        chat.assistant(chat.text("refused")),
        chat.says("next"),
    ]

    for half in ("x", "bad x"):
        assert strip(messages, half)[0] == chat.user(chat.text(chat.REMINDER))


def test_a_shell_command_goes_with_its_output() -> None:
    output = chat.text("<bash-stdout>rows</bash-stdout><bash-stderr></bash-stderr>")
    shell = chat.text("<bash-input>make labels</bash-input>\n")
    messages = [
        chat.user(shell, output, chat.text("good")),
        chat.assistant(chat.text("done")),
    ]

    assert strip(messages, "make labels")[0] == chat.user(chat.text("good"))


def test_an_image_goes_with_the_words_it_was_pasted_into() -> None:
    image: chat.JsonObject = {
        "type": "image",
        "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"},
    }
    before = [chat.user(image, chat.text("bad"), chat.text("good"))]
    after = [chat.user(chat.text("bad"), image, chat.text("good"))]

    assert strip(before, "bad") == strip(after, "bad") == [chat.user(chat.text("good"))]


def test_tool_rounds_of_a_refused_turn_go_and_pairs_stay_whole() -> None:
    messages = [
        chat.says("bad"),
        chat.assistant(chat.call("a")),
        chat.user(chat.result("a"), chat.text(chat.REMINDER)),
        chat.assistant(chat.call("b")),
        chat.user(chat.result("b"), chat.text(chat.MID_TURN.format("good"))),
        chat.assistant(chat.text("done")),
    ]

    kept = strip(messages, "bad")

    assert kept == [
        chat.user(chat.text(chat.REMINDER)),
        chat.user(chat.text(chat.MID_TURN.format("good"))),
        messages[5],
    ]


def test_what_the_client_noted_of_a_refused_turn_goes() -> None:
    interrupted = chat.text("[Request interrupted by user for tool use]")
    messages = [
        chat.says("bad"),
        chat.assistant(chat.call("a")),
        chat.user(chat.result("a"), interrupted),
        chat.user(interrupted),
        chat.says("next"),
    ]

    assert strip(messages, "bad") == messages[4:]


def test_refused_words_beside_a_tool_result_leave_the_result() -> None:
    messages = [
        chat.says("good"),
        chat.assistant(chat.call("a")),
        chat.user(chat.result("a"), chat.text(chat.MID_TURN.format("bad"))),
        chat.assistant(chat.text("refused")),
        chat.says("next"),
    ]

    kept = strip(messages, "bad")

    hidden = chat.text(chat.MID_TURN.format("[removed: refused by policy]"))
    assert kept == [*messages[:2], chat.user(chat.result("a"), hidden), messages[4]]


def test_a_refused_comment_on_a_tool_is_hidden_and_its_result_stays() -> None:
    messages = [
        chat.says("good"),
        chat.assistant(chat.call("a")),
        chat.user(chat.result("a", chat.REJECTED.format("bad"))),
        chat.assistant(chat.text("refused")),
        chat.says("next"),
    ]

    kept = strip(messages, "bad")

    hidden = chat.REJECTED.format("[removed: refused by policy]")
    assert kept == [*messages[:2], chat.user(chat.result("a", hidden)), messages[4]]


@pytest.mark.parametrize("as_string", [False, True])
def test_refused_words_inside_a_system_message_are_hidden_in_place(
    as_string: bool,
) -> None:
    """Claude Code puts words typed in mid-turn there, several in one text."""
    both = chat.MID_TURN.format("bad") + "\n\n" + chat.MID_TURN.format("good")
    content: object = both if as_string else [chat.text(both)]
    messages = [
        chat.says("first"),
        chat.assistant(chat.call("a")),
        chat.user(chat.result("a")),
        {"role": "system", "content": content},
        chat.assistant(chat.text("done")),
    ]

    kept = strip(messages, "bad")

    assert kept[:3] == messages[:3]
    assert kept[4:] == messages[4:]
    assert "\\nbad\\n" not in json.dumps(kept)
    assert "\\ngood\\n" in json.dumps(kept)


def test_a_background_notice_begins_a_turn_of_its_own() -> None:
    """Else its tool results would vanish and the model would call for ever."""
    messages = [
        chat.says("bad"),
        chat.assistant(chat.text("refused")),
        chat.user(chat.text(chat.NOTICE)),
        chat.assistant(chat.call("a")),
        chat.user(chat.result("a")),
    ]

    assert strip(messages, "bad") == messages[2:]


def test_a_compaction_prompt_stays_behind_a_refused_turn() -> None:
    messages = [
        chat.says("good"),
        chat.assistant(chat.text("one")),
        chat.says("bad"),
        chat.assistant(chat.text("refused")),
        chat.says(chat.COMPACTION.format("keep names")),
    ]

    assert strip(messages, "bad") == [*messages[:2], messages[4]]


def test_with_nothing_left_the_api_still_gets_a_user_message() -> None:
    kept = strip([chat.says("bad")], "bad")

    assert chat.problems(kept) == []
    assert "bad" not in json.dumps(kept)


@given(session=chat.sessions(), data=st.data())
def test_what_is_left_obeys_the_api_and_holds_nothing_refused(
    session: list[chat.Turn], data: st.DataObject
) -> None:
    messages = chat.history(session)
    words = [word for turn in session for word in turn.words]
    refused = data.draw(st.lists(st.sampled_from(words), max_size=4))

    kept = strip(messages, *refused)

    assert chat.problems(messages) == []
    assert chat.problems(kept) == []
    left = json.dumps(kept)
    assert [word for word in refused if word in left] == []


@given(session=chat.sessions(), data=st.data())
def test_a_turn_nobody_refused_keeps_its_words_and_its_reply(
    session: list[chat.Turn], data: st.DataObject
) -> None:
    words = [word for turn in session for word in turn.words]
    refused = data.draw(st.lists(st.sampled_from(words), max_size=4))

    left = json.dumps(strip(chat.history(session), *refused))

    for number, turn in enumerate(session):
        if not set(refused) & set(turn.words):
            assert all(word in left for word in turn.words)
            assert f'"final {number}"' in left


@given(session=chat.sessions(), data=st.data())
def test_stripping_twice_changes_nothing_more(
    session: list[chat.Turn], data: st.DataObject
) -> None:
    words = [word for turn in session for word in turn.words]
    refused = data.draw(st.lists(st.sampled_from(words), max_size=4))

    once = strip(chat.history(session), *refused)

    assert strip(once, *refused) == once


@given(session=chat.sessions(), data=st.data())
def test_later_turns_keep_the_prefix_that_the_vendor_has_cached(
    session: list[chat.Turn], data: st.DataObject
) -> None:
    words = [word for turn in session[:-1] for word in turn.words]
    refused = data.draw(st.lists(st.sampled_from(words), max_size=3)) if words else []
    earlier = chat.history(session[:-1]) + session[-1].messages[:1]

    first = strip(earlier, *refused)
    second = strip(chat.history(session), *refused)

    assert second[: len(first)] == first
