"""Tests for aiwrap/cli/first_run.py."""

from __future__ import annotations

import os

import pytest

from aiwrap import files
from aiwrap.cli import first_run
from aiwrap.records import keys


def test_the_first_session_on_a_machine_tells_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One line: what is recorded, where, and where the key is."""
    locations = files.locate(os.environ)

    first_run.open_data(locations)
    told = capsys.readouterr().err
    first_run.open_data(locations)

    assert told.count("\n") == 1
    assert locations.data in told
    assert keys.read_device(locations) is not None
    assert capsys.readouterr().err == ""
