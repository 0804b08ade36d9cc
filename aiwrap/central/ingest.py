"""Whether the central log takes a batch of records.

Pure.  `read_batch` needs the device's public key only; for each line:
  1. It is an envelope of the record type, signed by the device.
  2. Its payload is a record of this device.
  3. Its number follows the line before.
`place` then compares with what the log holds:
  4. A number that the log has: the same record again is a duplicate and fine,
     another one is a fork.
  5. The first new number is the next one, else there is a gap.
  6. Each new record follows from the one before it, else it is a fork.

Clocks are never a reason to refuse: a week offline is normal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from aiwrap import dsse
from aiwrap.records import batch, chain, record


class Received(NamedTuple):
    """One record whose signature is the device's."""

    seq: int
    prev: str
    digest: str  # SHA-256 of the payload: what the next record links to
    kind: str
    envelope: bytes


class Stored(NamedTuple):
    """How far the log holds a device's chain."""

    acknowledged: int
    head: str  # digest of the record with that number


class Accepted(NamedTuple):
    """The batch is fine; `new` holds what the log does not have yet."""

    new: tuple[Received, ...]


class Gap(NamedTuple):
    """Records before this batch are missing."""

    expected: int


class Fork(NamedTuple):
    """Two histories of one device: `record` contradicts what the log holds."""

    record: Received
    have: str


class Invalid(NamedTuple):
    """Not records of this device."""

    line: int
    reason: str


def read_batch(body: bytes, public_key: bytes) -> tuple[Received, ...] | Invalid:
    """Read NDJSON of envelopes and check each signature."""
    lines = body.split(b"\n")
    if len(lines) > batch.MAX_BATCH_RECORDS:
        return Invalid(len(lines), "too many records in one batch")
    is_signed = chain.signature_check(public_key)
    device = chain.device_of(public_key)
    received: list[Received] = []
    for number, line in enumerate(lines, start=1):
        try:
            one = _read(line, device, is_signed)
        except (ValueError, RecursionError) as error:
            return Invalid(number, str(error))
        if received and one.seq != received[-1].seq + 1:
            return Invalid(number, "a batch holds records in order, without a hole")
        received.append(one)
    return tuple(received)


def place(
    received: Sequence[Received], stored: Stored, known: Callable[[int], str]
) -> Accepted | Gap | Fork:
    """Compare a batch with the log; `known` gives the digest of a stored number."""
    head = stored.head
    new: list[Received] = []
    for one in received:
        if one.seq <= stored.acknowledged:
            have = known(one.seq)
            if have != one.digest:
                return Fork(one, have)
            continue
        if not new and one.seq != stored.acknowledged + 1:
            return Gap(stored.acknowledged + 1)
        if one.prev != head:
            return Fork(one, head)
        new.append(one)
        head = one.digest
    return Accepted(tuple(new))


def _read(
    line: bytes, device: str, is_signed: Callable[[dsse.Envelope], bool]
) -> Received:
    envelope = dsse.parse(line)
    if envelope.payload_type != record.PAYLOAD_TYPE:
        raise ValueError("not an envelope of a record")
    found = record.parse(envelope.payload)
    if found.device != device:
        raise ValueError("a record of another device")
    if not is_signed(envelope):
        raise ValueError("not signed by this device")
    digest = chain.link(envelope.payload)
    return Received(found.seq, found.prev, digest, found.kind, envelope.to_json())
