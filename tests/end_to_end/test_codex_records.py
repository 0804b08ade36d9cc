"""`aiwrap codex`: recorded before it leaves, exit codes kept, runs side by side."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from aiwrap.errors import EXIT_REFUSED
from aiwrap.records import record
from tests.support.answers import Raw
from tests.support.codex import FULL_ACCESS, AppServer, Codex
from tests.support.openai_model import OpenAIModel, is_response, say, shell
from tests.support.policies import (
    CONFIRMING,
    HIDING,
    ORDINARY,
    PAUSED,
    REFUSING,
    REFUSING_AND_HIDING,
)

RUNS = 20


def signed_prompts(codex: Codex) -> list[object]:
    """Return the sizes of prompts with a signed record, from the store as it is."""
    entries = [entry for entry in codex.entries if entry.envelope is not None]
    records = [record.parse(entry.payload) for entry in entries]
    return [each.fields["prompt_bytes"] for each in records if each.kind == "prompt"]


def test_at_the_first_byte_the_record_is_there(
    codex: Codex, openai_model: OpenAIModel
) -> None:
    """Another process reads it, signed, before the request is even complete."""
    seen: list[list[object]] = []
    openai_model.on_first_byte = lambda: seen.append(signed_prompts(codex))
    prompts = ["one", "three", "eleven"]

    running = codex.start("app-server")
    server = AppServer(running)
    for prompt in prompts:
        server.turn(prompt)
    running.communicate()

    sizes = [len(prompt) for prompt in prompts]
    assert [each for each in seen if each] == [sizes[:1], sizes[:2], sizes[:3]]
    assert codex.chain_problems() == []


def test_a_tool_round_refers_to_its_prompt(
    codex: Codex, openai_model: OpenAIModel
) -> None:
    """One prompt, three exchanges, one record of the prompt and one of its usage."""
    openai_model.turns += [shell("true"), shell("pwd"), say("done")]

    codex.run("exec", *FULL_ACCESS, ORDINARY)

    assert [each.kind for each in codex.records] == [
        "launch",
        "prompt",
        "usage",
        "session",
    ]
    launch, prompt, usage, session = codex.records
    assert launch.fields["coverage"] == {"launch": True, "hooks": False, "wire": True}
    assert usage.fields["prompt"] == prompt.seq
    assert usage.fields["exchanges"] == session.fields["exchanges"] == 3
    assert usage.fields["tokens_out"] == 27
    assert usage.fields["tokens_cache_read"] == 39
    assert session.fields["exit"] == 0


def test_records_hold_no_content(codex: Codex, openai_model: OpenAIModel) -> None:
    """Not in the records, and not in any other file of ours."""
    codex.push_policy(HIDING)
    openai_model.turns += [shell("echo flamingo"), say("a pelican answered")]

    codex.run("exec", "teach the walrus to sing", *FULL_ACCESS)

    words = [b"walrus", b"flamingo", b"pelican", b"sing", b"service"]
    files = [path for path in codex.data.rglob("*") if path.is_file()]
    assert len(files) > 3
    assert [
        (path.name, word)
        for path in files
        for word in words
        if word in path.read_bytes()
    ] == []


def test_a_turn_with_its_title_is_one_record(
    codex: Codex, openai_model: OpenAIModel
) -> None:
    with codex.terminal() as terminal:
        terminal.enter(ORDINARY)
        terminal.settle()
        terminal.press("enter")
        terminal.wait_for("OK from the stand-in")
        terminal.settle()
        terminal.press("ctrl-c", "ctrl-c")
        assert terminal.wait() == 0

    kinds = [each.kind for each in codex.records]
    assert kinds.count("prompt") == 1
    assert sum(is_response(call) for call in openai_model.calls) == 2


def test_send_it_again_confirms(codex: Codex, openai_model: OpenAIModel) -> None:
    """In a session the same prompt, sent once more, goes ahead."""
    codex.push_policy(CONFIRMING)
    running = codex.start("app-server")
    server = AppServer(running)

    withheld = server.turn(PAUSED)
    assert openai_model.received == b""
    answered = server.turn(PAUSED)
    running.communicate()

    assert "send the same prompt again" in json.dumps(withheld)
    assert "OK from the stand-in" in json.dumps(answered)
    assert len(openai_model.conversation) == 1


@pytest.mark.parametrize(
    ("status", "expected"), [(400, 1), (None, 0)], ids=["error", "success"]
)
def test_the_exit_code_is_the_vendors(
    codex: Codex, openai_model: OpenAIModel, status: int | None, expected: int
) -> None:
    if status is not None:
        openai_model.rule = lambda _call: Raw(status, b'{"error":{"message":"no"}}')

    assert codex.run("exec", ORDINARY).code == expected


def test_an_address_on_the_command_line_is_refused_with_a_sentence(
    codex: Codex, openai_model: OpenAIModel
) -> None:
    done = codex.run("exec", ORDINARY, "-c", f"openai_base_url={openai_model.url}")

    assert done.code not in (0, EXIT_REFUSED)
    assert "aiwrap puts its own address in the place of openai_base_url" in done.stderr
    assert openai_model.received == b""


@pytest.mark.parametrize(
    "arguments",
    [
        ("cloud", "exec", "--env", "e", ORDINARY),
        ("exec", "--oss", "--local-provider", "ollama", ORDINARY),
        ("--remote", "ws://127.0.0.1:9"),
    ],
)
def test_uncovered_work_gets_what_the_policy_says(
    codex: Codex, openai_model: OpenAIModel, arguments: tuple[str, ...]
) -> None:
    codex.push_policy(REFUSING)

    done = codex.run(*arguments)

    assert done.code == EXIT_REFUSED
    launch = codex.records[0]
    assert launch.fields["why_uncovered"]
    assert openai_model.received == b""


def test_another_provider_is_followed(codex: Codex, openai_model: OpenAIModel) -> None:
    """`openai_base_url` would not touch it."""
    codex.push_policy(REFUSING)
    codex.configure(
        'model_provider = "corp"\n[model_providers.corp]\nname = "Corp"\n'
        f'base_url = "{openai_model.base_url}"\n'
    )

    refused = codex.run("exec", stdin=PAUSED)
    answered = codex.run("exec", ORDINARY)

    assert (refused.code, answered.code) == (EXIT_REFUSED, 0)
    assert len(openai_model.conversation) == 1


def test_a_working_tree_cannot_move_the_traffic(
    codex: Codex, openai_model: OpenAIModel
) -> None:
    """Reported, and not obeyed."""
    folder = codex.repo / ".codex"
    folder.mkdir()
    (folder / "config.toml").write_text('openai_base_url = "http://127.0.0.1:9"\n')

    done = codex.run("exec", ORDINARY)

    assert done.code == 0
    assert ".codex/config.toml sets openai_base_url: not obeyed" in done.stderr
    assert len(openai_model.conversation) == 1


def test_twenty_runs_at_once(codex: Codex, openai_model: OpenAIModel) -> None:
    """A script that fans out: all records are there, the chain is whole."""
    codex.push_policy(REFUSING_AND_HIDING)
    with ThreadPoolExecutor(RUNS) as pool:
        runs = list(
            pool.map(
                lambda number: codex.run("exec", f"clean up parser number {number}"),
                range(RUNS),
            )
        )

    assert [run.code for run in runs] == [0] * RUNS, [run.stderr for run in runs]
    records = codex.records
    for kind in ("launch", "prompt", "usage", "session"):
        assert sum(each.kind == kind for each in records) == RUNS
    assert [each.seq for each in records] == list(range(1, 4 * RUNS + 1))
    assert codex.chain_problems() == []
    assert len(openai_model.conversation) == RUNS
