"""Tests for aiwrap/session/folder.py."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from aiwrap.files import Locations
from aiwrap.session import folder
from aiwrap.session.folder import Parent, SessionFolder

URL = "http://127.0.0.1:5000/s/secret"


@pytest.fixture
def locations(tmp_path: Path) -> Locations:
    return Locations(str(tmp_path / "data"))


def test_everything_in_it_is_private(locations: Locations) -> None:
    """The settings hold the secret of the hooks."""
    session = SessionFolder(locations, "s1")
    session.write_settings({"env": {"A": "b"}})

    assert os.stat(session.path).st_mode & 0o777 == 0o700
    assert os.stat(session.settings).st_mode & 0o777 == 0o600
    with open(session.settings, encoding="utf-8") as file:
        assert json.load(file) == {"env": {"A": "b"}}
    session.remove()


def test_a_session_is_alive_until_it_is_removed(locations: Locations) -> None:
    """Liveness is the lock, not a number that another process may get."""
    session = SessionFolder(locations, "s1")
    assert folder.is_alive(locations, "s1")

    session.remove()

    assert not folder.is_alive(locations, "s1")
    assert not os.path.exists(session.path)


def test_what_an_interrupted_session_left_is_cleaned_up(locations: Locations) -> None:
    """A killed process leaves its folder; its lock is gone with it."""
    session = SessionFolder(locations, "s1")
    os.close(session._lock)  # as the kernel does when a process is killed

    assert not folder.is_alive(locations, "s1")
    folder.clean_up(locations, "s1")

    assert not os.path.exists(session.path)


def test_a_living_session_is_not_cleaned_up(locations: Locations) -> None:
    """Two sessions at once do not disturb each other."""
    session = SessionFolder(locations, "s1")

    folder.clean_up(locations, "s1")

    assert os.path.exists(session.path)
    session.remove()


def test_a_nested_launch_finds_its_parent(locations: Locations) -> None:
    """Only by the exact address, secret included, and only while it lives."""
    session = SessionFolder(locations, "s1")
    session.announce(URL, "https://api.anthropic.com")

    assert folder.find_parent(locations, URL) == Parent(
        "s1", "https://api.anthropic.com"
    )
    assert folder.find_parent(locations, f"{URL}x") is None
    session.remove()
    assert folder.find_parent(locations, URL) is None


def test_a_damaged_announcement_is_no_parent(locations: Locations) -> None:
    """Whatever stands in the file, a launch goes on."""
    session = SessionFolder(locations, "s1")
    Path(session.path, "session.json").write_text("{not json")

    assert folder.find_parent(locations, URL) is None
    session.remove()
