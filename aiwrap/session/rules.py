"""The policy in force, applied to one text at a time.

Joins what siblings may not know of each other: the policy, the task types
(ours and the team's) and where the work happens.  Decides; records nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from typing import NamedTuple

from aiwrap import files
from aiwrap.errors import FilesError, PolicyError, SyncError
from aiwrap.policy import cache, decision
from aiwrap.policy.decision import Decision, Question
from aiwrap.policy.model import MAX_POLICY_BYTES, Action
from aiwrap.policy.parser import parse_repo_layer
from aiwrap.records import central_log
from aiwrap.records.fields import as_text
from aiwrap.session.workplace import Workplace
from aiwrap.tasks.classifier import Classification, classify
from aiwrap.tasks.evidence import Evidence
from aiwrap.tasks.types import TaskTypes, builtin_task_types

NOTHING = Classification("ordinary", "none", ())


class Judged(NamedTuple):
    """What one text is, and what the policy says of it."""

    classification: Classification
    decision: Decision


class Rules:
    """Answers for one session; `refresh` follows a policy that changes meanwhile."""

    def __init__(
        self,
        locations: files.Locations,
        place: Workplace,
        vendor: str,
        *,
        declared: str | None,
        now: datetime,
        external: bool = True,
    ) -> None:
        self._locations = locations
        self._place = place
        self._vendor = vendor
        self._external = external
        self._declared = declared
        self._person = _person(locations)
        self.generation = 0
        self._layer: bytes | None = None
        self._layer_seen: bytes | None = None
        self._layer_problem: str | None = None
        self.problem: str | None = None
        self._take_layer()
        self.in_force = self._load(now)
        self._types: TaskTypes | None = None

    @property
    def types(self) -> TaskTypes:
        """Our task types and the team's; read on first use, as a launch may not."""
        if self._types is None:
            own = self.in_force.policy.task_types
            self._types = builtin_task_types().with_team_types(
                (rule.name, rule.phrases, rule.unless, rule.paths) for rule in own
            )
        return self._types

    def refresh(self, now: datetime) -> bool:
        """Take up a policy or a repo layer that changed on disk; True if one did."""
        is_same_layer = not self._take_layer()
        if is_same_layer and not cache.changed(self._locations, self.in_force):
            return False
        before = self.in_force
        self.in_force = self._load(now)
        if is_same_layer and before.sha256 == self.in_force.sha256:
            return False
        self._types = None
        self.generation += 1
        return True

    def judge(self, text: str, *, now: datetime) -> Judged:
        """Classify `text` and apply the policy to all that it may be."""
        found = self._classify(text) if text else NOTHING
        answers = [
            decision.decide(self.in_force.policy, self._question(task, level, now))
            for task, level in ((found.task, found.level), *found.also)
        ]
        return Judged(found, reduce(decision.strictest, answers))

    def _classify(self, text: str) -> Classification:
        place = self._place
        return classify(
            Evidence(
                prompt=text,
                cwd=place.cwd,
                remote=place.remotes[0] if place.remotes else None,
                branch=place.branch,
                declared=self._declared,
            ),
            self.types,
        )

    def judge_strictest(self, texts: Sequence[str], *, now: datetime) -> Judged:
        """Judge each text alone and all together; the strictest answer wins."""
        candidates = [*texts, "\n".join(texts)] if len(texts) > 1 else list(texts)
        judged = [self.judge(text, now=now) for text in candidates or [""]]
        return max(judged, key=lambda each: each.decision.action)

    def judge_uncovered(self, *, now: datetime) -> Decision:
        """Return what the policy says of a launch without the wire gate."""
        question = self._question("ordinary", "none", now)
        return decision.decide_uncovered(self.in_force.policy, question)

    def describe(self) -> dict[str, object]:
        """Return the policy as records name it."""
        force = self.in_force
        return {
            "team": as_text(force.policy.team),
            "version": force.version,
            "sha256": force.sha256,
            "age_seconds": round(force.age_seconds),
            "state": force.state,
        }

    def _question(self, task: str, level: str, now: datetime) -> Question:
        place = self._place
        return Question(
            vendor=self._vendor,
            external=self._external,
            task=task,
            level=level,
            declared=self._declared,
            repos=place.remotes or None,
            branch=place.branch,
            paths=place.paths,
            now=now,
            person=self._person,
            state=self.in_force.state,
        )

    def _load(self, now: datetime) -> cache.InForce:
        in_force = cache.load(self._locations, now=now, repo_layer=self._layer)
        self.problem = self._layer_problem or in_force.problem
        return in_force

    def _take_layer(self) -> bool:
        """Take up the repo's own layer; True if it changed to another good one.

        One that breaks or goes away in mid-session leaves the last good one in
        force: the model can write that file.
        """
        root = self._place.root
        if root is None:
            return False
        path = os.path.join(root, cache.REPO_LAYER_NAME)
        try:
            layer = files.read_private(path, MAX_POLICY_BYTES)
            if layer == self._layer_seen:
                return False
            self._layer_seen = layer
            if layer is not None:
                parse_repo_layer(layer)
        except (FilesError, PolicyError) as error:
            self._tell_of_layer(str(error))
            return False
        if layer is None:
            self._tell_of_layer("it is gone")
            return False
        self._layer_problem = None
        self._layer = layer
        return True

    def _tell_of_layer(self, what: str) -> None:
        kept = "the last good one stays in force" if self._layer else "it is left out"
        self._layer_problem = f"{cache.REPO_LAYER_NAME}: {what}; {kept}"
        self.problem = self._layer_problem


def _person(locations: files.Locations) -> str | None:
    """Return whom the device belongs to; without a sound enrolment, nobody."""
    try:
        central = central_log.read(locations)
    except SyncError:
        return None  # `aiwrap sync` and `status` say so; there is no exemption
    return None if central is None else central.person or None


def is_withheld(action: Action) -> bool:
    """Say whether a prompt with this action stays on the machine."""
    return action >= Action.CONFIRM
