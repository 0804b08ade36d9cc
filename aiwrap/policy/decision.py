"""Decide what happens to one prompt.

Pure: the question holds the time, the place and how old the policy is.

For every pause that is active and whose vendor, repo, path and branch
conditions hold:

  1. A declared task type that the pause names counts as certain.
  2. A merely likely type gets at most the policy's `likely`; declaring a type
     that no such pause names turns a warning or a question about it into
     `observe`, and the mismatch is noted.
  3. Where no remote or no branch is known, a condition on it counts as met,
     with at most `confirm`.
  4. A policy that is too old refuses what it would warn or ask about; the caps
     of 2 and 3 still hold, so ordinary work goes on.
  5. An exemption lets the person through, unless the policy is too old: it may
     have been withdrawn.

The strictest answer wins; of equal ones the first in the policy.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from aiwrap.policy.globs import matches_name, matches_path
from aiwrap.policy.merge import covers
from aiwrap.policy.model import Action, Exemption, Pause, Policy

NONE, LIKELY, CERTAIN = "none", "likely", "certain"
FRESH, STALE, EXPIRED = "fresh", "stale", "expired"

TOO_OLD = "The policy on this machine is too old, so paused work is refused."


class Question(NamedTuple):
    """One prompt: what work it is, with which vendor, where, when, for whom."""

    vendor: str
    external: bool
    task: str
    level: str  # "none", "likely", "certain"
    declared: str | None
    repos: tuple[str, ...] | None  # host/owner/name; None or empty: unknown
    branch: str | None  # None: unknown
    paths: tuple[str, ...]  # repo-relative; cwd and what the work touches
    now: datetime
    person: str | None
    state: str  # "fresh", "stale", "expired"


class Decision(NamedTuple):
    """What happens, by which pause, for which task type."""

    action: Action
    pause: Pause | None
    task: str
    level: str
    exemption: Exemption | None
    note: str  # one sentence, or empty


def decide(policy: Policy, question: Question) -> Decision:
    """Return the strictest answer that a pause of `policy` gives."""
    best = Decision(
        Action.ALLOW, None, question.task, question.level, None, _mismatch(question)
    )
    matching = list(_matching(policy, question))
    is_ordinary = question.declared is not None and not any(
        question.declared in pause.tasks for pause, _ in matching
    )
    for pause, cap in matching:
        answer = _answer(policy, question, pause, cap, is_ordinary=is_ordinary)
        if answer is not None and (best.pause is None or answer.action > best.action):
            best = answer
    return best


def decide_uncovered(policy: Policy, question: Question) -> Decision:
    """Decide on a launch whose traffic no wire gate will see."""
    action = policy.defaults.uncovered if question.external else Action.ALLOW
    note = "" if action <= Action.OBSERVE else "aiwrap cannot see its traffic this way."
    return Decision(action, None, question.task, question.level, None, note)


def strictest(one: Decision, other: Decision) -> Decision:
    """Return the stricter of two decisions on the same prompt, else the first."""
    return other if other.action > one.action else one


def cap_at(
    pause: Pause, repos: tuple[str, ...] | None, branch: str | None
) -> Action | None:
    """Return the most that `pause` may do in this repo and branch; None: nothing."""
    cap = Action.REFUSE
    for patterns, names in (
        (pause.repos, repos),
        (pause.branches, (branch,) if branch else None),
    ):
        if patterns is None:
            continue
        if not names:
            cap = Action.CONFIRM
        elif not any(matches_name(name, patterns) for name in names):
            return None
    return cap


def _matching(policy: Policy, question: Question) -> Iterator[tuple[Pause, Action]]:
    """Yield each pause on this work that holds here and now, and the most it may do."""
    asked = {question.task, question.declared}
    for pause in policy.pauses:
        if asked.isdisjoint(pause.tasks) or not pause.is_active(question.now):
            continue
        cap = _cap(pause, question)
        if cap is not None:
            yield pause, cap


def _cap(pause: Pause, question: Question) -> Action | None:
    """Return the most that `pause` may do here and with this vendor, or None."""
    if not _concerns_vendor(pause, question):
        return None
    if pause.paths is not None and not any(
        matches_path(path, pause.paths) for path in question.paths
    ):
        return None
    return cap_at(pause, question.repos, question.branch)


def _concerns_vendor(pause: Pause, question: Question) -> bool:
    if pause.vendors is None:
        return question.external
    return matches_name(question.vendor, pause.vendors)


def _answer(
    policy: Policy,
    question: Question,
    pause: Pause,
    cap: Action,
    *,
    is_ordinary: bool,
) -> Decision | None:
    """Apply one pause that holds here; None if it is about other work."""
    task, level = _work(pause, question)
    if level == NONE:
        return None
    action, note = pause.action, _mismatch(question)
    if question.state == EXPIRED and action >= Action.WARN:
        action, note = Action.REFUSE, TOO_OLD
    elif (exemption := _exemption(policy, question, pause)) is not None:
        return Decision(Action.ALLOW, pause, task, level, exemption, note)
    action = min(action, cap)
    if level == LIKELY:
        action = min(action, policy.defaults.likely)
        if is_ordinary and Action.WARN <= action <= Action.CONFIRM:
            action = Action.OBSERVE
    return Decision(action, pause, task, level, None, note)


def _work(pause: Pause, question: Question) -> tuple[str, str]:
    """Return the task type that `pause` is asked about, and how sure it is."""
    if question.declared is not None and question.declared in pause.tasks:
        return question.declared, CERTAIN
    if question.task in pause.tasks:
        return question.task, question.level
    return question.task, NONE


def _exemption(policy: Policy, question: Question, pause: Pause) -> Exemption | None:
    if question.person is None:
        return None
    person = question.person.casefold()
    for exemption in policy.exemptions:
        if (
            covers(exemption, pause)
            and question.now < exemption.until
            and person in map(str.casefold, exemption.who)
        ):
            return exemption
    return None


def _mismatch(question: Question) -> str:
    declared = question.declared
    if declared is None or question.level == NONE or declared == question.task:
        return ""
    return f"Declared as {declared}; it looks like {question.task}."
