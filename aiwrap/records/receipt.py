"""What the central log proves when it acknowledges records.

Pure.  A receipt is a signed checkpoint (size and root of the log), a proof that
the log grew from the checkpoint we saw before without changing anything, and a
proof that our own records are in it.
Sources: RFC 6962 §2.1 (tree), RFC 9162 §2.1.4.2 (consistency), C2SP
signed-note and tlog-checkpoint.

A log that shows two people two histories is not caught here: that needs a
witness outside of it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import NamedTuple

MAX_NOTE_BYTES = 8192
MAX_LOG_SIZE = 2**53 - 1
EMPTY_ROOT = hashlib.sha256(b"").digest()
_HASH_BYTES = 32
_ED25519 = b"\x01"
_SIGNATURE_PREFIX = "\N{EM DASH} "


class LogKey(NamedTuple):
    """A log's name and public key, as a C2SP verifier key."""

    name: str
    public_key: bytes

    @property
    def hash(self) -> bytes:
        """The four bytes that lead each signature of this key."""
        return hashlib.sha256(
            self.name.encode() + b"\n" + _ED25519 + self.public_key
        ).digest()[:4]

    def to_text(self) -> str:
        """Return `NAME+HASH+KEY`."""
        key = base64.b64encode(_ED25519 + self.public_key).decode("ascii")
        return f"{self.name}+{self.hash.hex()}+{key}"


class Checkpoint(NamedTuple):
    """How many records a log holds, and the root of its tree."""

    size: int
    root: bytes


class Run(NamedTuple):
    """Records of one device that lie side by side in the log."""

    first: int  # number of the first record
    length: int
    leaf: int  # the first record's place in the log
    proof: tuple[bytes, ...]


def parse_log_key(text: str) -> LogKey:
    """Read `NAME+HASH+KEY`.

    Raises:
        ValueError: It is not an Ed25519 verifier key.

    """
    name, _, rest = text.partition("+")
    hash_text, _, key_text = rest.partition("+")
    try:
        key = base64.b64decode(key_text, validate=True)
    except binascii.Error as error:
        raise ValueError("not a log's verifier key") from error
    log_key = LogKey(name, key[1:])
    if (
        not name
        or not name.isprintable()
        or " " in name
        or len(key) != 1 + _HASH_BYTES
        or key[:1] != _ED25519
        or log_key.hash.hex() != hash_text
    ):
        raise ValueError("not a log's verifier key")
    return log_key


def open_checkpoint(note: str, key: LogKey) -> Checkpoint:
    """Return the checkpoint in a signed note, once its signature is verified.

    Raises:
        ValueError: It is not a checkpoint, or `key` did not sign it.

    """
    text, separator, signatures = note.rpartition("\n\n")
    if len(note) > MAX_NOTE_BYTES or not separator or not note.endswith("\n"):
        raise ValueError("the checkpoint is not a signed note")
    signed = f"{text}\n"
    if not any(
        _is_signed(signed.encode(), line, key) for line in signatures.split("\n")
    ):
        raise ValueError("the checkpoint is not signed by the log's key")
    return _parse_checkpoint(text, key.name)


def checkpoint_text(name: str, checkpoint: Checkpoint) -> str:
    """Return the body of a checkpoint, which is what gets signed."""
    root = base64.b64encode(checkpoint.root).decode("ascii")
    return f"{name}\n{checkpoint.size}\n{root}\n"


def signature_line(key: LogKey, signature: bytes) -> str:
    """Return one signature line of a note."""
    encoded = base64.b64encode(key.hash + signature).decode("ascii")
    return f"{_SIGNATURE_PREFIX}{key.name} {encoded}\n"


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of one leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """Return the largest power of two below `size`, where a tree divides."""
    return 1 << ((size - 1).bit_length() - 1)


def is_included(
    leaves: Sequence[bytes], first: int, proof: Sequence[bytes], log: Checkpoint
) -> bool:
    """Whether `leaves` stand in `log` side by side from place `first` on.

    `proof` holds the roots of all the subtrees beside them, from left to right.
    """
    if not leaves or first < 0 or first + len(leaves) > log.size:
        return False
    rest = list(reversed(proof))
    try:
        root = _root_around(leaves, first, rest, 0, log.size)
    except IndexError:
        return False
    return not rest and root == log.root


def is_consistent(old: Checkpoint, new: Checkpoint, proof: Sequence[bytes]) -> bool:
    """Whether `new` is `old` with records added and nothing changed."""
    if old.size == new.size:
        return old.root == new.root and not proof
    if old.size == 0:
        return not proof
    if old.size > new.size:
        return False
    path = list(proof)
    if old.size & (old.size - 1) == 0:
        path.insert(0, old.root)
    return bool(path) and _roots_along(path, old.size - 1, new.size - 1) == (
        old.root,
        new.root,
    )


def _roots_along(path: Sequence[bytes], old: int, new: int) -> tuple[bytes, bytes]:
    """Follow RFC 9162 §2.1.4.2; return the roots that the path leads to."""
    while old & 1:
        old, new = old >> 1, new >> 1
    old_root = new_root = path[0]
    for sibling in path[1:]:
        if new == 0:
            return b"", b""
        if old & 1 or old == new:
            old_root = node_hash(sibling, old_root)
            new_root = node_hash(sibling, new_root)
            while old and not old & 1:
                old, new = old >> 1, new >> 1
        else:
            new_root = node_hash(new_root, sibling)
        old, new = old >> 1, new >> 1
    return (old_root, new_root) if new == 0 else (b"", b"")


def _root_around(
    leaves: Sequence[bytes], first: int, proof: list[bytes], low: int, high: int
) -> bytes:
    """Return the root from `low` to `high`; what is not ours comes off `proof`."""
    if high <= first or low >= first + len(leaves):
        return proof.pop()
    if high - low == 1:
        return leaves[low - first]
    middle = low + split(high - low)
    left = _root_around(leaves, first, proof, low, middle)
    return node_hash(left, _root_around(leaves, first, proof, middle, high))


def _is_signed(text: bytes, line: str, key: LogKey) -> bool:
    prefix = f"{_SIGNATURE_PREFIX}{key.name} "
    if not line.startswith(prefix):
        return False
    try:
        data = base64.b64decode(line.removeprefix(prefix), validate=True)
    except ValueError:
        return False
    return data[:4] == key.hash and _is_valid(text, data[4:], key.public_key)


def _is_valid(text: bytes, signature: bytes, public_key: bytes) -> bool:
    # Not on the launch path: cryptography costs 12 ms.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text)
    except InvalidSignature:
        return False
    return True


def _parse_checkpoint(text: str, name: str) -> Checkpoint:
    match text.split("\n"):
        case [origin, size, root, *_] if origin == name and _is_decimal(size):
            hash_bytes = base64.b64decode(root, validate=True)
            if len(hash_bytes) == _HASH_BYTES and int(size) <= MAX_LOG_SIZE:
                return Checkpoint(int(size), hash_bytes)
    raise ValueError("the checkpoint is not one of this log")


def _is_decimal(text: str) -> bool:
    return (
        text.isascii()
        and text.isdigit()
        and len(text) <= 16
        and (text == "0" or text[0] != "0")
    )
