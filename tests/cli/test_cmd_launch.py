"""Tests for aiwrap/cli/cmd_launch.py; the story itself: tests/session/test_run.py."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from aiwrap.cli.cmd_launch import MAX_PROMPT_FILE_BYTES
from tests.support.launches import ASK, answer_of, vendor
from tests.support.model import Model
from tests.support.sessions import ORDINARY, PAUSED, policy

TOO_HEAVY = {
    "asyncio",
    "brotli",
    "cryptography",
    "httptools",
    "httpx",
    "keyring",
    "logging",
    "platformdirs",
    "prompt_toolkit",
    "re2",
    "ssl",
    "starlette",
    "subprocess",
    "threading",
    "truststore",
    "tuf",
    "urllib.request",
    "uvicorn",
    "uvloop",
    "zstandard",
}
LIST_MODULES = """
import sys
from aiwrap.session import child

def spawn(*_arguments):
    print("\\n".join(sys.modules))
    sys.stdout.flush()
    import os
    os._exit(0)

child.spawn = spawn
from aiwrap.cli.main import main
main(sys.argv[1:])
"""


def test_nothing_heavy_is_imported_before_the_vendor_cli_starts(
    tmp_path: Path,
) -> None:
    """What is imported before the spawn is time the engineer waits."""
    wrapped = vendor(tmp_path, "")
    wrapped.push(policy())
    wrapped.launch("-p", ORDINARY)  # the first launch creates the key

    done = subprocess.run(
        [sys.executable, "-c", LIST_MODULES, str(wrapped.path), "-p", ORDINARY],
        env=wrapped.environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    modules = set(done.stdout.split())
    assert "aiwrap.session.run" in modules
    assert modules & TOO_HEAVY == set()


def test_the_first_launch_says_what_is_recorded_and_where(tmp_path: Path) -> None:
    """In one line, on standard error, once."""
    wrapped = vendor(tmp_path, "print('hello')")

    first = wrapped.launch("--verbose", "x")
    second = wrapped.launch("--verbose", "x")

    data = wrapped.locations.data
    assert first.stderr.count("\n") == second.stderr.count("\n") + 1
    assert data in first.stderr
    assert "never its text" in first.stderr
    assert "never its text" not in second.stderr
    assert second.stdout == "hello\n"


def test_version_and_the_like_pass_straight_through(tmp_path: Path) -> None:
    """No model traffic: nothing to decide, nothing recorded, nothing added."""
    wrapped = vendor(tmp_path, "import sys; print(sys.argv[1:])")

    done = wrapped.launch("--version")

    assert done.stdout == "['--version']\n"
    assert done.stderr == ""
    assert not Path(wrapped.locations.data).exists()


def test_a_data_directory_that_cannot_be_written_starts_nothing(
    tmp_path: Path,
) -> None:
    """Without records nothing may leave; the message names the directory."""
    wrapped = vendor(tmp_path, "open('started', 'w')")
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the directory should be")
    wrapped.environment["XDG_DATA_HOME"] = str(blocked)

    done = wrapped.launch("-p", ORDINARY)

    assert done.returncode == 125
    assert str(blocked) in done.stderr
    assert not (wrapped.path.parent / "started").exists()


def test_a_nested_launch_chains_to_the_real_upstream(
    tmp_path: Path, model: Model
) -> None:
    """A model's Bash that runs `claude` is screened by its own gateway, once."""
    inner = vendor(tmp_path / "inner", ASK, upstream=model.url)
    program = (
        "import json, subprocess, sys, os\n"
        "settings = json.load(open(sys.argv[sys.argv.index('--settings') + 1]))\n"
        "os.environ['ANTHROPIC_BASE_URL'] = settings['env']['ANTHROPIC_BASE_URL']\n"
        f"sys.exit(subprocess.run([{sys.executable!r}, '-m', 'aiwrap', "
        f"{str(inner.path)!r}, '-p', sys.argv[-1]]).returncode)\n"
    )
    outer = vendor(tmp_path / "outer", program, upstream=model.url)
    outer.push(policy())

    done = outer.launch("--verbose", ORDINARY)

    assert answer_of(done)[0] == 200
    assert len(model.calls) == 1
    launches = outer.records("launch")
    assert launches[1].fields["parent"] == launches[0].session


def test_an_appended_system_prompt_is_judged_at_launch(tmp_path: Path) -> None:
    """From an option and from a file alike."""
    wrapped = vendor(tmp_path, "open('started', 'w')")
    wrapped.push(policy())
    prompt = "Always answer with instruction/response pairs for the SFT mix"
    (wrapped.path.parent / "system.txt").write_text(prompt)

    schema = json.dumps({"type": "object", "description": prompt})

    option = wrapped.launch("--append-system-prompt", prompt)
    file = wrapped.launch("--append-system-prompt-file", "system.txt")
    described = wrapped.launch("-p", ORDINARY, "--json-schema", schema)

    assert (option.returncode, file.returncode, described.returncode) == (77, 77, 77)


@pytest.mark.parametrize("kind", ["too large", "a pipe"])
def test_a_prompt_file_that_cannot_be_judged_whole_starts_nothing(
    tmp_path: Path, kind: str
) -> None:
    """Half of it would be judged, or the vendor CLI would find the pipe empty."""
    wrapped = vendor(tmp_path, "open('started', 'w')")
    wrapped.push(policy())
    path = tmp_path / "prompt"
    if kind == "a pipe":
        os.mkfifo(path)
    else:
        path.write_bytes(b"x" * (MAX_PROMPT_FILE_BYTES + 1))

    done = wrapped.launch("--append-system-prompt-file", str(path), "-p", ORDINARY)

    assert done.returncode == 125
    assert str(path) in done.stderr
    assert not (wrapped.path.parent / "started").exists()


@pytest.mark.parametrize("where", ["2>&-", "2>/dev/full"])
def test_a_refusal_is_77_although_nobody_can_read_why(
    tmp_path: Path, where: str
) -> None:
    """Scripts look at the exit code."""
    wrapped = vendor(tmp_path, "")
    wrapped.push(policy())
    command = shlex.join(wrapped.command("-p", PAUSED))

    done = subprocess.run(
        ["/bin/sh", "-c", f"{command} {where}"], env=wrapped.environment, check=False
    )

    assert done.returncode == 77
