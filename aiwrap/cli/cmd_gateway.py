"""`aiwrap gateway`: the gateway alone, for SDK programs, editors and measuring.

Prints `{"base_url": …}` as its first line and serves until it is interrupted.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence

from aiwrap import files
from aiwrap.cli import delivery, first_run, terminal
from aiwrap.cli.services import open_gateway
from aiwrap.errors import UsageError
from aiwrap.gateway.upstream import Upstream
from aiwrap.session import run as story
from aiwrap.session.child import Ending
from aiwrap.session.folder import find_parent
from aiwrap.session.plan import Plan, Services
from aiwrap.session.workplace import look_around
from aiwrap.vendors import registry
from aiwrap.vendors.descriptor import Pin


def run(argv: Sequence[str]) -> int:
    """Run the command."""
    # argparse only here: the launch path does without it.
    import argparse

    parser = argparse.ArgumentParser(prog="aiwrap gateway", description=__doc__)
    parser.add_argument("--vendor", required=True)
    parser.add_argument("--listen", default="127.0.0.1:0", help="127.0.0.1:PORT")
    parser.add_argument("--upstream", help="where to forward to")
    options = parser.parse_args(argv)
    locations = files.locate(os.environ)
    first_run.open_data(locations)
    plan = _plan(locations, options.vendor, options.upstream)
    host, port = _address(options.listen)
    Upstream.from_environment(plan.upstream, plan.environ)  # an error before we print
    services = Services(
        locations=locations,
        open_gateway=open_gateway,
        pin=_no_pin,
        ask=None,
        say=terminal.say,
        deliver=lambda: delivery.start(locations),
        zone=None,
    )
    story.run_gateway(plan, services, story.listen(host, port), _print, _interrupted)
    delivery.start(locations)
    return 0


def _print(base_url: str) -> None:
    sys.stdout.write(json.dumps({"base_url": base_url}) + "\n")
    sys.stdout.flush()


async def _interrupted() -> Ending:
    import asyncio
    import signal

    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, done.set)
    await done.wait()
    return Ending(exit_code=0, signal=None)


def _plan(locations: files.Locations, name: str, upstream: str | None) -> Plan:
    vendor = registry.find(name)
    if vendor is None:
        raise UsageError(f"--vendor {name!r} is not a vendor we know")
    settings = vendor.read_settings((), os.environ, os.getcwd())
    wanted = upstream or settings.upstream
    parent = find_parent(locations, wanted)
    return Plan(
        vendor=vendor.facts.name,
        title=vendor.facts.title,
        wire=vendor.facts.wire,
        executable="",
        arguments=(),
        environ=settings.environment,
        mode="gateway",
        texts=(),
        lasting_texts=(),
        uncovered=None,
        has_hooks=False,
        place=look_around(os.getcwd(), ()),
        upstream=parent.upstream if parent else wanted,
        alternatives=(
            vendor.facts.upstreams_by_header
            if settings.upstream_is_default and upstream is None
            else {}
        ),
        parent=parent.session if parent else None,
        task=None,
        confirmation=None,
    )


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65_535:
        raise UsageError(f"--listen {text!r} is not HOST:PORT")
    if host not in ("127.0.0.1", "localhost"):
        raise UsageError(
            f"--listen {host!r} is not a loopback address",
            hint="The gateway forwards your credentials; it never leaves 127.0.0.1.",
        )
    return "127.0.0.1", int(port)


def _no_pin(_base_url: str, _hook_url: str) -> Pin:
    return Pin({}, lambda _path: [], {})
