"""Tests for aiwrap/records/enrolment.py against the real central log."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from aiwrap import dsse, files
from aiwrap.errors import SyncError
from aiwrap.files import Locations
from aiwrap.records import central_log, keys, record
from aiwrap.records.enrolment import STATEMENT_TYPE, _person, enrol
from aiwrap.records.explanations import Explanations
from aiwrap.records.keys import DeviceSigner
from aiwrap.records.receipt import LogKey
from tests.support.machines import NOW, Log, Machine, ignore, opened_machine


def first_record(machine: Machine) -> record.Record:
    entry = machine.store.get(1)
    assert entry is not None
    return record.parse(entry.payload)


def test_a_new_machine_is_enrolled(
    locations: Locations, log: Log, tmp_path: Path
) -> None:
    central = log.enrol(locations)

    assert central_log.read(locations) == central
    assert central.person == "dana@acme.example"
    with opened_machine(tmp_path) as machine:
        found = first_record(machine)
        assert machine.store.device.id == central.device
        assert found.kind == "enrol"
        assert found.fields["central"] == log.url
        assert found.fields["log_key"] == log.database.log_key.public_key.hex()
        assert found.fields["public_key"] == machine.signer.public_key.hex()
        assert "previous" not in found.fields


def test_records_from_before_stay_here(
    machine: Machine, log: Log, tmp_path: Path
) -> None:
    """A new chain begins; it says which one it replaces."""
    machine.append("launch")
    explanations = Explanations(machine.locations.explanations)
    explanations.keep(1, ["old words"], NOW)

    log.enrol(machine.locations)

    with opened_machine(tmp_path) as new:
        assert first_record(new).fields["previous"] == machine.store.device.id
        assert len(list(new.store.entries())) == 1
    assert len(list(machine.store.entries())) == 1
    assert explanations.read(1, NOW) == ()
    explanations.close()


def test_a_wrong_token_changes_nothing(machine: Machine, log: Log) -> None:
    with pytest.raises(SyncError, match="does not take this token"):
        enrol(machine.locations, log.url, "guess", now=NOW, notify=ignore)

    assert central_log.read(machine.locations) is None
    assert keys.read_device(machine.locations) == machine.store.device


def test_an_enrolment_that_broke_off_goes_on(
    locations: Locations, log: Log, tmp_path: Path
) -> None:
    """The log had taken the token, the machine died: the same token still works."""
    token = log.database.create_token("dana@acme.example")
    enrol(locations, log.url, token, now=NOW, notify=ignore)
    device = keys.read_device(locations)
    assert device is not None
    os.rename(locations.device, f"{locations.device}.next")
    os.unlink(locations.central)

    central = enrol(locations, log.url, token, now=NOW, notify=ignore)

    assert central.device == device.id
    assert len(os.listdir(locations.keys)) == 1
    with opened_machine(tmp_path) as machine:
        assert len(list(machine.store.entries())) == 1


def test_enrolling_again_is_a_new_device(locations: Locations, log: Log) -> None:
    """After a fork, or with another log: never the same numbers again."""
    first, second = log.enrol(locations), log.enrol(locations)

    assert first.device != second.device
    assert not os.path.exists(f"{locations.device}.next")


@pytest.mark.parametrize("url", ["http://log.acme.example", "nonsense", ""])
def test_a_token_is_not_sent_in_the_clear(url: str, locations: Locations) -> None:
    with pytest.raises(SyncError, match=r"https://|not an address"):
        enrol(locations, url, "token", now=NOW, notify=ignore)


LOG = DeviceSigner(b"\x07" * 32)
LOG_KEY = LogKey("log", LOG.public_key)


def statement(
    device: str = "d",
    person: str = "dana",
    *,
    kind: str = STATEMENT_TYPE,
    signer: DeviceSigner = LOG,
) -> str:
    payload = json.dumps({"device": device, "person": person}).encode()
    return dsse.sign(kind, payload, signer).to_json().decode()


def test_the_person_is_whom_the_log_signed_for() -> None:
    assert _person(statement(), LOG_KEY, "d") == "dana"


@pytest.mark.parametrize(
    "said",
    [
        "",
        "{}",
        statement(device="other"),
        statement(kind="other/type"),
        statement(signer=DeviceSigner(b"\x08" * 32)),
        statement(person="dana").replace("payload", "Payload", 1),
    ],
)
def test_any_other_statement_is_refused(said: str) -> None:
    """Exemptions depend on it."""
    with pytest.raises(ValueError):  # noqa: PT011 - every message is fine
        _person(said, LOG_KEY, "d")


def test_a_machine_that_cannot_reach_the_log_keeps_its_attempt(
    locations: Locations,
) -> None:
    """The next attempt uses the same key: no pile of keys."""
    for _ in range(2):
        with pytest.raises(SyncError, match="cannot reach"):
            enrol(locations, "http://127.0.0.1:1", "token", now=NOW, notify=ignore)

    assert len(os.listdir(locations.keys)) == 1
    assert files.read_private(locations.device) is None
