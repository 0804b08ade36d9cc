"""Run the real Claude Code, raw or through `aiwrap`, against a stand-in.

Each `Claude` has a home, a configuration and a git repo of its own, a dummy
key, and the stand-in as its base URL.  Nothing of the user's is read.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
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
from tests.support.terminal import INPUT_MARK, Terminal

API_KEY = "sk-ant-api03-made-up-key-for-tests-0123456789abcdefghij"
TIMEOUT_SECONDS = 120.0

ALLOW_TOOLS = ("--allowedTools", "Read,Edit,Write,Bash,Agent,WebFetch")

SENSITIVE_FILES = {
    "infra/prod/database.tf": 'resource "db" "main" {\n  size = "large"\n}\n',
    "infra/prod/nightingale/secrets.yaml": "replicas: 3\nregion: eu\n",
    "infra/prod/kestrel.tf": 'variable "zone" {\n  default = "a"\n}\n',
}
ORDINARY_FILES = {
    "README.md": "# A repo\n",
    "src/parser.py": "def parse(text):\n    return text.split()\n",
}
SENSITIVE_NAMES = (
    "infra/prod",
    "nightingale",
    "kestrel",
    "database.tf",
    "secrets.yaml",
)
"""Components that only exist under `infra/prod/`, and the path itself."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a run ended."""

    code: int  # -signal where it died of one
    stdout: str
    stderr: str

    @property
    def lines(self) -> list[dict[str, object]]:
        """Standard output as JSON lines; anything else on it is an error."""
        return [json.loads(line) for line in self.stdout.splitlines()]


@dataclass(slots=True)
class Claude:
    """The CLI in a place of its own."""

    root: Path
    base_url: str
    wrapper: tuple[str, ...] = ()  # what stands before `claude`; () is raw
    extra: dict[str, str] = field(default_factory=dict)  # environment
    off: dict[str, str] = field(  # what Claude Code shall not do in tests
        default_factory=lambda: {
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
        }
    )

    @property
    def home(self) -> Path:
        """The engineer's home."""
        return self.root / "home"

    @property
    def config(self) -> Path:
        """CLAUDE_CONFIG_DIR."""
        return self.home / ".claude"

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
        """The whole environment of a run."""
        programs = [*components.TOOLS, os.path.dirname(sys.executable)]
        return {
            "PATH": os.pathsep.join([*programs, os.environ["PATH"]]),
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "CLAUDE_CONFIG_DIR": str(self.config),
            "ANTHROPIC_BASE_URL": self.base_url,
            "ANTHROPIC_API_KEY": API_KEY,
            **self.off,
            **self.extra,
        }

    @property
    def slug(self) -> str:
        """The repo's path as Claude Code writes it in directory names."""
        return re.sub(r"[^A-Za-z0-9]", "-", str(self.repo))

    def command(self, *arguments: str) -> list[str]:
        """Return the command line."""
        if self.wrapper:
            return [*self.wrapper, "claude", *arguments]
        return [components.require("claude"), *arguments]

    def run(
        self,
        *arguments: str,
        stdin: str = "",
        cwd: Path | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> Finished:
        """Run to the end, without a terminal."""
        done = subprocess.run(
            self.command(*arguments),
            input=stdin,
            cwd=cwd or self.repo,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout_seconds,
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    def aiwrap(self, *arguments: str, stdin: str = "") -> Finished:
        """Run one of aiwrap's own commands in the same place."""
        done = subprocess.run(
            [*AIWRAP, *arguments],
            input=stdin,
            cwd=self.repo,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str, cwd: Path | None = None) -> subprocess.Popen[str]:
        """Start it with pipes, for a test that talks to it or kills it."""
        return subprocess.Popen(
            self.command(*arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd or self.repo,
            env=self.environment,
            text=True,
        )

    def stream_json(self, *arguments: str, lines: Sequence[str]) -> Finished:
        """Run the editors' mode; each of `lines` is a prompt."""
        return self.run(
            "-p", *STREAM_JSON, *arguments, stdin="".join(map(user_line, lines))
        )

    @contextmanager
    def terminal(self, *arguments: str, ready: bool = True) -> Iterator[Terminal]:
        """Run the TUI in a real terminal; `ready` waits for its input box."""
        with Terminal(
            self.command(*arguments), cwd=str(self.repo), environment=self.environment
        ) as terminal:
            if ready:
                terminal.wait_until(lambda text: INPUT_MARK in text)
                terminal.settle()
            yield terminal

    def push_policy(self, text: str) -> None:
        """Put a local policy in force."""
        locations = files.Locations(str(self.data))
        files.make_private_directory(locations.data)
        cache.push(locations, text.encode(), now=clock.now())

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

    def transcripts(self) -> list[str]:
        """Read every transcript that Claude Code wrote."""
        return [path.read_text() for path in self.config.glob("projects/*/*.jsonl")]


AIWRAP = (sys.executable, "-m", "aiwrap")
STREAM_JSON = (
    "--input-format",
    "stream-json",
    "--output-format",
    "stream-json",
    "--verbose",
)


def user_line(text: str) -> str:
    """Return one prompt as a line of `--input-format stream-json`."""
    message = {"role": "user", "content": [{"type": "text", "text": text}]}
    return json.dumps({"type": "user", "message": message}) + "\n"


def converse(running: subprocess.Popen[str], prompt: str) -> str:
    """Submit one prompt; return its result as JSON text, or raise at the end.

    One at a time: Claude Code joins the lines that wait into one submission.
    """
    assert running.stdin is not None
    assert running.stdout is not None
    running.stdin.write(user_line(prompt))
    running.stdin.flush()
    for line in running.stdout:
        if json.loads(line)["type"] == "result":
            return line
    raise BrokenPipeError


def prepare(
    root: Path,
    base_url: str,
    *,
    wrapper: Sequence[str] = (),
    extra: Mapping[str, str] | None = None,
) -> Claude:
    """Create home, configuration and repo under `root`."""
    components.require("claude")
    components.require("git")
    claude = Claude(root, base_url, tuple(wrapper), dict(extra or {}))
    claude.config.mkdir(parents=True)
    write_repo(claude.repo)
    seed = {
        "hasCompletedOnboarding": True,
        "customApiKeyResponses": {"approved": [API_KEY[-20:]]},
        "projects": {str(claude.repo): {"hasTrustDialogAccepted": True}},
    }
    (claude.config / ".claude.json").write_text(json.dumps(seed))
    return claude


def write_repo(repo: Path) -> None:
    """Write a git repo with ordinary and sensitive files."""
    for name, text in (SENSITIVE_FILES | ORDINARY_FILES).items():
        path = repo / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(repo),
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    for name in ("AUTHOR", "COMMITTER"):
        environment[f"GIT_{name}_NAME"] = "Test Engineer"
        environment[f"GIT_{name}_EMAIL"] = "engineer@acme.example"
    for arguments in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "."],
        ["commit", "--quiet", "--message=Begin"],
        ["remote", "add", "origin", "git@github.com:acme/service.git"],
    ):
        subprocess.run(["git", *arguments], cwd=repo, env=environment, check=True)
