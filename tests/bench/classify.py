"""What classifying costs: `python -m tests.bench.classify`.

Cold: import, load and first 2 kB prompt, each time in a new process, in processor
time.  Warm: the corpus in pieces of 2 kB, once as it comes and once more.
Budgets: 20 ms cold, 2 ms warm at the 95th percentile.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from aiwrap.tasks.classifier import classify
from aiwrap.tasks.evidence import Evidence
from aiwrap.tasks.types import builtin_task_types

CORPUS = os.path.join(os.path.dirname(__file__), "..", "data", "tasks")
PROMPT_BYTES = 2_000
COLD_RUNS = 15
# What the launch path has imported anyway is imported before the clock starts.
COLD = """
import collections.abc, json, os, re, sys, time, tomli, typing
prompt = sys.stdin.read()
start = time.process_time()
from aiwrap.tasks.classifier import classify
from aiwrap.tasks.evidence import Evidence
from aiwrap.tasks.types import builtin_task_types
classify(Evidence(prompt=prompt, cwd="/srv/x"), builtin_task_types())
print((time.process_time() - start) * 1000)
"""


def prompts() -> list[str]:
    """Return the corpus in pieces: many different words in each."""
    texts: list[str] = []
    for name in sorted(os.listdir(CORPUS)):
        with open(os.path.join(CORPUS, name), encoding="utf-8") as file:
            texts += [json.loads(line)["text"] for line in file]
    data = "\n".join(texts).encode()
    pieces = (data[i : i + PROMPT_BYTES] for i in range(0, len(data), PROMPT_BYTES))
    return [piece.decode(errors="ignore") for piece in pieces]


def cold(prompt: str) -> float:
    """Return the milliseconds that a new process needs."""
    done = subprocess.run(
        [sys.executable, "-c", COLD],
        input=prompt,
        capture_output=True,
        check=True,
        text=True,
    )
    return float(done.stdout)


def milliseconds(work: Callable[[], object]) -> float:
    """Return the processor time of one call."""
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1_000


def main() -> None:
    """Print the three figures."""
    texts = prompts()
    runs = [cold(texts[0]) for _ in range(COLD_RUNS)]
    print(f"cold            median {statistics.median(runs):.1f} ms")
    types = builtin_task_types()
    for name in ("as it comes", "once more"):
        times = [
            milliseconds(lambda text=text: classify(Evidence(text), types))  # type: ignore[misc]
            for text in texts
        ]
        middle, high = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        print(f"{name:15} median {middle:.2f} ms, p95 {high:.2f} ms, n={len(times)}")


if __name__ == "__main__":
    main()
