"""What goes into one request to the central log, and the receipt that comes back.

Pure.  The central log reads a batch with the same limits.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from aiwrap.records import receipt
from aiwrap.records.chain import Entry
from aiwrap.records.receipt import Checkpoint

MAX_BATCH_RECORDS = 500
MAX_BATCH_BYTES = 256 * 1024  # compressed
MAX_BATCH_RAW_BYTES = 1024 * 1024
MAX_PROOF = 128


class Batch(NamedTuple):
    """What goes into one request."""

    entries: tuple[Entry, ...]
    body: bytes  # NDJSON of envelopes, gzip


def pack(entries: Iterable[Entry]) -> Batch | None:
    """Return as many signed records as one request may hold; None for none."""
    chosen: list[Entry] = []
    lines: list[bytes] = []
    room = MAX_BATCH_RAW_BYTES
    for entry in islice(entries, MAX_BATCH_RECORDS):
        line = _line(entry)
        room -= len(line) + 1
        if room < 0:
            break
        chosen.append(entry)
        lines.append(line)
    body = _compress(lines)
    while len(body) > MAX_BATCH_BYTES:  # hardly ever: records compress well
        del chosen[len(chosen) // 2 :], lines[len(lines) // 2 :]
        body = _compress(lines)
    return Batch(tuple(chosen), body) if chosen else None


class Receipt(NamedTuple):
    """What the central log answered, unproved as yet."""

    acknowledged: int
    checkpoint: str
    consistency: tuple[bytes, ...]
    runs: tuple[receipt.Run, ...]


def parse_receipt(document: object) -> Receipt:
    """Read an acknowledgement; whether it is true is checked later.

    Raises:
        ValueError: It is something else.

    """
    match document:
        case {
            "acknowledged": int(acknowledged),
            "checkpoint": str(checkpoint),
            "consistency": list(consistency),
            "runs": list(runs),
        } if len(runs) <= MAX_BATCH_RECORDS:
            return Receipt(
                acknowledged,
                checkpoint,
                _parse_hashes(consistency),
                tuple(_parse_run(run) for run in runs),
            )
        case _:
            raise ValueError("a field is missing")


def check_receipt(
    proved: Receipt, batch: Batch, seen: Checkpoint, log_key: receipt.LogKey
) -> Checkpoint:
    """Return the log's new checkpoint, if it holds all of `batch`.

    Raises:
        ValueError: Something that the receipt claims is not so.

    """
    checkpoint = receipt.open_checkpoint(proved.checkpoint, log_key)
    if not receipt.is_consistent(seen, checkpoint, proved.consistency):
        raise ValueError("the log was changed since this machine last looked")
    if proved.acknowledged < batch.entries[-1].seq:
        raise ValueError("it does not acknowledge all that was sent")
    leaves = {entry.seq: receipt.leaf_hash(_line(entry)) for entry in batch.entries}
    for run in proved.runs:
        hashes = [leaves.pop(run.first + i, b"") for i in range(run.length)]
        if not receipt.is_included(hashes, run.leaf, run.proof, checkpoint):
            raise ValueError(f"record {run.first} is not in the log")
    if leaves:
        raise ValueError(f"record {min(leaves)} is not proved to be in the log")
    return checkpoint


def _line(entry: Entry) -> bytes:
    if entry.envelope is None:
        raise ValueError("a record without a signature is never sent")
    return entry.envelope.to_json()


def _compress(lines: list[bytes]) -> bytes:
    return gzip.compress(b"\n".join(lines), compresslevel=6, mtime=0)


def _parse_run(run: object) -> receipt.Run:
    match run:
        case {
            "first": int(first),
            "length": int(length),
            "leaf": int(leaf),
            "proof": list(proof),
        } if 0 < length <= MAX_BATCH_RECORDS:
            return receipt.Run(first, length, leaf, _parse_hashes(proof))
        case _:
            raise ValueError("a run of records cannot be read")


def _parse_hashes(items: list[object]) -> tuple[bytes, ...]:
    if len(items) > MAX_PROOF:
        raise ValueError("a proof is too long")
    return tuple(_parse_hash(item) for item in items)


def _parse_hash(item: object) -> bytes:
    match item:
        case str(text) if len(text) == 64:
            return bytes.fromhex(text)
        case _:
            raise ValueError("a hash in a proof cannot be read")
