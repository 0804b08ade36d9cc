"""Machines and central logs for the tests of the central log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.machines import Log, Machine, opened_machine, running_log


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with opened_machine(tmp_path) as opened:
        yield opened


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with running_log(tmp_path) as running:
        yield running
