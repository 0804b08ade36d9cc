"""Tests for aiwrap/cli/delivery.py, with a real central log."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest

from aiwrap.cli import delivery
from aiwrap.files import Locations
from aiwrap.records import enrolment
from aiwrap.records.store import Store
from tests.support.sessions import open_world, policy


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the log's own clock


def test_without_enrolment_nothing_is_started(tmp_path: Path) -> None:
    """A machine without a central log pays nothing."""
    assert delivery.start(Locations(str(tmp_path / "data"))) is None


def test_records_arrive_without_anybody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller goes on at once; the log has every record soon."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    world = open_world(tmp_path, policy())
    locations = Locations(str(tmp_path / "aiwrap"))
    database = import_module("aiwrap.central.database").Database(
        str(tmp_path / "central.db")
    )
    app = import_module("aiwrap.central.app").create_app(database, clock=now)
    running = import_module("aiwrap.central.server").serve_in_thread(app)
    token = database.create_token("dana@acme.example")
    enrolment.enrol(locations, running.url, token, now=now(), notify=lambda _t: None)

    process = delivery.start(locations)

    store = Store(locations.records)
    deadline = time.monotonic() + 20
    while store.count_unacknowledged() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert store.count_unacknowledged() == 0
    assert process is not None
    os.waitpid(process, 0)
    store.close()
    running.stop()
    database.close()
    assert world.records() == []  # the machine's own chain is another one
