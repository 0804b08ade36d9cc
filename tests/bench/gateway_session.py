"""The 100-turn session through aiwrap, beside a bare relay and llm-redact-proxy.

    python -m tests.bench.gateway_session [--peers a,b] [--repetitions N]

Prints, against the budgets: what the first byte costs at 2 MB, CPU per session,
the 99th percentile per event with 16 streams, leaks, and paths restored.  All
peers run in the same run, in turn, so that figures are differences and ratios;
absolute figures of two runs do not compare.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import uvloop

from tests.bench import peers
from tests.bench.session_bodies import TURNS, CodingSession
from tests.bench.session_client import (
    Answer,
    Played,
    count_sensitive,
    event_ms,
    first_byte_ms,
    play,
    understand,
)

Starter = Callable[[str, str], AbstractContextManager[peers.Peer | None]]
STARTERS: dict[str, Starter] = {
    "direct": peers.direct,
    "relay": peers.relay,
    "gateway": peers.gateway_alone,
    "aiwrap": peers.aiwrap,
    "llm-redact": peers.llm_redact,
}
AT_2_MB = range(90, TURNS + 1)
STREAMS = 16
STREAM_TURNS = (30, 60, 100)
STREAM_GAP_MS = 8
BUDGET_FIRST_BYTE_MS = 4.0
BUDGET_CPU_SECONDS = 0.6
BUDGET_P99_MS = 1.0


class Measures(NamedTuple):
    """One peer, one repetition."""

    first_byte_ms: float  # median over the turns near 2 MB
    cpu_seconds: float  # of the peer, for one whole session
    p99_ms: float  # per event, 16 streams
    sensitive: Sequence[int]  # turns, restored in text, restored in tool input
    leaks: int  # sensitive names in what the vendor received, both phases
    prefix: float  # median share of a body that the next one repeats


class Vendor(NamedTuple):
    """The stand-in's control side."""

    url: str

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON at `path`."""
        with urllib.request.urlopen(f"{self.url}{path}") as response:  # noqa: S310
            return json.load(response)


def main(argv: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default=",".join(STARTERS))
    parser.add_argument("--repetitions", type=int, default=1)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="aiwrap-bench-") as folder:
        command = [sys.executable, "-m", "tests.bench.session_vendor"]
        with peers.running(command, folder, cwd=peers.ROOT) as process:
            port = int(peers.first_line(process))
            vendor = Vendor(f"http://127.0.0.1:{port}")
            names = options.peers.split(",")
            results = _measure_all(names, options.repetitions, folder, vendor)
    _report(results)


def _measure_all(
    names: Sequence[str], repetitions: int, folder: str, vendor: Vendor
) -> dict[str, list[Measures]]:
    results: dict[str, list[Measures]] = {name: [] for name in names}
    sessions = [CodingSession(seed) for seed in range(STREAMS)]
    for repetition in range(repetitions):
        order = names if repetition % 2 == 0 else names[::-1]
        for name in order:
            home = os.path.join(folder, f"{name}-{repetition}")
            os.makedirs(home)
            with STARTERS[name](home, vendor.url) as peer:
                if peer is None:
                    print(f"{name}: cannot be installed here, left out")
                    continue
                peers.settle(peer)
                measured = uvloop.run(_measure(peer, vendor, sessions))
                print(f"{name:12s} {measured}", flush=True)
                results[name].append(measured)
    return {name: measured for name, measured in results.items() if measured}


async def _measure(
    peer: peers.Peer, vendor: Vendor, sessions: Sequence[CodingSession]
) -> Measures:
    await asyncio.to_thread(vendor.get, "/findings")
    await asyncio.to_thread(vendor.get, "/control?gap_ms=0")
    cpu = peer.cpu_seconds()
    whole = await play(peer.base_url, sessions[0], range(1, TURNS + 1), feeds_back=True)
    cpu = peer.cpu_seconds() - cpu
    answers = [understand(played) for played in whole]
    near_2_mb = [
        first_byte_ms(answer, times)
        for answer, times in await _timed(answers, vendor)
        if answer.turn in AT_2_MB
    ]
    found = await asyncio.to_thread(vendor.get, "/findings")

    await asyncio.to_thread(vendor.get, f"/control?gap_ms={STREAM_GAP_MS}")
    streams = await asyncio.gather(
        *(
            play(peer.base_url, session, STREAM_TURNS, feeds_back=False)
            for session in sessions
        )
    )
    played: list[Played] = [turn for stream in streams for turn in stream]
    timed = await _timed([understand(turn) for turn in played], vendor)
    delays = [delay for answer, times in timed for delay in event_ms(answer, times)]
    found_too = await asyncio.to_thread(vendor.get, "/findings")
    return Measures(
        statistics.median(near_2_mb),
        cpu,
        statistics.quantiles(delays, n=100)[98],
        count_sensitive(answers, sessions[0]),
        found["leaks"] + found_too["leaks"],
        statistics.median(found["prefix"]),
    )


async def _timed(
    answers: Sequence[Answer], vendor: Vendor
) -> list[tuple[Answer, dict[str, Any]]]:
    return [
        (answer, await asyncio.to_thread(vendor.get, f"/times?n={answer.number}"))
        for answer in answers
    ]


def _report(results: dict[str, list[Measures]]) -> None:
    """Print medians, less those of no peer at all."""
    base = results.get("direct")
    print(f"\n{'peer':12s} first byte   CPU s    p99/event  leaks  restored  prefix")
    for name, measured in results.items():
        first, cpu, p99 = _medians(measured)
        if base is not None:
            first, p99 = first - _medians(base)[0], p99 - _medians(base)[2]
        turns, text, tool = measured[-1].sensitive
        leaks = max(each.leaks for each in measured)
        print(
            f"{name:12s} +{first:7.2f} ms {cpu:7.2f}  +{p99:7.2f} ms"
            f"  {leaks:5d}  {text}+{tool}/{turns}  {measured[-1].prefix:.4f}"
        )
        if name in ("gateway", "aiwrap"):
            print(
                f"{'':12s} of budget: {first / BUDGET_FIRST_BYTE_MS:.2f}"
                f"      {cpu / BUDGET_CPU_SECONDS:.2f}"
                f"      {p99 / BUDGET_P99_MS:.2f}"
            )
    _ratios(results)


def _ratios(results: dict[str, list[Measures]]) -> None:
    ours = results.get("aiwrap")
    for name in ("relay", "llm-redact"):
        if ours is not None and name in results:
            cpu = _medians(ours)[1] / max(_medians(results[name])[1], 0.01)
            print(f"aiwrap's CPU is {cpu:.2f} of {name}'s")


def _medians(measured: Sequence[Measures]) -> tuple[float, float, float]:
    return (
        statistics.median(each.first_byte_ms for each in measured),
        statistics.median(each.cpu_seconds for each in measured),
        statistics.median(each.p99_ms for each in measured),
    )


if __name__ == "__main__":
    main(sys.argv[1:])
