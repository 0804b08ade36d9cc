"""What the central log keeps, in SQLite: devices, tokens, records, evidence.

Records and their places in the tree are written in one transaction, and are on
disk when `take` returns.  The tree in memory is only ever what the table says,
so a server that dies anywhere comes back with the same log.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from threading import Lock
from typing import Any, NamedTuple

from aiwrap.central import ingest, transparency
from aiwrap.central.ingest import Accepted, Fork, Gap, Received, Stored
from aiwrap.records import chain, database, keys, receipt, record
from aiwrap.records.receipt import LogKey, Run

DEFAULT_ORIGIN = "aiwrap.local/log"
_SCHEMA = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE tokens (
    digest BLOB PRIMARY KEY,
    person TEXT NOT NULL,
    device TEXT
) WITHOUT ROWID;
CREATE TABLE devices (
    device TEXT PRIMARY KEY,
    public_key BLOB NOT NULL,
    person TEXT NOT NULL,
    enrolled TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE records (
    leaf INTEGER PRIMARY KEY,
    hash BLOB NOT NULL,
    device TEXT NOT NULL,
    seq INTEGER NOT NULL,
    digest TEXT NOT NULL,
    kind TEXT NOT NULL,
    received TEXT NOT NULL,
    envelope BLOB NOT NULL,
    UNIQUE (device, seq)
);
CREATE TABLE evidence (
    device TEXT NOT NULL,
    seq INTEGER NOT NULL,
    have TEXT NOT NULL,
    digest TEXT NOT NULL,
    received TEXT NOT NULL,
    envelope BLOB NOT NULL,
    UNIQUE (device, seq, digest)
)
"""


class EnrolledDevice(NamedTuple):
    """A device that the central log knows."""

    id: str
    public_key: bytes
    person: str
    enrolled: str


class Database:
    """The central log's store; usable from any thread."""

    def __init__(self, path: str, *, origin: str = DEFAULT_ORIGIN) -> None:
        self._path = path
        self._lock = Lock()
        self._connection = database.connect(path, _SCHEMA)
        seed = self._setting("log key", os.urandom(keys.SEED_BYTES))
        self.signer = keys.DeviceSigner(seed)
        name = self._setting("origin", origin.encode("utf-8")).decode("utf-8")
        self.log_key = LogKey(name, self.signer.public_key)
        self._bearer_key = self._setting("bearer key", os.urandom(32))
        self._tree = transparency.Tree()

    def close(self) -> None:
        """Let go of the database."""
        with self._lock:
            self._connection.close()

    def create_token(self, person: str = "") -> str:
        """Return a token that enrols one device, as `person`'s."""
        token = os.urandom(24).hex()
        with self._transaction():
            self._execute(
                "INSERT INTO tokens (digest, person) VALUES (?, ?)",
                _digest(token),
                person,
            )
        return token

    def enrol(
        self, token: str, public_key: bytes, now: datetime
    ) -> EnrolledDevice | None:
        """Enrol a device; the same token and key again give the same answer.

        None: the token is unknown, or another device used it.
        """
        device = chain.device_of(public_key)
        with self._transaction():
            rows = self._execute(
                "SELECT person, device FROM tokens WHERE digest = ?", _digest(token)
            )
            if not rows or rows[0][1] not in (None, device):
                return None
            self._execute(
                "UPDATE tokens SET device = ? WHERE digest = ?", device, _digest(token)
            )
            self._execute(
                "INSERT OR IGNORE INTO devices VALUES (?, ?, ?, ?)",
                device,
                public_key,
                rows[0][0],
                record.format_time(now),
            )
            return self._device(device)

    def device(self, device: str) -> EnrolledDevice | None:
        """Return the device with this id."""
        with self._reading():
            return self._device(device)

    def bearer(self, device: str) -> str:
        """Return what the device proves itself with; it is stored nowhere."""
        return hmac.digest(self._bearer_key, device.encode("utf-8"), "sha256").hex()

    def take(
        self, device: str, received: Sequence[Received], now: datetime
    ) -> Accepted | Gap | Fork:
        """Compare a verified batch with the log; keep what is new or contradicts it."""
        with self._transaction():
            outcome = ingest.place(
                received, self._stored(device), lambda seq: self._known(device, seq)
            )
            match outcome:
                case Accepted(new):
                    self._insert(device, new, record.format_time(now))
                case Fork(contradicts, have):
                    self._keep_evidence(
                        device, contradicts, have, record.format_time(now)
                    )
                case Gap():
                    pass  # nothing to keep: the device sends it again
        return outcome

    def stored(self, device: str) -> Stored:
        """Return how far the log holds a device's chain."""
        with self._reading():
            return self._stored(device)

    def checkpoint(self) -> tuple[int, str]:
        """Return the log's size and its signed checkpoint."""
        with self._reading():
            self._catch_up()
            return self._checkpoint()

    def proofs(
        self, device: str, first: int, last: int, seen_size: int
    ) -> tuple[str, list[bytes], list[Run]]:
        """Return checkpoint, consistency with `seen_size`, and where records are."""
        with self._reading():
            self._catch_up()
            size, note = self._checkpoint()
            rows = self._execute(
                "SELECT seq, leaf FROM records"
                " WHERE device = ? AND seq BETWEEN ? AND ? ORDER BY seq",
                device,
                first,
                last,
            )
            runs = [
                Run(
                    seq,
                    length,
                    leaf,
                    tuple(self._tree.inclusion_of_run(leaf, length, size)),
                )
                for seq, leaf, length in _runs(rows)
            ]
            seen = seen_size if seen_size <= size else 0
            return note, self._tree.consistency(seen, size), runs

    def evidence(self, device: str) -> list[tuple[int, bytes]]:
        """Return number and envelope of records that contradict the log."""
        with self._reading():
            return self._execute(
                "SELECT seq, envelope FROM evidence WHERE device = ? ORDER BY seq",
                device,
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock, database.transaction(self._connection, self._path):
            yield

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._lock, database.translated(self._path):
            yield

    def _execute(self, statement: str, *values: str | int | bytes) -> list[Any]:
        """Return the rows: tuples of what the statement selects."""
        return self._connection.execute(statement, values).fetchall()

    def _setting(self, name: str, first_value: bytes) -> bytes:
        with self._transaction():
            self._execute(
                "INSERT OR IGNORE INTO settings VALUES (?, ?)", name, first_value
            )
            rows = self._execute("SELECT value FROM settings WHERE name = ?", name)
        return bytes(rows[0][0])

    def _device(self, device: str) -> EnrolledDevice | None:
        rows = self._execute(
            "SELECT device, public_key, person, enrolled FROM devices WHERE device = ?",
            device,
        )
        return EnrolledDevice(*rows[0]) if rows else None

    def _stored(self, device: str) -> Stored:
        rows = self._execute(
            "SELECT seq, digest FROM records WHERE device = ?"
            " ORDER BY seq DESC LIMIT 1",
            device,
        )
        return Stored(*rows[0]) if rows else Stored(0, record.GENESIS)

    def _known(self, device: str, seq: int) -> str:
        rows = self._execute(
            "SELECT digest FROM records WHERE device = ? AND seq = ?", device, seq
        )
        return str(rows[0][0])

    def _insert(self, device: str, new: Sequence[Received], received: str) -> None:
        rows = self._execute("SELECT coalesce(max(leaf) + 1, 0) FROM records")
        self._connection.executemany(
            "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    leaf,
                    receipt.leaf_hash(one.envelope),
                    device,
                    one.seq,
                    one.digest,
                    one.kind,
                    received,
                    one.envelope,
                )
                for leaf, one in enumerate(new, start=rows[0][0])
            ],
        )

    def _keep_evidence(
        self, device: str, contradicts: Received, have: str, received: str
    ) -> None:
        self._execute(
            "INSERT OR IGNORE INTO evidence VALUES (?, ?, ?, ?, ?, ?)",
            device,
            contradicts.seq,
            have,
            contradicts.digest,
            received,
            contradicts.envelope,
        )

    def _catch_up(self) -> None:
        """Grow the tree by what was committed since, by this or another process."""
        rows = self._execute(
            "SELECT hash FROM records WHERE leaf >= ? ORDER BY leaf", self._tree.size
        )
        for (leaf_hash,) in rows:
            self._tree.append(leaf_hash)

    def _checkpoint(self) -> tuple[int, str]:
        checkpoint = self._tree.checkpoint
        note = transparency.sign_checkpoint(checkpoint, self.log_key, self.signer.sign)
        return checkpoint.size, note


def _runs(rows: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Group (number, place) rows that lie side by side: (number, place, length)."""
    breaks = [
        i
        for i, (one, other) in enumerate(pairwise(rows), start=1)
        if other[1] != one[1] + 1
    ]
    starts = [0, *breaks] if rows else []
    ends = [*breaks, len(rows)]
    return [(*rows[a], b - a) for a, b in zip(starts, ends, strict=False)]


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8")).digest()
