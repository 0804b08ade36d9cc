"""`aiwrap why [RECORD]`: what was decided about a prompt, why, and what is recorded."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence

from aiwrap import files
from aiwrap.cli import record_text, terminal
from aiwrap.errors import RecordsError
from aiwrap.records import keys
from aiwrap.records.chain import Entry
from aiwrap.records.explanations import KEPT_FOR, Explanations
from aiwrap.records.record import Record
from aiwrap.records.store import Store
from aiwrap.session import clock

DECISIONS = ("prompt", "launch")


def run(argv: Sequence[str]) -> int:
    """Run the command; 0, or 125 if there is no such record."""
    # argparse only here: the launch path does without it.
    import argparse

    parser = argparse.ArgumentParser(prog="aiwrap why", description=__doc__)
    parser.add_argument("record", nargs="?", type=int, help="number; default: newest")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    locations = files.locate(os.environ)
    if keys.read_device(locations) is None:
        raise RecordsError("nothing was decided yet", hint="Launch a vendor CLI first.")
    store = Store(locations.records)
    try:
        entry, found = _find(store, options.record)
        acknowledged = store.acknowledged
    finally:
        store.close()
    words = _read_words(locations.explanations, entry.seq)
    if options.json:
        document = record_text.to_json(entry, acknowledged)
        document["words"] = list(words)
        terminal.print_out(json.dumps(document, indent=2))
        return 0
    terminal.print_out(f"record {entry.seq}, {record_text.local_time(found.time)}")
    for line in explain(found, words):
        terminal.print_out(line)
    terminal.print_out(f"recorded ({record_text.state(entry, acknowledged)}):")
    for line in record_text.details(found):
        terminal.print_out(line)
    return 0


def explain(found: Record, words: Sequence[str]) -> Iterator[str]:
    """Say what was decided and what led to it."""
    fields = found.fields
    yield f"decision   {record_text.plain(fields['action'])}"
    if "pause" in fields:
        yield f"pause      {record_text.plain(fields['pause'])}"
    if "task" in fields:
        level = record_text.plain(fields.get("level", "unknown"))
        yield f"task       {record_text.plain(fields['task'])} ({level})"
    if "declared" in fields:
        yield f"declared   {record_text.plain(fields['declared'])}"
    if "reason" in fields:
        yield f"reason     {record_text.plain(fields['reason'])}"
    for word in words:
        yield f"because    {record_text.plain(word)}"
    if not words and fields.get("level") in ("likely", "certain"):
        yield f"because    not kept (the words stay here for {KEPT_FOR.days} days)"
    if "policy" in fields:
        yield f"policy     {record_text.plain(fields['policy'])}"


def _find(store: Store, seq: int | None) -> tuple[Entry, Record]:
    """Return the decision with this number, or the newest."""
    if seq is not None:
        entry = store.get(seq)
        candidates = [] if entry is None else [entry]
    else:
        candidates = store.newest(1, DECISIONS)
    for entry in candidates:
        found = record_text.read(entry)
        if found is not None and "action" in found.fields:
            return entry, found
    if seq is None:
        raise RecordsError("nothing was decided yet", hint="Launch a vendor CLI first.")
    raise RecordsError(
        f"record {seq} is not a decision", hint="`aiwrap log list` shows them."
    )


def _read_words(path: str, seq: int) -> tuple[str, ...]:
    explanations = Explanations(path)
    try:
        return explanations.read(seq, clock.now())
    finally:
        explanations.close()
