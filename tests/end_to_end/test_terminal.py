"""Terminal, signals, job control, streams and endings are as without aiwrap.

Each scenario runs twice, with a small program in the vendor CLI's place: raw,
and through the real `aiwrap`.  What a person and a script see must not differ.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import signal
import subprocess
import sys
import termios
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pexpect
import psutil
import pytest

from tests.support.components import ROOT, require

PROMPT = "PROMPT> "
TIMEOUT_SECONDS = 30
FLOOD_BYTES = 200 * 1024 * 1024

PROGRAM = """
import os, signal, sys, termios, time, tty

mode = sys.argv[-1]


def say(*words):
    "Write at once: a handler may interrupt another write."
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())


def told(number, frame):
    with open(os.environ["TOLD"], "a") as file:
        file.write(signal.Signals(number).name + "\\n")
    if number == signal.SIGHUP:
        os._exit(0)  # there is no terminal any more to say it on
    say("got", signal.Signals(number).name, *size())


def size():
    return os.get_terminal_size() if os.isatty(0) else ()


def listen():
    "Report every signal, for a while."
    for name in ("INT", "QUIT", "TERM", "HUP", "CONT", "WINCH", "USR1"):
        signal.signal(getattr(signal, "SIG" + name), told)
    say("ready")
    if mode == "listen":
        time.sleep(60)


def lines():
    "Report every signal until a line says to end."
    listen()
    for line in sys.stdin:
        if line.strip() == "q":
            say("bye")
            raise SystemExit(3)


def screen():
    "Take Ctrl-Z as a full-screen program does: by itself, then stop itself."
    before = termios.tcgetattr(0)
    tty.setraw(0)
    os.write(1, b"ready\\r\\n")
    while (key := os.read(0, 1)) != b"q":
        if key == b"\\x1a":
            termios.tcsetattr(0, termios.TCSANOW, before)
            os.kill(os.getpid(), signal.SIGTSTP)
            tty.setraw(0)
            os.write(1, b"back\\r\\n")
    termios.tcsetattr(0, termios.TCSANOW, before)
    raise SystemExit(4)


def plain():
    "Leave every signal at its default."
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    say("ready")
    time.sleep(60)


def flood():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    block = bytes(range(256)) * 4096
    for number in range(200):
        sys.stdout.buffer.write(number.to_bytes(4, "big") + block[4:])


def copy():
    while data := os.read(0, 65536):
        os.write(1, data)


def first_line():
    say(os.read(0, 100)[:2].decode().strip())
    raise SystemExit(5)


def crash():
    os.kill(os.getpid(), signal.SIGSEGV)


globals()[mode]()
"""


class Way(NamedTuple):
    """How the program is started, and where it reports the signals that it got."""

    command: str  # for a shell; the mode follows
    words: list[str]
    environ: dict[str, str]
    told: Path

    def shell(self) -> pexpect.spawn[str]:
        """Open an interactive shell with job control on a terminal."""
        words = [require("bash"), "--norc", "--noprofile", "-i"]
        return _spawn(words, {**self.environ, "PS1": PROMPT})

    def script(self, text: str) -> tuple[str, int]:
        """Run `text`, in which CLAUDE stands for the program, without a terminal."""
        done = subprocess.run(
            [require("bash"), "-c", text.replace("CLAUDE", self.command)],
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        return done.stdout, done.returncode


@pytest.fixture
def ways(tmp_path: Path, home: str) -> tuple[Way, Way]:
    """Return the program raw, and the program through aiwrap."""
    path = tmp_path / "bin" / "claude"
    path.parent.mkdir()
    path.write_text(f"#!{sys.executable}\n{PROGRAM}")
    path.chmod(0o755)
    aiwrap = [sys.executable, "-m", "aiwrap", str(path)]
    found = []
    for name, words in (("raw", [str(path)]), ("wrapped", aiwrap)):
        told = tmp_path / name
        told.touch()
        environ = {**os.environ, "HOME": home, "PYTHONPATH": ROOT, "TOLD": str(told)}
        found.append(Way(" ".join(words), words, environ, told))
    raw, wrapped = found
    wrapped.script("CLAUDE copy </dev/null")  # the first launch says more, once
    return raw, wrapped


def _spawn(words: list[str], environ: dict[str, str]) -> pexpect.spawn[str]:
    with warnings.catch_warnings():
        # Python 3.12 warns of forkpty beside threads; pexpect execs at once.
        warnings.simplefilter("ignore", DeprecationWarning)
        shell = pexpect.spawn(
            words[0],
            words[1:],
            env={**environ, "TERM": "dumb"},
            encoding="utf-8",
            timeout=TIMEOUT_SECONDS,
            dimensions=(24, 80),
        )
    shell.delaybeforesend = None
    # By default a key like Ctrl-C also discards what was written meanwhile, the
    # program's own answer included, raw and wrapped alike.
    modes = termios.tcgetattr(shell.child_fd)
    modes[3] |= termios.NOFLSH
    termios.tcsetattr(shell.child_fd, termios.TCSANOW, modes)
    return shell


@contextlib.contextmanager
def running(way: Way, mode: str) -> Iterator[pexpect.spawn[str]]:
    """Have a shell in which the program is ready."""
    shell = way.shell()
    try:
        shell.expect_exact(PROMPT)
        shell.sendline(f"{way.command} {mode}")
        shell.expect_exact("ready")
        yield shell
    finally:
        shell.close(force=True)


def code(shell: pexpect.spawn[str]) -> int:
    """Return the last command's exit code, from the shell's prompt on."""
    shell.expect_exact(PROMPT)
    shell.sendline("echo code=$?")
    shell.expect(r"code=(\d+)\r")
    assert isinstance(shell.match, re.Match)
    return int(shell.match.group(1))


def leader(shell: pexpect.spawn[str]) -> int:
    """Return the process that the shell started: the program, or aiwrap."""
    (child,) = psutil.Process(shell.pid).children()
    return child.pid


def same(ways: tuple[Way, Way], scenario: Callable[[Way], object]) -> object:
    """Play the scenario both ways; return what was seen, which must be equal."""
    raw, wrapped = (scenario(way) for way in ways)
    assert wrapped == raw
    return raw


@pytest.mark.parametrize(("key", "name"), [("\x03", "SIGINT"), ("\x1c", "SIGQUIT")])
def test_a_key_reaches_the_program_once(
    ways: tuple[Way, Way], key: str, name: str
) -> None:
    """Twice would mean `press Ctrl-C again to exit` at the first press."""

    def scenario(way: Way) -> object:
        with running(way, "lines") as shell:
            shell.send(key)
            shell.expect_exact(f"got {name}")
            shell.send(key)
            shell.expect_exact(f"got {name}")
            time.sleep(0.2)
            shell.sendline("q")
            shell.expect_exact("bye")
            return code(shell), way.told.read_text()

    assert same(ways, scenario) == (3, f"{name}\n" * 2)


def test_ctrl_c_ends_a_program_that_does_not_mind(ways: tuple[Way, Way]) -> None:
    """The shell sees a death by SIGINT, so loops in scripts stop as well."""

    def scenario(way: Way) -> object:
        with running(way, "plain") as shell:
            shell.send("\x03")
            return code(shell)

    assert same(ways, scenario) == 130


def test_ctrl_z_stops_the_job_and_fg_continues_it(ways: tuple[Way, Way]) -> None:
    def scenario(way: Way) -> object:
        with running(way, "lines") as shell:
            shell.send("\x1a")
            shell.expect_exact("Stopped")
            stopped = code(shell)
            shell.expect_exact(PROMPT)
            shell.sendline("fg")
            shell.expect_exact("got SIGCONT")
            time.sleep(0.2)
            shell.sendline("q")
            shell.expect_exact("bye")
            return stopped, code(shell), way.told.read_text()

    assert same(ways, scenario) == (148, 3, "SIGCONT\n")


def test_a_full_screen_program_stops_itself(ways: tuple[Way, Way]) -> None:
    """In raw mode Ctrl-Z is a byte; only the program stops, and we must follow."""

    def scenario(way: Way) -> object:
        with running(way, "screen") as shell:
            codes = []
            for _ in range(2):
                shell.send("\x1a")
                shell.expect_exact("Stopped")
                codes.append(code(shell))
                shell.expect_exact(PROMPT)
                shell.sendline("fg")
                shell.expect_exact("back")
            shell.send("q")
            return codes, code(shell)

    assert same(ways, scenario) == ([148, 148], 4)


def test_a_stopped_job_can_be_killed(ways: tuple[Way, Way]) -> None:
    """The shell sends SIGTERM and SIGCONT; nothing of the job stays."""

    def scenario(way: Way) -> object:
        with running(way, "plain") as shell:
            job = psutil.Process(leader(shell))
            processes = [job, *job.children(recursive=True)]
            shell.send("\x1a")
            shell.expect_exact("Stopped")
            shell.expect_exact(PROMPT)
            shell.sendline("kill %1")
            _until(lambda: all(map(_has_ended, processes)))
            return True

    assert same(ways, scenario)


def test_a_resize_reaches_the_program_once(ways: tuple[Way, Way]) -> None:
    def scenario(way: Way) -> object:
        with running(way, "lines") as shell:
            shell.setwinsize(40, 100)
            shell.expect_exact("got SIGWINCH 100 40")
            time.sleep(0.2)
            return way.told.read_text()

    assert same(ways, scenario) == "SIGWINCH\n"


@pytest.mark.parametrize("name", ["SIGTERM", "SIGUSR1", "SIGINT"])
def test_a_signal_to_the_process_alone_reaches_the_program(
    ways: tuple[Way, Way], name: str
) -> None:
    """`kill PID`, an editor, a supervisor: all know the process that they started."""

    def scenario(way: Way) -> object:
        with running(way, "lines") as shell:
            os.kill(leader(shell), getattr(signal, name))
            shell.expect_exact(f"got {name}")
            time.sleep(0.2)
            return way.told.read_text()

    assert same(ways, scenario) == f"{name}\n"


@pytest.mark.parametrize(
    ("name", "words", "expected"),
    [("SIGTERM", "Terminated", 143), ("SIGKILL", "Killed", 137)],
)
def test_a_deadly_signal_is_reported_by_the_shell(
    ways: tuple[Way, Way], name: str, words: str, expected: int
) -> None:
    def scenario(way: Way) -> object:
        with running(way, "plain") as shell:
            os.kill(leader(shell), getattr(signal, name))
            shell.expect_exact(words)
            return code(shell)

    assert same(ways, scenario) == expected


@pytest.mark.parametrize("below_a_shell", [True, False])
def test_a_closed_terminal_is_told(ways: tuple[Way, Way], below_a_shell: bool) -> None:
    """As the terminal's own program we are the only one that the kernel tells."""

    def scenario(way: Way) -> object:
        if below_a_shell:
            with running(way, "listen") as shell:
                _close_terminal(shell)
                _until(lambda: "SIGHUP" in way.told.read_text())
        else:
            program = _spawn([*way.words, "listen"], way.environ)
            program.expect_exact("ready")
            _close_terminal(program)
            _until(lambda: "SIGHUP" in way.told.read_text())
            program.close(force=True)
        return "SIGHUP" in way.told.read_text()

    assert same(ways, scenario) is True


def test_a_crash_looks_like_the_programs_own(ways: tuple[Way, Way]) -> None:
    """Died of SIGSEGV, said by the shell, and no core file of ours."""

    def scenario(way: Way) -> object:
        shell = way.shell()
        try:
            shell.expect_exact(PROMPT)
            shell.sendline(f"{way.command} crash")
            shell.expect_exact("Segmentation fault")
            return code(shell)
        finally:
            shell.close(force=True)

    assert same(ways, scenario) == 139


def test_two_hundred_megabytes_pass_unchanged(ways: tuple[Way, Way]) -> None:
    def scenario(way: Way) -> object:
        digest, count = hashlib.sha256(), 0
        with subprocess.Popen(
            [*way.words, "flood"],
            env=way.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        ) as program:
            assert program.stdout is not None
            while data := program.stdout.read(1 << 20):
                digest.update(data)
                count += len(data)
        return digest.hexdigest(), count, program.returncode

    seen = same(ways, scenario)
    assert isinstance(seen, tuple)
    assert seen[1:] == (FLOOD_BYTES, 0)


def test_standard_input_passes_unchanged(ways: tuple[Way, Way]) -> None:
    """Bytes that are no text, and more than a pipe holds at once."""

    def scenario(way: Way) -> object:
        done = subprocess.run(
            [*way.words, "copy"],
            env=way.environ,
            input=bytes(range(256)) * 2000,
            stdout=subprocess.PIPE,
            timeout=TIMEOUT_SECONDS,
            check=True,
        )
        return hashlib.sha256(done.stdout).hexdigest()

    assert same(ways, scenario)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yes | CLAUDE first_line; echo ${PIPESTATUS[*]}", "y\n141 5\n"),
        ("CLAUDE flood | head -c 3 >/dev/null; echo ${PIPESTATUS[*]}", "141 0\n"),
        ("CLAUDE lines </dev/null; echo $?", "ready\n0\n"),
        ("CLAUDE crash; echo $?", "139\n"),
        ("(sleep 0.3; echo q) | CLAUDE lines; echo $?", "ready\nbye\n3\n"),
    ],
)
def test_pipelines_end_as_they_would(
    ways: tuple[Way, Way], text: str, expected: str
) -> None:
    """Who closes first, and with what code, decides what scripts do next."""
    assert same(ways, lambda way: way.script(text)) == (expected, 0)


def test_a_background_job_of_a_script_is_waited_for(ways: tuple[Way, Way]) -> None:
    """Without job control the shell ignores SIGINT for it; TERM still ends it."""
    text = "CLAUDE plain >/dev/null & sleep 1; kill -TERM $!; wait $!; echo $?"

    assert same(ways, lambda way: way.script(text)) == ("143\n", 0)


def test_nohup_still_protects(ways: tuple[Way, Way]) -> None:
    """What was ignored when we were started is ignored in the program."""
    text = "trap '' HUP; CLAUDE plain >/dev/null & sleep 1; kill -HUP $!; "
    text += "sleep 0.3; kill -TERM $!; wait $!; echo $?"

    assert same(ways, lambda way: way.script(text)) == ("143\n", 0)


def _has_ended(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _close_terminal(program: pexpect.spawn[str]) -> None:
    """Take the window away; the descriptor stays, for pexpect to close."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, program.child_fd)
    os.close(nowhere)


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)
