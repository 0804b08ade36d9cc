"""Keep the last policy that was accepted, with its version.

One file, so that the policy and its number can never disagree: a line
`aiwrap.policy-cache/1 VERSION SHA256 ACCEPTED`, then the policy's own bytes.
Not JSON: the launch path would pay for the import.  A damaged file counts as
none.
"""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from typing import NamedTuple

from aiwrap import files
from aiwrap.policy.model import MAX_POLICY_BYTES

_FORMAT = "aiwrap.policy-cache/1"
_MAX_HEADER_BYTES = 256
_FILE = "last-good"


class LastGood(NamedTuple):
    """The last accepted policy: its bytes, its number, when it was accepted."""

    data: bytes
    sha256: str
    version: int
    accepted_at: datetime


def accept(data: bytes, version: int, now: datetime) -> LastGood:
    """Return `data` as the policy number `version`, accepted at `now`."""
    return LastGood(data, digest(data), version, now.astimezone(UTC))


def digest(data: bytes) -> str:
    """Return the SHA-256 that records name a policy by."""
    return hashlib.sha256(data).hexdigest()


def read(locations: files.Locations) -> LastGood | None:
    """Return the last accepted policy; None where there is none, or a damaged one.

    Raises:
        FilesError: There is one and it cannot be read.

    """
    content = files.read_private(_path(locations), MAX_POLICY_BYTES + _MAX_HEADER_BYTES)
    return None if content is None else _parse(content)


def write(locations: files.Locations, last: LastGood) -> None:
    """Keep `last`, whole and durable.

    Raises:
        FilesError: It cannot be written; the one before stays.

    """
    seconds = f"{last.accepted_at.timestamp():.6f}"
    header = f"{_FORMAT} {last.version} {last.sha256} {seconds}\n"
    files.write_private(_path(locations), header.encode("ascii") + last.data)


def _path(locations: files.Locations) -> str:
    return os.path.join(locations.policy_cache, _FILE)


def _parse(content: bytes) -> LastGood | None:
    header, _, data = content.partition(b"\n")
    fields = header.decode("ascii", "replace").split(" ")
    if len(fields) != 4 or fields[0] != _FORMAT or fields[2] != digest(data):
        return None
    try:
        accepted_at = datetime.fromtimestamp(float(fields[3]), UTC)
        return LastGood(data, fields[2], int(fields[1]), accepted_at)
    except (ValueError, OverflowError, OSError):
        return None
