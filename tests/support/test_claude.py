"""The harness itself, on the raw CLI: what later tests rely on.

Without these, a test that sees nothing upstream could be a test that saw
nothing at all.
"""

from __future__ import annotations

import pytest

from tests.support.answers import Message, tools
from tests.support.claude import ALLOW_TOOLS, SENSITIVE_NAMES, Claude
from tests.support.model import Model


def test_print_mode(raw_claude: Claude, model: Model) -> None:
    """One prompt, one request, one answer."""
    model.answers.append(Message("the answer is 42"))

    done = raw_claude.run("-p", "what is the answer")

    assert (done.code, done.stdout.strip()) == (0, "the answer is 42")
    assert len(model.messages) == 1
    assert "what is the answer" in model.messages[0].user_texts[-1]


def test_stream_json(raw_claude: Claude, model: Model) -> None:
    """Two prompts, two results, pure JSON on stdout."""
    done = raw_claude.stream_json(lines=["first", "second"])

    assert done.code == 0
    assert [line["type"] for line in done.lines].count("result") == 2
    assert model.messages[-1].user_texts[-1] == "second"


def test_tools_act_on_files(raw_claude: Claude, model: Model) -> None:
    """Arguments cut every three characters arrive whole."""
    path = raw_claude.repo / "infra/prod/kestrel.tf"
    model.answers += [
        tools(("Read", {"file_path": str(path)})),
        tools(
            (
                "Edit",
                {"file_path": str(path), "old_string": "zone", "new_string": "area"},
            ),
            ("Bash", {"command": "cat infra/prod/database.tf"}),
            chunk=5,
        ),
        Message("done"),
    ]

    done = raw_claude.run("-p", "edit it", *ALLOW_TOOLS)

    assert done.code == 0, done.stderr
    assert len(model.messages) == 3
    names = [name for name, _context in model.leaks(SENSITIVE_NAMES)]
    assert {"infra/prod", "kestrel", "database.tf"} <= set(names)
    assert '"area"' in path.read_text()


def test_sub_agents(raw_claude: Claude, model: Model) -> None:
    """A sub-agent's calls are told apart by their header."""
    model.answers += [
        tools(
            (
                "Agent",
                {
                    "description": "look",
                    "prompt": "look around",
                    "subagent_type": "general-purpose",
                    "run_in_background": False,
                },
            )
        ),
        Message("main is done"),
    ]
    model.agent_answers.append(Message("agent is done"))

    done = raw_claude.run("-p", "delegate", *ALLOW_TOOLS)

    assert done.stdout.strip() == "main is done"
    assert [call.is_agent for call in model.calls] == [False, True, False]


@pytest.mark.parametrize("encoding", ["", "gzip", "br", "zstd", "deflate"])
def test_encodings(raw_claude: Claude, model: Model, encoding: str) -> None:
    """The CLI reads every encoding that it asks for."""
    model.answers.append(Message("packed and unpacked", encoding=encoding))

    assert raw_claude.run("-p", "hello").stdout.strip() == "packed and unpacked"


def test_terminal(raw_claude: Claude, model: Model) -> None:
    """A prompt is typed, the answer stands on the screen."""
    model.answers.append(Message("an answer on the screen"))
    with raw_claude.terminal() as terminal:
        terminal.submit("say something")
        terminal.wait_for("an answer on the screen")

    assert model.messages[0].user_texts[-1] == "say something"
