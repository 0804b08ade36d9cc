"""How old a copy of the policy may be.

Pure.  A local policy is its own source: the copy that was just read is as new
as can be.  A remote source's copy is as old as its last verification:

  fresh    not older than `refresh`
  stale    the source could not be asked, and `offline` has not passed
  expired  older than that: what the policy pauses is refused until it answers
"""

from __future__ import annotations

from datetime import datetime

from aiwrap.policy.decision import EXPIRED, FRESH, STALE
from aiwrap.policy.model import Defaults


def age_seconds(verified_at: datetime, now: datetime) -> float:
    """Return how long ago the source was seen; a clock set back counts as now."""
    return max(0.0, (now - verified_at).total_seconds())


def state(age: float, defaults: Defaults) -> str:
    """Return the state of a copy whose source was seen `age` seconds ago.

    A policy with `offline` shorter than `refresh` has no stale time.
    """
    if age <= defaults.refresh_seconds:
        return FRESH
    return STALE if age <= defaults.offline_seconds else EXPIRED
