"""Tests for aiwrap/cli/cmd_why.py."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from aiwrap import files
from aiwrap.cli import cmd_why
from aiwrap.errors import RecordsError
from aiwrap.records.explanations import Explanations
from aiwrap.session import clock
from tests.support.machines import DECISION, Machine, opened_machine


@pytest.fixture
def machine(home: str) -> Iterator[Machine]:
    """Open the machine that the command line finds."""
    folder = Path(files.locate({"HOME": home}).data).parent
    with opened_machine(folder) as opened:
        yield opened


def explain(machine: Machine, seq: int, *words: str) -> None:
    explanations = Explanations(machine.locations.explanations)
    explanations.keep(seq, words, clock.now())
    explanations.close()


def test_the_newest_decision_is_explained(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a person asks right after a refusal."""
    machine.append("launch", {"action": "allow"})
    machine.append("prompt", {**DECISION, "declared": "ordinary", "reason": "docs"})
    machine.append("usage", {"tokens_in": 7})
    explain(machine, 2, "sft dataset")

    assert cmd_why.run([]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("record 2, ")
    assert "decision   refuse" in lines
    assert "pause      training-data" in lines
    assert "task       training-data (certain)" in lines
    assert "declared   ordinary" in lines
    assert "reason     docs" in lines
    assert "because    sft dataset" in lines
    assert "recorded (waiting):" in lines
    assert any("prompt_bytes" in line and " 42 " in line for line in lines)


def test_words_that_are_gone_are_not_invented(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.append()

    assert cmd_why.run(["1"]) == 0

    assert "not kept (the words stay here for 7 days)" in capsys.readouterr().out


def test_for_a_script(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.append()
    explain(machine, 1, "sft dataset")

    assert cmd_why.run(["1", "--json"]) == 0

    document = json.loads(capsys.readouterr().out)
    assert document["words"] == ["sft dataset"]
    assert document["action"] == "refuse"
    assert document["state"] == "waiting"


def test_matched_words_cannot_write_to_the_terminal(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    """They come from a prompt, which may have been pasted from anywhere."""
    machine.append()
    explain(machine, 1, "\x1b[2Jsft\x07")

    assert cmd_why.run(["1"]) == 0

    assert "\x1b" not in capsys.readouterr().out


def test_nothing_was_decided_yet() -> None:
    with pytest.raises(RecordsError, match="nothing was decided yet"):
        cmd_why.run([])


@pytest.mark.parametrize("number", ["1", "9"])
def test_only_decisions_have_a_why(number: str, machine: Machine) -> None:
    machine.append("usage", {"tokens_in": 7})

    with pytest.raises(RecordsError, match=f"record {number} is not a decision"):
        cmd_why.run([number])
    with pytest.raises(RecordsError, match="nothing was decided yet"):
        cmd_why.run([])
