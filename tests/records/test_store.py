"""Tests for aiwrap/records/store.py: real files, real processes, real signals."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from securesystemslib.dsse import Envelope as OtherEnvelope
from securesystemslib.signer._key import SSlibKey

from aiwrap.errors import AiwrapError, RecordsError
from aiwrap.files import Locations
from aiwrap.records import chain, keys, store
from aiwrap.records.store import Store
from tests.support.machines import DECISION, NOW, Machine, ignore, opened_machine

WRITER = str(Path(__file__).with_name("writer.py"))
MARK = "marked-secret-7141"


def start_writer(
    locations: Locations, count: int, *options: str
) -> subprocess.Popen[str]:
    root = str(Path(__file__).parents[2])
    return subprocess.Popen(
        [sys.executable, WRITER, locations.data, str(count), *options],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    )


def assert_whole(machine: Machine) -> None:
    found = chain.verify(machine.store.entries(), machine.signer.public_key)
    assert found == []


def test_an_append_is_readable_by_another_process(machine: Machine) -> None:
    """It is durable when `append` returns, not when the store is closed."""
    entry = machine.append()
    program = (
        "import sys; from aiwrap.records.store import Store\n"
        "print(Store(sys.argv[1]).get(1).envelope.payload.decode())"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, machine.locations.records],
        check=True,
        capture_output=True,
    )

    assert done.stdout.strip() == entry.payload


def test_the_envelope_satisfies_another_implementation(machine: Machine) -> None:
    """Who audits the records need not trust our verifier: securesystemslib agrees."""
    entry = machine.append()
    assert entry.envelope is not None
    document = json.loads(entry.envelope.to_json())
    key = SSlibKey(
        entry.envelope.key_id,
        "ed25519",
        "ed25519",
        {"public": machine.signer.public_key.hex()},
    )

    other = OtherEnvelope.from_dict(document)

    assert entry.envelope.key_id in other.verify([key], 1)
    assert other.payload == entry.payload


def test_unsigned_records_are_chained_and_signed_later(machine: Machine) -> None:
    """A launch is recorded before the key is loaded."""
    machine.append("launch", signed=False)
    machine.append()
    assert [entry.seq for entry in machine.store.unsent()] == []

    assert machine.store.sign_pending(machine.signer) == 1

    assert machine.store.sign_pending(machine.signer) == 0
    assert [entry.seq for entry in machine.store.unsent()] == [1, 2]
    assert all(entry.envelope for entry in machine.store.entries())
    assert_whole(machine)


def test_another_devices_key_signs_nothing_here(machine: Machine) -> None:
    stranger = keys.DeviceSigner(bytes(32))
    machine.append(signed=False)

    with pytest.raises(ValueError, match="its own device"):
        machine.store.sign_pending(stranger)
    with pytest.raises(ValueError, match="its own device"):
        machine._replace(signer=stranger).append()

    head = machine.store.head
    assert head is not None
    assert (head.seq, head.envelope) == (1, None)


def test_a_refused_field_writes_nothing(machine: Machine) -> None:
    """Content that slipped into a field must not reach the disk."""
    machine.append()

    with pytest.raises(ValueError, match="task"):
        machine.append("prompt", {"task": f"text with {MARK}"})

    head = machine.store.head
    assert head is not None
    assert head.seq == 1
    folder = Path(machine.locations.data)
    for path in folder.iterdir():
        assert path.is_dir() or MARK.encode() not in path.read_bytes()


def test_twenty_processes_share_one_chain(machine: Machine) -> None:
    """Twenty sessions at once: no record lost, none doubled, one order."""
    writers = [
        start_writer(machine.locations, 10, *(["unsigned"] if number % 2 else []))
        for number in range(20)
    ]
    acknowledged = [
        line for writer in writers for line in writer.communicate()[0].split()
    ]

    assert sorted(map(int, acknowledged)) == list(range(1, 201))
    assert_whole(machine)
    assert machine.store.sign_pending(machine.signer) == 100
    assert_whole(machine)


def test_threads_share_one_store(machine: Machine) -> None:
    """The gateway writes from its worker while the launch closes the session."""
    threads = [
        threading.Thread(target=lambda: [machine.append() for _ in range(20)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(list(machine.store.entries())) == 80
    assert_whole(machine)


def test_kill_9_loses_nothing_that_was_acknowledged(machine: Machine) -> None:
    """Twenty rounds of two writers that die at a random moment."""
    chance = random.Random(7141)  # noqa: S311 - moments, not secrets
    acknowledged: list[int] = []
    for _ in range(20):
        writers = [start_writer(machine.locations, 10_000) for _ in range(2)]
        for writer in writers:
            assert writer.stdout is not None
            acknowledged.append(int(writer.stdout.readline()))
        time.sleep(chance.random() * 0.05)
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
            acknowledged += map(int, writer.communicate()[0].split("\n")[:-1])

    present = {entry.seq for entry in machine.store.entries()}
    assert len(acknowledged) == len(set(acknowledged))
    assert set(acknowledged) <= present
    assert_whole(machine)
    machine.append()
    assert_whole(machine)


@pytest.mark.parametrize("cut", [1, 33, 2000, 4500, 9000])
def test_a_torn_write_ahead_log_still_opens(
    cut: int, machine: Machine, tmp_path: Path
) -> None:
    """A machine that lost power finds a valid start of the chain, and goes on."""
    for _ in range(20):
        machine.append()
    folder = tmp_path / "after the crash"
    folder.mkdir()
    for name in ("records.db", "device.json"):
        data = Path(machine.locations.data, name).read_bytes()
        (folder / name).write_bytes(data)
    log = Path(f"{machine.locations.records}-wal").read_bytes()
    (folder / "records.db-wal").write_bytes(log[: len(log) - cut])

    store = Store(str(folder / "records.db"))
    try:
        store.append(
            "prompt", session="s2", fields=DECISION, now=NOW, signer=machine.signer
        )
        assert chain.verify(store.entries(), machine.signer.public_key) == []
    finally:
        store.close()


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """A real file system of 2 MB: said in words, chain whole, on again with room."""
    filler = str(Path(__file__).with_name("filler.py"))
    unshare = shutil.which("unshare") or pytest.skip("only Linux has unshare")
    script = 'mount -t tmpfs -o size=2m tmpfs "$1" || exit 42; exec "$2" "$3" "$1"'
    done = subprocess.run(
        [unshare, "-m", "sh", "-c", script, "sh", tmp_path, sys.executable, filler],
        check=False,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    if done.returncode == 42 or done.stderr.startswith(b"unshare"):
        pytest.skip(f"no file system can be mounted here: {done.stderr.decode()}")

    found = json.loads(done.stdout)
    assert "no room to write a record" in found["message"]
    assert found["before"] > 0
    assert found["still"] == 0
    assert found["after"] > 0
    assert found["present"] == found["before"] + found["after"]
    assert found["problems"] == []


@contextmanager
def as_somebody_else(directory: str) -> Iterator[None]:
    """Run the body without the right to write into `directory`."""
    if os.geteuid() == 0:
        os.seteuid(65534)
    else:
        os.chmod(directory, 0o500)
    try:
        yield
    finally:
        if os.getuid() == 0:
            os.seteuid(0)
        os.chmod(directory, 0o700)


def test_a_directory_without_write_access_is_one_clear_message(
    machine: Machine,
) -> None:
    device = machine.store.device
    directory = machine.locations.data

    with (
        as_somebody_else(directory),
        pytest.raises(AiwrapError, match=r"cannot|belongs to another user") as caught,
    ):
        Store(os.path.join(directory, "other.db"), device)

    assert caught.value.hint


def test_without_a_device_there_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(RecordsError, match="no signing key yet"):
        Store(str(tmp_path / "records.db"))


def test_an_open_session_keeps_its_chain_when_the_machine_is_enrolled(
    machine: Machine,
) -> None:
    """The session's key signs one chain; new launches begin the other."""
    machine.append("launch")
    replacement = keys.create_key(machine.locations, notify=ignore)
    keys.activate(machine.locations, replacement)
    machine.append("session", {"outcome": "ended"})

    new = Store(machine.locations.records)
    assert new.head is None
    assert new.device == replacement
    new.close()
    assert [entry.seq for entry in machine.store.entries()] == [1, 2]
    assert_whole(machine)


def test_acknowledgements_only_grow(machine: Machine) -> None:
    """Two processes may deliver at once; the slower one must not undo the faster."""
    for _ in range(5):
        machine.append()
    machine.store.acknowledge(4)
    machine.store.acknowledge(2)

    assert machine.store.acknowledged == 4
    assert machine.store.count_unacknowledged() == 1
    assert [entry.seq for entry in machine.store.unsent()] == [5]


def test_a_frozen_chain_keeps_its_first_reason(machine: Machine) -> None:
    machine.store.acknowledge(3)
    machine.store.freeze("first")
    machine.store.freeze("second")

    assert machine.store.frozen == "first"
    assert machine.store.acknowledged == 3


def test_pages_do_not_show(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long chain is read in pages; nobody may notice where one ends."""
    monkeypatch.setattr(store, "_PAGE", 5)  # else a thousand records have to be written
    for _ in range(12):
        machine.append(signed=False)

    assert [entry.seq for entry in machine.store.entries()] == list(range(1, 13))
    assert [entry.seq for entry in machine.store.entries(after=10)] == [11, 12]
    assert [entry.seq for entry in machine.store.entries(after=12)] == []


def test_the_newest_of_a_kind(machine: Machine) -> None:
    for kind in ("launch", "prompt", "prompt", "usage"):
        machine.append(kind, {})

    assert [entry.seq for entry in machine.store.newest(2)] == [4, 3]
    assert [entry.seq for entry in machine.store.newest(1, ("prompt", "launch"))] == [3]
    assert machine.store.newest(1, ("gap",)) == []
    assert machine.store.get(9) is None


def test_refused_digests_persist_until_they_are_forgotten(
    machine: Machine, tmp_path: Path
) -> None:
    """A refused prompt stays refused in the next process (`--resume`)."""
    machine.store.remember_refused(b"one", "pause", NOW)
    machine.store.remember_refused(b"one", "pause", NOW + timedelta(days=1))
    machine.store.remember_refused(b"two", "pause", NOW)

    with opened_machine(tmp_path) as other:
        assert other.store.refused_digests() == {b"one", b"two"}
        other.store.forget_refused(b"one")
    assert machine.store.refused_digests() == {b"two"}


def test_interrupted_sessions(machine: Machine) -> None:
    """Began, did not end, and no process is alive: it was killed."""
    machine.append("launch", {"action": "allow"}, session="killed")
    machine.append("launch", {"action": "refuse"}, session="refused")
    machine.append("launch", {"action": "allow"}, session="ended")
    machine.append("prompt", session="ended")
    machine.append("session", {"outcome": "ended"}, session="ended")
    machine.append("launch", {"action": "warn"}, session="running")

    found = machine.store.interrupted_sessions(lambda session: session == "running")

    assert found == ["killed"]


def test_a_closed_store_says_so(machine: Machine) -> None:
    machine.store.close()

    with pytest.raises(RecordsError, match="closed database"):
        machine.append()


def test_a_launch_imports_nothing_heavy() -> None:
    """Writing the launch record comes before the vendor CLI's start."""
    heavy = {"cryptography", "keyring", "httpx", "asyncio", "threading", "logging"}
    program = (
        "import sys; from aiwrap.records import store, secret, keys\n"
        f"print(sorted({heavy!r} & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )

    assert done.stdout == "[]\n"
