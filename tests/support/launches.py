"""Launch small programs as the vendor CLI, through the real `aiwrap`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from aiwrap import files
from aiwrap.policy import cache
from aiwrap.records.record import Record, parse
from aiwrap.records.store import Store
from tests.support.sessions import NOW

ASK = """
import json, sys, urllib.request
settings = json.load(open(sys.argv[sys.argv.index("--settings") + 1]))
url = settings["env"]["ANTHROPIC_BASE_URL"]
body = {"model": "m", "messages": [{"role": "user", "content": sys.argv[-1]}]}
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
try:
    answer = opener.open(urllib.request.Request(
        url + "/v1/messages", json.dumps(body).encode(),
        {"content-type": "application/json"}))
    print(answer.status, answer.read().decode())
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())
"""
"""A vendor CLI that sends its last argument as a prompt and prints the answer."""


class Vendor(NamedTuple):
    """A program in the place of Claude Code, and where aiwrap keeps things."""

    path: Path
    environment: dict[str, str]

    @property
    def locations(self) -> files.Locations:
        """Where aiwrap keeps things."""
        return files.locate(self.environment)

    def command(self, *arguments: str, before: tuple[str, ...] = ()) -> list[str]:
        """Return the command line; `before` are our own options."""
        return [sys.executable, "-m", "aiwrap", *before, str(self.path), *arguments]

    def launch(
        self, *arguments: str, before: tuple[str, ...] = (), stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run `aiwrap /path/to/claude ARGUMENTS` to its end."""
        return subprocess.run(
            self.command(*arguments, before=before),
            env=self.environment,
            cwd=self.path.parent,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def push(self, data: bytes) -> None:
        """Put a policy in force."""
        files.make_private_directory(self.locations.data)
        cache.push(self.locations, data, now=NOW)

    def records(self, kind: str | None = None) -> list[Record]:
        """Return what was recorded, in order."""
        store = Store(self.locations.records)
        records = [parse(entry.payload) for entry in store.entries()]
        store.close()
        return [each for each in records if kind in (None, each.kind)]


def vendor(
    folder: Path, program: str, *, upstream: str = "http://127.0.0.1:9"
) -> Vendor:
    """Write `program` (Python) as a vendor CLI called `claude`."""
    path = folder / "bin" / "claude"
    path.parent.mkdir(parents=True)
    path.write_text(f"#!{sys.executable} -I\n{program}")
    path.chmod(0o755)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "home"),
        "ANTHROPIC_BASE_URL": upstream,
        "PYTHONPATH": os.pathsep.join(sys.path[:1]),
    }
    return Vendor(path, environment)


def answer_of(done: subprocess.CompletedProcess[str]) -> tuple[int, dict[str, object]]:
    """Return status and body that an `ASK` vendor printed."""
    status, _, body = done.stdout.partition(" ")
    return int(status), json.loads(body)
