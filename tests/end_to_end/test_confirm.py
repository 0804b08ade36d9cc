"""`confirm`: the person is asked, and only the person can say yes.

In a session a new submission of the same text is the yes; at launch a question
with a reason; without a terminal `--confirm PAUSE --reason TEXT`.
"""

from __future__ import annotations

import pytest

from aiwrap.errors import EXIT_REFUSED
from tests.support.answers import Message
from tests.support.claude import AIWRAP, STREAM_JSON, Claude, converse
from tests.support.model import Model
from tests.support.policies import (
    CONFIRMING,
    ORDINARY,
    PAUSED,
    REASON,
    likely_prompt,
)

OPENING = PAUSED[:40]
ASKED = "Not sent yet"


@pytest.fixture
def confirming(claude: Claude) -> Claude:
    """Prepare a Claude Code whose team wants training-data confirmed."""
    claude.push_policy(CONFIRMING)
    return claude


def answers_of(claude: Claude) -> list[tuple[object, ...]]:
    """Return (kind, gate, action, confirmed, reason) of each decision."""
    names = ("gate", "action", "confirmed", "reason")
    return [
        (record.kind, *(record.fields.get(name) for name in names))
        for record in claude.records
        if record.kind in ("launch", "prompt")
    ]


class TestInTheTerminal:
    """The first submission is answered, the second one goes through."""

    def test_sending_it_again_confirms(self, confirming: Claude, model: Model) -> None:
        """The text is back in the box: Enter is enough."""
        model.answers.append(Message("here they are"))
        with confirming.terminal() as terminal:
            terminal.submit(PAUSED)
            text = terminal.wait_for(ASKED)
            terminal.settle()
            assert REASON in " ".join(text.split())
            assert model.received == b""
            terminal.press("enter")
            terminal.wait_for("here they are")

        assert [call.user_texts[-1] for call in model.messages] == [PAUSED]
        assert answers_of(confirming) == [
            ("launch", None, "allow", None, None),
            ("prompt", "hook", "confirm", None, None),
            ("prompt", "hook", "warn", True, None),
        ]

    def test_another_text_confirms_nothing(
        self, confirming: Claude, model: Model
    ) -> None:
        """Each text is asked about by itself."""
        with confirming.terminal() as terminal:
            terminal.submit(PAUSED)
            terminal.wait_for(ASKED)
            terminal.settle()
            terminal.press("ctrl-u")
            terminal.submit(ORDINARY)
            terminal.wait_for("OK from the stand-in")
            terminal.submit(f"{PAUSED} now")
            terminal.wait_until(lambda text: text.count(ASKED) == 2)

        assert model.leaks([OPENING]) == []

    def test_without_hooks(self, confirming: Claude, model: Model) -> None:
        """The wire asks in the place of an answer."""
        model.answers.append(Message("here they are"))
        with confirming.terminal("--bare") as terminal:
            terminal.submit(PAUSED)
            terminal.wait_for(ASKED)
            terminal.settle()
            assert model.leaks([OPENING]) == []
            terminal.submit(PAUSED)
            terminal.wait_for("here they are")

        assert [action for _, _, action, *_ in answers_of(confirming)] == [
            "allow",
            "confirm",
            "warn",
        ]

    def test_a_title_call_confirms_nothing(
        self, confirming: Claude, model: Model
    ) -> None:
        """It carries the same text at the same moment, and is no submission."""
        del confirming.off["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"]
        confirming.extra["HTTPS_PROXY"] = "http://127.0.0.1:9"  # nothing leaves
        with confirming.terminal("--bare") as terminal:
            terminal.submit(PAUSED)
            terminal.wait_for(ASKED)
            terminal.settle(3.0)

        assert model.leaks([OPENING]) == []
        assert len(answers_of(confirming)) == 2

    def test_a_fallback_of_the_vendor_is_no_submission(
        self, confirming: Claude, model: Model
    ) -> None:
        """A stream that breaks is asked for again, without a new verdict."""
        model.answers += [Message("broken", error_after=3), Message("here they are")]
        with confirming.terminal() as terminal:
            terminal.submit(PAUSED)
            terminal.wait_for(ASKED)
            terminal.settle()
            terminal.press("enter")
            terminal.wait_for("here they are")

        assert [call.json.get("stream") for call in model.messages] == [True, False]
        assert len(answers_of(confirming)) == 3


class TestAtLaunchOnATerminal:
    """Nothing is started before the person answered."""

    def test_a_reason_starts_it(self, confirming: Claude, model: Model) -> None:
        """The reason is recorded, the prompt goes out once."""
        model.answers.append(Message("here they are"))
        with confirming.terminal("-p", PAUSED, ready=False) as terminal:
            terminal.wait_for("reason>")
            assert model.received == b""
            terminal.submit("public benchmark only")
            terminal.wait_for("here they are")
            assert terminal.wait() == 0

        launch, prompt = answers_of(confirming)
        assert launch == ("launch", None, "warn", None, "public benchmark only")
        assert prompt[2:4] == ("warn", True)

    def test_it_opens_the_tui_after_the_question(
        self, confirming: Claude, model: Model
    ) -> None:
        """The prompt of `aiwrap claude "…"` was confirmed with its launch."""
        model.answers.append(Message("here they are"))
        with confirming.terminal(PAUSED, ready=False) as terminal:
            terminal.wait_for("reason>")
            terminal.submit("public benchmark only")
            terminal.wait_for("here they are")

        assert [call.user_texts[-1] for call in model.messages] == [PAUSED]

    @pytest.mark.parametrize("key", ["enter", "ctrl-c", "ctrl-d"])
    def test_no_reason_starts_nothing(
        self, confirming: Claude, model: Model, key: str
    ) -> None:
        """An empty answer is a no, and is recorded as one."""
        before = sorted(confirming.config.rglob("*"))
        with confirming.terminal("-p", PAUSED, ready=False) as terminal:
            terminal.wait_for("reason>")
            terminal.press(key)
            assert terminal.wait() == EXIT_REFUSED

        assert model.received == b""
        assert sorted(confirming.config.rglob("*")) == before
        assert answers_of(confirming)[0][2] == "refuse"


class TestWithoutATerminal:
    """Nobody can be asked: only an explicit yes counts."""

    def test_a_certain_type_is_refused(self, confirming: Claude, model: Model) -> None:
        """The message says how to confirm."""
        done = confirming.run("-p", PAUSED)

        assert done.code == EXIT_REFUSED
        assert "--confirm training-data" in done.stderr
        assert model.received == b""

    def test_a_certain_type_on_stdin_is_refused(
        self, confirming: Claude, model: Model
    ) -> None:
        """A one-shot run never confirms by sending it again."""
        for _ in range(2):
            assert confirming.run("-p", stdin=PAUSED).code == EXIT_REFUSED

        assert model.received == b""

    def test_a_likely_type_goes_on_with_a_warning(
        self, confirming: Claude, model: Model
    ) -> None:
        """A guess stops nobody who cannot answer; it is recorded."""
        prompt = likely_prompt()

        done = confirming.run("-p", prompt)

        assert done.code == 0
        assert REASON in done.stderr
        assert [call.user_texts[-1] for call in model.messages] == [prompt]
        assert {answer[2] for answer in answers_of(confirming)} == {"warn"}

    @pytest.mark.parametrize("place", ["argument", "stdin"])
    def test_confirmed_on_the_command_line(
        self, confirming: Claude, model: Model, place: str
    ) -> None:
        """The reason is in the record of the prompt."""
        options = ("--confirm", "training-data", "--reason", "public benchmark")
        confirming.wrapper = (*AIWRAP, *options)

        done = (
            confirming.run("-p", PAUSED)
            if place == "argument"
            else confirming.run("-p", stdin=PAUSED)
        )

        assert done.code == 0, done.stderr
        assert [call.user_texts[-1] for call in model.messages] == [PAUSED]
        prompt = answers_of(confirming)[-1]
        assert prompt[2:] == ("warn", True, "public benchmark")

    def test_confirming_another_pause_confirms_nothing(
        self, confirming: Claude, model: Model
    ) -> None:
        """The name of the pause is part of the yes."""
        options = ("--confirm", "chip-design", "--reason", "public benchmark")
        confirming.wrapper = (*AIWRAP, *options)

        assert confirming.run("-p", PAUSED).code == EXIT_REFUSED
        assert model.received == b""


def test_stream_json_asks_and_takes_the_second_line(
    confirming: Claude, model: Model
) -> None:
    """An editor shows the answer; its user sends the text again."""
    model.answers += [Message("the parser is clean"), Message("here they are")]
    running = confirming.start("-p", *STREAM_JSON)

    results = [converse(running, text) for text in (PAUSED, ORDINARY, PAUSED)]
    running.communicate()

    assert ASKED in results[0]
    assert "the parser is clean" in results[1]
    assert "here they are" in results[2]
    assert [call.user_texts[-1] for call in model.messages] == [ORDINARY, PAUSED]
