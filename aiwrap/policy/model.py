"""What a policy says, as values.

Pure; `parser` reads them from TOML, `merge` joins them, `decision` applies them.
Layers: `org`, `team` and `local` policies, and a repository's own file (`repo`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple

SCHEMA = "aiwrap.policy/1"
MAX_POLICY_BYTES = 1024 * 1024
ORG, TEAM, REPO, LOCAL = "org", "team", "repo", "local"
TRUST_LOCAL = "local"
ORDINARY = "ordinary"  # the task type of all other work


class Action(IntEnum):
    """What happens to a prompt; the greater, the stricter."""

    ALLOW = 0
    OBSERVE = 1  # only recorded
    WARN = 2
    CONFIRM = 3
    REFUSE = 4

    @property
    def word(self) -> str:
        """Return the word that policies, records and messages use."""
        return self.name.lower()


ACTIONS: Mapping[str, Action] = {action.word: action for action in Action}


class Exemption(NamedTuple):
    """Who may do the paused work all the same, until when, and why."""

    pause: str
    who: tuple[str, ...]
    until: datetime
    reason: str
    layer: str = LOCAL
    team: str = ""


class Instead(NamedTuple):
    """What to use in place of the paused vendor."""

    vendor: str | None
    say: str


class Pause(NamedTuple):
    """Some task types, with some vendors, in some places, for some time.

    A condition that is None always holds.
    """

    id: str
    tasks: tuple[str, ...]
    vendors: tuple[str, ...] | None  # None: every external vendor
    repos: tuple[str, ...] | None
    paths: tuple[str, ...] | None
    branches: tuple[str, ...] | None
    action: Action
    reason: str
    owner: str
    ticket: str | None
    starts: datetime | None
    expires: datetime
    instead: Instead | None
    layer: str = LOCAL
    team: str = ""

    def is_active(self, now: datetime) -> bool:
        """Say whether the pause has started and not ended."""
        return (self.starts is None or self.starts <= now) and now < self.expires


class Sensitive(NamedTuple):
    """Names that do not leave this machine."""

    paths: tuple[str, ...]
    terms: tuple[str, ...]


class TaskTypeRule(NamedTuple):
    """A task type of the team's own; the examples are its tests."""

    name: str
    phrases: tuple[str, ...]
    unless: tuple[str, ...]
    paths: tuple[str, ...]
    examples: tuple[str, ...]
    not_examples: tuple[str, ...]


class VendorRule(NamedTuple):
    """A vendor CLI that the organisation declares, for example an in-house one."""

    name: str
    executable: str | None
    external: bool
    base_url_variable: str | None
    wire: str | None


class Team(NamedTuple):
    """Who is in a team and which repositories are its own."""

    name: str
    members: tuple[str, ...]
    repos: tuple[str, ...]


class Defaults(NamedTuple):
    """What holds where no pause says otherwise."""

    refresh_seconds: float = 60.0
    offline_seconds: float = 86_400.0
    likely: Action = Action.CONFIRM
    uncovered: Action = Action.REFUSE


class Policy(NamedTuple):
    """One policy: a file, or several merged."""

    team: str
    trust: str = TRUST_LOCAL
    defaults: Defaults = Defaults()
    pauses: tuple[Pause, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    sensitive: tuple[Sensitive, ...] = ()
    task_types: tuple[TaskTypeRule, ...] = ()
    local_tools: tuple[str, ...] = ()
    vendors: tuple[VendorRule, ...] = ()
    teams: tuple[Team, ...] = ()
    layer: str = LOCAL
    stated: frozenset[str] = frozenset()  # the fields of `defaults` that it states
