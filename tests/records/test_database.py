"""Tests for aiwrap/records/database.py."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from aiwrap.errors import RecordsCorruptError, RecordsError, RecordsFullError
from aiwrap.records import database

SCHEMA = "CREATE TABLE things (name TEXT PRIMARY KEY)"
INSERT = "INSERT INTO things VALUES (?)"
PROGRAM = """
import sys
from aiwrap.records import database
_, path, schema, insert, name = sys.argv
connection = database.connect(path, schema)
connection.execute(insert, (name,))
connection.close()
"""
COUNT = """
import sys
from aiwrap.records import database
connection = database.connect(*sys.argv[1:])
print(*connection.execute("SELECT count(*) FROM things").fetchone())
"""


def connect(path: Path) -> sqlite3.Connection:
    return database.connect(str(path), SCHEMA)


def test_it_is_private_whatever_the_umask(tmp_path: Path) -> None:
    """Nobody else on the machine reads records, not even through the WAL."""
    before = os.umask(0)
    try:
        connection = connect(tmp_path / "data" / "x.db")
        connection.execute(INSERT, ("a",))
        modes = {
            path.name: path.stat().st_mode & 0o777
            for path in (tmp_path / "data").iterdir()
        }
        connection.close()
    finally:
        os.umask(before)

    assert modes.keys() >= {"x.db", "x.db-wal", "x.db-shm"}
    assert set(modes.values()) == {0o600}
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_a_commit_is_durable(tmp_path: Path) -> None:
    """WAL with synchronous=FULL: a power cut after a commit loses nothing."""
    connection = connect(tmp_path / "x.db")

    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    connection.close()


def test_twenty_processes_may_open_it_for_the_first_time_at_once(
    tmp_path: Path,
) -> None:
    """Two sessions started in one second must not fail each other."""
    path = tmp_path / "x.db"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(path), SCHEMA, INSERT, str(number)]
        )
        for number in range(20)
    ]

    assert [process.wait() for process in running] == [0] * 20
    connection = connect(path)
    assert connection.execute("SELECT count(*) FROM things").fetchone() == (20,)
    connection.close()


def test_a_second_connection_keeps_the_locks_of_the_first(tmp_path: Path) -> None:
    """Closing any descriptor of a file drops a process's POSIX locks on it.

    Another process would then take itself for the last one and delete the
    write-ahead log under our first connection.
    """
    path = tmp_path / "x.db"
    first = connect(path)
    first.execute(INSERT, ("a",))
    second = connect(path)

    command = [sys.executable, "-c", PROGRAM, str(path), SCHEMA, INSERT, "b"]
    subprocess.run(command, check=True)

    assert (tmp_path / "x.db-wal").exists()
    first.execute(INSERT, ("c",))
    names = [row[0] for row in second.execute("SELECT name FROM things ORDER BY name")]
    assert names == ["a", "b", "c"]
    first.close()
    second.close()


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    connection = connect(tmp_path / "x.db")

    with pytest.raises(RecordsError, match="UNIQUE"):
        _insert_twice(connection, str(tmp_path / "x.db"))

    assert connection.execute("SELECT count(*) FROM things").fetchone() == (0,)
    connection.close()


def _insert_twice(connection: sqlite3.Connection, path: str) -> None:
    with database.transaction(connection, path):
        connection.execute(INSERT, ("a",))
        connection.execute(INSERT, ("a",))


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    """SQLite's own limit gives the very code that a full disk gives."""
    path = str(tmp_path / "x.db")
    connection = connect(tmp_path / "x.db")
    connection.execute("PRAGMA max_page_count = 3")

    with (
        pytest.raises(RecordsFullError, match="no room to write"),
        database.transaction(connection, path),
    ):
        connection.execute(INSERT, ("x" * 100_000,))

    connection.execute("PRAGMA max_page_count = 1000")
    with database.transaction(connection, path):
        connection.execute(INSERT, ("a",))
    connection.close()


@pytest.mark.parametrize(
    "damage", [b"not a database at all" * 100, None], ids=["no database", "torn page"]
)
def test_a_damaged_file_is_named_and_kept(tmp_path: Path, damage: bytes | None) -> None:
    path = tmp_path / "x.db"
    connection = connect(path)
    connection.close()
    data = path.read_bytes()
    if damage is None:
        damage = data[:100] + b"\xff" * (len(data) - 100)
    path.write_bytes(damage)

    with pytest.raises(RecordsCorruptError, match="is damaged"):
        _insert(path)

    assert path.read_bytes() == damage


def _insert(path: Path) -> None:
    connection = connect(path)
    try:
        with database.transaction(connection, str(path)):
            connection.execute(INSERT, ("a",))
    finally:
        connection.close()


def test_a_newer_form_is_not_touched(tmp_path: Path) -> None:
    """An older aiwrap must not write into what it does not understand."""
    path = tmp_path / "x.db"
    connection = connect(path)
    connection.execute("PRAGMA user_version = 9")
    connection.close()

    with pytest.raises(RecordsError, match="another version of aiwrap"):
        connect(path)


def test_a_directory_in_its_place_is_one_clear_message(tmp_path: Path) -> None:
    (tmp_path / "x.db").mkdir()

    with pytest.raises(RecordsError, match=r"cannot use .*is a directory"):
        connect(tmp_path / "x.db")


def test_opening_it_twice_keeps_the_locks_of_the_first_time(tmp_path: Path) -> None:
    """A session opens its store at launch and again for the gateway.

    POSIX drops a process's locks on a file when it closes any descriptor of it.
    Without them, the next process that closes the database deletes the log that
    the session still writes to.
    """
    path = tmp_path / "x.db"
    first, second = connect(path), connect(path)
    first.execute(INSERT, ("before",))

    for name in ("other", "another"):  # each is the last one to close, as it thinks
        subprocess.run(
            [sys.executable, "-c", PROGRAM, str(path), SCHEMA, INSERT, name],
            check=True,
        )
    first.execute(INSERT, ("after",))

    seen = subprocess.run(
        [sys.executable, "-c", COUNT, str(path), SCHEMA],
        check=True,
        capture_output=True,
        text=True,
    )
    assert seen.stdout.split() == ["4"]
    first.close()
    second.close()
