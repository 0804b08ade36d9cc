"""One submission, one verdict: remember what was said of each prompt.

Pure.  A submission reaches us by several ways: the hook, the main request,
its retries, a title request.  They share the first verdict and its record:

  1. The same way twice (same hook id, same turn of the conversation): share.
  2. A request whose prompt a hook judged, and no turn has used yet: share.
  3. A request within `SIDE_CALL_SECONDS` of a side call that came first: share.
  4. A side call (title, summary, compaction): shares whatever is known.
  5. Anything else is a new submission, even of the same words; where a
     confirmation was asked for, it is the confirmation.
"""

from __future__ import annotations

from typing import NamedTuple

from aiwrap.policy.model import Action

SIDE_CALL_SECONDS = 2.0
MAX_VERDICTS = 4096

Key = tuple[str, str]
"""How a submission came: ("hook", prompt id) or ("turn", conversation and number)."""


class Verdict(NamedTuple):
    """What was answered, where it is recorded, and in which words."""

    action: Action
    record: int
    message: str  # what the person is told; empty when the work just goes on
    pause: str | None
    generation: int  # of the policy that said so


class _Known:
    __slots__ = ("asked_at", "from_side_call", "keys", "verdict")

    def __init__(self, verdict: Verdict, key: Key | None, asked_at: float) -> None:
        self.verdict = verdict
        self.keys = set() if key is None else {key}
        self.from_side_call = key is None
        self.asked_at = asked_at


class Verdicts:
    """Every verdict of one session, by the digest of the text."""

    def __init__(self) -> None:
        self._known: dict[bytes, _Known] = {}

    def find(self, digest: bytes, key: Key | None, *, at: float) -> Verdict | None:
        """Return the verdict that this way shares; None for a new submission.

        `key` is None for a side call.  `at` is a monotonic time in seconds.
        """
        known = self._known.get(digest)
        if known is None:
            return None
        if key is None or key in known.keys:
            return known.verdict
        if key[0] == "turn" and self._is_unused(known, at):
            known.keys.add(key)
            return known.verdict
        return None

    def awaits_confirmation(self, digest: bytes) -> bool:
        """Say whether the last answer to this text was to send it again."""
        known = self._known.get(digest)
        return known is not None and known.verdict.action is Action.CONFIRM

    def last(self, digest: bytes) -> Verdict | None:
        """Return the newest verdict on this text, however it came."""
        known = self._known.get(digest)
        return None if known is None else known.verdict

    def add(
        self, digest: bytes, verdict: Verdict, key: Key | None, *, at: float
    ) -> None:
        """Remember a new verdict; it replaces an older one on the same text."""
        self._known.pop(digest, None)
        self._known[digest] = _Known(verdict, key, at)
        if len(self._known) > MAX_VERDICTS:
            del self._known[next(iter(self._known))]

    @staticmethod
    def _is_unused(known: _Known, at: float) -> bool:
        if any(kind == "turn" for kind, _ in known.keys):
            return False
        return not known.from_side_call or at - known.asked_at <= SIDE_CALL_SECONDS
