"""Tests for aiwrap/cli/question.py, in a real terminal."""

from __future__ import annotations

import sys

import pexpect
import pytest

CODE = (
    "from aiwrap.cli.question import ask_reason; import sys; "
    "reason = ask_reason('This is evals work.'); "
    "sys.stdout.write(f'<{reason}>')"
)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [("public benchmark\r", "public benchmark"), ("\r", "None"), ("\x03", "None")],
    ids=["a reason", "an empty line", "Ctrl-C"],
)
def test_the_answer_is_the_reason_or_a_no(typed: str, reason: str) -> None:
    """The question shows, the reason is taken, leaving is a no."""
    with pexpect.spawn(sys.executable, ["-c", CODE], encoding="utf-8") as terminal:
        terminal.expect_exact("This is evals work.", timeout=20)
        terminal.expect_exact("reason>", timeout=20)
        terminal.send(typed)
        terminal.expect_exact(f"<{reason}>", timeout=20)
