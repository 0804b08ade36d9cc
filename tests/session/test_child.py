"""The vendor CLI runs as if aiwrap were not there."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aiwrap.errors import VendorNotExecutableError, VendorNotFoundError
from aiwrap.session import child

RUNNER = os.path.join(os.path.dirname(__file__), "runner.py")
ROOT = Path(__file__).parents[2]
WAYS = ("--asyncio", "--uvloop", "--blocking")
DEADLINE_SECONDS = 20


def program(directory: Path, body: str) -> str:
    """Write a Python program that reports what happens to it."""
    path = directory / "program"
    path.write_text(
        f"#!{sys.executable}\nimport os, signal, sys, time\n{textwrap.dedent(body)}"
    )
    path.chmod(0o755)
    return str(path)


@contextlib.contextmanager
def start(
    *words: str, way: str = "", cwd: Path | None = None, in_session: bool = True
) -> Iterator[subprocess.Popen[str]]:
    """Start the runner in a session of its own, or as a job of ours.

    The only process group of a session is orphaned: it cannot be stopped.
    """
    ways = [way] if way not in ("", "--asyncio") else []
    with subprocess.Popen(
        [sys.executable, RUNNER, *ways, *words],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=in_session,
        process_group=None if in_session else 0,
        cwd=cwd,
    ) as running:
        try:
            yield running
        finally:
            running.kill()  # whatever failed: it might never end


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def state_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "gone"


linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("code", [0, 1, 7, 77, 255])
def test_the_exit_code_is_the_vendor_clis(way: str, code: int) -> None:
    with start("/bin/sh", "-c", f"exit {code}", way=way) as running:
        running.communicate()

    assert running.returncode == code


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["SEGV", "ABRT", "KILL", "TERM", "INT", "PIPE"])
def test_it_dies_of_the_same_signal(way: str, name: str, tmp_path: Path) -> None:
    """A shell prints `Segmentation fault` for us too, and no core is ours."""
    command = ["/bin/sh", "-c", f"kill -{name} $$"]
    with start(*command, way=way, cwd=tmp_path) as running:
        running.communicate()

    assert -running.returncode == getattr(signal, f"SIG{name}")
    assert not list(tmp_path.glob("core*"))


def test_streams_arguments_and_environment_are_handed_on(tmp_path: Path) -> None:
    body = """
        print(sys.argv[1:], os.environ["MARK"], sys.stdin.read())
        print("on stderr", file=sys.stderr)
    """
    env = {**os.environ, "PYTHONPATH": str(ROOT), "MARK": "ü"}
    done = subprocess.run(
        [sys.executable, RUNNER, program(tmp_path, body), "a b", ""],
        env=env,
        input="typed",
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "['a b', ''] ü typed\n"
    assert done.stderr == "on stderr\n"


@linux
def test_signals_start_as_they_were() -> None:
    """Python ignores SIGPIPE; a child that inherits this breaks `claude -p | head`."""
    command = ["/bin/sh", "-c", "trap '' HUP; exec grep ^Sig /proc/self/status"]
    raw = subprocess.run(command, capture_output=True, text=True, check=True)
    with start(*command) as running:
        wrapped, _ = running.communicate()

    names = ("SigBlk", "SigIgn", "SigCgt")
    assert [line for line in wrapped.splitlines() if line.startswith(names)] == [
        line for line in raw.stdout.splitlines() if line.startswith(names)
    ]


@linux
def test_no_descriptor_of_ours_is_handed_on() -> None:
    """The database, the listener or the watchdog's pipe would stay open in it."""
    with start("/bin/ls", "/proc/self/fd") as running:
        out, _ = running.communicate()

    assert out.split() == ["0", "1", "2", "3"]  # 3 is the directory that ls reads


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "name", ["TERM", "HUP", "USR1", "USR2", "INT", "QUIT", "WINCH"]
)
def test_a_signal_to_aiwrap_alone_is_passed_on_once(
    way: str, name: str, tmp_path: Path
) -> None:
    """Editors and SDKs interrupt the process that they started: that is us."""
    body = f"""
        seen = []
        signal.signal(signal.SIG{name}, lambda number, _: seen.append(number))
        print("ready", flush=True)
        while not seen:
            time.sleep(0.01)
        time.sleep(0.2)
        print(len(seen), flush=True)
    """
    with start(program(tmp_path, body), way=way) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        running.send_signal(getattr(signal, f"SIG{name}"))
        out, _ = running.communicate()

    assert out == "1\n"
    assert running.returncode == 0


def test_a_signal_during_the_start_is_not_lost(tmp_path: Path) -> None:
    """Between the spawn and the event loop lie 100 ms of imports."""
    code = textwrap.dedent("""
        import os, signal, sys
        from aiwrap.session import child
        running = child.spawn(sys.argv[1], sys.argv[1:], os.environ)
        sys.stdin.readline()
        os.kill(os.getpid(), signal.SIGTERM)
        import asyncio
        child.die_like(asyncio.run(child.wait(running)))
    """)
    body = """
        def end(number, frame):
            print("told", flush=True)
            raise SystemExit(9)
        signal.signal(signal.SIGTERM, end)
        print("ready", flush=True)
        time.sleep(30)
    """
    with subprocess.Popen(
        [sys.executable, "-c", code, program(tmp_path, body)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        out, _ = running.communicate("go\n")

    assert (out, running.returncode) == ("told\n", 9)


@linux
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["STOP", "TSTP"])
def test_it_stops_and_continues_with_the_vendor_cli(
    way: str, name: str, tmp_path: Path
) -> None:
    """A full-screen program stops itself on Ctrl-Z; the shell watches us, not it."""
    body = f"""
        signal.signal(signal.SIGCONT, lambda *_: print("continued", flush=True))
        print(os.getpid(), flush=True)
        sys.stdin.readline()
        os.kill(os.getpid(), signal.SIG{name})
        time.sleep(0.1)
        print("done", flush=True)
        sys.exit(5)
    """
    with start(program(tmp_path, body), way=way, in_session=False) as running:
        assert running.stdout is not None
        assert running.stdin is not None
        vendor = int(running.stdout.readline())
        running.stdin.write("\n")
        running.stdin.flush()
        until(lambda: state_of(running.pid) == "T")
        assert state_of(vendor) == "T"
        os.kill(running.pid, signal.SIGCONT)  # us alone: we pass it on
        out, _ = running.communicate()

    assert out == "continued\ndone\n"
    assert running.returncode == 5
    assert running.returncode == 5, "it did not wait for the end"


@linux
def test_the_terminals_own_stop_does_not_stop_us_twice() -> None:
    """Ctrl-Z reaches us too; taken after `fg`, it would leave a job that hangs."""
    code = (
        "import os, signal; from aiwrap.session import child; "
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTSTP}); "
        "os.kill(os.getpid(), signal.SIGTSTP); "
        "child._stop_with(signal.SIGTSTP); print('went on')"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
    ) as running:
        try:
            until(lambda: state_of(running.pid) == "T")
            os.kill(running.pid, signal.SIGCONT)
            until(lambda: state_of(running.pid) in {"T", "Z"})
            assert state_of(running.pid) == "Z"
        finally:
            running.kill()
        assert running.stdout is not None
        assert running.stdout.read() == "went on\n"


def test_a_missing_program_is_127() -> None:
    with pytest.raises(VendorNotFoundError) as failure:
        child.spawn("/absent/claude", ["claude"], {})

    assert failure.value.exit_code == 127


@pytest.mark.parametrize("text", ["", "no program", "#!/absent/interpreter\n"])
def test_a_broken_program_says_so_and_leaves_nothing(text: str, tmp_path: Path) -> None:
    """The watchdog and the blocked signals of a failed start are undone."""
    path = tmp_path / "claude"
    path.write_text(text)
    path.chmod(0o755 if text else 0o644)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())

    with pytest.raises((VendorNotFoundError, VendorNotExecutableError)):
        child.spawn(str(path), ["claude"], {})

    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@linux
def test_becoming_the_vendor_cli_leaves_nothing_of_python() -> None:
    """Where nothing is decided (`claude --version`) there is no second process."""
    code = (
        "from aiwrap.session import child; "
        "child.become('/bin/grep', ['grep', '^SigIgn', '/proc/self/status'], {})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["SigIgn:", "0000000000000000"]
