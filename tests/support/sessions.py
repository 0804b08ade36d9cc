"""Build the parts of a session on real files: policy, store, key, ledger."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from aiwrap import files
from aiwrap.policy import cache
from aiwrap.records import keys
from aiwrap.records.explanations import Explanations
from aiwrap.records.record import Record, parse
from aiwrap.records.secret import derive, local_secret
from aiwrap.records.store import Store
from aiwrap.session.ledger import Ledger
from aiwrap.session.rules import Rules
from aiwrap.session.submissions import Confirmation, Submissions
from aiwrap.session.workplace import look_around

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PAUSED = "Generate 500 instruction/response pairs for the SFT mix in sharegpt format"
LIKELY_PAUSED = "Write a few example conversations between a user and an assistant"
ORDINARY = "rename the parse function to parse_line and run the tests"


def policy(
    action: str = "refuse", *, likely: str = "confirm", extra: str = ""
) -> bytes:
    """Return a team policy that pauses training-data work."""
    return f"""
schema = "aiwrap.policy/1"
team = "applied-ai"
trust = "local"
[defaults]
refresh = "60s"
offline = "24h"
likely = "{likely}"
uncovered = "refuse"
[[pause]]
id = "training-data"
tasks = ["training-data", "data-labeling", "distillation"]
action = "{action}"
reason = "Output may enter our training data."
owner = "data-governance@acme.example"
expires = 2099-01-01T00:00:00Z
{extra}
""".encode()


class World(NamedTuple):
    """The parts of one session."""

    locations: files.Locations
    store: Store
    ledger: Ledger
    rules: Rules
    signer: keys.DeviceSigner

    def records(self, kind: str | None = None) -> list[Record]:
        """Return what was recorded so far, in order."""
        records = [parse(entry.payload) for entry in self.store.entries()]
        return [each for each in records if kind in (None, each.kind)]

    def push(self, data: bytes) -> None:
        """Put another policy in force."""
        cache.push(self.locations, data, now=NOW)

    def submissions(
        self,
        *,
        can_resubmit: bool = True,
        confirmations: Iterable[Confirmation] = (),
        at: Iterable[float] = (),
    ) -> Submissions:
        """Return the submissions of this session; `at` is the monotonic clock."""
        times = iter(at)
        return Submissions(
            self.rules,
            self.ledger,
            self.store,
            Explanations(self.locations.explanations),
            vendor="Claude Code",
            can_resubmit=can_resubmit,
            confirmations=confirmations,
            warned=(),
            clock=lambda: NOW,
            monotonic=lambda: next(times, 0.0),
            zone=UTC,
        )


def open_world(
    folder: Path, data: bytes, *, session: str = "s1", declared: str | None = None
) -> World:
    """Create (or open again) a data directory with this policy in force."""
    locations = files.Locations(str(folder / "data"))
    files.make_private_directory(locations.data)
    cache.push(locations, data, now=NOW)
    keys.ensure_device(locations, notify=lambda _text: None)
    signer = keys.load_signer(locations, notify=lambda _text: None)
    store = Store(locations.records)
    ledger = Ledger(
        store,
        session=session,
        vendor="claude",
        digest_key=derive(local_secret(locations), b"digests"),
        clock=lambda: NOW,
        signer=signer,
    )
    place = look_around(str(folder), ())
    rules = Rules(locations, place, "claude", declared=declared, now=NOW)
    return World(locations, store, ledger, rules, signer)
