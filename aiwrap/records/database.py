"""Open a private SQLite database that many processes use, and name its failures.

A commit is on disk when it returns.  Foreign exceptions end here: a full disk,
a damaged file and everything else are three different errors to a person.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from aiwrap import files
from aiwrap.errors import RecordsCorruptError, RecordsError, RecordsFullError

BUSY_SECONDS = 60.0  # 20 processes at once need a generous one
_VERSION = 1

# Primary result codes of https://sqlite.org/rescode.html; the low byte decides.
_FULL = {sqlite3.SQLITE_FULL}
_CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_NO_ROOM_FOR_INDEX = sqlite3.SQLITE_IOERR_SHMSIZE  # a full disk, seen from the WAL


def connect(path: str, schema: str) -> sqlite3.Connection:
    """Open the database at `path`, which is created with `schema`, 0600.

    Raises:
        RecordsError: It cannot be opened; the subclass says why.

    """
    files.make_private_directory(os.path.dirname(path))
    with translated(path):
        _create_private(path)
        connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA fullfsync = ON")  # macOS; nothing elsewhere
            _check_version(connection, path, schema)
        except BaseException:
            connection.close()
            raise
        return connection


@contextmanager
def transaction(connection: sqlite3.Connection, path: str) -> Iterator[None]:
    """Run the body under the write lock; durable at the end, or nothing happened."""
    with translated(path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk may have rolled back already
                connection.execute("ROLLBACK")
            raise


@contextmanager
def translated(path: str) -> Iterator[None]:
    """Turn what SQLite and the file system raise into our errors."""
    try:
        yield
    except sqlite3.Error as error:
        raise _ours(error, path) from error
    except OSError as error:
        raise RecordsError(f"cannot use {path}: {files.reason(error)}") from error


def _ours(error: sqlite3.Error, path: str) -> RecordsError:
    code = getattr(error, "sqlite_errorcode", 0)
    if code & 0xFF in _FULL or code == _NO_ROOM_FOR_INDEX:
        return RecordsFullError(f"no room to write a record to {path}")
    if code & 0xFF in _CORRUPT:
        return RecordsCorruptError(f"{path} is damaged: {error}")
    return RecordsError(f"cannot use {path}: {error}")


def _create_private(path: str) -> None:
    """Create an empty file, 0600, before SQLite does, which follows the umask.

    The database itself is never opened here: closing any descriptor of a file
    drops every lock that this process holds on it, and another process would
    then take the write-ahead log of our open connection for a left-over and
    delete it.
    """
    if os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, "is a directory")
    if os.path.exists(path):
        return
    temporary = f"{path}.{os.getpid()}.{os.urandom(4).hex()}.new"
    os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        os.unlink(temporary)


def _check_version(connection: sqlite3.Connection, path: str, schema: str) -> None:
    if _version(connection) == 0:
        # WAL cannot be switched on while another process is reading the file.
        with files.locked(f"{path}.lock"):
            connection.execute("PRAGMA journal_mode = WAL")
            _create_tables(connection, schema)
            files.sync_directory(os.path.dirname(path))
    version = _version(connection)
    if version != _VERSION:
        raise RecordsError(
            f"{path} was written by another version of aiwrap (form {version})",
            hint="Use that version, or a newer one.",
        )


def _create_tables(connection: sqlite3.Connection, schema: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    if _version(connection) == 0:
        for statement in schema.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {_VERSION}")
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)
