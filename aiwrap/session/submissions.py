"""Judge each submission once, record it, and remember what was refused.

The rules for one submission, in this order:

  1. A verdict that it shares (see `verdicts`) is given again; nothing is recorded.
  2. What the policy refuses is refused.
  3. What the policy wants confirmed is withheld with "send it again", unless it
     is the new submission that confirms (only where a session can submit again)
     or the launch confirmed that pause with a reason.
  4. All else goes on; a warning is shown once per session and pause.

Refused and unconfirmed texts are remembered by digest, on disk: they do not
leave later either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from aiwrap.policy import words
from aiwrap.policy.decision import Decision
from aiwrap.policy.model import Action
from aiwrap.records.explanations import Explanations
from aiwrap.records.fields import as_text
from aiwrap.records.store import Store
from aiwrap.session.ledger import JOINT, Ledger
from aiwrap.session.rules import Judged, Rules, is_withheld
from aiwrap.session.verdicts import (
    MAX_VERDICTS,
    SIDE_CALL_SECONDS,
    Key,
    Verdict,
    Verdicts,
)

SEND_AGAIN = "send the same prompt again to go ahead"


class Confirmation(NamedTuple):
    """What `--confirm PAUSE --reason TEXT`, or an answer at launch, allowed."""

    pause: str
    reason: str


class Submissions:
    """What was submitted in this session, and what was answered."""

    def __init__(  # noqa: PLR0913 - the seams of a session, each named at the call
        self,
        rules: Rules,
        ledger: Ledger,
        store: Store,
        explanations: Explanations,
        *,
        vendor: str,
        can_resubmit: bool,
        confirmations: Iterable[Confirmation],
        warned: Iterable[str],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        zone: tzinfo | None,
    ) -> None:
        self._rules = rules
        self._ledger = ledger
        self._store = store
        self._explanations = explanations
        self._vendor = vendor
        self._can_resubmit = can_resubmit
        self._confirmed = {each.pause: each.reason for each in confirmations}
        self._clock = clock
        self._monotonic = monotonic
        self._zone = zone
        self._verdicts = Verdicts()
        self._withheld = set(store.refused_digests())
        self._history: dict[bytes, tuple[int, bool]] = {}
        self._warned = set(warned)
        self.withheld_texts: list[str] = []
        self._attempts: dict[tuple[str, bytes], tuple[int, float]] = {}

    def attempt(self, texts: Sequence[str], turn: str, *, is_retry: bool) -> str:
        """Name a turn of a client that names no conversation.

        The same words again in the same turn are a new submission, unless they
        come at once or the client calls them a retry.
        """
        at = self._monotonic()
        place = (turn, self._ledger.digest(JOINT.join(texts)))
        number, last = self._attempts.pop(place, (0, at))
        if not is_retry and at - last > SIDE_CALL_SECONDS:
            number += 1
        self._attempts[place] = (number, at)
        if len(self._attempts) > MAX_VERDICTS:
            del self._attempts[next(iter(self._attempts))]
        return f"{turn}/{number}"

    def submit(self, texts: Sequence[str], *, key: Key | None, gate: str) -> Verdict:
        """Return the verdict on one submission; recorded when this returns.

        A shared verdict warns no more: the person was told.
        """
        at = self._monotonic()
        joined = JOINT.join(texts)
        digest = self._ledger.digest(joined)
        shared = self._verdicts.find(digest, key, at=at)
        if shared is not None and shared.generation == self._rules.generation:
            quiet = "" if shared.action is Action.WARN else shared.message
            return shared._replace(message=quiet)
        # The same submission under a changed policy is judged again, and does
        # not count as the second one that confirms.
        confirms = shared is None and self._verdicts.awaits_confirmation(digest)
        judged = self._rules.judge_strictest(texts, now=self._clock())
        verdict = self._answer(judged, texts, gate, confirms=confirms)
        for text in {joined, *texts}:
            self._remember(text, verdict, key, at)
        return verdict

    def peek(self, texts: Sequence[str]) -> Verdict | None:
        """Say what would be withheld, for a request that submits nothing new."""
        judged = self._rules.judge_strictest(texts, now=self._clock())
        action = self._effective(judged.decision)
        if not is_withheld(action) and not any(map(self.is_refused, texts)):
            return None
        message = self._message(judged.decision, Action.REFUSE)
        return Verdict(Action.REFUSE, 0, message, None, self._rules.generation)

    def is_refused(self, text: str) -> bool:
        """Say whether a text in the history must not leave (again)."""
        digest = self._ledger.digest(text)
        last = self._verdicts.last(digest)
        if last is not None and last.generation == self._rules.generation:
            return is_withheld(last.action)
        return digest in self._withheld or self._is_refused_now(digest, text)

    def _is_refused_now(self, digest: bytes, text: str) -> bool:
        known = self._history.get(digest)
        if known is None or known[0] != self._rules.generation:
            decision = self._rules.judge(text, now=self._clock()).decision
            refused = self._effective(decision) is Action.REFUSE
            known = self._history[digest] = (self._rules.generation, refused)
        return known[1]

    def _effective(self, decision: Decision) -> Action:
        """Return the action after what was confirmed for the whole session."""
        confirmed = decision.pause is not None and decision.pause.id in self._confirmed
        if decision.action is Action.CONFIRM and confirmed:
            return Action.WARN
        return decision.action

    def _answer(
        self, judged: Judged, texts: Sequence[str], gate: str, *, confirms: bool
    ) -> Verdict:
        decision = judged.decision
        pause = None if decision.pause is None else decision.pause.id
        action = self._effective(decision)
        fields: dict[str, object] = {"gate": gate, "policy": self._rules.describe()}
        if decision.action is Action.CONFIRM and action is not Action.CONFIRM:
            fields |= {
                "confirmed": True,
                "reason": as_text(self._confirmed[pause or ""]),
            }
        if action is Action.CONFIRM and confirms:
            action = Action.WARN
            fields["confirmed"] = True
        if action is Action.CONFIRM and not self._can_resubmit:
            # Nobody can send it again: only a certain type refuses (DESIGN.md §4).
            action = Action.REFUSE if decision.level == "certain" else Action.WARN
        fields["action"] = action.word
        record = self._ledger.decide("prompt", judged, texts, fields=fields)
        if reasons := judged.classification.reasons:
            self._explanations.keep(record, reasons, now=self._clock())
        message = self._message(decision, action)
        return Verdict(action, record, message, pause, self._rules.generation)

    def _message(self, decision: Decision, action: Action) -> str:
        match action:
            case Action.REFUSE:
                return words.refusal(decision, vendor=self._vendor, tz=self._zone)
            case Action.CONFIRM:
                return words.confirmation(
                    decision, vendor=self._vendor, tz=self._zone, how=SEND_AGAIN
                )
            case Action.WARN if self._is_first_warning(decision):
                return words.warning(decision, vendor=self._vendor, tz=self._zone)
            case Action.WARN | Action.OBSERVE | Action.ALLOW:
                return ""

    def _is_first_warning(self, decision: Decision) -> bool:
        pause = "" if decision.pause is None else decision.pause.id
        first = pause not in self._warned
        self._warned.add(pause)
        return first

    def _remember(
        self, text: str, verdict: Verdict, key: Key | None, at: float
    ) -> None:
        digest = self._ledger.digest(text)
        self._verdicts.add(digest, verdict, key, at=at)
        if is_withheld(verdict.action):
            self._withheld.add(digest)
            self.withheld_texts.append(text)
            self._store.remember_refused(digest, verdict.pause or "", self._clock())
        elif digest in self._withheld:
            self._withheld.discard(digest)
            self._store.forget_refused(digest)
            self.withheld_texts = [t for t in self.withheld_texts if t != text]
