"""When aiwrap is killed with -9, the vendor CLI does not live on."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from aiwrap.session import watchdog

RUNNER = os.path.join(os.path.dirname(__file__), "runner.py")
ROOT = Path(__file__).parents[2]
DEADLINE_SECONDS = 20
STAY = "while :; do sleep 0.1; done"  # no exec: the mark would be lost


@pytest.fixture
def mark() -> Iterator[str]:
    """Name the processes of one test on their command lines; end them after it."""
    word = f"mark-{os.urandom(8).hex()}"
    yield word
    for process in marked(word):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def marked(mark: str) -> list[psutil.Process]:
    """Return the vendor CLIs and the runners that carry the mark."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            if mark in process.cmdline() and process.status() != "zombie":
                found.append(process)
    return found


def watchdog_of(running: subprocess.Popen[str]) -> int:
    (found,) = [
        process.pid
        for process in psutil.Process(running.pid).children()
        if "aiwrap-watchdog" in process.cmdline()
    ]
    return found


@contextlib.contextmanager
def start(mark: str, body: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, RUNNER, "/bin/sh", "-c", body, mark],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:
        try:
            yield running
        finally:
            running.kill()  # whatever failed: it would never end


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


@pytest.mark.parametrize(
    "body",
    [
        f"echo ready; {STAY}",
        f"trap '' TERM; echo ready; {STAY}",
        f"echo ready; kill -STOP $$; {STAY}",
    ],
    ids=["ends on SIGTERM", "ignores SIGTERM", "is stopped"],
)
def test_the_vendor_cli_ends_with_aiwrap(mark: str, body: str) -> None:
    """An orphan would send credentials to a port that anyone may bind."""
    with start(mark, body) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        assert len(marked(mark)) >= 2  # the shell may be starting a `sleep`
        guard = watchdog_of(running)
        running.kill()

    until(lambda: not marked(mark))
    until(lambda: not psutil.pid_exists(guard))


def test_the_vendor_cli_may_clean_up(mark: str, tmp_path: Path) -> None:
    """SIGTERM first: it saves its session."""
    saved = tmp_path / "saved"
    body = f"trap 'echo x > {saved}; exit' TERM; echo ready; {STAY}"
    with start(mark, body) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        running.kill()

    until(lambda: not marked(mark))
    assert saved.exists()


def test_at_no_moment_does_it_live_on(mark: str) -> None:
    """Killed anywhere between the start of Python and the running session."""
    for step in range(12):
        with start(mark, STAY) as running:
            time.sleep(step / 80)
            running.kill()

    until(lambda: not marked(mark))


def test_what_reaches_the_job_does_not_reach_the_watchdog(mark: str) -> None:
    """Ctrl-C on the terminal must not take the guard away."""
    body = f"trap '' INT TERM HUP QUIT TSTP; echo ready; {STAY}"
    with start(mark, body) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        for name in ("INT", "QUIT", "TSTP", "TERM", "HUP"):
            os.killpg(running.pid, getattr(signal, f"SIG{name}"))
        time.sleep(0.1)
        running.kill()

    until(lambda: not marked(mark))


def test_a_normal_end_leaves_no_watchdog(mark: str) -> None:
    with start(mark, "echo ready; read -r line") as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        guard = watchdog_of(running)
        running.communicate("go\n")

    assert running.returncode == 0
    assert not psutil.pid_exists(guard)


def test_a_watchdog_that_was_killed_stops_nothing() -> None:
    """The session goes on and ends as usual, only unwatched."""
    guard = watchdog.start()
    guard.watch(os.getpid())
    os.kill(guard.pid, signal.SIGKILL)
    time.sleep(0.05)

    guard.dismiss()

    with pytest.raises(ChildProcessError):
        os.waitpid(guard.pid, os.WNOHANG)


def test_a_watchdog_that_never_learned_of_anything_just_ends() -> None:
    """The start of the vendor CLI failed: there is nothing to end."""
    guard = watchdog.start()

    guard.dismiss()

    with pytest.raises(ChildProcessError):
        os.waitpid(guard.pid, os.WNOHANG)
