"""`aiwrap status`: what is in force here, what is covered and what is not."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from typing import NamedTuple

from aiwrap import files
from aiwrap.cli import terminal
from aiwrap.errors import AiwrapError
from aiwrap.records import keys
from aiwrap.records.store import Store
from aiwrap.session import clock
from aiwrap.session.folder import is_alive
from aiwrap.session.hiding import sensitive_names
from aiwrap.session.rules import Rules
from aiwrap.session.workplace import look_around
from aiwrap.vendors import executable, registry
from aiwrap.vendors.descriptor import VendorModule

LOOPBACK_SWITCHES_OFF = (
    "While wrapped, Claude Code does not fetch server-managed settings: it never does "
    "with a base URL of its own. Managed settings files still apply."
)


class Line(NamedTuple):
    """One finding: a name, a value, and whether a person should act on it."""

    name: str
    value: str
    needs_care: bool = False


def run(argv: Sequence[str]) -> int:
    """Run the command; 0, or 125 if something keeps aiwrap from working."""
    # argparse only here: the launch path does without it.
    import argparse

    parser = argparse.ArgumentParser(prog="aiwrap status", description=__doc__)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    lines = look()
    if options.json:
        document = [line._asdict() for line in lines]
        terminal.print_out(json.dumps({"status": document}, indent=2))
    else:
        for line in lines:
            mark = "!" if line.needs_care else " "
            terminal.print_out(f"{mark} {line.name:<12} {line.value}")
    return 125 if any(line.name.endswith("broken") for line in lines) else 0


def look() -> list[Line]:
    """Collect the findings; a part that fails is a finding too."""
    locations = files.locate(os.environ)
    lines: list[Line] = []
    for part in (_policy, _vendors, _shim, _records, _central):
        try:
            lines += part(locations)
        except AiwrapError as error:
            name = f"{part.__name__.strip('_')} broken"
            lines.append(Line(name, f"{error}. {error.hint}", needs_care=True))
    lines.append(Line("loopback", LOOPBACK_SWITCHES_OFF))
    return lines


def _policy(locations: files.Locations) -> list[Line]:
    files.make_private_directory(locations.data)
    place = look_around(os.getcwd(), ())
    rules = Rules(locations, place, "claude", declared=None, now=clock.now())
    force = rules.in_force
    patterns, terms = sensitive_names(force.policy)
    active = [pause for pause in force.policy.pauses if pause.is_active(clock.now())]
    pauses = ", ".join(f"{pause.id} ({pause.action.word})" for pause in active)
    lines = [
        Line(
            "policy",
            f"{force.policy.team} version {force.version}, {force.sha256[:12]}, "
            f"{force.state}, {round(force.age_seconds)} s old ({locations.policy})",
            needs_care=force.state != "fresh",
        ),
        Line("pauses", pauses or "none"),
        Line("redaction", f"{len(patterns)} path patterns, {len(terms)} terms"),
        Line("repo", ", ".join(place.remotes or ()) or "no remote known"),
    ]
    if rules.problem is not None:
        lines.insert(1, Line("policy file", rules.problem, needs_care=True))
    return lines


def _vendors(locations: files.Locations) -> list[Line]:
    lines = []
    for name in registry.NAMES:
        vendor = registry.find(name)
        if vendor is not None:
            lines += _vendor(vendor, locations)
    return lines


def _vendor(vendor: VendorModule, locations: files.Locations) -> list[Line]:
    facts = vendor.facts
    try:
        path = executable.find_executable(facts, os.environ, locations.shims)
    except AiwrapError as error:
        return [Line(facts.name, f"{error}. {error.hint}", needs_care=True)]
    version = executable.find_version(path, facts)
    lines = [_version_line(vendor, path, version)]
    settings = vendor.read_settings((), os.environ, os.getcwd())
    lines.append(Line("upstream", settings.upstream))
    if settings.uncovered is not None:
        why = f"{settings.uncovered}; sessions count as uncovered"
        lines.append(Line("coverage", why, needs_care=True))
    elif settings.hooks_problem is not None:
        why = f"{settings.hooks_problem}; the wire alone decides"
        lines.append(Line("hooks", why, needs_care=True))
    else:
        lines.append(Line("coverage", "launch gate, hooks and wire"))
    lines += [Line("settings", report, needs_care=True) for report in settings.reports]
    return lines


def _version_line(vendor: VendorModule, path: str, version: str | None) -> Line:
    facts = vendor.facts
    if version is None:
        return Line(facts.name, f"{path}, version unknown", needs_care=True)
    if executable.is_tested(version, facts):
        return Line(facts.name, f"{path}, {version}")
    low, high = facts.tested
    untested = f"{path}, {version}: not tested (tested: {low} to {high})"
    return Line(facts.name, untested, needs_care=True)


def _shim(locations: files.Locations) -> list[Line]:
    first = os.environ.get("PATH", "").split(os.pathsep)[0]
    if not os.path.isdir(locations.shims):
        hint = "not installed; `aiwrap shell install` makes plain `claude` wrapped"
        return [Line("shim", hint)]
    if os.path.normpath(first) != os.path.normpath(locations.shims):
        hint = f"{locations.shims} is not first on PATH: see `aiwrap shell init`"
        return [Line("shim", hint, needs_care=True)]
    return [Line("shim", f"{locations.shims}, first on PATH")]


def _records(locations: files.Locations) -> list[Line]:
    device = keys.read_device(locations)
    if device is None:
        return [Line("records", "none yet; the first launch creates the chain")]
    started = time.monotonic()
    store = Store(locations.records)
    head = store.head
    count = 0 if head is None else head.seq
    waiting = store.count_unacknowledged()
    interrupted = store.interrupted_sessions(lambda each: is_alive(locations, each))
    store.close()
    milliseconds = round((time.monotonic() - started) * 1000)
    lines = [
        Line("device", f"{device.id}, key in the {device.store}"),
        Line("records", f"{count} on the chain ({milliseconds} ms), {waiting} unsent"),
    ]
    if interrupted:
        text = f"{len(interrupted)} sessions were interrupted; the next launch notes it"
        lines.append(Line("interrupted", text, needs_care=True))
    return lines


def _central(locations: files.Locations) -> list[Line]:
    data = files.read_private(locations.central)
    if data is None:
        return [Line("central log", "not enrolled: records stay on this machine")]
    try:
        url = json.loads(data).get("url")
    except (ValueError, AttributeError):
        return [Line("central log", f"{locations.central} is damaged", needs_care=True)]
    return [Line("central log", str(url))]
