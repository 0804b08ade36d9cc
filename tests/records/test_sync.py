"""Tests for aiwrap/records/sync.py against the real central log."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from aiwrap import files
from aiwrap.central import ingest
from aiwrap.errors import SyncError
from aiwrap.records import central_log
from aiwrap.records.sync import sync
from tests.central.test_ingest import LINES, SIGNER
from tests.support.machines import NOW, Log, Machine, locate, opened_machine

MORTAL = str(Path(__file__).parents[1] / "central" / "mortal.py")
MARK = "marked-secret-7141"


def deliver(machine: Machine, **options: float) -> tuple[int, int]:
    """Deliver; return how many records were sent and how many are left."""
    report = sync(machine.store, machine.locations, signer=machine.signer, **options)
    assert report.configured
    return report.sent, report.pending


def point_at(machine: Machine, url: str) -> None:
    central = central_log.read(machine.locations)
    assert central is not None
    document = central_log.describe(central._replace(url=url))
    files.write_private(machine.locations.central, document)


def test_without_a_central_log_it_says_so_and_fails_nothing(machine: Machine) -> None:
    """The embedded default has no server."""
    machine.append()

    report = sync(machine.store, machine.locations, signer=machine.signer)

    assert (report.configured, report.sent, report.pending) == (False, 0, 1)
    assert "no central log is configured" in report.message


def test_every_record_arrives_once(enrolled: Machine, log: Log) -> None:
    for _ in range(5):
        enrolled.append()

    assert deliver(enrolled) == (6, 0)
    assert deliver(enrolled) == (0, 0)

    assert log.database.stored(enrolled.store.device.id).acknowledged == 6
    assert log.database.checkpoint()[0] == 6


def test_more_than_one_batch(enrolled: Machine, log: Log) -> None:
    """A week offline: every batch continues where the one before ended."""
    for _ in range(510):
        enrolled.append(signed=False)

    assert deliver(enrolled) == (511, 0)
    assert log.database.checkpoint()[0] == 511


def test_two_sessions_deliver_at_once(
    enrolled: Machine, log: Log, tmp_path: Path
) -> None:
    """Both send the same records; the log has them once, and neither fails."""
    for _ in range(30):
        enrolled.append()
    outcomes: list[tuple[int, int]] = []

    def run() -> None:
        with opened_machine(tmp_path) as other:
            outcomes.append(deliver(other))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [pending for _, pending in outcomes] == [0] * 4
    assert log.database.checkpoint()[0] == 31
    assert log.database.evidence(enrolled.store.device.id) == []


def test_an_unsigned_record_waits(enrolled: Machine, log: Log) -> None:
    """And everything behind it: the central log takes no holes."""
    enrolled.append()
    enrolled.append(signed=False)
    enrolled.append()

    report = sync(enrolled.store, enrolled.locations)

    assert (report.sent, report.pending) == (2, 2)
    assert "2 waiting" in report.message
    assert deliver(enrolled) == (2, 0)
    assert log.database.checkpoint()[0] == 4


def test_a_lost_answer_is_asked_for_again(enrolled: Machine, log: Log) -> None:
    """The log has the records, the machine does not know: nothing is doubled."""
    enrolled.append()
    deliver(enrolled)
    database = Path(enrolled.locations.records)
    with opened_machine(database.parents[1]) as other:
        other.store._connection.execute("UPDATE delivered SET upto = 0")

    assert deliver(enrolled) == (2, 0)
    assert log.database.checkpoint()[0] == 2


def test_a_log_that_lost_records_gets_them_again(enrolled: Machine, log: Log) -> None:
    """It was restored from a backup; the machines heal it, to the same tree."""
    for _ in range(4):
        enrolled.append()
    deliver(enrolled)
    with log.database._transaction():
        log.database._execute("DELETE FROM records WHERE seq > 2")
    log.database._tree.__init__()  # type: ignore[misc] # as after a restart
    enrolled.append()

    assert deliver(enrolled) == (4, 0)
    assert log.database.stored(enrolled.store.device.id).acknowledged == 6


def test_a_log_that_filled_up_differently_is_refused(
    enrolled: Machine, log: Log
) -> None:
    """A machine remembers the checkpoint: history cannot be taken back unseen."""
    for _ in range(4):
        enrolled.append()
    deliver(enrolled)
    with log.database._transaction():
        log.database._execute("DELETE FROM records WHERE seq > 2")
    log.database._tree.__init__()  # type: ignore[misc] # as after a restart
    others = ingest.read_batch(b"\n".join(LINES), SIGNER.public_key)
    assert not isinstance(others, ingest.Invalid)
    log.database.take("d" * 16, others, NOW)  # in place of what was there
    enrolled.append()

    with pytest.raises(SyncError, match="was changed since this machine last looked"):
        deliver(enrolled)

    assert enrolled.store.acknowledged == 5


def test_a_log_that_rewrote_history_is_refused(enrolled: Machine, log: Log) -> None:
    enrolled.append()
    deliver(enrolled)
    with log.database._transaction():
        log.database._execute("UPDATE records SET hash = ? WHERE leaf = 0", bytes(32))
    log.database._tree.__init__()  # type: ignore[misc] # as after a restart
    enrolled.append()

    with pytest.raises(SyncError, match="was changed since") as caught:
        deliver(enrolled)

    assert "security team" in caught.value.hint
    assert enrolled.store.acknowledged == 2


def test_a_fork_freezes_the_chain(enrolled: Machine, log: Log, tmp_path: Path) -> None:
    """A restored backup wrote a second history: nothing more is sent of it."""
    enrolled.append()
    folder = tmp_path / "backup"
    folder.mkdir()
    _copy(enrolled, folder)
    enrolled.append(fields={"vendor": "claude", "action": "refuse"})
    deliver(enrolled)

    with opened_machine(folder) as restored:
        restored.append(fields={"vendor": "claude", "action": "allow"})
        for _ in range(2):
            with pytest.raises(SyncError, match="another record 3") as caught:
                deliver(restored)
            assert "enrol this machine again" in caught.value.hint
        assert restored.store.count_unacknowledged() == 3

    assert len(log.database.evidence(enrolled.store.device.id)) == 1


def _copy(machine: Machine, folder: Path) -> None:
    """Copy everything of a machine, as a backup does."""
    source = Path(machine.locations.data)
    for path in source.rglob("*"):
        target = Path(locate(folder).data) / path.relative_to(source)
        if path.is_dir():
            target.mkdir(parents=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())


def test_an_unknown_device_is_told_what_to_do(enrolled: Machine, log: Log) -> None:
    enrolled.append()
    with log.database._transaction():
        log.database._execute("DELETE FROM devices")

    with pytest.raises(SyncError, match="does not know this device") as caught:
        deliver(enrolled)

    assert "Enrol" in caught.value.hint
    assert enrolled.store.count_unacknowledged() == 2


def test_a_chain_from_before_the_enrolment_stays_here(
    machine: Machine, log: Log, tmp_path: Path
) -> None:
    """A session that was running keeps its own chain, which is local."""
    machine.append()
    log.enrol(machine.locations)
    machine.append()

    report = sync(machine.store, machine.locations, signer=machine.signer)

    assert (report.configured, report.pending) == (False, 2)
    assert "before the enrolment" in report.message
    with opened_machine(tmp_path) as new:
        assert deliver(new) == (1, 0)
    assert log.database.checkpoint()[0] == 1


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (200, "receipt is wrong: a field is missing"),
        (401, "does not know this device"),
        (409, "central log answered 409"),
        (413, "smaller batches"),
        (422, "refused a record: too old"),
        (429, "busy; try again in 9 s"),
        (503, "busy; try again in 9 s"),
        (500, "answered 500"),
        (302, "answered 302"),
    ],
)
def test_every_answer_is_put_into_words(
    status: int, message: str, enrolled: Machine
) -> None:
    """And none but a true receipt takes a record off the list."""
    body = b'{"reason": "too\\u001b[2J old"}'.replace(b"\\u001b[2J", b"")
    with answering(status, body) as url:
        point_at(enrolled, url)
        with pytest.raises(SyncError, match=message):
            deliver(enrolled)

    assert enrolled.store.acknowledged == 0


@pytest.mark.parametrize("expected", [0, 1, 7, "x", None, True])
def test_a_log_that_asks_for_nonsense_is_left_alone(
    expected: object, enrolled: Machine
) -> None:
    """It would keep the client busy for ever."""
    import json

    body = json.dumps({"error": "gap", "expected": expected}).encode()
    with answering(409, body) as url:
        point_at(enrolled, url)
        with pytest.raises(SyncError, match="cannot lack"):
            deliver(enrolled)


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """Answer every request like this."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from aiwrap.central.server import serve_in_thread

    async def answer(request: Request) -> Response:
        await request.body()
        headers = {"retry-after": "9", "location": "http://127.0.0.1:1/"}
        return Response(body, status, headers, media_type="application/json")

    app = Starlette(routes=[Route("/{path:path}", answer, methods=["POST"])])
    server = serve_in_thread(app)
    yield server.url
    server.stop()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class MortalLog:
    """A central log in a process of its own, which may be killed."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, moment: str) -> None:
        """Start it, to die at this moment of the next batch."""
        self._process = subprocess.Popen(
            [sys.executable, MORTAL, self._path, str(self.port), moment],
            env={**os.environ, "PYTHONPATH": str(Path(MORTAL).parents[2])},
        )
        for _ in range(600):
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.05)
        raise AssertionError("the central log did not start")

    def kill(self) -> None:
        """Kill it, if it did not die by itself."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()


@pytest.fixture
def mortal(log: Log, enrolled: Machine) -> Iterator[MortalLog]:
    """Serve the database of `log` in a process that may die."""
    server = MortalLog(log.database._path)
    point_at(enrolled, server.url)
    yield server
    server.kill()


@pytest.mark.parametrize("moment", ["before", "after", "within"])
def test_a_log_that_dies_mid_batch_loses_and_doubles_nothing(
    moment: str, enrolled: Machine, mortal: MortalLog, log: Log
) -> None:
    """Whether it had committed or not: the next attempt ends in the same log."""
    for _ in range(4):
        enrolled.append()
    mortal.start(moment)
    with suppress(SyncError):  # `within` may still deliver the whole answer
        deliver(enrolled, timeout_seconds=20)
    mortal.kill()
    mortal.start("never")

    deliver(enrolled, timeout_seconds=20)

    assert enrolled.store.count_unacknowledged() == 0
    assert log.database.checkpoint()[0] == 5
    assert log.database.evidence(enrolled.store.device.id) == []


def test_a_log_killed_at_random_moments(
    enrolled: Machine, mortal: MortalLog, log: Log
) -> None:
    """Kill -9 between and inside transactions, five times, under load."""
    chance = random.Random(7141)  # noqa: S311 - moments, not secrets
    for _ in range(5):
        for _ in range(100):
            enrolled.append(signed=False)
        mortal.start("never")
        killer = threading.Timer(chance.random() * 0.3, mortal.kill)
        killer.start()
        with suppress(SyncError):
            deliver(enrolled, timeout_seconds=20)
        killer.join()
    mortal.start("never")

    deliver(enrolled, timeout_seconds=20)

    assert log.database.checkpoint()[0] == 501
    assert log.database.stored(enrolled.store.device.id).acknowledged == 501
    assert log.database.evidence(enrolled.store.device.id) == []


def test_a_checkpoint_that_was_altered_is_said(enrolled: Machine) -> None:
    deliver(enrolled)
    Path(enrolled.locations.checkpoint).write_bytes(b"\xff")
    enrolled.append()

    with pytest.raises(SyncError, match="checkpoint is damaged"):
        deliver(enrolled)


def test_what_is_sent_holds_no_content(enrolled: Machine, log: Log) -> None:
    """Everything that left is in the log's database: look for the mark there."""
    for value in (MARK + " and words", f"/srv/{MARK}"):
        for name in ("task", "repo", "prompt_digest", "vendor"):
            with pytest.raises(ValueError, match=name):
                enrolled.append("prompt", {name: value})
    enrolled.append()
    deliver(enrolled)

    folder = Path(log.database._path).parent
    on_disk = b"".join(path.read_bytes() for path in folder.iterdir())
    assert b"device" in on_disk
    assert MARK.encode() not in on_disk
