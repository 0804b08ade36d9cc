"""Tests for aiwrap/cli/help_text.py."""

from __future__ import annotations

import pytest

from aiwrap.cli import main


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """A command that help hides is a command nobody has."""
    assert main.main(["--help"]) == 0

    text = capsys.readouterr().out
    assert [name for name in main.COMMANDS if name not in text] == []


def test_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    """One line, on standard output."""
    assert main.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("aiwrap ")


def test_no_argument_at_all_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody who just types `aiwrap` wants to know."""
    assert main.main([]) == 0
    assert "usage" in capsys.readouterr().out
