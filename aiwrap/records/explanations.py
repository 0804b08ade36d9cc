"""The words that led to a decision: for the engineer's screen only.

They can be words of a prompt, so they are kept apart from the records, 0600,
for seven days, and are never sent.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from aiwrap.records import database

KEPT_FOR = timedelta(days=7)
MAX_WORDS = 20
MAX_WORD_LENGTH = 200
_SCHEMA = """
CREATE TABLE explanations (
    seq INTEGER PRIMARY KEY,
    words TEXT NOT NULL,
    kept REAL NOT NULL
)
"""


class Explanations:
    """Matched words by the number of the record that they explain."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._connection = database.connect(path, _SCHEMA)
        # Deleted words are overwritten, not just unlinked.
        self._connection.execute("PRAGMA secure_delete = ON")

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()

    def keep(self, seq: int, words: Sequence[str], now: datetime) -> None:
        """Keep the words for record `seq`; forget those that are too old."""
        text = json.dumps([word[:MAX_WORD_LENGTH] for word in words[:MAX_WORDS]])
        with database.transaction(self._connection, self._path):
            self._connection.execute(
                "INSERT OR REPLACE INTO explanations VALUES (?, ?, ?)",
                (seq, text, now.timestamp()),
            )
        self.forget_before(now - KEPT_FOR)

    def read(self, seq: int, now: datetime) -> tuple[str, ...]:
        """Return the words for record `seq`; none if they are gone."""
        self.forget_before(now - KEPT_FOR)
        with database.translated(self._path):
            row = self._connection.execute(
                "SELECT words FROM explanations WHERE seq = ?", (seq,)
            ).fetchone()
        return () if row is None else tuple(json.loads(row[0]))

    def forget_all(self) -> None:
        """Forget everything."""
        with database.transaction(self._connection, self._path):
            self._connection.execute("DELETE FROM explanations")
        self._overwrite()

    def forget_before(self, moment: datetime) -> None:
        """Forget what was kept at or before `moment`."""
        with database.transaction(self._connection, self._path):
            forgotten = self._connection.execute(
                "DELETE FROM explanations WHERE kept <= ?", (moment.timestamp(),)
            ).rowcount
        if forgotten:
            self._overwrite()

    def _overwrite(self) -> None:
        # The write-ahead log would still hold the words.
        with database.translated(self._path):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
