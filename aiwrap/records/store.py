"""The records of this machine: one SQLite database, written by many processes.

An append takes the write lock, reads the tail, chains, signs if it can, and is
on disk when it returns.  A record without a signature is chained all the same
and signed later; only signed records are ever sent.
A `Store` writes the chain of the device that was this machine's when it was
opened, so a session keeps its chain even if the machine is enrolled meanwhile.

This module does not decide what a record says, and deletes none.
"""

from __future__ import annotations

import os
from _thread import allocate_lock  # `threading` would cost the launch path 2 ms
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import takewhile
from typing import Any

from aiwrap import dsse
from aiwrap.errors import RecordsError
from aiwrap.files import Locations
from aiwrap.records import chain, database, keys, record
from aiwrap.records.chain import Entry

_PAGE = 500
_SCHEMA = """
CREATE TABLE records (
    device TEXT NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    session TEXT NOT NULL,
    payload BLOB NOT NULL,
    signature BLOB,
    PRIMARY KEY (device, seq)
);
CREATE INDEX unsigned ON records (device, seq) WHERE signature IS NULL;
CREATE INDEX runs ON records (device, kind, session)
    WHERE kind IN ('launch', 'session');
CREATE TABLE delivered (
    device TEXT PRIMARY KEY,
    upto INTEGER NOT NULL,
    frozen TEXT
);
CREATE TABLE refused (
    digest BLOB PRIMARY KEY,
    pause TEXT NOT NULL,
    time TEXT NOT NULL
) WITHOUT ROWID
"""
_ENTRY = "SELECT seq, payload, signature FROM records"


class Store:
    """The chain of one device; usable from any thread."""

    def __init__(self, path: str, device: keys.Device | None = None) -> None:
        device = device or keys.read_device(Locations(os.path.dirname(path)))
        if device is None:
            raise RecordsError(
                f"{path} cannot be used: this machine has no signing key yet",
                hint="The next launch creates it.",
            )
        self.path = path
        self.device = device
        self._id = device.id
        self._key_id = chain.key_id(device.public_key)
        self._lock = allocate_lock()
        self._connection = database.connect(path, _SCHEMA)

    def close(self) -> None:
        """Let go of the database."""
        with self._lock, database.translated(self.path):
            self._connection.close()

    def append(
        self,
        kind: str,
        *,
        session: str,
        fields: Mapping[str, object],
        now: datetime,
        signer: dsse.Signer | None,
    ) -> Entry:
        """Add one record, durable on return; without a signer it is signed later.

        Raises:
            ValueError: A field is unknown or its value could carry content.
            RecordsError: It was not written.

        """
        with self._transaction():
            seq, prev = self._tail()
            payload = record.build(
                kind,
                seq=seq + 1,
                prev=prev,
                device=self._id,
                time=now,
                session=session,
                fields=fields,
            )
            signature = None if signer is None else self._sign(payload, signer)
            self._connection.execute(
                "INSERT INTO records (device, seq, kind, session, payload, signature)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (self._id, seq + 1, kind, session, payload, signature),
            )
        return self._entry(seq + 1, payload, signature)

    def sign_pending(self, signer: dsse.Signer) -> int:
        """Sign every record of this chain that has no signature; return how many."""
        if not self._query(
            "SELECT seq FROM records WHERE device = ? AND signature IS NULL LIMIT 1",
            self._id,
        ):
            return 0  # without the write lock, which is the usual case
        with self._transaction():
            unsigned = self._connection.execute(
                "SELECT seq, payload FROM records"
                " WHERE device = ? AND signature IS NULL ORDER BY seq",
                (self._id,),
            ).fetchall()
            self._connection.executemany(
                "UPDATE records SET signature = ? WHERE device = ? AND seq = ?",
                [(self._sign(data, signer), self._id, seq) for seq, data in unsigned],
            )
        return len(unsigned)

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """Go through the records with a number above `after`, in order."""
        while page := self._query(
            f"{_ENTRY} WHERE device = ? AND seq > ? ORDER BY seq LIMIT {_PAGE}",
            self._id,
            after,
        ):
            for seq, payload, signature in page:
                yield self._entry(seq, payload, signature)
            after = page[-1][0]

    def get(self, seq: int) -> Entry | None:
        """Return the record with this number."""
        rows = self._query(f"{_ENTRY} WHERE device = ? AND seq = ?", self._id, seq)
        return self._entry(*rows[0]) if rows else None

    @property
    def head(self) -> Entry | None:
        """The newest record."""
        return next(iter(self.newest(1)), None)

    def newest(self, count: int, kinds: Sequence[str] = ()) -> list[Entry]:
        """Return the newest `count` records (of these kinds), newest first."""
        marks = ", ".join("?" * len(kinds))
        only = f"AND kind IN ({marks})" if kinds else ""
        rows = self._query(
            f"{_ENTRY} WHERE device = ? {only} ORDER BY seq DESC LIMIT ?",
            self._id,
            *kinds,
            count,
        )
        return [self._entry(*row) for row in rows]

    @property
    def acknowledged(self) -> int:
        """The highest number that the central log has taken; 0 for none."""
        return self._delivered()[0]

    @property
    def frozen(self) -> str | None:
        """Why this chain is no longer sent, if it is not."""
        return self._delivered()[1]

    def unsent(self) -> Iterator[Entry]:
        """Go through what may be sent: signed, unacknowledged, without a hole."""
        return self.signed(after=self.acknowledged)

    def signed(self, after: int) -> Iterator[Entry]:
        """Go through the records above `after`, up to the first without signature."""
        return takewhile(lambda e: e.envelope is not None, self.entries(after))

    def count_unacknowledged(self) -> int:
        """Return how many records the central log has not taken."""
        head = self.head
        return 0 if head is None else max(0, head.seq - self.acknowledged)

    def acknowledge(self, upto: int) -> None:
        """Note that the central log has every record up to this number."""
        with self._transaction():
            self._connection.execute(
                "INSERT INTO delivered (device, upto) VALUES (?, ?)"
                " ON CONFLICT (device) DO UPDATE SET upto = max(upto, excluded.upto)",
                (self._id, upto),
            )

    def freeze(self, why: str) -> None:
        """Send this chain no more until a person decides; the first reason stays."""
        with self._transaction():
            self._connection.execute(
                "INSERT INTO delivered (device, upto, frozen) VALUES (?, 0, ?)"
                " ON CONFLICT (device) DO UPDATE"
                " SET frozen = coalesce(frozen, excluded.frozen)",
                (self._id, why),
            )

    def remember_refused(self, digest: bytes, pause: str, now: datetime) -> None:
        """Keep the digest of a refused prompt, so that it never leaves later."""
        with self._transaction():
            self._connection.execute(
                "INSERT OR REPLACE INTO refused VALUES (?, ?, ?)",
                (digest, pause, record.format_time(now)),
            )

    def forget_refused(self, digest: bytes) -> None:
        """Let a prompt go that was refused before and is now allowed."""
        with self._transaction():
            self._connection.execute("DELETE FROM refused WHERE digest = ?", (digest,))

    def refused_digests(self) -> frozenset[bytes]:
        """Return the digests of every refused prompt of this machine."""
        return frozenset(row[0] for row in self._query("SELECT digest FROM refused"))

    def interrupted_sessions(self, alive: Callable[[str], bool]) -> list[str]:
        """Return sessions that began, did not end and are not alive; oldest first."""
        rows = self._query(
            "SELECT min(seq), session, payload FROM records AS r"
            " WHERE device = ? AND kind = 'launch' AND NOT EXISTS ("
            "   SELECT 1 FROM records AS s WHERE s.device = r.device"
            "   AND s.kind = 'session' AND s.session = r.session)"
            " GROUP BY session ORDER BY 1",
            self._id,
        )
        return [
            session
            for _, session, payload in rows
            if not _is_refusal(payload) and not alive(session)
        ]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock, database.transaction(self._connection, self.path):
            yield

    def _query(self, statement: str, *values: str | int) -> list[Any]:
        """Return the rows: tuples of what the statement selects."""
        with self._lock, database.translated(self.path):
            return self._connection.execute(statement, values).fetchall()

    def _tail(self) -> tuple[int, str]:
        row = self._connection.execute(
            "SELECT seq, payload FROM records WHERE device = ?"
            " ORDER BY seq DESC LIMIT 1",
            (self._id,),
        ).fetchone()
        return (0, record.GENESIS) if row is None else (row[0], chain.link(row[1]))

    def _delivered(self) -> tuple[int, str | None]:
        rows = self._query(
            "SELECT upto, frozen FROM delivered WHERE device = ?", self._id
        )
        return rows[0] if rows else (0, None)

    def _sign(self, payload: bytes, signer: dsse.Signer) -> bytes:
        if signer.key_id != self._key_id:
            raise ValueError("a chain is signed by the key of its own device")
        return dsse.sign(record.PAYLOAD_TYPE, payload, signer).signature

    def _entry(self, seq: int, payload: bytes, signature: bytes | None) -> Entry:
        if signature is None:
            return Entry(seq, payload, None)
        envelope = dsse.Envelope(record.PAYLOAD_TYPE, payload, self._key_id, signature)
        return Entry(seq, payload, envelope)


def _is_refusal(payload: bytes) -> bool:
    """Whether a launch was refused, so that no session followed."""
    return record.parse(payload).fields.get("action") == "refuse"
