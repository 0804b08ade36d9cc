"""Tests for aiwrap/cli/demo_client.py."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aiwrap.cli import demo_client
from aiwrap.cli.demo_model import DemoModel


def test_it_runs_a_tool_and_prints_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same wire format as the real client: tool call, result, answer."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src/parser.py").write_text("parse = str.split\n")
    monkeypatch.chdir(tmp_path)
    model = DemoModel()
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps({"env": {"ANTHROPIC_BASE_URL": model.url}}))

    code = demo_client.main(
        ["--settings", str(settings), "-p", "Read src/parser.py please"]
    )
    model.stop()

    assert code == 0
    assert (
        capsys.readouterr().out == "I have read src/parser.py: it is short and clear.\n"
    )
    assert "parse = str.split" in model.received[1]
