"""A refused prompt does not leave, whichever way it came in.

The real Claude Code through `aiwrap claude`, with a policy that refuses
training-data; the model is a stand-in that keeps every byte.
"""

from __future__ import annotations

import json

import pytest

from aiwrap.errors import EXIT_REFUSED
from tests.support.answers import Message
from tests.support.claude import Claude
from tests.support.model import Model
from tests.support.policies import INSTEAD, ORDINARY, PAUSED, REASON, REFUSING

OPENING = PAUSED[:40]


@pytest.fixture
def refusing(claude: Claude) -> Claude:
    """Prepare a Claude Code whose team paused training-data."""
    claude.push_policy(REFUSING)
    return claude


def add_command(claude: Claude, name: str, text: str) -> None:
    """Add a custom slash command, as an engineer keeps them.

    Without a description, Claude Code would list its first line to the model
    in every request, whether anybody submits the command or not.
    """
    folder = claude.config / "commands"
    folder.mkdir()
    text = f"---\ndescription: Harvest\n---\n{text}\n\n$ARGUMENTS\n"
    (folder / f"{name}.md").write_text(text)


def verdicts(claude: Claude) -> list[tuple[str, object, object]]:
    """Return (kind, gate, action) of each record of a decision."""
    return [
        (record.kind, record.fields.get("gate"), record.fields["action"])
        for record in claude.records
        if "action" in record.fields
    ]


def test_as_an_argument(refusing: Claude, model: Model) -> None:
    """Nothing is even started: Claude Code leaves no trace of a start."""
    before = sorted(refusing.config.rglob("*"))

    done = refusing.run("-p", PAUSED)

    assert done.code == EXIT_REFUSED
    assert done.stdout == ""
    assert REASON in done.stderr
    assert INSTEAD in done.stderr
    assert model.received == b""
    assert sorted(refusing.config.rglob("*")) == before
    assert verdicts(refusing) == [("launch", None, "refuse")]
    assert refusing.chain_problems() == []


def test_on_stdin(refusing: Claude, model: Model) -> None:
    """The launch gate cannot see it; the vendor CLI says 0, we say 77."""
    done = refusing.run("-p", stdin=PAUSED)

    assert done.code == EXIT_REFUSED
    assert REASON in done.stdout + done.stderr
    assert model.received == b""
    assert ("prompt", "hook", "refuse") in verdicts(refusing)


def test_as_a_line_of_stream_json(refusing: Claude, model: Model) -> None:
    """Standard output stays pure JSON, and a later line goes through."""
    model.answers.append(Message("the parser is clean"))

    done = refusing.stream_json(lines=[PAUSED, ORDINARY])

    results = [line for line in done.lines if line["type"] == "result"]
    assert len(results) == 2
    assert "the parser is clean" in json.dumps(results[1])
    assert REASON in done.stdout
    assert model.leaks([OPENING]) == []
    assert [call.user_texts[-1] for call in model.messages] == [ORDINARY]
    assert done.code == 0


@pytest.mark.parametrize("mode", ["argument", "stdin"])
def test_as_a_slash_command(refusing: Claude, model: Model, mode: str) -> None:
    """The hook sees `/harvest`; what it stands for is seen on the wire."""
    add_command(refusing, "harvest", PAUSED)

    if mode == "argument":
        done = refusing.run("-p", "/harvest now")
    else:
        done = refusing.run("-p", stdin="/harvest now")

    assert done.code == EXIT_REFUSED
    assert REASON in done.stdout + done.stderr
    assert model.leaks([OPENING]) == []
    assert model.messages == []
    assert ("prompt", "wire", "refuse") in verdicts(refusing)


def test_typed_into_the_terminal(refusing: Claude, model: Model) -> None:
    """The reason is on the screen, the text is back in the input box."""
    with refusing.terminal() as terminal:
        terminal.submit(PAUSED)
        terminal.wait_for(REASON)
        terminal.settle()
        box = terminal.input_box

    assert " ".join(box.split()) == PAUSED
    assert model.received == b""
    assert ("prompt", "hook", "refuse") in verdicts(refusing)


def test_typed_as_a_slash_command(refusing: Claude, model: Model) -> None:
    """Refused on the wire, the reason stands where an answer would."""
    add_command(refusing, "harvest", PAUSED)
    model.answers.append(Message("the parser is clean"))
    with refusing.terminal() as terminal:
        terminal.enter("/harvest now")
        terminal.wait_for("/harvest now")
        terminal.press("escape", "enter")
        terminal.wait_for(REASON)
        terminal.settle()
        terminal.submit(ORDINARY)
        terminal.wait_for("the parser is clean")

    assert model.leaks([OPENING]) == []


class TestWithoutHooks:
    """`--bare` switches hooks off: the wire is the guarantee."""

    def test_one_shot(self, refusing: Claude, model: Model) -> None:
        """The answer is the refusal, the exit code ours."""
        done = refusing.run("--bare", "-p", stdin=PAUSED)

        assert done.code == EXIT_REFUSED
        assert REASON in done.stdout
        assert model.received == b""
        assert verdicts(refusing)[-1] == ("prompt", "wire", "refuse")

    def test_the_next_prompt_does_not_carry_it(
        self, refusing: Claude, model: Model
    ) -> None:
        """The vendor CLI keeps a refused turn in its history and sends it again."""
        refusing.stream_json("--bare", lines=[PAUSED, ORDINARY])

        assert [call.user_texts[-1] for call in model.messages] == [ORDINARY]
        assert model.leaks([OPENING, REASON]) == []

    def test_resume_does_not_carry_it(self, refusing: Claude, model: Model) -> None:
        """A new process knows from disk what was refused in an old one."""
        first = refusing.run("--bare", "-p", "--output-format", "json", stdin=PAUSED)
        session = json.loads(first.stdout)["session_id"]
        assert any(OPENING in text for text in refusing.transcripts())

        done = refusing.run("--bare", "-p", ORDINARY, "--resume", session)

        assert done.code == 0
        assert [call.user_texts[-1] for call in model.messages] == [ORDINARY]
        assert model.leaks([OPENING, REASON]) == []

    def test_resume_after_the_pause_was_lifted(
        self, refusing: Claude, model: Model
    ) -> None:
        """What was refused stays out, though it would be allowed today."""
        first = refusing.run("--bare", "-p", "--output-format", "json", stdin=PAUSED)
        session = json.loads(first.stdout)["session_id"]
        refusing.push_policy(REFUSING.replace('"refuse"\nreason', '"allow"\nreason'))

        refusing.run("--bare", "-p", ORDINARY, "--resume", session)

        assert model.leaks([OPENING]) == []


def test_an_appended_system_prompt_counts(refusing: Claude, model: Model) -> None:
    """It is the person's text too, and goes out with each request."""
    done = refusing.run("-p", ORDINARY, "--append-system-prompt", PAUSED)

    assert done.code == EXIT_REFUSED
    assert model.received == b""


def test_a_shell_line_counts(refusing: Claude, model: Model) -> None:
    """`!command` sends the command and what it printed."""
    with refusing.terminal() as terminal:
        terminal.submit(f"!echo {PAUSED}")
        terminal.wait_for(REASON)

    assert model.leaks([OPENING]) == []
