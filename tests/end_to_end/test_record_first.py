"""The record is signed and on disk before the model receives a byte.

And whatever is killed, whenever: what the model saw is covered by a record.
"""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import threading
import time

import psutil
import pytest

from aiwrap.records import record
from aiwrap.records.record import Record
from tests.support.answers import Message, tools
from tests.support.claude import ALLOW_TOOLS, STREAM_JSON, Claude, converse
from tests.support.model import Model
from tests.support.policies import HIDING, ORDINARY

KILLS = 20
MAX_TURNS = 500
SEED = 2026


def signed_prompts(claude: Claude) -> list[Record]:
    """Return the signed records of prompts, read from the store as it is now."""
    records = [
        record.parse(entry.payload)
        for entry in claude.entries
        if entry.envelope is not None
    ]
    return [each for each in records if each.kind == "prompt"]


def test_at_the_first_byte_the_record_is_there(claude: Claude, model: Model) -> None:
    """Another process reads it, signed, before the request is even complete."""
    seen: list[list[object]] = []
    model.on_first_byte = lambda: seen.append(
        [each.fields["prompt_bytes"] for each in signed_prompts(claude)]
    )
    prompts = ["one", "three", "eleven"]

    running = claude.start("-p", *STREAM_JSON)
    for prompt in prompts:
        converse(running, prompt)
    running.communicate()

    sizes = [len(prompt) for prompt in prompts]
    assert seen == [sizes[:1], sizes[:2], sizes[:3]]
    assert claude.chain_problems() == []


def test_a_tool_round_refers_to_its_prompt(claude: Claude, model: Model) -> None:
    """One prompt, three exchanges, one record of the prompt and one of its usage."""
    model.answers += [
        tools(("Bash", {"command": "true"})),
        tools(("Bash", {"command": "pwd"})),
        Message("done"),
    ]

    claude.run("-p", ORDINARY, *ALLOW_TOOLS)

    kinds = [each.kind for each in claude.records]
    assert kinds == ["launch", "prompt", "usage", "session"]
    _, prompt, usage, session = claude.records
    assert usage.fields["prompt"] == prompt.seq
    assert usage.fields["exchanges"] == session.fields["exchanges"] == 3
    assert usage.fields["tokens_out"] == 27
    assert session.fields["outcome"] == "ended"
    assert session.fields["exit"] == 0


def test_prompts_that_waited_are_one_submission(claude: Claude, model: Model) -> None:
    """Claude Code joins them for its hook and sends them as several blocks."""
    claude.stream_json(lines=["one", "three", "eleven", "four"])

    prompts = [each for each in claude.records if each.kind == "prompt"]
    assert len(model.messages) == len(prompts)
    assert [each.fields["gate"] for each in prompts] == ["hook"] * len(prompts)


def test_records_hold_no_content(claude: Claude, model: Model) -> None:
    """Not in the records, and not in any other file of ours."""
    claude.push_policy(HIDING)
    model.answers += [
        tools(("Write", {"file_path": "src/walrus.py", "content": "flamingo = 1"})),
        Message("a pelican answered"),
    ]

    claude.run("-p", "teach the walrus to sing", *ALLOW_TOOLS)

    words = [b"walrus", b"flamingo", b"pelican", b"sing", b"service"]
    files = [path for path in claude.data.rglob("*") if path.is_file()]
    assert len(files) > 3
    assert [
        (path.name, word)
        for path in files
        for word in words
        if word in path.read_bytes()
    ] == []
    assert [path for path in files if path.stat().st_mode & 0o077] == []


@pytest.fixture(scope="module")
def moments() -> random.Random:
    """Choose the moments; the same ones in each run, but for the machine's load."""
    return random.Random(SEED)  # noqa: S311 - no secret depends on it


@pytest.mark.parametrize("number", range(KILLS))
def test_kill_at_a_random_moment(
    claude: Claude, model: Model, moments: random.Random, number: int
) -> None:
    """Every exchange that was seen is covered, the child is gone, the chain whole."""
    claude.extra["AIWRAP_TEST_MARK"] = mark = f"kill-{os.getpid()}-{number}"
    model.answers += [Message(f"answer {turn}", gap_seconds=0.01) for turn in range(99)]
    running = claude.start("-p", *STREAM_JSON)
    killer = threading.Timer(moments.uniform(0.05, 2.5), running.kill)
    killer.start()
    with contextlib.suppress(BrokenPipeError):
        for size in range(1, MAX_TURNS):
            converse(running, "x" * size)
    killer.join()
    running.communicate()

    gone = wait_until_gone(mark)
    assert gone, "the vendor CLI outlived aiwrap"
    seen = {len(call.user_texts[-1]) for call in model.messages}
    covered = {each.fields["prompt_bytes"] for each in signed_prompts(claude)}
    assert seen <= covered
    if claude.entries:
        assert claude.chain_problems() == []


def wait_until_gone(mark: str, timeout_seconds: float = 20.0) -> bool:
    """Wait until no process carries `mark` in its environment."""
    deadline = time.monotonic() + timeout_seconds
    while marked(mark):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def marked(mark: str) -> list[int]:
    """Return the processes that were started with `mark`."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and (
                process.environ().get("AIWRAP_TEST_MARK") == mark
            ):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def test_the_next_launch_notes_the_interrupted_session(claude: Claude) -> None:
    """A chain never ends in a launch without an ending."""
    running = claude.start("-p", *STREAM_JSON)
    converse(running, ORDINARY)
    running.kill()
    running.communicate()
    killed = claude.records[0].session

    assert claude.run("-p", ORDINARY).code == 0

    endings = {
        each.session: each.fields["outcome"]
        for each in claude.records
        if each.kind == "session"
    }
    assert endings.pop(killed) == "interrupted"
    assert list(endings.values()) == ["ended"]
    assert claude.chain_problems() == []


def test_a_store_that_cannot_be_written_forwards_nothing(
    claude: Claude, model: Model
) -> None:
    """No record, no exchange: one message, and nothing is lost or sent."""
    assert claude.run("-p", ORDINARY).code == 0
    before = len(claude.entries)
    model.calls.clear()
    limited = ["prlimit", "--fsize=4096", *claude.command("-p", ORDINARY)]

    done = subprocess.run(
        limited,
        cwd=claude.repo,
        env=claude.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 125
    assert model.calls == []
    assert "aiwrap: " in done.stderr
    assert len(claude.entries) == before
    assert claude.chain_problems() == []
