"""Tests for aiwrap/cli/terminal.py."""

from __future__ import annotations

import io
import sys

import pytest

from aiwrap.cli import terminal


def test_messages_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output belongs to the vendor CLI."""
    terminal.complain("what and why", "what to do")

    out, err = capsys.readouterr()
    assert out == ""
    assert err == "aiwrap: what and why\n        what to do\n"


def test_a_locale_without_utf8_loses_no_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """LANG=C shows a question mark instead of crashing."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    monkeypatch.setattr(sys, "stderr", stream)

    terminal.say("naïve “quotes”")

    stream.flush()
    assert raw.getvalue() == b"na?ve ?quotes?\n"


def test_a_closed_standard_error_is_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    """`2>&-` loses the message and nothing else."""
    stream = io.StringIO()
    stream.close()
    monkeypatch.setattr(sys, "stderr", stream)

    terminal.say("lost")


def test_no_colour_where_nobody_sees_it(capsys: pytest.CaptureFixture[str]) -> None:
    """A pipe gets plain text."""
    terminal.say("plain", style=terminal.RED)

    assert capsys.readouterr().err == "plain\n"
