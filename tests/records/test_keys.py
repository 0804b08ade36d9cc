"""Tests for aiwrap/records/keys.py."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap import dsse
from aiwrap.errors import KeyStoreError
from aiwrap.files import Locations
from aiwrap.records import chain, keys
from tests.support.machines import ignore


def seed_path(locations: Locations, device: keys.Device) -> Path:
    return Path(locations.keys) / f"{device.id}.key"


def test_without_a_keyring_the_key_is_a_private_file(locations: Locations) -> None:
    """A headless machine has no keyring; the person is told once where the key is."""
    notices: list[str] = []

    device = keys.ensure_device(locations, notify=notices.append)
    again = keys.ensure_device(locations, notify=notices.append)

    path = seed_path(locations, device)
    assert device.store == "file"
    assert device == again
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(path.read_bytes()) == 32
    assert len(notices) == 1
    assert str(path) in notices[0]


def test_the_signer_signs_as_the_device(locations: Locations) -> None:
    device = keys.ensure_device(locations, notify=ignore)
    signer = keys.load_signer(locations, notify=ignore)

    envelope = dsse.sign("type", b"payload", signer)

    assert signer.public_key == device.public_key
    assert envelope.key_id.startswith(device.id)
    assert chain.signature_check(device.public_key)(envelope)
    assert not chain.signature_check(device.public_key)(
        envelope._replace(payload=b"other")
    )


def test_racing_first_launches_share_one_device(locations: Locations) -> None:
    """One machine is one chain."""
    program = (
        "import sys; from aiwrap.records import keys\n"
        "from aiwrap.files import Locations\n"
        "print(keys.ensure_device(Locations(sys.argv[1]), notify=lambda t: None).id)"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program, locations.data],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]

    printed = {process.communicate()[0].strip() for process in running}

    assert len(printed) == 1
    assert len(os.listdir(locations.keys)) == 1


def test_knowing_the_device_needs_no_key(locations: Locations) -> None:
    """A launch reads a small file: no cryptography, no keyring."""
    keys.ensure_device(locations, notify=ignore)
    program = (
        "import sys; from aiwrap.records import keys\n"
        "from aiwrap.files import Locations\n"
        "assert keys.ensure_device(Locations(sys.argv[1]), notify=print)\n"
        "print(sorted({'cryptography', 'keyring', 'threading'} & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, locations.data],
        check=True,
        capture_output=True,
        text=True,
    )

    assert done.stdout == "[]\n"


def test_a_lost_key_is_said_and_not_replaced(locations: Locations) -> None:
    """A new key would be another device: that is a person's decision."""
    device = keys.ensure_device(locations, notify=ignore)
    seed_path(locations, device).unlink()

    with pytest.raises(KeyStoreError, match="is gone from") as caught:
        keys.load_signer(locations, notify=ignore)

    assert "backup" in caught.value.hint
    assert not seed_path(locations, device).exists()


@pytest.mark.parametrize(
    ("seed", "message"),
    [(b"", "does not hold a key"), (b"x" * 32, "another device's key")],
)
def test_a_wrong_key_signs_nothing(
    seed: bytes, message: str, locations: Locations
) -> None:
    device = keys.ensure_device(locations, notify=ignore)
    seed_path(locations, device).write_bytes(seed)

    with pytest.raises(KeyStoreError, match=message):
        keys.load_signer(locations, notify=ignore)


def test_a_damaged_device_file_is_named(locations: Locations) -> None:
    keys.ensure_device(locations, notify=ignore)
    Path(locations.device).write_bytes(b"{}")

    with pytest.raises(KeyStoreError, match=r"device\.json is damaged"):
        keys.read_device(locations)


@given(st.binary(min_size=32, max_size=32), st.sampled_from(["keyring", "file"]))
def test_a_device_reads_back(public_key: bytes, store: str) -> None:
    device = keys.Device(public_key, store)

    assert keys.parse_device(keys.describe(device)) == device


@given(st.binary(max_size=100))
def test_other_bytes_are_no_device(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - every message is fine
        keys.parse_device(data)
