"""The launch gate: may this launch start at all.

Pure: asking is a function that is handed in.  In this order:

  1. Refused by the policy: refused, whatever was confirmed.
  2. To be confirmed: `--confirm PAUSE` for exactly this pause, or an answer on
     the terminal, with a reason; a "no" refuses.
  3. To be confirmed and nobody to ask: a certain type refuses, a likely one
     warns (DESIGN.md §4).
  4. All else starts.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from typing import NamedTuple

from aiwrap.policy import words
from aiwrap.policy.decision import Decision
from aiwrap.policy.model import Action
from aiwrap.session.rules import Judged
from aiwrap.session.submissions import Confirmation

UNCOVERED = "uncovered"  # what `--confirm` names where no pause stands behind it

Ask = Callable[[str], str | None]
"""Show a question; return the reason that was typed, or None for a no."""


class Passed(NamedTuple):
    """The launch goes on."""

    judged: Judged
    action: Action
    message: str  # a warning to show, or empty
    confirmation: Confirmation | None


class Refused(NamedTuple):
    """Nothing is started."""

    judged: Judged
    message: str


def pass_gate(
    judged: Judged,
    *,
    vendor: str,
    zone: tzinfo | None,
    confirmation: Confirmation | None,
    ask: Ask | None,
) -> Passed | Refused:
    """Apply the launch rules to what was judged; `ask` is None without a terminal."""
    decision = judged.decision
    match decision.action:
        case Action.REFUSE:
            return Refused(judged, words.refusal(decision, vendor=vendor, tz=zone))
        case Action.CONFIRM:
            return _confirm(judged, vendor, zone, confirmation, ask)
        case Action.WARN:
            message = words.warning(decision, vendor=vendor, tz=zone)
            return Passed(judged, Action.WARN, message, None)
        case Action.ALLOW | Action.OBSERVE:
            return Passed(judged, decision.action, "", confirmation)


def pause_name(decision: Decision) -> str:
    """Return what `--confirm` calls the ground of this decision."""
    return UNCOVERED if decision.pause is None else decision.pause.id


def _confirm(
    judged: Judged,
    vendor: str,
    zone: tzinfo | None,
    confirmation: Confirmation | None,
    ask: Ask | None,
) -> Passed | Refused:
    decision = judged.decision
    name = pause_name(decision)
    if confirmation is not None and confirmation.pause == name:
        return Passed(judged, Action.WARN, "", confirmation)
    how = f'--confirm {name} --reason "…"'
    text = words.confirmation(decision, vendor=vendor, tz=zone, how=how)
    if ask is not None:
        reason = ask(text)
        if reason is None:
            return Refused(judged, "Not confirmed; nothing was started.")
        return Passed(judged, Action.WARN, "", Confirmation(name, reason))
    if decision.level == "likely":
        message = words.warning(decision, vendor=vendor, tz=zone)
        return Passed(judged, Action.WARN, message, None)
    return Refused(judged, text)
