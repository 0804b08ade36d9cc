"""The random secret of this machine, from which keys for digests are derived.

It never leaves: a digest made with it lets this machine recognise a prompt or
a path again, and tells nobody else anything.
"""

from __future__ import annotations

import hmac
import os

from aiwrap import files
from aiwrap.errors import KeyStoreError
from aiwrap.files import Locations

SECRET_BYTES = 32
DIGEST_BYTES = 16


def local_secret(locations: Locations) -> bytes:
    """Return the secret; the first call on a machine creates it.

    Raises:
        KeyStoreError: The file is there and is not a secret.
        FilesError: It cannot be read or written.

    """
    path = locations.local_secret
    return _read(path) or _create(locations, path)


def derive(secret: bytes, purpose: bytes) -> bytes:
    """Return the 32-byte key for one purpose."""
    return hmac.digest(secret, purpose, "sha256")


def keyed_digest(key: bytes, data: bytes) -> str:
    """Return the digest of `data` that records carry: 32 hex characters."""
    return hmac.digest(key, data, "sha256")[:DIGEST_BYTES].hex()


def _read(path: str) -> bytes | None:
    data = files.read_private(path)
    if data is not None and len(data) != SECRET_BYTES:
        raise KeyStoreError(
            f"{path} holds {len(data)} bytes instead of {SECRET_BYTES}",
            hint="Move it away; new digests will not match old ones.",
        )
    return data


def _create(locations: Locations, path: str) -> bytes:
    files.make_private_directory(locations.data)
    with files.locked(f"{path}.lock"):
        present = _read(path)  # somebody else may have been first
        if present is not None:
            return present
        secret = os.urandom(SECRET_BYTES)
        files.write_private(path, secret)
        return secret
