"""What the session is played through, each as processes of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import psutil

from tests.bench.session_bodies import ORDINARY, SENSITIVE

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PATIENCE_SECONDS = 60.0
SETTLED_SECONDS = 0.5  # without using any CPU
LLM_REDACT = "llm-redact-proxy"
POLICY = """\
schema = "aiwrap.policy/1"
team = "bench"

[[sensitive]]
paths = ["infra/prod/**"]
"""
LLM_REDACT_CONFIG = """\
port = {port}
max_body_bytes = 67108864
max_body_strings = 10000000
[providers.anthropic]
upstream_base_url = "{upstream}"
[detection]
enabled = []
[[detection.custom_rules]]
name = "prod"
type = "PATH"
pattern = 'infra/prod/[\\w./-]+\\w'
"""


class Peer(NamedTuple):
    """A running peer."""

    base_url: str
    process: psutil.Process | None  # None: nothing stands between

    def cpu_seconds(self) -> float:
        """Return user and system time of the peer's processes so far."""
        if self.process is None:
            return 0.0
        tree = [self.process, *self.process.children(recursive=True)]
        return sum(sum(process.cpu_times()[:2]) for process in tree)


def settle(peer: Peer) -> None:
    """Wait until `peer` has done what it does at its start."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    before = -1.0
    while (now := peer.cpu_seconds()) != before and time.monotonic() < deadline:
        before = now
        time.sleep(SETTLED_SECONDS)


def environment(folder: str) -> dict[str, str]:
    """Return an environment with a home of its own and no proxies."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy")
        and not name.startswith(("ANTHROPIC", "CLAUDE", "AIWRAP"))
    }
    data = os.path.join(folder, "data")
    return {**kept, "HOME": folder, "XDG_DATA_HOME": data, "PYTHONPATH": ROOT}


@contextmanager
def direct(_folder: str, upstream: str) -> Iterator[Peer]:
    """Put nothing between."""
    yield Peer(upstream, None)


@contextmanager
def relay(folder: str, upstream: str) -> Iterator[Peer]:
    """Put a bare byte relay between."""
    port = free_port()
    command = _module("tests.bench.relay", str(port), upstream.rpartition(":")[2])
    with running(command, folder) as process:
        wait_for_port(port, process)
        yield Peer(f"http://127.0.0.1:{port}", psutil.Process(process.pid))


@contextmanager
def gateway_alone(folder: str, upstream: str) -> Iterator[Peer]:
    """Put our gateway between, forwarding everything."""
    command = _module("tests.bench.gateway_alone", str(free_port()), upstream)
    with running(command, folder) as process:
        yield Peer(_base_url(process), psutil.Process(process.pid))


@contextmanager
def aiwrap(folder: str, upstream: str) -> Iterator[Peer]:
    """Put `aiwrap gateway` between, in a repo whose infra/prod/ is sensitive."""
    repo = os.path.join(folder, "shop")
    for path in (*SENSITIVE, *ORDINARY):
        write(os.path.join(repo, path), "x\n")
    subprocess.run(["git", "init", "-q", repo], check=True)
    write(os.path.join(folder, "data", "aiwrap", "policy.toml"), POLICY, 0o600)
    os.chmod(os.path.join(folder, "data", "aiwrap"), 0o700)
    listen = f"127.0.0.1:{free_port()}"
    options = ["--vendor", "claude", "--listen", listen, "--upstream", upstream]
    with running(_module("aiwrap", "gateway", *options), folder, cwd=repo) as process:
        yield Peer(_base_url(process), psutil.Process(process.pid))


@contextmanager
def llm_redact(folder: str, upstream: str) -> Iterator[Peer | None]:
    """Put the one peer between that restores in text and tools; None: not to be had."""
    program = _install_llm_redact(folder)
    if program is None:
        yield None
        return
    port = free_port()
    config = os.path.join(folder, "llm-redact.toml")
    write(config, LLM_REDACT_CONFIG.format(port=port, upstream=upstream))
    with running([program, "serve", "--config", config], folder) as process:
        wait_for_port(port, process)
        yield Peer(f"http://127.0.0.1:{port}", psutil.Process(process.pid))


@contextmanager
def running(
    command: Sequence[str], folder: str, cwd: str | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` in a process group of its own, and end that."""
    with open(os.path.join(folder, "stderr.txt"), "ab") as errors:
        process = subprocess.Popen(
            command,
            cwd=cwd or folder,
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def free_port() -> int:
    """Return a port that was free just now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until `process` listens on `port`."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"{process.args!r} does not listen")


def write(path: str, text: str, mode: int = 0o644) -> None:
    """Write a file, and the directories above it."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


def first_line(process: subprocess.Popen[bytes]) -> bytes:
    """Return the first line that `process` prints."""
    if process.stdout is None or not (line := process.stdout.readline()):
        raise RuntimeError(f"{process.args!r} said nothing")
    return line


def _base_url(process: subprocess.Popen[bytes]) -> str:
    said: Mapping[str, str] = json.loads(first_line(process))
    return said["base_url"]


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]


def _install_llm_redact(folder: str) -> str | None:
    """Install the peer into an environment of its own; it may need Python 3.12."""
    for python in _pythons():
        venv = os.path.join(folder, f"venv-{os.path.basename(python)}")
        steps = (
            [python, "-m", "venv", venv],
            [f"{venv}/bin/pip", "install", "-q", LLM_REDACT],
            [f"{venv}/bin/llm-redact", "--version"],
        )
        if all(_succeeds(step) for step in steps):
            return f"{venv}/bin/llm-redact"
    return None


def _pythons() -> list[str]:
    names = ["python3.13", "python3.12"]
    found = [path for name in names if (path := shutil.which(name))]
    pyenv = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
    versions = os.path.join(pyenv, "versions")
    if os.path.isdir(versions):
        found += [
            os.path.join(versions, version, "bin", "python3")
            for version in sorted(os.listdir(versions), reverse=True)
            if version.startswith(("3.12", "3.13"))
        ]
    return [*found, sys.executable]


def _succeeds(command: Sequence[str]) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=300)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
