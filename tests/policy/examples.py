"""Policies that the tests of this package share."""

from __future__ import annotations

from datetime import UTC, datetime

from aiwrap.policy.decision import Question
from aiwrap.policy.model import Action, Exemption, Pause

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)

HEAD = """\
schema = "aiwrap.policy/1"
team = "applied-ai"
"""

PAUSE = """\
[[pause]]
id = "training-data"
tasks = ["training-data", "distillation"]
action = "refuse"
reason = "Under review."
owner = "data-governance@acme.example"
expires = 2026-12-31T00:00:00Z
"""

# The policy of DESIGN.md §7.
WHOLE = (
    HEAD
    + """
[defaults]
refresh   = "60s"
offline   = "24h"
likely    = "confirm"
uncovered = "refuse"

[[pause]]
id = "training-data"
tasks = ["training-data", "data-labeling", "distillation"]
vendors = ["claude", "codex"]
repos = ["github.com/acme/*"]
action = "refuse"
reason = "Output may enter our training data; the partner agreement is under review."
owner = "data-governance@acme.example"
ticket = "https://tickets.acme.example/GOV-112"
starts = 2026-11-20T00:00:00Z
expires = 2026-12-31T00:00:00Z
instead = { vendor = "inhouse", say = "Use the in-house assistant." }

[[exempt]]
pause = "training-data"
who = ["dana@acme.example"]
until = 2026-12-05T00:00:00Z
reason = "Public benchmark only, GOV-118"

[[sensitive]]
paths = ["infra/prod/**", "**/nightingale/**"]
contents = "allow"
[[sensitive]]
terms = ["Nightingale"]

[task_types.chip-design]
phrases = ["place and route"]
unless = ["data center"]
paths = ["hw/**"]
examples = ["size the clock tree for block A"]
not_examples = ["route the /health endpoint"]
"""
)

PAUSED = Pause(
    id="training-data",
    tasks=("training-data",),
    vendors=None,
    repos=None,
    paths=None,
    branches=None,
    action=Action.REFUSE,
    reason="Under review.",
    owner="data-governance@acme.example",
    ticket=None,
    starts=None,
    expires=datetime(2026, 12, 31, tzinfo=UTC),
    instead=None,
)

EXEMPT = Exemption(
    pause="training-data",
    who=("dana@acme.example",),
    until=datetime(2026, 12, 5, tzinfo=UTC),
    reason="Public benchmark only",
)

QUESTION = Question(
    vendor="claude",
    external=True,
    task="training-data",
    level="certain",
    declared=None,
    repos=("github.com/acme/site",),
    branch="main",
    paths=(),
    now=NOW,
    person=None,
    state="fresh",
)


def policy_text(*parts: str) -> bytes:
    """Return a policy file with these tables."""
    return "\n".join((HEAD, *parts)).encode()
