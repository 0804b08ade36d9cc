"""The device's signing key: where it is kept, and how it signs.

An OS keyring holds it where there is a real one (priority ≥ 1: never a clear-text
or null backend), else a 0600 file.  `device.json` says which, so that a launch
neither probes the keyring (114 ms) nor loads a key before the vendor CLI runs.
A key is never overwritten: a new one is a new device with a new chain.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import NamedTuple

from aiwrap import files
from aiwrap.errors import KeyStoreError
from aiwrap.files import Locations
from aiwrap.records import chain

SEED_BYTES = 32
KEY_HINT = (
    "Restore it from a backup, or move the directory away: "
    "the next launch then starts as a new device."
)


class Device(NamedTuple):
    """What may be known about the device without its key."""

    public_key: bytes
    store: str  # "keyring" or "file"

    @property
    def id(self) -> str:
        """The name that records carry."""
        return chain.device_of(self.public_key)


class DeviceSigner:
    """Signs as this device."""

    def __init__(self, seed: bytes) -> None:
        # Not on the launch path: cryptography costs 12 ms.
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = self._key.public_key().public_bytes_raw()
        self._key_id = chain.key_id(self.public_key)

    @property
    def key_id(self) -> str:
        """Name the public key: lowercase hex of its SHA-256."""
        return self._key_id

    def sign(self, data: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature of `data`."""
        return self._key.sign(data)


def read_device(locations: Locations) -> Device | None:
    """Return this device, or None before the first launch.

    Raises:
        KeyStoreError: `device.json` is damaged.

    """
    return _read_device(locations.device)


def ensure_device(locations: Locations, *, notify: Callable[[str], None]) -> Device:
    """Return this device; the first call on a machine creates its key.

    `notify` gets one sentence where the key has to live in a file.
    """
    present = read_device(locations)
    if present is not None:
        return present
    files.make_private_directory(locations.data)
    with files.locked(f"{locations.device}.lock"):
        present = read_device(locations)  # somebody else may have been first
        if present is not None:
            return present
        device = create_key(locations, notify=notify)
        activate(locations, device)
        return device


def load_signer(
    locations: Locations,
    *,
    notify: Callable[[str], None],
    device: Device | None = None,
) -> DeviceSigner:
    """Return what signs as `device`, or as this machine's device.

    Raises:
        KeyStoreError: The key is gone, or is not the one in `device.json`.

    """
    device = device or ensure_device(locations, notify=notify)
    seed = _load_seed(locations, device)
    if seed is None:
        raise KeyStoreError(
            f"the signing key of this device is gone from {_place(locations, device)}",
            hint=KEY_HINT,
        )
    if len(seed) != SEED_BYTES:
        raise KeyStoreError(
            f"{_place(locations, device)} does not hold a key", hint=KEY_HINT
        )
    signer = DeviceSigner(seed)
    if signer.public_key != device.public_key:
        raise KeyStoreError(
            f"{_place(locations, device)} holds another device's key", hint=KEY_HINT
        )
    return signer


def create_key(locations: Locations, *, notify: Callable[[str], None]) -> Device:
    """Create and keep a key; it is this machine's only once it is activated."""
    # Here and below: a launch reads `device.json` only.
    from aiwrap.records import keyring_store

    seed = os.urandom(SEED_BYTES)
    public_key = DeviceSigner(seed).public_key
    device = Device(public_key, "keyring")
    if keyring_store.keep(device.id, seed):
        return device
    device = Device(public_key, "file")
    files.make_private_directory(locations.keys)
    path = _seed_path(locations, device)
    files.write_private(path, seed)
    notify(f"This machine has no keyring; the key that signs records is in {path}.")
    return device


def activate(locations: Locations, device: Device) -> None:
    """Make `device` the one that new launches record as."""
    files.write_private(locations.device, describe(device))


def describe(device: Device) -> bytes:
    """Return `device` as `device.json` holds it."""
    document = {
        "device": device.id,
        "public_key": device.public_key.hex(),
        "store": device.store,
    }
    return json.dumps(document, indent=2).encode("ascii") + b"\n"


def parse_device(data: bytes) -> Device:
    """Read what `describe` wrote.

    Raises:
        ValueError: It is something else.

    """
    match json.loads(data):
        case {"public_key": str(key), "store": "keyring" | "file" as store} if (
            len(key) == 64
        ):
            return Device(bytes.fromhex(key), store)
        case _:
            raise ValueError("not a device")


def _read_device(path: str) -> Device | None:
    data = files.read_private(path)
    if data is None:
        return None
    try:
        return parse_device(data)
    except (ValueError, RecursionError) as error:
        raise KeyStoreError(f"{path} is damaged: {error}", hint=KEY_HINT) from error


def _load_seed(locations: Locations, device: Device) -> bytes | None:
    if device.store == "keyring":
        from aiwrap.records import keyring_store

        return keyring_store.fetch(device.id)
    return files.read_private(_seed_path(locations, device))


def _place(locations: Locations, device: Device) -> str:
    if device.store == "keyring":
        return "the keyring"
    return _seed_path(locations, device)


def _seed_path(locations: Locations, device: Device) -> str:
    return os.path.join(locations.keys, f"{device.id}.key")
