"""Look over a policy for what is valid and still not what its author wanted.

Pure, and not on the launch path.  Errors are what would silently never apply;
warnings are what most likely is a slip:

  1. Task types that nobody knows (error: the pause would never apply).
  2. Pauses that ended, and pauses that stop people for more than 90 days.
  3. Pauses that another one covers, or that answer differently to the same work.
  4. Exemptions that ended, or that name no pause of this policy.
  5. Sensitive terms and phrases that are common words.
  6. Repos without a host, and a vendor recommended in place of itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from aiwrap.policy.common_words import COMMON_WORDS
from aiwrap.policy.fields import NEVER, Path, nearest_hint
from aiwrap.policy.globs import matches_name
from aiwrap.policy.model import LOCAL, ORDINARY, Action, Pause, Policy
from aiwrap.policy.parser import Complaint, read_policy
from aiwrap.policy.places import Places
from aiwrap.policy.text import printable

LONG_PAUSE = timedelta(days=90)
MIN_TERM_CHARS = 4
MAX_FINDINGS = 100  # nobody reads more

_NO_START = NEVER.replace(year=1)


class Finding(NamedTuple):
    """One thing to look at; `path` says which key it is about."""

    path: Path
    message: str
    hint: str
    is_error: bool = False


def check(
    data: bytes, *, now: datetime, task_names: Sequence[str], layer: str = LOCAL
) -> tuple[Complaint, ...]:
    """Return everything that is wrong or doubtful in `data`, in the file's order.

    `task_names` are the task types that aiwrap knows of itself.
    """
    policy, complaints = read_policy(data, layer=layer)
    if complaints:
        return complaints
    places = Places(data.decode("utf-8-sig"))
    return tuple(
        sorted(
            Complaint(*places.of(path), message, hint, is_error)
            for path, message, hint, is_error in islice(
                lint(policy, now=now, task_names=task_names), MAX_FINDINGS
            )
        )
    )


def lint(
    policy: Policy, *, now: datetime, task_names: Sequence[str]
) -> Iterator[Finding]:
    """Yield what is doubtful in one parsed policy."""
    known = (*task_names, *(rule.name for rule in policy.task_types))
    for index, pause in enumerate(policy.pauses):
        path: Path = ("pause", index)
        yield from _task_findings(path, pause, known)
        yield from _time_findings(path, pause, now)
        yield from _place_findings(path, pause)
        yield from _overlap_findings(path, pause, policy.pauses[:index])
    yield from _exemption_findings(policy, now)
    yield from _word_findings(policy)


def _task_findings(
    path: Path, pause: Pause, known: tuple[str, ...]
) -> Iterator[Finding]:
    for task in pause.tasks:
        if task == ORDINARY:
            yield Finding(
                (*path, "tasks"),
                f'"{ORDINARY}" is what all other work is called; it cannot be paused',
                "Name the task types to pause.",
                is_error=True,
            )
        elif task not in known:
            yield Finding(
                (*path, "tasks"),
                f'no task type is called "{task}": the pause would never apply to it',
                nearest_hint(task, known),
                is_error=True,
            )


def _time_findings(path: Path, pause: Pause, now: datetime) -> Iterator[Finding]:
    if pause.expires <= now:
        yield Finding(
            (*path, "expires"),
            f'pause "{pause.id}" ended on {pause.expires:%Y-%m-%d}',
            "Renew it or remove it.",
        )
    elif pause.action >= Action.CONFIRM and pause.expires - now > LONG_PAUSE:
        yield Finding(
            (*path, "expires"),
            f'pause "{pause.id}" stops people for more than {LONG_PAUSE.days} days',
            "Let it end sooner, and renew it when it is still needed.",
        )


def _place_findings(path: Path, pause: Pause) -> Iterator[Finding]:
    for repo in pause.repos or ():
        host = repo.partition("/")[0]
        if "." not in host and "*" not in host and host != "localhost":
            yield Finding(
                (*path, "repos"),
                f'"{printable(repo)}" does not begin with a host',
                'Write host/owner/name, such as "github.com/acme/*".',
            )
    instead = pause.instead
    if (
        instead is not None
        and instead.vendor is not None
        and instead.vendor in (pause.vendors or ())
    ):
        yield Finding(
            (*path, "instead"),
            f'pause "{pause.id}" recommends "{instead.vendor}", which it pauses',
            "Name another vendor, or leave it out.",
        )


def _overlap_findings(
    path: Path, pause: Pause, earlier: Sequence[Pause]
) -> Iterator[Finding]:
    for other in earlier:
        if _covers(other, pause) and other.action >= pause.action:
            yield _shadowed(path, pause, by=other)
        elif _covers(pause, other) and pause.action >= other.action:
            yield _shadowed(path, other, by=pause)
        elif pause.action is not other.action and _overlaps(pause, other):
            strict = max(pause, other, key=lambda each: each.action)
            tasks = ", ".join(sorted(set(pause.tasks) & set(other.tasks)))
            yield Finding(
                path,
                f'pauses "{other.id}" and "{pause.id}" both match {tasks}:'
                f' the stricter "{strict.action.word}" of "{strict.id}" wins',
                "If that is meant, leave it; otherwise narrow one of them.",
            )


def _shadowed(path: Path, pause: Pause, *, by: Pause) -> Finding:
    return Finding(
        path,
        f'pause "{pause.id}" never decides: "{by.id}" covers all of it'
        " and is at least as strict",
        "Remove it, or narrow the other.",
    )


def _covers(wide: Pause, narrow: Pause) -> bool:
    """Say whether `wide` matches whatever `narrow` does, as far as globs tell."""
    return (
        set(narrow.tasks) <= set(wide.tasks)
        and _list_covers(wide.vendors, narrow.vendors)
        and _globs_cover(wide.repos, narrow.repos)
        and _list_covers(wide.paths, narrow.paths)
        and _globs_cover(wide.branches, narrow.branches)
        and _start(wide) <= _start(narrow)
        and narrow.expires <= wide.expires
    )


def _overlaps(one: Pause, other: Pause) -> bool:
    """Say whether both match some work, as far as that can be told from globs."""
    return (
        bool(set(one.tasks) & set(other.tasks))
        and _may_meet(one.vendors, other.vendors)
        and _may_meet(one.repos, other.repos)
        and _may_meet(one.paths, other.paths)
        and _may_meet(one.branches, other.branches)
        and _start(one) < other.expires
        and _start(other) < one.expires
    )


def _list_covers(wide: tuple[str, ...] | None, narrow: tuple[str, ...] | None) -> bool:
    return wide is None or (narrow is not None and set(narrow) <= set(wide))


def _globs_cover(wide: tuple[str, ...] | None, narrow: tuple[str, ...] | None) -> bool:
    if wide is None or narrow is None:
        return wide is None
    return all(matches_name(pattern, wide) for pattern in narrow)


def _may_meet(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> bool:
    if one is None or other is None:
        return True
    return any(
        matches_name(a, (b,)) or matches_name(b, (a,)) for a in one for b in other
    )


def _start(pause: Pause) -> datetime:
    return _NO_START if pause.starts is None else pause.starts


def _exemption_findings(policy: Policy, now: datetime) -> Iterator[Finding]:
    pauses = {pause.id for pause in policy.pauses}
    for index, exemption in enumerate(policy.exemptions):
        path: Path = ("exempt", index)
        if exemption.pause not in pauses:
            yield Finding(
                (*path, "pause"),
                f'no pause of this policy is called "{exemption.pause}"',
                nearest_hint(exemption.pause, tuple(pauses))
                or "It can count only on a pause of this policy or a lower layer.",
            )
        if exemption.until <= now:
            yield Finding(
                (*path, "until"),
                f'the exemption from "{exemption.pause}" ended on'
                f" {exemption.until:%Y-%m-%d}",
                "Renew it or remove it.",
            )


def _word_findings(policy: Policy) -> Iterator[Finding]:
    for index, sensitive in enumerate(policy.sensitive):
        for at, term in enumerate(sensitive.terms):
            yield from _word_finding(("sensitive", index, "terms", at), term, "term")
    for rule in policy.task_types:
        for at, phrase in enumerate(rule.phrases):
            path = ("task_types", rule.name, "phrases", at)
            yield from _word_finding(path, phrase, "phrase")


def _word_finding(path: Path, word: str, kind: str) -> Iterator[Finding]:
    word = word.strip()
    if word.casefold() in COMMON_WORDS:
        reason = "is a common word: it would be found everywhere"
    elif len(word) < MIN_TERM_CHARS:
        reason = "is very short: it would be found inside other words"
    else:
        return
    yield Finding(
        path, f'the {kind} "{printable(word)}" {reason}', f"Choose a longer {kind}."
    )
