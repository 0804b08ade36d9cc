"""Tests for aiwrap/cli/cmd_log.py."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aiwrap import files
from aiwrap.cli import cmd_log, main
from aiwrap.errors import RecordsError
from tests.support.machines import Machine, opened_machine

ALTER = """
UPDATE records
SET payload = CAST(replace(CAST(payload AS TEXT), 'refuse', 'allow!') AS BLOB)
WHERE seq = 2
"""


@pytest.fixture
def machine(home: str) -> Iterator[Machine]:
    """Open the machine that the command line finds."""
    folder = Path(files.locate({"HOME": home}).data).parent
    with opened_machine(folder) as opened:
        yield opened


def run(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert cmd_log.run(words) == code
    return capsys.readouterr().out


def run_json(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:  # noqa: ANN401 - JSON
    return json.loads(run(capsys, *words, "--json", code=code))


def test_a_new_machine_has_no_records(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no records yet" in run(capsys, "list")
    assert run_json(capsys, "pending") == []


def test_a_new_machine_has_no_record_to_show() -> None:
    """A script must not take silence for a record."""
    with pytest.raises(RecordsError, match="no records yet"):
        cmd_log.run(["show", "1"])


def test_the_list_is_a_table(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.append("launch", signed=False)
    machine.append("usage", {"model": "claude-x", "tokens_in": 12})
    machine.store.acknowledge(0)

    header, first, second = run(capsys, "list").splitlines()

    assert header.split() == ["#", "time", "kind", "session", "state", "what"]
    assert "launch" in first
    assert "unsigned" in first
    assert "refuse training-data" in first
    assert "claude-x tokens_in=12" in second


def test_the_list_shows_the_newest(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(60):
        machine.append(signed=False)

    rows = run_json(capsys, "list")
    two = run_json(capsys, "list", "-n", "2")

    assert [row["seq"] for row in rows] == list(range(11, 61))
    assert [row["seq"] for row in two] == [59, 60]
    assert two[0]["action"] == "refuse"


def test_a_record_is_shown_field_by_field(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = machine.append()

    text = run(capsys, "show", "1")
    document = run_json(capsys, "show", "1")

    assert "record 1, waiting" in text
    assert "(how sure the task type is)" in text
    assert entry.envelope is not None
    assert document["envelope"] == json.loads(entry.envelope.to_json())


def test_there_is_no_such_record(machine: Machine) -> None:
    machine.append()

    with pytest.raises(RecordsError, match="no record 9"):
        cmd_log.run(["show", "9"])


def test_a_whole_chain_verifies(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.append(signed=False)
    machine.append()
    machine.store.acknowledge(1)

    assert "2 records, the chain is whole; 1 signed" in run(capsys, "verify")
    assert run_json(capsys, "verify") == {
        "ok": True,
        "device": machine.store.device.id,
        "records": 2,
        "signed": 1,
        "acknowledged": 1,
        "problems": [],
    }


@pytest.mark.parametrize(
    ("statement", "seq", "what"),
    [
        (ALTER, 2, "signature is not this device's"),
        ("DELETE FROM records WHERE seq = 2", 3, "records are missing"),
        ("DELETE FROM records WHERE seq > 3", 4, "the central log has it"),
        ("UPDATE records SET payload = x'7b7d' WHERE seq = 1", 1, "not a record"),
    ],
    ids=["altered", "deleted", "cut off", "overwritten"],
)
def test_a_broken_chain_names_the_first_bad_record(
    statement: str,
    seq: int,
    what: str,
    machine: Machine,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The exit code is one a script can use: 125."""
    for _ in range(5):
        machine.append()
    machine.store.acknowledge(5)
    machine.store._connection.execute(statement)

    text = run(capsys, "verify", code=125)
    document = run_json(capsys, "verify", code=125)

    assert text.startswith(f"the chain is broken at record {seq}:\n")
    assert what in text
    assert document["ok"] is False
    assert document["problems"][0]["seq"] == seq


def test_pending_is_what_the_central_log_lacks(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        machine.append()
    machine.store.acknowledge(2)

    assert [row["seq"] for row in run_json(capsys, "pending")] == [3]
    machine.store.acknowledge(3)
    assert "nothing" in run(capsys, "pending")


def test_a_damaged_store_is_one_clear_message(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    """What happened, what to do, exit 125; the file is kept for the security team."""
    machine.append()
    machine.store.close()
    path = Path(machine.locations.records)
    path.write_bytes(b"garbage" * 1000)
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)

    assert main.main(["log", "list"]) == 125

    said = capsys.readouterr().err
    assert "is damaged" in said
    assert "keep the file" in said
    assert path.read_bytes() == b"garbage" * 1000


def test_a_reader_that_leaves_early_is_no_error(machine: Machine) -> None:
    """`aiwrap log list | head -1`."""
    import subprocess
    import sys

    for _ in range(200):
        machine.append(signed=False)
    root = str(Path(__file__).parents[2])
    command = f"{sys.executable} -m aiwrap log list --json -n 200 | head -1"

    done = subprocess.run(
        ["/bin/sh", "-c", command],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    )

    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""
