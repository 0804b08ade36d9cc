"""Machines and central logs for the tests of records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aiwrap.files import Locations
from tests.support.machines import Log, Machine, locate, opened_machine, running_log


@pytest.fixture
def locations(tmp_path: Path) -> Locations:
    return locate(tmp_path)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with opened_machine(tmp_path) as opened:
        yield opened


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with running_log(tmp_path) as running:
        yield running


@pytest.fixture
def enrolled(tmp_path: Path, log: Log) -> Iterator[Machine]:
    """Open a machine that is enrolled with `log`; its chain holds `enrol`."""
    log.enrol(locate(tmp_path))
    with opened_machine(tmp_path) as opened:
        yield opened
