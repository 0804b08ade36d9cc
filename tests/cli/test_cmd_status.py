"""Tests for aiwrap/cli/cmd_status.py."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from aiwrap import files
from aiwrap.cli import main
from aiwrap.policy import cache
from tests.support.sessions import NOW, policy


@pytest.fixture
def locations() -> files.Locations:
    locations = files.locate(os.environ)
    files.make_private_directory(locations.data)
    cache.push(locations, policy(), now=NOW)
    return locations


def status(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    main.main(["status", "--json"])
    findings = json.loads(capsys.readouterr().out)["status"]
    return {each["name"]: each["value"] for each in findings}


@pytest.mark.usefixtures("locations")
def test_it_says_what_is_in_force(capsys: pytest.CaptureFixture[str]) -> None:
    """Policy, pauses, what a loopback address switches off."""
    found = status(capsys)

    assert "applied-ai version 1" in found["policy"]
    assert "training-data (refuse)" in found["pauses"]
    assert "server-managed" in found["loopback"]
    assert "not enrolled" in found["central log"]


def test_a_broken_policy_file_is_said(
    locations: files.Locations, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the place of the mistake; the last good one stays."""
    Path(locations.policy).write_text("schema = [")

    found = status(capsys)

    assert "line 1" in found["policy file"] or "1:" in found["policy file"]
    assert "applied-ai" in found["policy"]


def test_a_missing_vendor_cli_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A finding names its fix."""
    monkeypatch.setenv("PATH", "/nowhere")

    assert "npm install" in status(capsys)["claude"]


def test_plain_text_marks_what_needs_care(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A glance is enough."""
    monkeypatch.setenv("PATH", "/nowhere")

    assert main.main(["status"]) == 0
    assert "! claude" in capsys.readouterr().out
