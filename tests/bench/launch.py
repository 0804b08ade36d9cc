"""What a launch through aiwrap costs, against the budgets.

    python -m tests.bench.launch [--runs N]

1. To the vendor CLI's exec: `aiwrap claude`, where `claude` is a script that
   says when it runs, over bare Python that executes the same script.
2. To the first request: the real Claude Code, wrapped and raw, against a
   stand-in; skipped where it is not installed.
Runs of both kinds take turns, so that a busy machine slows them alike.
"""

from __future__ import annotations

import argparse
import os
import select
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.bench.peers import environment
from tests.support import components
from tests.support.claude import AIWRAP, Claude, prepare
from tests.support.model import Model

BUDGET_EXEC_MS = 60.0
BUDGET_REQUEST_MS = 100.0
PATIENCE_SECONDS = 60.0
SCRIPT = "#!/bin/sh\necho > {fifo}\n"
BARE = "import os, sys; os.execv(sys.argv[1], sys.argv[1:])"

Measure = Callable[[], float]


def main(argv: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args(argv).runs
    with tempfile.TemporaryDirectory(prefix="aiwrap-bench-") as folder:
        _to_exec(folder, runs)
        if components.find("claude") is None:
            print("Claude Code is not installed here: no first request")
            return
        _to_first_request(Path(folder), runs)


def _to_exec(folder: str, runs: int) -> None:
    fifo = os.path.join(folder, "fifo")
    programs = os.path.join(folder, "bin")
    script = os.path.join(programs, "claude")
    os.mkfifo(fifo)
    os.mkdir(programs)
    with open(script, "w", encoding="ascii") as file:
        file.write(SCRIPT.format(fifo=fifo))
    os.chmod(script, 0o700)
    environ = environment(folder)
    environ["PATH"] = os.pathsep.join([programs, environ["PATH"]])
    reader = os.open(
        fifo, os.O_RDWR | os.O_NONBLOCK
    )  # or it would always be at its end
    bare = [sys.executable, "-c", BARE, script, "hello"]
    wrapped = [*AIWRAP, "claude", "hello"]
    _compare(
        "to the vendor CLI's exec",
        lambda: _until_said(bare, environ, folder, reader),
        lambda: _until_said(wrapped, environ, folder, reader),
        runs,
        BUDGET_EXEC_MS,
    )
    os.close(reader)


def _until_said(
    command: Sequence[str], environ: Mapping[str, str], folder: str, reader: int
) -> float:
    """Run `command` to its end; return the ms until the script ran."""
    start = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    ready, _, _ = select.select([reader], [], [], PATIENCE_SECONDS)
    said = time.monotonic()
    _, complaint = process.communicate(timeout=PATIENCE_SECONDS)
    if not ready or not os.read(reader, 100):
        raise RuntimeError(f"{command!r} never ran the script: {complaint.decode()}")
    return (said - start) * 1000


def _to_first_request(folder: Path, runs: int) -> None:
    with Model() as model:
        raw = prepare(folder / "raw", model.url)
        wrapped = prepare(folder / "wrapped", model.url, wrapper=AIWRAP)
        _compare(
            "to Claude Code's first request",
            lambda: _until_asked(raw, model),
            lambda: _until_asked(wrapped, model),
            runs,
            BUDGET_REQUEST_MS,
        )


def _until_asked(claude: Claude, model: Model) -> float:
    """Return the ms from the launch to the request's first byte."""
    before = len(model.messages)
    start = time.monotonic()
    finished = claude.run("-p", "say hello")
    if finished.code:
        raise RuntimeError(finished.stderr)
    return (model.messages[before].first_byte_at - start) * 1000


def _compare(
    what: str, raw: Measure, wrapped: Measure, runs: int, budget_ms: float
) -> None:
    """Print medians, and the difference against the budget."""
    pairs = [(raw(), wrapped()) for _ in range(runs + 1)][1:]  # the first is cold
    one, other = (statistics.median(side) for side in zip(*pairs, strict=True))
    added = statistics.median(after - before for before, after in pairs)
    least = min(after for _, after in pairs) - min(before for before, _ in pairs)
    print(
        f"{what}: raw {one:.0f} ms, wrapped {other:.0f} ms, added {added:.0f} ms:"
        f" {added / budget_ms:.2f} of the budget ({other / one:.2f} of raw);"
        f" the fastest runs differ by {least:.0f} ms"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
