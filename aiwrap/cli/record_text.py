"""Records as a person reads them.

Every string is printed without control characters: a record that somebody
altered must not be able to write to the terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from aiwrap.records import record
from aiwrap.records.chain import Entry
from aiwrap.records.fields import COMMON, KINDS, as_text
from aiwrap.records.record import Record

UNREADABLE = "not a record of aiwrap"
_SUMMARIES = {
    "enrol": ("central",),
    "launch": ("vendor", "mode", "action", "pause", "task", "level"),
    "prompt": ("vendor", "action", "pause", "task", "level", "confirmed"),
    "usage": ("model", "exchanges", "tokens_in", "tokens_out", "redactions"),
    "session": ("outcome", "exit", "signal"),
    "gap": ("what", "first", "last"),
    "flag": ("what", "count", "detail"),
}


def read(entry: Entry) -> Record | None:
    """Return what the entry says, or None if that cannot be read."""
    try:
        return record.parse(entry.payload)
    except ValueError:
        return None


def state(entry: Entry, acknowledged: int) -> str:
    """Say how far the record got."""
    if entry.seq <= acknowledged:
        return "delivered"
    return "waiting" if entry.envelope is not None else "unsigned"


def to_json(entry: Entry, acknowledged: int) -> dict[str, object]:
    """Return the record and its state, for a script."""
    found = read(entry)
    said: Mapping[str, object] = {"problem": UNREADABLE}
    if found is not None:
        common = found._asdict()
        said = {**common.pop("fields"), **common}
    return {**said, "seq": entry.seq, "state": state(entry, acknowledged)}


def row(entry: Entry, acknowledged: int) -> str:
    """Return one line of the list."""
    found = read(entry)
    if found is None:
        return f"{entry.seq:>6}  {UNREADABLE}"
    return (
        f"{entry.seq:>6}  {local_time(found.time)}  {as_text(found.kind):<7}  "
        f"{as_text(found.session)[:8]:<8}  {state(entry, acknowledged):<9}  "
        f"{summary(found)}"
    )


def summary(found: Record) -> str:
    """Say in a few words what the record is about."""
    names = _SUMMARIES.get(found.kind, tuple(found.fields))
    return " ".join(
        _short(name, found.fields[name]) for name in names if name in found.fields
    )


def details(found: Record) -> Iterator[str]:
    """Go through every field: its name, its value, what it means."""
    table = KINDS.get(found.kind, {})
    common = found._asdict()
    for name, meaning in COMMON.items():
        if name in common:
            yield _line(name, str(common[name]), meaning)
    for name, value in sorted(found.fields.items()):
        meaning = table[name].meaning if name in table else "of a newer version"
        yield _line(name, plain(value), meaning)


def plain(value: object) -> str:
    """Return a field's value as a person reads it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case dict():
            return ", ".join(f"{as_text(k)} {plain(v)}" for k, v in value.items())
        case list():
            return ", ".join(plain(item) for item in value) or "none"
        case _:
            return as_text(str(value))


def local_time(text: str) -> str:
    """Return a record's time on this machine's clock, to the second."""
    return f"{datetime.fromisoformat(text).astimezone():%Y-%m-%d %H:%M:%S}"


def _short(name: str, value: object) -> str:
    if isinstance(value, str):
        return as_text(value)
    return f"{name}={plain(value)}"


def _line(name: str, value: str, meaning: str) -> str:
    return f"  {as_text(name):<18} {as_text(value)}   ({meaning})"
