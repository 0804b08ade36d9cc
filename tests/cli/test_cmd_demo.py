"""Tests for aiwrap/cli/cmd_demo.py."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support import components


def demo(path: str, home: str) -> subprocess.CompletedProcess[str]:
    """Run `aiwrap demo` as a new user would."""
    environment = {"PATH": path, "HOME": home, "PYTHONPATH": sys.path[0]}
    return subprocess.run(
        [sys.executable, "-m", "aiwrap", "demo"],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def check(done: subprocess.CompletedProcess[str], home: str) -> None:
    assert done.returncode == 0, done.stdout + done.stderr
    for sentence in (
        "exit code 77; the model received nothing",
        "the chain is whole",
        ", 15 delivered",
        "I have read infra/prod/nightingale.tf",
        "on the wire    infra/zq",
    ):
        assert sentence in done.stdout
    assert os.listdir(home) == []  # nothing of the user's is touched


def test_the_demo_plays_with_a_small_client(home: str) -> None:
    """On a machine without Claude Code, and it says so."""
    done = demo("/usr/bin:/bin", home)

    check(done, home)
    assert "a small client of our own" in done.stdout


def test_the_demo_plays_with_the_real_claude_code(home: str) -> None:
    """With the vendor CLI that is on PATH, against the demo's own model."""
    claude = Path(components.require("claude")).parent

    done = demo(f"{claude}:/usr/bin:/bin", home)

    check(done, home)
    assert "your Claude Code" in done.stdout
