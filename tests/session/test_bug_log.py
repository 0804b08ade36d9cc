"""Tests for aiwrap/session/bug_log.py."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from aiwrap.files import Locations
from aiwrap.session import bug_log


@pytest.fixture
def locations(tmp_path: Path) -> Iterator[Locations]:
    """Lend a data directory; leave the logger as it was."""
    logger = logging.getLogger("aiwrap")
    handlers, propagate = logger.handlers, logger.propagate
    yield Locations(str(tmp_path / "data"))
    logger.handlers, logger.propagate = handlers, propagate


def test_what_is_logged_goes_to_a_private_file(
    locations: Locations, capsys: pytest.CaptureFixture[str]
) -> None:
    """The vendor CLI owns the screen."""
    bug_log.attach(locations)

    logging.getLogger("aiwrap.gateway.screen").error("screening failed: %s", "X")

    assert "screening failed: X" in Path(locations.crash_log).read_text()
    assert os.stat(locations.crash_log).st_mode & 0o777 == 0o600
    assert capsys.readouterr() == ("", "")


def test_the_file_is_bounded(locations: Locations) -> None:
    """The newest traces stay."""
    for number in range(30):
        bug_log.write(locations, f"{number} {'x' * 10_000}")

    text = Path(locations.crash_log).read_text()
    assert len(text) <= bug_log.MAX_BYTES
    assert " 29 x" in text


def test_a_full_disk_costs_the_trace_and_nothing_else(tmp_path: Path) -> None:
    """Logging must never end a session."""
    blocked = tmp_path / "data"
    blocked.write_text("a file where the directory should be")
    handler = bug_log._BugLog(Locations(str(blocked)))

    handler.emit(logging.LogRecord("aiwrap", logging.ERROR, "", 0, "x", None, None))
