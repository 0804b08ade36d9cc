"""`aiwrap policy`: show what is in force here, check a policy, put one in force."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from aiwrap import files
from aiwrap.cli import terminal
from aiwrap.errors import EXIT_FAILED, UsageError
from aiwrap.policy import cache, lint, words
from aiwrap.policy.cache import REPO_LAYER_NAME, InForce
from aiwrap.policy.decision import cap_at
from aiwrap.policy.model import LOCAL, MAX_POLICY_BYTES, REPO, Pause, Policy
from aiwrap.policy.parser import Complaint
from aiwrap.policy.text import printable
from aiwrap.session import clock
from aiwrap.session.workplace import Workplace, look_around
from aiwrap.tasks.types import builtin_task_types

STDIN = "-"


class Options(NamedTuple):
    """What the command line asks for."""

    command: str
    file: str | None
    as_json: bool


def run(argv: Sequence[str]) -> int:
    """Run the command; 0, or 125 if the policy cannot be used."""
    try:
        options = _read_options(argv)
    except SystemExit as stop:  # argparse has said what is wrong, or printed help
        return EXIT_FAILED if stop.code else 0
    locations = files.locate(os.environ)
    file = options.file or locations.policy
    match options.command:
        case "show":
            return _show(locations, as_json=options.as_json)
        case "check":
            return _check(file, as_json=options.as_json)
        case _:
            return _push(locations, file, as_json=options.as_json)


def _read_options(argv: Sequence[str]) -> Options:
    # argparse only here: the launch path does without it.
    import argparse

    parser = argparse.ArgumentParser(prog="aiwrap policy", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    show = commands.add_parser("show", help="what is in force here, and why")
    check = commands.add_parser("check", help="everything that is wrong in FILE")
    check.add_argument("file", nargs="?", metavar="FILE", help="- reads stdin")
    push = commands.add_parser("push", help="put FILE in force on this machine")
    push.add_argument("file", metavar="FILE", help="- reads stdin")
    for command in (show, check, push):
        command.add_argument("--json", action="store_true", help="for a script")
    found = parser.parse_args(argv)
    return Options(found.command, getattr(found, "file", None), found.json)


def _show(locations: files.Locations, *, as_json: bool) -> int:
    now = clock.now()
    place = look_around(os.getcwd(), ())
    path = None if place.root is None else os.path.join(place.root, REPO_LAYER_NAME)
    layer = None if path is None else files.read_private(path)
    in_force = cache.load(locations, now=now, repo_layer=layer)
    if as_json:
        _print_json(_as_json(in_force, place, now))
        return 0
    sources = [locations.policy]
    if layer is not None:
        sources.append(f"{path} (this repository's own, unsigned)")
    terminal.print_out("\n".join(_describe(in_force, sources, place, now)))
    return 0


def _check(name: str, *, as_json: bool) -> int:
    complaints = _look_over(name, _read(name))
    failed = any(complaint.is_error for complaint in complaints)
    if as_json:
        _print_json({"file": name, "problems": _complaints_as_json(complaints)})
    elif complaints:
        _print_complaints(name, complaints)
    else:
        terminal.print_out(f"{_shown(name)}: no problems found.")
    return EXIT_FAILED if failed else 0


def _push(locations: files.Locations, name: str, *, as_json: bool) -> int:
    data = _read(name)
    complaints = _look_over(name, data, layer=LOCAL)
    if any(complaint.is_error for complaint in complaints):
        if as_json:
            _print_json({"file": name, "problems": _complaints_as_json(complaints)})
        else:
            _print_complaints(name, complaints)
        terminal.complain(
            f"{_shown(name)} cannot be used; the policy in force stays",
            "Mend it, then push it again.",
        )
        return EXIT_FAILED
    in_force = cache.push(locations, data, now=clock.now())
    policy, version = in_force.policy, in_force.version
    if as_json:
        document = {**_named(in_force), "problems": _complaints_as_json(complaints)}
        _print_json(document)
        return 0
    _print_complaints(name, complaints)
    terminal.print_out(
        f"In force: policy {policy.team}, version {version} ({in_force.sha256[:12]}).\n"
        f"Open sessions follow within {_duration(policy.defaults.refresh_seconds)}.\n"
        "See it with: aiwrap policy show"
    )
    return 0


def _look_over(
    name: str, data: bytes, *, layer: str | None = None
) -> tuple[Complaint, ...]:
    if layer is None:
        layer = REPO if os.path.basename(name) == REPO_LAYER_NAME else LOCAL
    names = builtin_task_types().names
    return lint.check(data, now=clock.now(), task_names=names, layer=layer)


def _read(name: str) -> bytes:
    if name == STDIN:
        return sys.stdin.buffer.read(MAX_POLICY_BYTES + 1)
    data = files.read_private(name)
    if data is None:
        raise UsageError(
            f"there is no file {_shown(name)}", hint="Check the path, then try again."
        )
    return data


def _print_complaints(name: str, complaints: Sequence[Complaint]) -> None:
    """Write one line each as compilers do, so that editors can jump there."""
    for line, column, message, hint, is_error in complaints:
        kind = "error" if is_error else "warning"
        terminal.say(f"{_shown(name)}:{line}:{column}: {kind}: {message}")
        if hint:
            terminal.say(f"    {hint}")


def _describe(
    in_force: InForce, sources: Sequence[str], place: Workplace, now: datetime
) -> Iterator[str]:
    """Yield the lines that say what is in force here, and why."""
    policy = in_force.policy
    if in_force.problem is not None:
        yield f"! {printable(in_force.problem)}"
    yield (
        f"Policy {policy.team}, version {in_force.version}"
        f" ({in_force.sha256[:12]}), {in_force.state}"
    )
    for source in sources:
        yield f"  from {_shown(source)}"
    yield f"  here {', '.join(place.remotes) or 'no remote is known'}"
    yield from _describe_pauses(policy, place, now)
    for exemption in policy.exemptions:
        who = printable(", ".join(exemption.who))
        ended = "ended" if exemption.until <= now else "until"
        yield (
            f'Exempt from "{exemption.pause}": {who},'
            f" {ended} {words.moment(exemption.until, _zone())}"
        )
    yield from _describe_rest(policy)


def _describe_pauses(policy: Policy, place: Workplace, now: datetime) -> Iterator[str]:
    if not policy.pauses:
        yield "No kind of work is paused."
    for pause in policy.pauses:
        yield ""
        yield f"{pause.action.word:<8} {pause.id}: {_standing(pause, place, now)}"
        tasks, vendors = ", ".join(pause.tasks), ", ".join(pause.vendors or ())
        yield f"  {tasks} with {vendors or 'every external vendor'}"
        for label, patterns in (
            ("repos", pause.repos),
            ("paths", pause.paths),
            ("branches", pause.branches),
        ):
            if patterns is not None:
                yield f"  only {label} {printable(', '.join(patterns))}"
        yield f"  why: {printable(pause.reason)}"
        ticket = "" if pause.ticket is None else f", {printable(pause.ticket)}"
        yield f"  ask: {printable(pause.owner)}{ticket}"
        if pause.instead is not None:
            vendor = pause.instead.vendor
            prefix = "" if vendor is None else f"{printable(vendor)}: "
            yield f"  instead: {prefix}{printable(pause.instead.say)}"


def _standing(pause: Pause, place: Workplace, now: datetime) -> str:
    """Say whether `pause` holds here and now, and until when."""
    if now >= pause.expires:
        return f"ended {words.moment(pause.expires, _zone())}"
    if pause.starts is not None and now < pause.starts:
        return f"begins {words.moment(pause.starts, _zone())}"
    cap = cap_at(pause, place.remotes, place.branch)
    if cap is None:
        return "not in this repository or branch"
    here = "in force here"
    if cap < pause.action:
        here += f" with at most {cap.word} (no remote or branch is known)"
    return f"{here}, {words.end(pause, _zone())}"


def _describe_rest(policy: Policy) -> Iterator[str]:
    paths = sum(len(each.paths) for each in policy.sensitive)
    terms = sum(len(each.terms) for each in policy.sensitive)
    types = ", ".join(rule.name for rule in policy.task_types)
    defaults = policy.defaults
    yield ""
    yield f"Hidden from vendors: path patterns {paths}, terms {terms}."
    if types:
        yield f"Task types of the team's own: {types}."
    yield (
        f"Work that only looks paused gets at most {defaults.likely.word};"
        f" a mode that aiwrap cannot look into gets {defaults.uncovered.word}."
    )


def _named(in_force: InForce) -> dict[str, object]:
    return {
        "team": in_force.policy.team,
        "version": in_force.version,
        "sha256": in_force.sha256,
        "age_seconds": round(in_force.age_seconds),
        "state": in_force.state,
        "problem": in_force.problem,
    }


def _as_json(in_force: InForce, place: Workplace, now: datetime) -> dict[str, object]:
    policy = in_force.policy
    defaults = policy.defaults
    return {
        **_named(in_force),
        "trust": policy.trust,
        "defaults": {
            "refresh_seconds": defaults.refresh_seconds,
            "offline_seconds": defaults.offline_seconds,
            "likely": defaults.likely.word,
            "uncovered": defaults.uncovered.word,
        },
        "pauses": [_pause_as_json(pause, place, now) for pause in policy.pauses],
        "exemptions": [
            {**each._asdict(), "until": each.until.isoformat()}
            for each in policy.exemptions
        ],
        "sensitive": [each._asdict() for each in policy.sensitive],
        "task_types": [each._asdict() for each in policy.task_types],
        "local_tools": policy.local_tools,
    }


def _pause_as_json(pause: Pause, place: Workplace, now: datetime) -> dict[str, object]:
    is_here = cap_at(pause, place.remotes, place.branch) is not None
    return {
        **pause._asdict(),
        "action": pause.action.word,
        "starts": None if pause.starts is None else pause.starts.isoformat(),
        "expires": pause.expires.isoformat(),
        "instead": None if pause.instead is None else pause.instead._asdict(),
        "in_force_here": is_here and pause.is_active(now),
    }


def _complaints_as_json(complaints: Sequence[Complaint]) -> list[dict[str, object]]:
    return [
        {
            "line": line,
            "column": column,
            "level": "error" if is_error else "warning",
            "message": message,
            "hint": hint,
        }
        for line, column, message, hint, is_error in complaints
    ]


def _print_json(document: object) -> None:
    terminal.print_out(json.dumps(document, indent=2))


def _shown(name: str) -> str:
    return "standard input" if name == STDIN else printable(name)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _zone() -> tzinfo | None:
    return None  # the machine's own
