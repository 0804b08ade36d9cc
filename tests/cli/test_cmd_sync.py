"""Tests for aiwrap/cli/cmd_sync.py."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from aiwrap import files
from aiwrap.cli import cmd_sync, main
from aiwrap.errors import SyncError, UsageError
from tests.support.machines import Log, opened_machine, running_log


@pytest.fixture
def folder(home: str) -> Path:
    """Return where the command line finds this machine's data."""
    return Path(files.locate({"HOME": home}).data).parent


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with running_log(tmp_path) as running:
        yield running


def type_in(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_a_new_machine_has_nothing_to_send(capsys: pytest.CaptureFixture[str]) -> None:
    assert cmd_sync.run([]) == 0
    assert "no records yet" in capsys.readouterr().out


def test_without_a_central_log_nothing_fails(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with opened_machine(folder) as machine:
        machine.append(signed=False)

    assert main.main(["sync", "--json"]) == 0

    assert json.loads(capsys.readouterr().out) == {
        "configured": False,
        "sent": 0,
        "pending": 1,
        "message": "no central log is configured; records stay on this machine",
    }


def test_enrolled_and_delivered(
    folder: Path,
    log: Log,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """From the token to the log: what an engineer does once."""
    type_in(monkeypatch, log.database.create_token("dana@acme.example") + "\n")

    assert main.main(["enroll", log.url]) == 0
    said = capsys.readouterr().out
    with opened_machine(folder) as machine:
        machine.append(signed=False)
    assert main.main(["sync"]) == 0

    assert "as dana@acme.example's" in said
    assert capsys.readouterr().out == f"2 records delivered to {log.url}\n"
    assert log.database.checkpoint()[0] == 2


def test_enrolment_for_a_script(
    log: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    type_in(monkeypatch, log.database.create_token())

    assert cmd_sync.run(["enroll", log.url, "--json"]) == 0

    document = json.loads(capsys.readouterr().out)
    assert document["log_key"] == log.database.log_key.to_text()
    assert "bearer" not in document


@pytest.mark.parametrize("typed", ["", "\n", "x" * 300])
def test_enrolment_needs_a_token(
    typed: str, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    type_in(monkeypatch, typed)

    with pytest.raises(UsageError, match="one-time token"):
        cmd_sync.run(["enroll", log.url])


def test_a_log_that_is_down_is_one_clear_message(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running_log(tmp_path) as log, opened_machine(folder) as machine:
        log.enrol(machine.locations)

    with pytest.raises(SyncError):
        cmd_sync.run([])
    assert main.main(["sync"]) == 125

    said = capsys.readouterr().err
    assert "cannot reach the central log" in said
    assert "Nothing is lost" in said
