"""`aiwrap log`: read the records of this machine, and check their chain."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from aiwrap import files
from aiwrap.cli import record_text, terminal
from aiwrap.errors import EXIT_FAILED, RecordsError
from aiwrap.records import chain, keys
from aiwrap.records.chain import Entry, Problem
from aiwrap.records.store import Store

DEFAULT_ROWS = 50
NO_RECORDS = "no records yet: nothing was launched on this machine"
HEADER = f"{'#':>6}  {'time':<19}  {'kind':<7}  {'session':<8}  {'state':<9}  what"


class _Options(Protocol):
    """What the command line holds after parsing."""

    @property
    def json(self) -> bool:
        """Whether a script reads the answer."""

    @property
    def n(self) -> int:
        """How many records to list."""

    @property
    def seq(self) -> int:
        """Which record to show."""


def run(argv: Sequence[str]) -> int:
    """Run the command; 0, or 125 if `verify` finds the chain broken."""
    # argparse only here: the launch path does without it.
    import argparse

    parser = argparse.ArgumentParser(prog="aiwrap log", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    for name, purpose in (
        ("list", "the newest records, oldest first"),
        ("show", "one record, field by field"),
        ("verify", "whether the chain is whole"),
        ("pending", "what the central log does not have yet"),
    ):
        action = actions.add_parser(name, help=purpose, description=purpose)
        action.add_argument("--json", action="store_true")
        if name == "list":
            action.add_argument("-n", type=int, default=DEFAULT_ROWS, help="how many")
        if name == "show":
            action.add_argument("seq", type=int, help="the record's number")
    options = parser.parse_args(argv)
    locations = files.locate(os.environ)
    if keys.read_device(locations) is None:
        if options.action == "show":
            raise RecordsError(NO_RECORDS, hint="`aiwrap claude` makes the first ones.")
        terminal.print_out("[]" if options.json else NO_RECORDS)
        return 0
    store = Store(locations.records)
    try:
        return _ACTIONS[options.action](store, options)
    finally:
        store.close()


def describe_problems(store: Store) -> list[Problem]:
    """Return what is wrong with this machine's chain, first record first."""
    problems = chain.verify(store.entries(), store.device.public_key)
    head = store.head
    last = 0 if head is None else head.seq
    if store.acknowledged > last:
        what = f"the central log has it, and the chain here ends at {last}"
        problems.append(Problem(last + 1, what))
    return problems


def _list(store: Store, options: _Options) -> int:
    newest = store.newest(max(0, options.n))
    return _print(reversed(newest), store.acknowledged, as_json=options.json)


def _pending(store: Store, options: _Options) -> int:
    acknowledged = store.acknowledged
    waiting = list(store.entries(after=acknowledged))
    if not waiting and not options.json:
        terminal.print_out("nothing: the central log has every record")
        return 0
    return _print(waiting, acknowledged, as_json=options.json)


def _show(store: Store, options: _Options) -> int:
    entry = store.get(options.seq)
    if entry is None:
        raise RecordsError(
            f"there is no record {options.seq}", hint="`aiwrap log list` shows them."
        )
    if options.json:
        document = record_text.to_json(entry, store.acknowledged)
        if entry.envelope is not None:
            document["envelope"] = json.loads(entry.envelope.to_json())
        terminal.print_out(json.dumps(document, indent=2))
        return 0
    found = record_text.read(entry)
    terminal.print_out(
        f"record {entry.seq}, {record_text.state(entry, store.acknowledged)}"
    )
    for line in (
        [record_text.UNREADABLE] if found is None else record_text.details(found)
    ):
        terminal.print_out(line)
    return 0


def _verify(store: Store, options: _Options) -> int:
    problems = describe_problems(store)
    total = signed = 0
    for entry in store.entries():
        total += 1
        signed += entry.envelope is not None
    if options.json:
        document = {
            "ok": not problems,
            "device": store.device.id,
            "records": total,
            "signed": signed,
            "acknowledged": store.acknowledged,
            "problems": [problem._asdict() for problem in problems],
        }
        terminal.print_out(json.dumps(document, indent=2))
    elif problems:
        terminal.print_out(f"the chain is broken at record {problems[0].seq}:")
        for seq, what in problems:
            terminal.print_out(f"  record {seq}: {what}")
    else:
        terminal.print_out(
            f"{total} records, the chain is whole; {signed} signed by device "
            f"{store.device.id}, {min(store.acknowledged, total)} delivered"
        )
    return EXIT_FAILED if problems else 0


def _print(entries: Iterable[Entry], acknowledged: int, *, as_json: bool) -> int:
    if as_json:
        document = [record_text.to_json(entry, acknowledged) for entry in entries]
        terminal.print_out(json.dumps(document, indent=2))
        return 0
    terminal.print_out(HEADER)
    for entry in entries:
        terminal.print_out(record_text.row(entry, acknowledged))
    return 0


_ACTIONS: dict[str, Callable[[Store, _Options], int]] = {
    "list": _list,
    "show": _show,
    "verify": _verify,
    "pending": _pending,
}
