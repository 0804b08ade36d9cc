"""Which central log this machine is enrolled with: `central.json`.

Cheap to read: a launch asks who the person is, for exemptions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from aiwrap import files
from aiwrap.errors import SyncError
from aiwrap.files import Locations
from aiwrap.records import receipt


class Central(NamedTuple):
    """The central log that this machine is enrolled with."""

    url: str
    device: str
    bearer: str
    log_key: receipt.LogKey
    person: str  # whom the device belongs to, may be empty; from the statement
    statement: str  # the envelope in which the central log says so


class Answer(NamedTuple):
    """What the central log said."""

    status: int
    document: Mapping[str, object]
    retry_after: str


def read(locations: Locations) -> Central | None:
    """Return the central log this machine is enrolled with, or None.

    Raises:
        SyncError: `central.json` is damaged.

    """
    data = files.read_private(locations.central)
    if data is None:
        return None
    try:
        return parse(data)
    except (ValueError, RecursionError) as error:
        raise SyncError(
            f"{locations.central} is damaged: {error}",
            hint="Restore it, or enrol this machine again.",
        ) from error


def parse(data: bytes) -> Central:
    """Read what `describe` wrote.

    Raises:
        ValueError: It is something else.

    """
    match json.loads(data):
        case {
            "url": str(url),
            "device": str(device),
            "bearer": str(bearer),
            "log_key": str(log_key),
            "person": str(person),
            "statement": str(statement),
        }:
            key = receipt.parse_log_key(log_key)
            return Central(url, device, bearer, key, person, statement)
        case _:
            raise ValueError("a field is missing")


def describe(central: Central) -> bytes:
    """Return `central` as `central.json` holds it."""
    document = {**central._asdict(), "log_key": central.log_key.to_text()}
    return json.dumps(document, indent=2).encode("ascii") + b"\n"
