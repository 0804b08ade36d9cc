"""Whether a chain of records is whole.

Pure.  For each record, in order:
  1. Its number follows the number before it.
  2. Its `prev` is the SHA-256 of the payload before it.
  3. It names the device whose chain this is.
  4. Its signature, where it has one yet, is the device's.

What it cannot show: records cut off the end that no central log had seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from aiwrap import dsse
from aiwrap.records import record


class Entry(NamedTuple):
    """One record as it is stored; without an envelope it is not signed yet."""

    seq: int
    payload: bytes
    envelope: dsse.Envelope | None


class Problem(NamedTuple):
    """What is wrong with one record, in words."""

    seq: int
    what: str


def link(payload: bytes) -> str:
    """Return what the next record carries as `prev`."""
    return hashlib.sha256(payload).hexdigest()


def device_of(public_key: bytes) -> str:
    """Return the device id of a public key."""
    return key_id(public_key)[:16]


def key_id(public_key: bytes) -> str:
    """Return the DSSE key id of a public key."""
    return hashlib.sha256(public_key).hexdigest()


def verify(entries: Iterable[Entry], public_key: bytes) -> list[Problem]:
    """Return every problem of a chain that starts at record 1, first one first."""
    is_signed = signature_check(public_key)
    device = device_of(public_key)
    expected, prev = 1, record.GENESIS
    problems: list[Problem] = []
    for entry in entries:
        problems += [
            Problem(entry.seq, what)
            for what in _problems_of(entry, expected, prev, device)
        ]
        signed = entry.envelope
        if signed is not None and not (
            signed.payload == entry.payload and is_signed(signed)
        ):
            problems.append(Problem(entry.seq, "its signature is not this device's"))
        expected, prev = entry.seq + 1, link(entry.payload)
    return problems


class _SignatureCheck:
    """Checks envelopes against one Ed25519 public key."""

    def __init__(self, public_key: bytes) -> None:
        # Not on the launch path: cryptography costs 12 ms.
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        self._key = Ed25519PublicKey.from_public_bytes(public_key)
        self._key_id = key_id(public_key)

    def __call__(self, envelope: dsse.Envelope) -> bool:
        from cryptography.exceptions import InvalidSignature

        if envelope.key_id != self._key_id:
            return False
        signed = dsse.pre_authentication_encoding(
            envelope.payload_type, envelope.payload
        )
        try:
            self._key.verify(envelope.signature, signed)
        except InvalidSignature:
            return False
        return True


def signature_check(public_key: bytes) -> _SignatureCheck:
    """Return a function that says whether an envelope is signed by `public_key`."""
    return _SignatureCheck(public_key)


def _problems_of(entry: Entry, expected: int, prev: str, device: str) -> Iterator[str]:
    if entry.seq != expected:
        yield f"number {expected} was expected here: records are missing"
    try:
        found = record.parse(entry.payload)
    except ValueError as error:
        yield str(error)
        return
    if found.seq != entry.seq:
        yield f"it calls itself number {found.seq}"
    if found.prev != prev:
        yield "it does not follow from the record before it: one of the two was altered"
    if found.device != device:
        yield f"it belongs to another device ({found.device})"
