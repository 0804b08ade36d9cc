"""A prompt refused under `aiwrap codex` does not leave, whichever way it came.

The real Codex, with a policy that refuses training-data; the model is a
stand-in that keeps every byte.
"""

from __future__ import annotations

import json

import pytest

from aiwrap.errors import EXIT_REFUSED
from tests.support.codex import FULL_ACCESS, AppServer, Codex, thread_of
from tests.support.openai_model import OpenAIModel, say, user_texts
from tests.support.policies import INSTEAD, ORDINARY, PAUSED, REASON, REFUSING

OPENING = PAUSED[:40]


@pytest.fixture
def refusing(codex: Codex) -> Codex:
    """Prepare a Codex whose team paused training-data."""
    codex.push_policy(REFUSING)
    return codex


def verdicts(codex: Codex) -> list[tuple[str, object, object]]:
    """Return (kind, gate, action) of each record of a decision."""
    return [
        (record.kind, record.fields.get("gate"), record.fields["action"])
        for record in codex.records
        if "action" in record.fields
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ("exec", PAUSED),
        ("e", "--json", PAUSED),
        (PAUSED,),
        ("review", PAUSED),
        ("exec", "resume", "--last", PAUSED),
        ("exec", ORDINARY, "-c", f"developer_instructions={PAUSED}"),
    ],
)
def test_as_an_argument(
    refusing: Codex, openai_model: OpenAIModel, arguments: tuple[str, ...]
) -> None:
    """Nothing is even started: Codex leaves no trace of a start."""
    before = sorted(refusing.config.rglob("*"))

    done = refusing.run(*arguments)

    assert done.code == EXIT_REFUSED
    assert done.stdout == ""
    assert REASON in done.stderr
    assert INSTEAD in done.stderr
    assert openai_model.received == b""
    assert sorted(refusing.config.rglob("*")) == before
    assert verdicts(refusing) == [("launch", None, "refuse")]
    assert refusing.chain_problems() == []


@pytest.mark.parametrize(
    "arguments", [("exec",), ("exec", "-"), ("exec", ORDINARY), ("review", "-")]
)
def test_on_stdin(
    refusing: Codex, openai_model: OpenAIModel, arguments: tuple[str, ...]
) -> None:
    """The launch gate cannot see it; the vendor CLI says 1, we say 77."""
    done = refusing.run(*arguments, stdin=PAUSED)

    assert done.code == EXIT_REFUSED
    assert REASON in done.stderr
    assert "Reconnecting" not in done.stderr
    assert openai_model.received == b""
    assert ("prompt", "wire", "refuse") in verdicts(refusing)


def test_json_output_stays_json(refusing: Codex, openai_model: OpenAIModel) -> None:
    """A script reads the reason as the turn's failure."""
    done = refusing.run("exec", "--json", stdin=PAUSED)

    failed = [line for line in done.lines if line["type"] == "turn.failed"]
    assert done.code == EXIT_REFUSED
    assert REASON in json.dumps(failed)
    assert openai_model.received == b""


def test_typed_into_the_terminal(refusing: Codex, openai_model: OpenAIModel) -> None:
    """The reason is on the screen; neither prompt nor title call leaves."""
    openai_model.turns.append(say("the parser is clean"))
    with refusing.terminal() as terminal:
        terminal.enter(PAUSED)
        terminal.wait_for(PAUSED)
        terminal.press("enter")
        terminal.wait_for(REASON)
        terminal.settle()
        assert openai_model.received == b""
        terminal.enter(ORDINARY)
        terminal.wait_for(ORDINARY)
        terminal.press("enter")
        terminal.wait_for("the parser is clean")
        terminal.settle()

    assert openai_model.leaks([OPENING, REASON]) == []
    assert [user_texts(call) for call in openai_model.conversation] == [[ORDINARY]]
    assert verdicts(refusing).count(("prompt", "wire", "refuse")) == 1


def test_resume_does_not_carry_it(refusing: Codex, openai_model: OpenAIModel) -> None:
    """A new process knows from disk what was refused in an old one."""
    first = refusing.run("exec", "--json", stdin=PAUSED)

    done = refusing.run("exec", "resume", thread_of(first), ORDINARY)

    assert done.code == 0, done.stderr
    assert [user_texts(call) for call in openai_model.conversation] == [[ORDINARY]]
    assert openai_model.leaks([OPENING, REASON]) == []


def test_resume_after_the_pause_was_lifted(
    refusing: Codex, openai_model: OpenAIModel
) -> None:
    """What was refused stays out, though it would be allowed today."""
    first = refusing.run("exec", "--json", stdin=PAUSED)
    refusing.push_policy(REFUSING.replace('"refuse"\nreason', '"allow"\nreason'))

    refusing.run("exec", "resume", thread_of(first), ORDINARY)

    assert openai_model.leaks([OPENING]) == []


def test_history_that_the_policy_now_refuses(
    codex: Codex, openai_model: OpenAIModel
) -> None:
    """It goes with what the model did about it; the session is not locked."""
    openai_model.turns += [say("a flamingo answered"), say("done")]
    first = codex.run("exec", "--json", PAUSED)
    codex.push_policy(REFUSING)

    done = codex.run("exec", "resume", thread_of(first), ORDINARY)

    assert done.code == 0, done.stderr
    last = openai_model.conversation[-1]
    assert user_texts(last) == [ORDINARY]
    assert b"flamingo" not in last.body


def test_over_json_rpc(refusing: Codex, openai_model: OpenAIModel) -> None:
    """An editor gets the reason as an error of the turn, and can go on."""
    openai_model.turns.append(say("the parser is clean"))
    running = refusing.start("app-server")
    server = AppServer(running)

    refused, answered = server.turn(PAUSED), server.turn(ORDINARY)
    running.communicate()

    failure = next(m for m in refused if m.get("method") == "error")
    assert REASON in json.dumps(failure)
    assert '"willRetry": false' in json.dumps(failure)
    assert "the parser is clean" in json.dumps(answered)
    assert [user_texts(call) for call in openai_model.conversation] == [[ORDINARY]]
    assert openai_model.leaks([OPENING, REASON]) == []
    assert running.returncode == 0


def test_a_review_with_instructions_of_ones_own(
    refusing: Codex, openai_model: OpenAIModel
) -> None:
    """A review runs as a sub-agent of the client's; its words are the person's."""
    done = refusing.run("exec", "review", "-", stdin=PAUSED)

    assert done.code == EXIT_REFUSED
    assert openai_model.received == b""


def test_a_shell_line_does_not_leave(
    refusing: Codex, openai_model: OpenAIModel
) -> None:
    """`!command` stands in the history of the next prompt; it is taken out."""
    with refusing.terminal(*FULL_ACCESS) as terminal:
        terminal.enter(f"!echo {PAUSED}")
        terminal.settle()  # text and Enter together are a paste
        terminal.press("enter")
        terminal.wait_for("You ran")
        terminal.settle()
        terminal.enter(ORDINARY)
        terminal.settle()
        terminal.press("enter")
        terminal.wait_for("OK from the stand-in")

    assert openai_model.leaks([OPENING]) == []


def test_a_summary_after_a_refusal(refusing: Codex, openai_model: OpenAIModel) -> None:
    """The session is not locked: the summary goes out without what was refused."""
    openai_model.turns.append(say("the parser is clean"))
    with refusing.terminal() as terminal:
        for text, answer in ((ORDINARY, "the parser is clean"), (PAUSED, REASON)):
            terminal.enter(text)
            terminal.settle()
            terminal.press("enter")
            terminal.wait_for(answer)
            terminal.settle()
        terminal.enter("/compact")
        terminal.settle()
        terminal.press("enter")
        openai_model.wait_for_calls(3)
        terminal.settle()

    summary = openai_model.conversation[-1]
    assert b"compaction_trigger" in summary.body
    assert user_texts(summary) == [ORDINARY]
    assert openai_model.leaks([OPENING]) == []
