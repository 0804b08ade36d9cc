"""Run the real Codex, raw or through `aiwrap`, against a stand-in.

Each `Codex` has a home, a configuration and a git repo of its own, a made-up
key, and the stand-in as its base URL.  Nothing of the user's is read.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiwrap import files
from aiwrap.policy import cache
from aiwrap.records import chain, keys, record
from aiwrap.records.chain import Entry, Problem
from aiwrap.records.record import Record
from aiwrap.records.store import Store
from aiwrap.session import clock
from tests.support import components
from tests.support.claude import AIWRAP, Finished, write_repo
from tests.support.terminal import Terminal

API_KEY = "sk-made-up-key-for-tests-0123456789"
TIMEOUT_SECONDS = 120.0
INPUT_MARK = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} "
"""What stands before the input box of Codex."""
FULL_ACCESS = ("--dangerously-bypass-approvals-and-sandbox",)
"""Let the model's commands write: the sandbox needs more than a container has."""


@dataclass(slots=True)
class Codex:
    """The CLI in a place of its own."""

    root: Path
    base_url: str
    wrapper: tuple[str, ...] = ()  # what stands before `codex`; () is raw
    extra: dict[str, str] = field(default_factory=dict)  # environment

    @property
    def home(self) -> Path:
        """The engineer's home."""
        return self.root / "home"

    @property
    def config(self) -> Path:
        """CODEX_HOME."""
        return self.home / ".codex"

    @property
    def repo(self) -> Path:
        """The git repo that it works in."""
        return self.root / "work" / "service"

    @property
    def data(self) -> Path:
        """Where aiwrap keeps things."""
        return self.home / ".local" / "share" / "aiwrap"

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment of a run; no request beyond this machine."""
        programs = [*components.TOOLS, os.path.dirname(sys.executable)]
        return {
            "PATH": os.pathsep.join([*programs, os.environ["PATH"]]),
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "CODEX_HOME": str(self.config),
            "HTTPS_PROXY": "http://127.0.0.1:9",
            **self.extra,
        }

    def command(self, *arguments: str) -> list[str]:
        """Return the command line."""
        if self.wrapper:
            return [*self.wrapper, "codex", *arguments]
        return [components.require("codex"), *arguments]

    def run(
        self, *arguments: str, stdin: str = "", cwd: Path | None = None
    ) -> Finished:
        """Run to the end, without a terminal."""
        done = subprocess.run(
            self.command(*arguments),
            input=stdin,
            cwd=cwd or self.repo,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start it with pipes, for a test that talks to it or kills it."""
        return subprocess.Popen(
            self.command(*arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.repo,
            env=self.environment,
            text=True,
        )

    @contextmanager
    def terminal(self, *arguments: str) -> Iterator[Terminal]:
        """Run the TUI in a real terminal, up to its input box."""
        with Terminal(
            self.command(*arguments), cwd=str(self.repo), environment=self.environment
        ) as terminal:
            terminal.wait_until(lambda text: INPUT_MARK in text)
            terminal.settle()
            yield terminal

    def push_policy(self, text: str) -> None:
        """Put a local policy in force."""
        locations = files.Locations(str(self.data))
        files.make_private_directory(locations.data)
        cache.push(locations, text.encode(), now=clock.now())

    def configure(self, text: str) -> None:
        """Write the user's config.toml; the repo stays trusted."""
        trust = f'[projects."{self.repo}"]\ntrust_level = "trusted"\n'
        (self.config / "config.toml").write_text(f"{text}\n{trust}")

    @property
    def records(self) -> list[Record]:
        """Every record so far, read by this other process."""
        return [record.parse(entry.payload) for entry in self.entries]

    @property
    def entries(self) -> list[Entry]:
        """Every record so far, with its signature."""
        path = files.Locations(str(self.data)).records
        if not os.path.exists(path):
            return []
        store = Store(path)
        try:
            return list(store.entries())
        finally:
            store.close()

    def chain_problems(self) -> list[Problem]:
        """Verify the chain; return what is wrong with the chain of records."""
        device = keys.read_device(files.Locations(str(self.data)))
        assert device is not None
        return chain.verify(self.entries, device.public_key)


class AppServer:
    """`codex app-server` and a client that speaks JSON-RPC over its pipes."""

    def __init__(self, running: subprocess.Popen[str]) -> None:
        self._running = running
        self._number = 0
        self.seen: list[dict[str, object]] = []
        self.ask("initialize", clientInfo={"name": "test", "version": "1"})
        self._send({"method": "initialized"})
        started = self.ask("thread/start", approvalPolicy="never")
        thread = started["thread"]
        assert isinstance(thread, dict)
        self.thread = str(thread["id"])

    def turn(self, prompt: str) -> list[dict[str, object]]:
        """Submit a prompt; return every message up to the turn's end."""
        first = len(self.seen)
        self.ask(
            "turn/start",
            threadId=self.thread,
            input=[{"type": "text", "text": prompt}],
        )
        while not any(m.get("method") == "turn/completed" for m in self.seen[first:]):
            self._receive()
        return self.seen[first:]

    def ask(self, method: str, **parameters: object) -> dict[str, object]:
        """Call a method and return its result."""
        self._number += 1
        self._send({"id": self._number, "method": method, "params": parameters})
        while True:
            message = self._receive()
            if message.get("id") == self._number and "method" not in message:
                result = message.get("result")
                assert isinstance(result, dict), message
                return result

    def _send(self, message: dict[str, object]) -> None:
        assert self._running.stdin is not None
        self._running.stdin.write(json.dumps(message) + "\n")
        self._running.stdin.flush()

    def _receive(self) -> dict[str, object]:
        assert self._running.stdout is not None
        line = self._running.stdout.readline()
        assert line, "the app server ended"
        message = json.loads(line)
        assert isinstance(message, dict)
        self.seen.append(message)
        return message


def thread_of(done: Finished) -> str:
    """Return the thread that `exec --json` worked in."""
    return str(done.lines[0]["thread_id"])


def prepare(root: Path, base_url: str, *, wrapper: Sequence[str] = ()) -> Codex:
    """Create home, configuration and repo under `root`."""
    components.require("codex")
    components.require("git")
    codex = Codex(root, base_url, tuple(wrapper))
    codex.config.mkdir(parents=True)
    write_repo(codex.repo)
    codex.configure(f'openai_base_url = "{base_url}"')
    auth = {"auth_mode": "apikey", "OPENAI_API_KEY": API_KEY}
    (codex.config / "auth.json").write_text(json.dumps(auth))
    return codex


__all__ = ["AIWRAP", "AppServer", "Codex", "Finished", "prepare", "thread_of"]
