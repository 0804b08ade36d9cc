"""Tests for aiwrap/central/database.py."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.central import ingest
from aiwrap.central.database import Database, _runs
from aiwrap.central.ingest import Accepted, Fork, Gap, Received
from aiwrap.records import receipt
from tests.central.test_ingest import LINES, LINKS, OTHER_LINES, SIGNER
from tests.support.machines import NOW

DEVICE = "d" * 16


@contextmanager
def opened(directory: Path) -> Iterator[Database]:
    database = Database(str(directory / "log.db"))
    yield database
    database.close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with opened(tmp_path) as one:
        yield one


def batch(*lines: bytes) -> tuple[Received, ...]:
    received = ingest.read_batch(b"\n".join(lines), SIGNER.public_key)
    assert isinstance(received, tuple)
    assert not isinstance(received, ingest.Invalid)
    return received


def test_what_was_taken_survives_a_restart(tmp_path: Path) -> None:
    """Same tree, same keys: clients and auditors notice nothing."""
    with opened(tmp_path) as database:
        assert isinstance(database.take(DEVICE, batch(*LINES[:4]), NOW), Accepted)
        before = database.checkpoint(), database.log_key, database.bearer(DEVICE)

    with opened(tmp_path) as database:
        assert database.stored(DEVICE) == (4, LINKS[3])
        after = database.checkpoint(), database.log_key, database.bearer(DEVICE)

    assert before == after


def test_two_processes_serve_one_log(tmp_path: Path) -> None:
    """Each sees what the other committed."""
    with opened(tmp_path) as one, opened(tmp_path) as other:
        one.take(DEVICE, batch(*LINES[:2]), NOW)
        other.take(DEVICE, batch(*LINES[:4]), NOW)
        one.take("e" * 16, batch(*LINES[:1]), NOW)

        assert one.checkpoint() == other.checkpoint()
        assert one.checkpoint()[0] == 5


def test_duplicates_add_nothing(database: Database) -> None:
    database.take(DEVICE, batch(*LINES[:3]), NOW)

    outcome = database.take(DEVICE, batch(*LINES[:3]), NOW)

    assert outcome == Accepted(())
    assert database.checkpoint()[0] == 3


def test_a_gap_stores_nothing(database: Database) -> None:
    assert database.take(DEVICE, batch(*LINES[2:]), NOW) == Gap(1)
    assert database.checkpoint()[0] == 0


def test_a_fork_is_kept_as_evidence_once(database: Database) -> None:
    """The device signed two histories: that is what the auditor needs."""
    database.take(DEVICE, batch(*LINES[:3]), NOW)

    for _ in range(2):
        outcome = database.take(DEVICE, batch(*OTHER_LINES[1:3]), NOW)
        assert isinstance(outcome, Fork)

    assert database.evidence(DEVICE) == [(2, OTHER_LINES[1])]
    assert database.stored(DEVICE) == (3, LINKS[2])


def test_devices_do_not_mix(database: Database) -> None:
    """Records of several devices lie interleaved; each proof covers its own."""
    devices = ["a" * 16, "b" * 16]
    for count in (2, 4, 6):
        for device in devices:
            database.take(device, batch(*LINES[:count]), NOW)

    for device in devices:
        note, consistency, runs = database.proofs(device, 1, 6, 3)
        log = receipt.open_checkpoint(note, database.log_key)
        assert log.size == 12
        assert consistency
        assert [(run.first, run.length) for run in runs] == [(1, 2), (3, 2), (5, 2)]
        for run in runs:
            lines = LINES[run.first - 1 : run.first - 1 + run.length]
            hashes = [receipt.leaf_hash(line) for line in lines]
            assert receipt.is_included(hashes, run.leaf, run.proof, log)


def test_a_log_proves_its_growth_from_every_size(database: Database) -> None:
    seen = receipt.Checkpoint(0, receipt.EMPTY_ROOT)
    for count in range(1, 7):
        database.take(DEVICE, batch(*LINES[:count]), NOW)
        note, consistency, _ = database.proofs(DEVICE, count, count, seen.size)
        log = receipt.open_checkpoint(note, database.log_key)
        assert receipt.is_consistent(seen, log, consistency)
        seen = log


def test_a_token_enrols_one_device(database: Database) -> None:
    token = database.create_token("dana@acme.example")
    key, other = bytes(32), b"\x01" * 32

    first = database.enrol(token, key, NOW)
    again = database.enrol(token, key, NOW)

    assert first is not None
    assert first == again == database.device(first.id)
    assert first.person == "dana@acme.example"
    assert database.enrol(token, other, NOW) is None
    assert database.enrol("guess", key, NOW) is None


def test_tokens_and_bearers_are_not_on_the_disk(
    database: Database, tmp_path: Path
) -> None:
    """Who reads a backup of the log cannot speak as a device."""
    token = database.create_token("dana@acme.example")
    device = database.enrol(token, bytes(32), NOW)
    assert device is not None
    secrets = [token, database.bearer(device.id)]

    on_disk = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert [text for text in secrets if text.encode() in on_disk] == []
    assert b"dana@acme.example" in on_disk


@given(st.sets(st.integers(0, 30)))
def test_runs_are_what_lies_side_by_side(places: set[int]) -> None:
    rows = [(seq, leaf) for seq, leaf in enumerate(sorted(places), start=1)]

    runs = _runs(rows)

    covered = [(s + i, p + i) for s, p, length in runs for i in range(length)]
    assert covered == rows
    assert all(a[1] + a[2] < b[1] for a, b in pairwise(runs))
