"""Tests for aiwrap/cli/main.py."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aiwrap.cli import cmd_launch, main
from aiwrap.cli.arguments import CommandLine

PROMPT = "a prompt that must not be in any log"


def test_an_expected_failure_is_two_lines_and_its_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What and why, then what to do."""
    assert main.main(["--nonsense"]) == 125

    err = capsys.readouterr().err
    assert "--nonsense" in err
    assert "aiwrap --help" in err
    assert "Traceback" not in err


def test_a_vendor_that_is_not_installed_is_127(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a shell would say it, and how to install it."""
    monkeypatch.setenv("PATH", "/nowhere")

    assert main.main(["claude", "-p", "hello"]) == 127
    assert "npm install" in capsys.readouterr().err


def test_an_unknown_word_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """It is neither a command nor a vendor."""
    assert main.main(["cluade"]) == 125
    assert "cluade" in capsys.readouterr().err


def test_a_bug_is_one_line_and_a_private_traceback_without_content(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: str
) -> None:
    """The exception's message may quote a prompt; its frames do not."""

    def crash(_line: CommandLine) -> int:
        raise RuntimeError(PROMPT)

    monkeypatch.setattr(cmd_launch, "run_launch", crash)

    assert main.main(["claude"]) == 125

    log = Path(home, ".local/share/aiwrap/crash.log")
    assert PROMPT not in capsys.readouterr().err + log.read_text()
    assert "RuntimeError" in log.read_text()
    assert os.stat(log).st_mode & 0o777 == 0o600


@pytest.mark.parametrize("command", sorted(main.COMMANDS))
def test_every_command_has_help(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """`aiwrap COMMAND --help` explains itself and exits with 0."""
    assert main.main([command, "--help"]) == 0
    assert "usage" in capsys.readouterr().out.lower()


def test_a_wrong_option_of_a_command_is_125(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is our failure; 2 would look like the vendor CLI's own."""
    assert main.main(["status", "--nonsense"]) == 125
    assert "--nonsense" in capsys.readouterr().err


def test_launch_options_do_not_go_with_a_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A typo must not silently drop a declaration."""
    assert main.main(["--task", "evals", "status"]) == 125
    assert "--task" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["status", "log list", "policy show", "--help"])
@pytest.mark.parametrize(("where", "code"), [(">&-", 0), (">/dev/full", 125)])
def test_an_output_that_takes_nothing_is_no_bug(
    command: str, where: str, code: int, home: str
) -> None:
    """A closed one is silent; a full one is said on standard error."""
    line = f"{sys.executable} -m aiwrap {command} {where}"
    environment = {"PATH": os.environ["PATH"], "HOME": home, "PYTHONPATH": sys.path[0]}

    done = subprocess.run(
        ["/bin/sh", "-c", line],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )

    assert done.returncode == code, done.stderr
    assert "bug" not in done.stderr
    assert "Exception ignored" not in done.stderr
