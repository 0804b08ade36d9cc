"""One record: the bytes that get signed, and reading them back.

Pure.  A record holds no prompt, path, file content or host secret: `build`
refuses any field that is not in the table of `fields`, and any value that the
table does not take.

The payload is compact JSON with sorted keys.  It is stored, signed and sent as
these bytes and never written a second time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from aiwrap.records.fields import COMMON, KINDS, MAX_COUNT, is_digest, is_name

SCHEMA = "aiwrap.record/1"
PAYLOAD_TYPE = "application/vnd.aiwrap.record+json"
MAX_PAYLOAD_BYTES = 40_000  # base64 of it fits an envelope of 65,535 bytes
GENESIS = "0" * 64  # `prev` of a chain's first record


class Record(NamedTuple):
    """A payload that was read back."""

    kind: str
    seq: int
    prev: str
    device: str
    time: str  # RFC 3339, UTC, milliseconds
    session: str
    fields: Mapping[str, object]


def build(
    kind: str,
    *,
    seq: int,
    prev: str,
    device: str,
    time: datetime,
    session: str,
    fields: Mapping[str, object],
) -> bytes:
    """Return the payload of one record; fields that are None are left out.

    Raises:
        ValueError: A field is unknown, or its value could carry content.

    """
    payload: dict[str, object] = {
        "schema": SCHEMA,
        "kind": kind,
        "seq": seq,
        "prev": prev,
        "device": device,
        "time": format_time(time),
        "session": session,
    }
    payload.update(_checked(kind, fields))
    if not is_name(session):
        raise ValueError("a session id is a name")
    data = _ENCODER.encode(payload).encode("utf-8")
    if len(data) > MAX_PAYLOAD_BYTES:
        raise ValueError(f"a record holds at most {MAX_PAYLOAD_BYTES} bytes")
    return data


def parse(payload: bytes) -> Record:
    """Read a payload back; fields of a newer version pass as they are.

    Raises:
        ValueError: It is not a record.

    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise ValueError(f"a record holds at most {MAX_PAYLOAD_BYTES} bytes")
    try:
        document = _DECODER.decode(payload.decode("utf-8"))
    except RecursionError as error:
        raise ValueError("a record nests too deeply") from error
    match document:
        case {
            "schema": str(schema),
            "kind": str(kind),
            "seq": int(seq),
            "prev": str(prev),
            "device": str(device),
            "time": str(time),
            "session": str(session),
        } if schema == SCHEMA and _is_sound(kind, seq, prev, device, time, session):
            fields = {k: v for k, v in document.items() if k not in COMMON}
            return Record(kind, seq, prev, device, time, session, fields)
        case _:
            raise ValueError("not a record of aiwrap")


def format_time(time: datetime) -> str:
    """Return `time` in UTC with milliseconds, as records carry it."""
    utc = time.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def _checked(kind: str, fields: Mapping[str, object]) -> dict[str, object]:
    table = KINDS.get(kind)
    if table is None:
        raise ValueError(f"no kind of record is called {kind!r}")
    checked = {}
    for name, value in fields.items():
        if name not in table:
            raise ValueError(f"a {kind} record has no field {name!r}")
        if value is None:
            continue
        if not table[name].takes(value):  # the value is content: never in a message
            raise ValueError(f"{name!r} of a {kind} record cannot hold this value")
        checked[name] = value
    return checked


def _is_sound(
    kind: str, seq: int, prev: str, device: str, time: str, session: str
) -> bool:
    return (
        is_name(kind)
        and not isinstance(seq, bool)
        and 1 <= seq <= MAX_COUNT
        and len(prev) == 64
        and is_digest(prev)
        and len(device) == 16
        and is_digest(device)
        and _is_time(time)
        and is_name(session)
    )


def _is_time(text: str) -> bool:
    try:
        return format_time(datetime.fromisoformat(text)) == text
    except (ValueError, OverflowError):
        return False


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a record names a field twice")
    return document


def _no_float(_text: str) -> object:
    raise ValueError("a record holds whole numbers only")


# Built once: `json.loads` and `json.dumps` with options build one for each call.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_without_duplicates,
    parse_float=_no_float,
    parse_constant=_no_float,
)
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
