"""The real Claude Code puts a person's words where this version looks for them.

It talks straight to a stand-in that reads, answers and strips with `wire`.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from aiwrap.wire.anthropic import Conversations, HumanText, MessagesRequest
from aiwrap.wire.anthropic_message import OURS
from aiwrap.wire.anthropic_replies import failure, refusal
from aiwrap.wire.exchange import Reply, Request
from tests.support.answers import Answer, Message, Raw, tools
from tests.support.calls import Call
from tests.support.claude import ALLOW_TOOLS, Claude
from tests.support.model import Model
from tests.wire import conversations as chat

SENTENCE = "Paused: training data. Use the in-house assistant."


def read(call: Call, memory: Conversations | None = None) -> MessagesRequest:
    headers = tuple((k.encode(), v.encode()) for k, v in call.headers)
    memory = memory or Conversations(None, lambda _: False)
    return memory.read(Request(call.method, call.target, headers, call.body))


def words(model: Model) -> list[list[tuple[str, str]]]:
    """Return the new words of each call, with their origins."""
    found = [read(call).newest() for call in model.calls if call.is_message]
    return [[(human.text, human.origin) for human in humans] for humans in found]


def raw(reply: Reply) -> Raw:
    headers = tuple((k.decode(), v.decode()) for k, v in reply.headers)
    return Raw(reply.status, reply.body, headers)


def refusing(word: str) -> Callable[[Call], Answer | None]:
    """Make a rule that refuses every call whose new words hold `word`."""

    def rule(call: Call) -> Answer | None:
        if not call.is_message:
            return None
        request = read(call)
        refused = any(word in human.text for human in request.newest())
        return raw(refusal(request, SENTENCE)) if refused else None

    return rule


def test_a_prompt_and_piped_input_are_one_text(
    raw_claude: Claude, model: Model
) -> None:
    raw_claude.run("-p", "explain this", stdin="some text\n")

    assert words(model) == [[("explain this\nsome text", "typed")]]


def test_a_slash_command_gives_arguments_and_expansion(
    raw_claude: Claude, model: Model
) -> None:
    commands = raw_claude.repo / ".claude" / "commands"
    commands.mkdir(parents=True)
    (commands / "foo.md").write_text("Label $ARGUMENTS now.\n")

    raw_claude.run("-p", "/foo the rows")

    assert words(model) == [
        [("the rows", "command"), ("Label the rows now.", "command")]
    ]


def test_an_appended_system_prompt_is_among_the_system_texts(
    raw_claude: Claude, model: Model
) -> None:
    raw_claude.run("-p", "--append-system-prompt", "Label all rows.", "hello")

    texts = read(model.messages[0]).system_texts
    assert any("Label all rows." in text for text in texts)


def test_tool_rounds_and_sub_agents_have_no_new_words(
    raw_claude: Claude, model: Model
) -> None:
    task = {
        "description": "look",
        "prompt": "inner words",
        "subagent_type": "general-purpose",
    }
    path = str(raw_claude.repo / "README.md")
    model.answers += [tools(("Agent", task)), tools(("Read", {"file_path": path}))]

    raw_claude.run("-p", "do it", *ALLOW_TOOLS)

    found = words(model)
    assert len(found) > 2
    assert [humans for humans in found if humans] == [[("do it", "typed")]]
    assert any(read(call).agent for call in model.calls if call.is_message)


def test_each_line_of_an_editor_is_a_submission(
    raw_claude: Claude, model: Model
) -> None:
    raw_claude.stream_json(lines=["line one", "line two"])

    assert words(model) == [[("line one", "typed")], [("line two", "typed")]]


@pytest.mark.parametrize("mode", ["stream-json", "resume"])
def test_a_refusal_is_shown_once_and_the_next_request_is_clean(
    raw_claude: Claude, model: Model, mode: str
) -> None:
    model.rule = refusing("label")
    if mode == "resume":
        first = raw_claude.run("-p", "please label the rows")
        raw_claude.run("-p", "--continue", "second prompt")
        assert (first.code, first.stdout.strip()) == (0, f"{OURS}{SENTENCE}")
    else:
        raw_claude.stream_json(lines=["please label the rows", "second prompt"])

    refused, after = model.messages
    assert "label the rows" in refused.body.decode()
    assert "label the rows" in after.body.decode()
    written = read(after).write(lambda human: "label" in human.text)
    assert b"label the rows" not in written
    assert SENTENCE.encode() not in written
    messages = json.loads(written)["messages"]
    assert chat.problems(messages) == []
    assert b"second prompt" in written


def test_memory_serves_a_real_session(raw_claude: Claude, model: Model) -> None:
    """Every call reads the same with memory as without, and redacts the same."""
    path = str(raw_claude.repo / "infra" / "prod" / "kestrel.tf")
    model.answers += [tools(("Read", {"file_path": path})), Message("done")] * 2
    raw_claude.stream_json(*ALLOW_TOOLS, lines=["one", "two", "three"])

    def hide(text: str) -> str:
        return text.replace("kestrel", "zqbird")

    def nobody(_: HumanText) -> bool:
        return False

    memory = Conversations(hide, lambda data: b"kestrel" in data)
    calls = [call for call in model.calls if call.is_message]
    flat = [text for humans in words(model) for text, _ in humans]
    assert flat == ["one", "two", "three"]
    for call in calls:
        fresh = Conversations(hide, lambda data: b"kestrel" in data)
        written = read(call, memory).write(nobody)
        assert written == read(call, fresh).write(nobody)
        assert written == call.body.replace(b"kestrel", b"zqbird")
    assert b"kestrel" in calls[-1].body


def test_a_failure_is_tried_once_and_shown(raw_claude: Claude, model: Model) -> None:
    model.rule = lambda call: raw(failure(None, SENTENCE)) if call.is_message else None

    done = raw_claude.run("-p", "hello")

    assert done.code == 1
    assert SENTENCE in done.stdout
    assert len(model.messages) == 1
