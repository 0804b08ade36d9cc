"""Tests for aiwrap/cli/cmd_check.py."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import pytest

from aiwrap import files
from aiwrap.cli import main
from aiwrap.policy import cache
from tests.support.sessions import NOW, ORDINARY, PAUSED, policy

SENSITIVE = '[[sensitive]]\npaths = ["infra/prod/**"]\n'


@pytest.fixture(autouse=True)
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a repo with one sensitive file, under a policy that refuses."""
    file = tmp_path / "infra/prod/kestrel.tf"
    file.parent.mkdir(parents=True)
    file.write_text("x\n")
    monkeypatch.chdir(tmp_path)
    locations = files.locate(os.environ)
    files.make_private_directory(locations.data)
    cache.push(locations, policy(extra=SENSITIVE), now=NOW)
    return tmp_path


def test_json_holds_what_a_script_needs(capsys: pytest.CaptureFixture[str]) -> None:
    """The fixed form of DESIGN.md §12."""
    prompt = f"{PAUSED} from infra/prod/kestrel.tf"

    assert main.main(["check", "--json", prompt]) == 77

    answer = json.loads(capsys.readouterr().out)
    assert answer["action"] == "refuse"
    assert answer["task"]["type"] == "training-data"
    assert answer["task"]["level"] == "certain"
    assert answer["task"]["reasons"]
    assert answer["pause"] == "training-data"
    assert answer["policy"].keys() == {"team", "version", "sha256", "age_seconds"}
    assert answer["redactions"] == 1
    assert "kestrel" not in answer["redacted"]


def test_an_ordinary_prompt_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`aiwrap check -` and no argument read standard input."""
    data = io.TextIOWrapper(io.BytesIO(ORDINARY.encode()))
    monkeypatch.setattr(sys, "stdin", data)

    assert main.main(["check"]) == 0
    assert "allow" in capsys.readouterr().out


def test_confirm_has_an_exit_code_of_its_own() -> None:
    """76: a person would be asked."""
    locations = files.locate(os.environ)
    cache.push(locations, policy("confirm"), now=NOW)

    assert main.main(["check", PAUSED]) == 76


def test_a_check_records_nothing() -> None:
    """A dry run leaves no trace on the chain."""
    main.main(["check", PAUSED])

    assert not os.path.exists(files.locate(os.environ).records)


def test_an_unknown_vendor_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """One clear error."""
    assert main.main(["check", "--vendor", "nobody", "x"]) == 125
    assert "nobody" in capsys.readouterr().err
