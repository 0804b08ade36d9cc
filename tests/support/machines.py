"""A machine with a key and records, and a central log to send them to."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple

from aiwrap.central.app import create_app
from aiwrap.central.database import Database
from aiwrap.central.server import serve_in_thread
from aiwrap.files import Locations
from aiwrap.records import keys
from aiwrap.records.central_log import Central
from aiwrap.records.chain import Entry
from aiwrap.records.enrolment import enrol
from aiwrap.records.store import Store

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
DECISION = {
    "vendor": "claude",
    "action": "refuse",
    "pause": "training-data",
    "task": "training-data",
    "level": "certain",
    "prompt_bytes": 42,
}


class Machine(NamedTuple):
    """Everything that records need on one machine."""

    locations: Locations
    store: Store
    signer: keys.DeviceSigner

    def append(
        self,
        kind: str = "prompt",
        fields: Mapping[str, object] = DECISION,
        *,
        session: str = "s1",
        signed: bool = True,
    ) -> Entry:
        """Add one record."""
        return self.store.append(
            kind,
            session=session,
            fields=fields,
            now=NOW,
            signer=self.signer if signed else None,
        )


class Log(NamedTuple):
    """A central log that runs in this process."""

    database: Database
    url: str

    def enrol(self, locations: Locations, person: str = "dana@acme.example") -> Central:
        """Enrol the machine at `locations`."""
        token = self.database.create_token(person)
        return enrol(locations, self.url, token, now=NOW, notify=ignore)


def ignore(_text: str) -> None:
    """Take a notice and do nothing."""


def locate(directory: object) -> Locations:
    """Return the locations of a machine whose data live under `directory`."""
    return Locations(os.path.join(str(directory), "aiwrap"))


@contextmanager
def opened_machine(directory: object) -> Iterator[Machine]:
    """Open the machine under `directory`; the first time creates it."""
    locations = locate(directory)
    keys.ensure_device(locations, notify=ignore)
    store = Store(locations.records)
    try:
        yield Machine(locations, store, keys.load_signer(locations, notify=ignore))
    finally:
        store.close()


@contextmanager
def running_log(directory: object) -> Iterator[Log]:
    """Run a central log that keeps its database under `directory`."""
    database = Database(os.path.join(str(directory), "central", "log.db"))
    server = serve_in_thread(create_app(database, clock=lambda: NOW))
    try:
        yield Log(database, server.url)
    finally:
        server.stop()
        database.close()
