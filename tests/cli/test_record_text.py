"""Tests for aiwrap/cli/record_text.py."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aiwrap.cli import record_text
from aiwrap.records.chain import Entry
from aiwrap.records.record import Record
from tests.support.machines import Machine, opened_machine


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with opened_machine(tmp_path) as opened:
        yield opened


def hostile(text: str) -> Entry:
    """Return a record that somebody wrote into the database by hand."""
    import json

    document = {
        "schema": "aiwrap.record/1",
        "kind": "prompt",
        "seq": 1,
        "prev": "0" * 64,
        "device": "0" * 16,
        "time": "2026-11-24T15:30:00.000Z",
        "session": "s1",
        "action": text,
        text: {text: [text]},
    }
    return Entry(1, json.dumps(document).encode(), None)


def test_an_altered_record_cannot_write_to_the_terminal() -> None:
    """No escape sequence, however the database was altered."""
    entry = hostile("\x1b]0;owned\x07\x1b[2J\n\r\u202e")

    lines = [record_text.row(entry, 0), *record_text.details(_read(entry))]

    assert all(line.isprintable() for line in lines)


def _read(entry: Entry) -> Record:
    found = record_text.read(entry)
    assert found is not None
    return found


def test_what_cannot_be_read_is_still_listed() -> None:
    """A damaged record must not hide the others."""
    entry = Entry(7, b"\xff", None)

    assert record_text.row(entry, 0) == "     7  not a record of aiwrap"
    assert record_text.to_json(entry, 0) == {
        "problem": "not a record of aiwrap",
        "seq": 7,
        "state": "unsigned",
    }


def test_a_row_says_how_far_the_record_got(machine: Machine) -> None:
    signed, unsigned = machine.append(), machine.append(signed=False)

    assert record_text.state(signed, 1) == "delivered"
    assert record_text.state(signed, 0) == "waiting"
    assert record_text.state(unsigned, 0) == "unsigned"


def test_every_field_is_explained(machine: Machine) -> None:
    entry = machine.append("usage", {"tokens_in": 7, "redactions": {"term": 2}})

    lines = list(record_text.details(_read(entry)))

    assert any("tokens_in" in line and "(tokens sent" in line for line in lines)
    assert any("redactions" in line and " term 2 " in line for line in lines)
    assert all(line.endswith(")") for line in lines)


def test_times_are_local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        shown = record_text.local_time("2026-11-24T15:30:00.000Z")
    finally:
        monkeypatch.undo()
        time.tzset()

    assert shown == "2026-11-25 00:30:00"
