"""Tests for aiwrap/records/secret.py."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aiwrap.errors import KeyStoreError
from aiwrap.files import Locations
from aiwrap.records import secret


def test_it_is_created_once_and_private(locations: Locations) -> None:
    first = secret.local_secret(locations)

    assert len(first) == 32
    assert secret.local_secret(locations) == first
    assert os.stat(locations.local_secret).st_mode & 0o777 == 0o600


def test_racing_first_launches_agree(locations: Locations) -> None:
    """Two secrets would give one prompt two digests."""
    program = (
        "import sys; from aiwrap.files import Locations\n"
        "from aiwrap.records.secret import local_secret\n"
        "print(local_secret(Locations(sys.argv[1])).hex())"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program, locations.data],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(8)
    ]

    printed = {process.communicate()[0].strip() for process in running}

    assert printed == {secret.local_secret(locations).hex()}


def test_a_damaged_secret_is_not_replaced(locations: Locations) -> None:
    """Replacing it silently would orphan every digest that exists."""
    secret.local_secret(locations)
    Path(locations.local_secret).write_bytes(b"short")

    with pytest.raises(KeyStoreError, match="5 bytes instead of 32"):
        secret.local_secret(locations)

    assert Path(locations.local_secret).read_bytes() == b"short"


def test_purposes_do_not_share_a_key() -> None:
    """Who learns the key of one purpose learns nothing of another."""
    one, other = (secret.derive(b"s" * 32, p) for p in (b"digests", b"pseudonyms"))

    assert len(one) == len(other) == 32
    assert one != other


def test_a_digest_depends_on_key_and_data() -> None:
    digests = {
        secret.keyed_digest(key, data)
        for key in (b"k1", b"k2")
        for data in (b"prompt", b"prompt ")
    }

    assert len(digests) == 4
    assert {len(digest) for digest in digests} == {32}
