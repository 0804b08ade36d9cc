"""Tests for aiwrap/records/central_log.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap import files
from aiwrap.errors import SyncError
from aiwrap.files import Locations
from aiwrap.records import central_log
from aiwrap.records.central_log import Central
from aiwrap.records.receipt import LogKey

CENTRAL = Central(
    "https://log.acme.example",
    "0123456789abcdef",
    "bearer",
    LogKey("log", bytes(32)),
    "dana@acme.example",
    "{}",
)


def test_without_enrolment_there_is_none(locations: Locations) -> None:
    assert central_log.read(locations) is None


def test_it_reads_back(locations: Locations) -> None:
    files.make_private_directory(locations.data)
    files.write_private(locations.central, central_log.describe(CENTRAL))

    assert central_log.read(locations) == CENTRAL
    assert Path(locations.central).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("data", [b"", b"{}", b"[" * 100_000, b'{"url": 1}'])
def test_a_damaged_file_is_named(data: bytes, locations: Locations) -> None:
    files.make_private_directory(locations.data)
    files.write_private(locations.central, data)

    with pytest.raises(SyncError, match=r"central\.json is damaged"):
        central_log.read(locations)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - every message is fine
        central_log.parse(data)


def test_asking_who_the_person_is_costs_little() -> None:
    """A launch asks, for exemptions: no HTTP client, no cryptography."""
    program = (
        "import sys; from aiwrap.records import central_log\n"
        "print(sorted({'httpx', 'cryptography', 'ssl', 'asyncio'} & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )

    assert done.stdout == "[]\n"
