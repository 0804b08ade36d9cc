"""Say a decision to an engineer: plain text, six short lines at most.

Every text says what, why, and what to do.  Strings of the policy are shown
without control characters, and cut.  `tz` is the zone to show times in; None
means the machine's own, which is the only thing here that is not pure.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from aiwrap.policy.decision import LIKELY, Decision
from aiwrap.policy.model import REPO, Pause
from aiwrap.policy.text import printable

OPEN_END_YEAR = 2099  # a pause that ends this late is one without an end

_MAX_REASON_CHARS = 240
_MAX_NAME_CHARS = 80
_MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


def refusal(decision: Decision, *, vendor: str, tz: tzinfo | None) -> str:
    """Say that a prompt was refused, by whom and until when, and what to use."""
    head = f"Refused: {_subject(decision, vendor, 'paused')}. Nothing was sent."
    return _lines(
        head, *_why(decision, tz), _instead(decision.pause), _advice(decision)
    )


def warning(decision: Decision, *, vendor: str, tz: tzinfo | None) -> str:
    """Say that the work goes on although the policy warns about it."""
    subject = _subject(decision, vendor, "which the policy warns about")
    head = f"Warning: {subject}. The work goes on."
    return _lines(head, *_why(decision, tz), _instead(decision.pause))


def confirmation(
    decision: Decision, *, vendor: str, tz: tzinfo | None, how: str
) -> str:
    """Say what must be confirmed, and `how`, such as "send it again to go ahead"."""
    head = f"Not sent yet: {_subject(decision, vendor, 'paused')}."
    last = f"To go ahead: {printable(how).removesuffix(' to go ahead')}"
    return _lines(head, *_why(decision, tz), _instead(decision.pause), last)


def moment(when: datetime, tz: tzinfo | None) -> str:
    """Write a time as the reader's clock shows it, with UTC behind it."""
    local, universal = when.astimezone(tz), when.astimezone(UTC)
    text = f"{_day(local)}, {_clock(local)}"
    if not local.utcoffset():
        return f"{text} UTC"
    utc_day = "" if local.date() == universal.date() else f"{_day(universal)}, "
    zone = printable(local.tzname() or "", _MAX_NAME_CHARS)
    return f"{text} {zone} ({utc_day}{_clock(universal)} UTC)"


def end(pause: Pause, tz: tzinfo | None) -> str:
    """Say until when `pause` holds, or that it has no end in sight."""
    if pause.expires.year >= OPEN_END_YEAR:
        return "until the policy changes"
    return f"until {moment(pause.expires, tz)}"


def _subject(decision: Decision, vendor: str, paused: str) -> str:
    vendor = printable(vendor, _MAX_NAME_CHARS)
    if decision.pause is None:
        return f"{vendor} runs in a way that the policy does not cover"
    task = printable(decision.task, _MAX_NAME_CHARS)
    looks = "this looks like" if decision.level == LIKELY else "this is"
    name = printable(decision.pause.id, _MAX_NAME_CHARS)
    return f'{looks} {task} work, {paused} with {vendor} (pause "{name}")'


def _why(decision: Decision, tz: tzinfo | None) -> tuple[str, str, str]:
    pause = decision.pause
    if pause is None:
        return _sentence("Why: ", decision.note), "", ""
    reason = _sentence("Why: ", printable(pause.reason, _MAX_REASON_CHARS))
    if pause.layer == REPO:
        reason += " (From this repository's .aiwrap.toml, unsigned.)"
    owner = printable(pause.owner, _MAX_NAME_CHARS)
    ask = f"It holds {end(pause, tz)}. Ask: {owner}"
    if pause.ticket is not None:
        ask += f", {printable(pause.ticket, _MAX_REASON_CHARS)}"
    return reason, ask, _sentence("Note: ", decision.note)


def _instead(pause: Pause | None) -> str:
    if pause is None or pause.instead is None:
        return ""
    say = printable(pause.instead.say, _MAX_REASON_CHARS)
    if pause.instead.vendor is None:
        return _sentence("Instead: ", say)
    return _sentence(
        f"Instead of it, {printable(pause.instead.vendor, _MAX_NAME_CHARS)}: ", say
    )


def _advice(decision: Decision) -> str:
    if decision.pause is None:
        return "Run it without the option that leaves the gateway, or ask your lead."
    if decision.level == LIKELY:
        return "If it is other work, say which: aiwrap --task TYPE …"
    return "`aiwrap why` shows what led to this."


def _sentence(label: str, text: str) -> str:
    if not text:
        return ""
    return f"{label}{text}" + ("" if text[-1] in ".!?…" else ".")


def _lines(*lines: str) -> str:
    return "\n".join(line for line in lines if line)


def _day(when: datetime) -> str:
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def _clock(when: datetime) -> str:
    return f"{when.hour:02}:{when.minute:02}"
