"""Names under `infra/prod/` do not leave, and the tools act on the real files.

The real Claude Code through `aiwrap claude`.  The model is a stand-in that only
knows what it was sent: it calls tools with the pseudonyms that it saw, its
arguments cut every three characters.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support import mcp_server
from tests.support.answers import Message, tools
from tests.support.calls import Call
from tests.support.claude import ALLOW_TOOLS, SENSITIVE_NAMES, Claude
from tests.support.model import Model
from tests.support.policies import HIDING

SECRET = "infra/prod/kestrel.tf"
PSEUDONYM = re.compile(r"[\w./-]*\bzq[a-z0-9]+[\w./-]*")


@pytest.fixture
def hiding(claude: Claude) -> Claude:
    """Prepare a Claude Code in a repo with sensitive paths, some of them changed."""
    claude.push_policy(HIDING)
    (claude.repo / "infra/prod/database.tf").write_text("# changed\n")
    (claude.repo / "infra/prod/osprey.tf").write_text("# new\n")
    return claude


def seen_path(call: Call) -> str:
    """Return the pseudonym of the path that the person named."""
    found = PSEUDONYM.findall(call.user_texts[-1])
    assert found, call.user_texts[-1]
    return str(found[-1])


def tool_results(call: Call) -> str:
    """Return what the tools gave back in this request, as JSON text."""
    messages = call.json["messages"]
    assert isinstance(messages, list)
    return json.dumps([m for m in messages if "tool_result" in json.dumps(m)])


def leaks(claude: Claude, model: Model) -> list[tuple[str, str]]:
    """Return each sensitive name that reached the model."""
    absolute = [str(claude.repo / "infra" / "prod"), f"{claude.slug}-infra-prod"]
    return model.leaks([*SENSITIVE_NAMES, "osprey", *absolute])


def test_the_stand_in_would_see_it(raw_claude: Claude, model: Model) -> None:
    """Without aiwrap the same prompt and the same tools leak every name."""
    path = str(raw_claude.repo / SECRET)
    (raw_claude.repo / "infra/prod/osprey.tf").write_text("# new\n")
    model.answers += [
        tools(("Read", {"file_path": path}), ("Bash", {"command": "ls -R infra"})),
        Message("done"),
    ]
    raw_claude.run("-p", f"look at {SECRET}", *ALLOW_TOOLS)

    assert {name for name, _ in leaks(raw_claude, model)} >= {
        *SENSITIVE_NAMES,
        "osprey",
        str(raw_claude.repo / "infra" / "prod"),
    }


def test_read_edit_write_bash(hiding: Claude, model: Model) -> None:
    """Each tool acts on the real file, and no answer of a tool leaks."""
    real = hiding.repo / SECRET

    model.answers += [
        lambda call: tools(("Read", {"file_path": seen_path(call)})),
        lambda call: tools(
            (
                "Edit",
                {
                    "file_path": seen_path(call),
                    "old_string": "zone",
                    "new_string": "area",
                },
            )
        ),
        lambda call: tools(
            ("Write", {"file_path": f"{seen_path(call)}.new", "content": "size = 1\n"})
        ),
        lambda call: tools(
            ("Bash", {"command": f"cat {seen_path(call)}; ls -lR .; git status"})
        ),
        lambda call: Message(f"I changed {seen_path(call)} for you"),
    ]

    done = hiding.run("-p", f"change {real}", *ALLOW_TOOLS)

    assert done.code == 0, done.stderr
    assert done.stdout.strip() == f"I changed {real} for you"
    assert '"area"' in real.read_text()
    assert (hiding.repo / f"{SECRET}.new").read_text() == "size = 1\n"
    results = tool_results(model.messages[-1])
    assert "area" in results
    assert 'is_error": true' not in results
    assert leaks(hiding, model) == []


def test_relative_to_a_directory_below(hiding: Claude, model: Model) -> None:
    """Started inside the sensitive directory, a bare name is a path too."""
    model.answers += [
        tools(("Bash", {"command": "pwd; ls -l; git status"})),
        lambda call: tools(("Read", {"file_path": seen_path(call)})),
        lambda call: Message(f"read {seen_path(call)}"),
    ]

    done = hiding.run(
        "-p", "show ./kestrel.tf", *ALLOW_TOOLS, cwd=hiding.repo / "infra/prod"
    )

    assert done.stdout.strip() == "read ./kestrel.tf"
    assert leaks(hiding, model) == []


def test_a_sub_agent(hiding: Claude, model: Model) -> None:
    """What the model tells a sub-agent, and what that one does, leaks nothing."""
    agent = {
        "description": "look",
        "subagent_type": "general-purpose",
        "run_in_background": False,
    }
    model.answers += [
        lambda call: tools(("Agent", agent | {"prompt": f"read {seen_path(call)}"})),
        Message("done"),
    ]
    model.agent_answers += [
        lambda call: tools(
            ("Read", {"file_path": seen_path(call)}),
            ("Bash", {"command": f"cp {seen_path(call)} {seen_path(call)}.copy"}),
        ),
        lambda call: Message(f"{seen_path(call)} has a zone"),
    ]

    done = hiding.run("-p", f"delegate {hiding.repo / SECRET}", *ALLOW_TOOLS)

    assert done.stdout.strip() == "done"
    assert sum(call.is_agent for call in model.calls) == 2
    assert (hiding.repo / f"{SECRET}.copy").exists()
    assert leaks(hiding, model) == []


def test_the_screen_shows_real_names(hiding: Claude, model: Model) -> None:
    """In the answer and in what the tool calls are shown as."""
    model.answers += [
        lambda call: tools(("Read", {"file_path": f"{hiding.repo}/{seen_path(call)}"})),
        lambda call: Message(f"the zone is in {seen_path(call)} indeed"),
    ]
    with hiding.terminal(*ALLOW_TOOLS) as terminal:
        terminal.submit(f"where is the zone, in {SECRET}?")
        text = terminal.wait_for(f"the zone is in {SECRET} indeed")

    assert not re.search(r"\bzq[a-z0-9]{8,}", text)
    assert leaks(hiding, model) == []


def test_title_and_count_tokens_calls(hiding: Claude, model: Model) -> None:
    """Calls beside the conversation carry the prompt too."""
    del hiding.off["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"]
    hiding.extra["HTTPS_PROXY"] = "http://127.0.0.1:9"  # nothing beyond this machine
    with hiding.terminal(*ALLOW_TOOLS) as terminal:
        terminal.submit(f"explain {SECRET}")
        terminal.wait_for("OK from the stand-in")
        terminal.submit("/context")
        terminal.wait_for("Estimated usage by category")
        terminal.settle()

    assert any(call.is_title for call in model.calls)
    assert any(call.path.endswith("/count_tokens") for call in model.calls)
    assert leaks(hiding, model) == []


@pytest.fixture
def kept_notes(tmp_path: Path) -> Path:
    """Name the file that the MCP server writes what it was told to."""
    return tmp_path / "kept.jsonl"


def carry_out(
    claude: Claude, model: Model, kept_notes: Path, *arguments: str
) -> list[str]:
    """Let the model call tools that reach beyond this machine; return the results."""
    server = {
        "command": sys.executable,
        "args": [mcp_server.__file__, str(kept_notes)],
    }
    config = claude.root / "mcp.json"
    config.write_text(json.dumps({"mcpServers": {"notes": server}}))
    model.answers += [
        tools(("mcp__notes__keep", {"note": "an ordinary note"})),
        lambda call: tools(("mcp__notes__keep", {"note": f"see {seen_path(call)}"})),
        lambda call: tools(
            (
                "WebFetch",
                {
                    "url": f"http://127.0.0.1:{model.port}/{seen_path(call)}",
                    "prompt": f"what is {seen_path(call)}",
                },
            )
        ),
        Message("done"),
    ]
    done = claude.run(
        *arguments,
        "-p",
        f"note down {SECRET}",
        "--mcp-config",
        str(config),
        "--allowedTools",
        "WebFetch,mcp__notes__keep",
    )
    assert done.code == 0, done.stderr
    messages = model.messages[-1].json["messages"]
    assert isinstance(messages, list)
    return [
        json.dumps(block)
        for message in messages
        if isinstance(message["content"], list)
        for block in message["content"]
        if block["type"] == "tool_result"
    ]


def test_a_tool_that_carries_names_out(
    hiding: Claude, model: Model, kept_notes: Path
) -> None:
    """WebFetch and `mcp__*` get no real name: the call fails, with a sentence."""
    ordinary, *refused = carry_out(hiding, model, kept_notes)

    assert "kept" in ordinary
    assert len(refused) == 2
    for result in refused:
        assert '"is_error": true' in result
        assert "sends its arguments off this machine" in result
    assert kept_notes.read_text() == '{"note": "an ordinary note"}\n'
    assert leaks(hiding, model) == []


def test_a_tool_that_carries_names_out_without_hooks(
    hiding: Claude, model: Model, kept_notes: Path
) -> None:
    """With `--bare` nobody stops the call; it carries the pseudonym."""
    carry_out(hiding, model, kept_notes, "--bare")

    assert "kestrel" not in kept_notes.read_text()
    assert leaks(hiding, model) == []


def test_nothing_sensitive_is_byte_for_byte(
    raw_claude: Claude, claude: Claude, model: Model
) -> None:
    """With nothing to hide, the vendor gets what the vendor CLI wrote."""
    for each in (raw_claude, claude):
        done = each.run("-p", "explain infra/prod/kestrel.tf", cwd=raw_claude.repo)
        assert done.code == 0, done

    first, second = (call.body for call in model.messages)
    assert without_ids(second) == without_ids(first)


def without_ids(body: bytes) -> bytes:
    """Take out what differs between any two runs of the vendor CLI."""
    body = re.sub(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", b"ID", body)
    body = re.sub(rb"/(raw|wrapped)/", b"/ROOT/", body)
    body = re.sub(rb"-(raw|wrapped)-", b"-ROOT-", body)
    return re.sub(rb"(device_id\W+|cch=|cc_version=)[0-9a-f.]+", b"ID", body)


def test_history_is_the_same_bytes_again(hiding: Claude, model: Model) -> None:
    """A prompt cache needs each turn to begin with the bytes of the last one."""
    model.answers += [
        lambda call: tools(("Read", {"file_path": f"{hiding.repo}/{seen_path(call)}"})),
        lambda call: tools(("Bash", {"command": f"head {seen_path(call)}"})),
        Message("done"),
    ]

    hiding.run("-p", f"read {SECRET}", *ALLOW_TOOLS)

    bodies = [history(call) for call in model.messages]
    assert len(bodies) == 3
    for before, after in pairwise(bodies):
        assert after[: len(before)] == before


def history(call: Call) -> list[object]:
    """Return the messages without cache marks, which move to the newest one.

    A text block that carried one is a plain string in the next request.
    """
    messages = call.json["messages"]
    assert isinstance(messages, list)
    text = re.sub(r', "cache_control": \{[^}]*\}', "", json.dumps(messages))
    parsed = json.loads(text)
    for message in parsed:
        content = message["content"]
        if isinstance(content, list) and [*map(set, content)] == [{"type", "text"}]:
            message["content"] = content[0]["text"]
    assert isinstance(parsed, list)
    return parsed


def test_the_records_count_without_names(hiding: Claude, model: Model) -> None:
    """How often, by rule; never what."""
    model.answers.append(lambda call: Message(f"see {seen_path(call)}"))
    hiding.run("-p", f"explain {SECRET}")

    usage = next(r for r in hiding.records if r.kind == "usage")
    redactions = usage.fields["redactions"]
    assert isinstance(redactions, dict)
    assert sum(redactions.values()) > 0
    data = (hiding.data / "records.db").read_bytes()
    assert [name for name in SENSITIVE_NAMES if name.encode() in data] == []


def test_git_sees_nothing_of_it(hiding: Claude, model: Model) -> None:
    """No stray file with a pseudonym in its name is left behind."""
    model.answers += [
        lambda call: tools(
            ("Write", {"file_path": f"{seen_path(call)}x", "content": "x"}),
            ("Bash", {"command": f"touch {seen_path(call)}y"}),
        ),
        Message("done"),
    ]
    hiding.run("-p", f"change {hiding.repo / SECRET}", *ALLOW_TOOLS)

    names = subprocess.run(
        ["git", "status", "--porcelain", "-uall"],
        cwd=hiding.repo,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "zq" not in names
