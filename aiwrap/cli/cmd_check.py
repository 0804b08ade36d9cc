"""`aiwrap check`: what would be decided and redacted; nothing is sent or recorded."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

from aiwrap import files
from aiwrap.cli import terminal
from aiwrap.errors import EXIT_CONFIRM, EXIT_REFUSED, UsageError
from aiwrap.policy.model import Action
from aiwrap.records.secret import derive, local_secret
from aiwrap.session import clock
from aiwrap.session.hiding import Hiding
from aiwrap.session.rules import Judged, Rules
from aiwrap.session.workplace import look_around
from aiwrap.vendors import registry

MAX_PROMPT_BYTES = 32 * 1024 * 1024
EXIT_CODES = {Action.REFUSE: EXIT_REFUSED, Action.CONFIRM: EXIT_CONFIRM}


class Checked(NamedTuple):
    """Everything that `check` found out about one prompt."""

    judged: Judged
    policy: dict[str, object]
    redacted: str
    redactions: int


def run(argv: Sequence[str]) -> int:
    """Run the command; 0, 76 (confirm) or 77 (refuse)."""
    # argparse only here: the launch path does without it.
    import argparse

    parser = argparse.ArgumentParser(prog="aiwrap check", description=__doc__)
    parser.add_argument("--vendor", default="claude")
    parser.add_argument("--task", help="the declared kind of work")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("prompt", nargs="?", default="-", help="- reads stdin")
    options = parser.parse_args(argv)
    prompt = _read_stdin() if options.prompt == "-" else options.prompt
    checked = check(prompt, vendor=options.vendor, task=options.task)
    if options.json:
        terminal.print_out(json.dumps(to_json(checked), indent=2))
    else:
        terminal.print_out(to_text(checked))
    return EXIT_CODES.get(checked.judged.decision.action, 0)


def check(prompt: str, *, vendor: str, task: str | None) -> Checked:
    """Judge and redact `prompt` as a session here would.

    Raises:
        AiwrapError: No such vendor, or the data directory cannot be used.

    """
    if registry.find(vendor) is None:
        raise UsageError(f"--vendor {vendor!r} is not a vendor we know")
    locations = files.locate(os.environ)
    files.make_private_directory(locations.data)
    place = look_around(os.getcwd(), ())
    rules = Rules(locations, place, vendor, declared=task, now=clock.now())
    if rules.problem is not None:
        terminal.say(f"aiwrap: {rules.problem}")
    sizes: list[int] = []
    hiding = Hiding(
        rules.in_force.policy,
        root=place.root or place.cwd,
        cwd=place.cwd,
        key=derive(local_secret(locations), b"pseudonyms"),
        count=lambda _rule, size: sizes.append(size),
    )
    judged = rules.judge(prompt, now=clock.now())
    redacted = hiding.hide(prompt) if hiding.is_active else prompt
    return Checked(judged, rules.describe(), redacted, len(sizes))


def to_json(checked: Checked) -> dict[str, object]:
    """Return the answer for a script (DESIGN.md §12)."""
    decision, found = checked.judged.decision, checked.judged.classification
    return {
        "action": decision.action.word,
        "task": {
            "type": found.task,
            "level": found.level,
            "reasons": list(found.reasons),
        },
        "pause": None if decision.pause is None else decision.pause.id,
        "policy": {
            key: checked.policy[key]
            for key in ("team", "version", "sha256", "age_seconds")
        },
        "redacted": checked.redacted,
        "redactions": checked.redactions,
    }


def to_text(checked: Checked) -> str:
    """Return the answer for a person."""
    decision, found = checked.judged.decision, checked.judged.classification
    lines = [f"decision   {decision.action.word}"]
    if decision.pause is not None:
        lines.append(f"pause      {decision.pause.id}: {decision.pause.reason}")
    if decision.note:
        lines.append(f"note       {decision.note}")
    lines.append(f"task       {found.task} ({found.level})")
    lines += [f"because    {reason}" for reason in found.reasons]
    policy = checked.policy
    digest = str(policy["sha256"])[:12]
    lines.append(f"policy     {policy['team']} version {policy['version']}, {digest}")
    lines.append(f"redacted   {checked.redactions} names")
    if checked.redactions:
        lines += ["", checked.redacted]
    return "\n".join(lines)


def _read_stdin() -> str:
    data = sys.stdin.buffer.read(MAX_PROMPT_BYTES + 1)
    if len(data) > MAX_PROMPT_BYTES:
        raise UsageError(f"the prompt is larger than {MAX_PROMPT_BYTES} bytes")
    return data.decode("utf-8", "replace")
