"""Tests for aiwrap/central/cmd_central.py, as a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aiwrap.cli import main
from aiwrap.records import enrolment
from aiwrap.records.sync import sync
from tests.support.machines import NOW, ignore, locate, opened_machine

AIWRAP = (sys.executable, "-m", "aiwrap")


@contextmanager
def serving(data: Path) -> Iterator[str]:
    """Run `aiwrap central serve`; yield its address."""
    command = [*AIWRAP, "central", "serve", "--data", str(data)]
    with subprocess.Popen(
        [*command, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        line = running.stdout.readline()
        match = re.match(r"central log at (\S+), log key aiwrap\.local/log\+", line)
        assert match is not None, line
        try:
            yield match[1]
        finally:
            running.send_signal(signal.SIGINT)
            try:
                running.wait(20)
            except subprocess.TimeoutExpired:
                running.kill()  # or leaving the block would wait for ever
                raise
    assert running.returncode == 0


def create_token(data: Path) -> str:
    done = subprocess.run(
        [
            *AIWRAP,
            "central",
            "token",
            "--data",
            str(data),
            "--person",
            "d@acme.example",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_a_device_enrols_and_delivers_and_the_log_outlives_its_server(
    tmp_path: Path,
) -> None:
    """Token, enrolment, records; then the same log by another process."""
    data = tmp_path / "central"
    with serving(data) as url:
        enrolment.enrol(
            locate(tmp_path), url, create_token(data), now=NOW, notify=ignore
        )
        with opened_machine(tmp_path) as machine:
            machine.append()
            report = sync(machine.store, machine.locations, signer=machine.signer)

    assert (report.sent, report.pending) == (2, 0)
    assert os.stat(data / "central.db").st_mode & 0o777 == 0o600


def test_the_token_is_not_kept(tmp_path: Path) -> None:
    """Only its digest is; the one who sees the file cannot enrol with it."""
    token = create_token(tmp_path / "central")

    kept = b"".join(file.read_bytes() for file in (tmp_path / "central").iterdir())
    assert token.encode() not in kept


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["serve", "--listen", "0.0.0.0:0"], "certificate"),
        (["serve", "--listen", "127.0.0.1"], "HOST:PORT"),
        (["serve", "--certificate", "x"], "go together"),
        (["token", "--person", " "], "--person"),
    ],
)
def test_mistakes_are_one_clear_error(
    tmp_path: Path,
    arguments: list[str],
    word: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Above all: no clear text beyond loopback."""
    assert main.main(["central", *arguments, "--data", str(tmp_path / "c")]) == 125
    assert word in capsys.readouterr().err


def test_a_taken_port_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what to do about it."""
    with serving(tmp_path / "central") as url:
        listen = url.removeprefix("http://")
        arguments = ["central", "serve", "--listen", listen, "--data", str(tmp_path)]
        assert main.main(arguments) == 125

    assert "--listen" in capsys.readouterr().err
