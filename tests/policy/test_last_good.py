"""The last accepted policy comes back whole, or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap import files
from aiwrap.policy import last_good
from tests.policy.examples import NOW


@pytest.fixture
def locations(tmp_path: Path) -> files.Locations:
    found = files.Locations(str(tmp_path / "aiwrap"))
    files.make_private_directory(found.policy_cache)
    return found


def test_there_is_none_at_first(locations: files.Locations) -> None:
    assert last_good.read(locations) is None


@pytest.mark.parametrize("data", [b"", b"one\r\ntwo\n\n", "é\n".encode()])
def test_comes_back_as_it_was_kept(locations: files.Locations, data: bytes) -> None:
    kept = last_good.accept(data, 7, NOW)

    last_good.write(locations, kept)

    assert last_good.read(locations) == kept
    (name,) = os.listdir(locations.policy_cache)
    path = os.path.join(locations.policy_cache, name)
    assert stat.S_IMODE(os.stat(path).st_mode) == files.PRIVATE_FILE


@given(content=st.binary(max_size=80))
def test_any_other_bytes_count_as_none(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    locations = files.Locations(str(tmp_path_factory.getbasetemp() / "any"))
    files.make_private_directory(locations.policy_cache)
    files.write_private(os.path.join(locations.policy_cache, "last-good"), content)

    assert last_good.read(locations) is None


@pytest.mark.parametrize(
    "header",
    [
        "aiwrap.policy-cache/1 x {sha256} 1.0",
        "aiwrap.policy-cache/1 1 {sha256} soon",
        "aiwrap.policy-cache/1 1 {sha256} 1e30",
        "aiwrap.policy-cache/1 1 {sha256} nan",
        "aiwrap.policy-cache/2 1 {sha256} 1.0",
        "aiwrap.policy-cache/1 1 {sha256}",
    ],
)
def test_a_damaged_header_counts_as_none(
    locations: files.Locations, header: str
) -> None:
    line = header.format(sha256=last_good.digest(b"data")) + "\n"
    path = os.path.join(locations.policy_cache, "last-good")
    files.write_private(path, line.encode() + b"data")

    assert last_good.read(locations) is None


def test_a_flipped_bit_counts_as_none(locations: files.Locations) -> None:
    last_good.write(locations, last_good.accept(b"refuse", 1, NOW))
    path = os.path.join(locations.policy_cache, "last-good")
    content = files.read_private(path)
    assert content is not None

    files.write_private(path, content.replace(b"refuse", b"defuse"))

    assert last_good.read(locations) is None
