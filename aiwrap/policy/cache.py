"""The policy in force on this machine, from disk; no network.

Stands on the launch path, so it imports little.  Where the policy is local the
file itself is the source, and a person may edit it:

  1. No file yet, ever: the starter policy is written and in force.
  2. The file is the last accepted one: it is in force.
  3. The file changed and is a policy: it is accepted, one version higher.
  4. The file is broken or cannot be read: the last accepted one stays in force,
     and `problem` says why.  A file that was removed is put back.
  5. Neither the file nor a last accepted one can be used: an error, nothing runs.

A repository's own layer is merged on top; a broken one is left out and said.
"""

from __future__ import annotations

import os
from datetime import datetime
from typing import NamedTuple

from aiwrap import files
from aiwrap.errors import AiwrapError, FilesError, PolicySyntaxError
from aiwrap.policy import freshness, last_good
from aiwrap.policy.decision import FRESH
from aiwrap.policy.last_good import LastGood
from aiwrap.policy.merge import merge
from aiwrap.policy.model import MAX_POLICY_BYTES, Policy
from aiwrap.policy.parser import parse_policy, parse_repo_layer

REPO_LAYER_NAME = ".aiwrap.toml"
_LOCK = "lock"
_STARTER = os.path.join(os.path.dirname(__file__), "..", "data", "starter_policy.toml")

_Stamp = tuple[int, int, int, int]


class InForce(NamedTuple):
    """The policy in force, how it is named in records, and how old it is."""

    policy: Policy
    sha256: str
    version: int
    age_seconds: float
    state: str  # "fresh", "stale", "expired"
    problem: str | None  # one sentence: why this is not what the files say
    stamp: _Stamp | None = None  # of the policy file, taken before it was read


class _Source(NamedTuple):
    """What the policy file holds: bytes, nothing, or a reason why not."""

    data: bytes | None
    error: FilesError | None
    stamp: _Stamp | None


def load(
    locations: files.Locations, *, now: datetime, repo_layer: bytes | None = None
) -> InForce:
    """Return the policy in force, merged with the repository's own layer.

    Raises:
        PolicyError: The policy is broken and no earlier one was ever accepted.
        FilesError: It cannot be read, or an accepted one cannot be kept.

    """
    source = _read_source(locations)
    last = last_good.read(locations)
    if last is None or source.data is None or source.data != last.data:
        in_force = _settle(locations, now)
    else:
        in_force = _fresh(parse_policy(last.data), last, source.stamp)
    return in_force if repo_layer is None else _with_repo_layer(in_force, repo_layer)


def push(locations: files.Locations, data: bytes, *, now: datetime) -> InForce:
    """Check `data` and put it in force, one version higher.

    Raises:
        PolicySyntaxError: It is not a policy; the one in force stays.
        FilesError: It cannot be written; the one in force stays.

    """
    policy = parse_policy(data)
    _make_directories(locations)
    with files.locked(os.path.join(locations.policy_cache, _LOCK)):
        # The file first: after a crash in between it is found as an edit.
        files.write_private(locations.policy, data)
        last = _accept(locations, data, now)
        return _fresh(policy, last, _stamp(locations))


def changed(locations: files.Locations, since: InForce) -> bool:
    """Say whether the policy file was touched since `since` was loaded (one stat)."""
    return _stamp(locations) != since.stamp


def starter_policy() -> bytes:
    """Return the policy that a machine without any begins with."""
    data = files.read_private(_STARTER, MAX_POLICY_BYTES)
    if data is None:
        raise FilesError(
            f"the starter policy is missing: {os.path.normpath(_STARTER)}",
            hint="Install aiwrap again.",
        )
    return data


def _settle(locations: files.Locations, now: datetime) -> InForce:
    """Bring the file and the last accepted policy together, under the lock."""
    _make_directories(locations)
    with files.locked(os.path.join(locations.policy_cache, _LOCK)):
        source = _read_source(locations)
        last = last_good.read(locations)
        if source.error is not None:
            return _fall_back(last, source, now, source.error)
        if source.data is None:
            return _restore(locations, last, now)
        if last is not None and source.data == last.data:
            return _fresh(parse_policy(last.data), last, source.stamp)
        try:
            policy = parse_policy(source.data)
        except PolicySyntaxError as error:
            return _fall_back(last, source, now, error)
        return _fresh(policy, _accept(locations, source.data, now), source.stamp)


def _accept(locations: files.Locations, data: bytes, now: datetime) -> LastGood:
    last = last_good.read(locations)
    version = 1 if last is None else last.version + 1
    accepted = last_good.accept(data, version, now)
    last_good.write(locations, accepted)
    return accepted


def _fresh(policy: Policy, last: LastGood, stamp: _Stamp | None) -> InForce:
    return InForce(policy, last.sha256, last.version, 0.0, FRESH, None, stamp)


def _restore(
    locations: files.Locations, last: LastGood | None, now: datetime
) -> InForce:
    """Write the policy file that is missing: the last accepted one, or the starter."""
    if last is None:
        data = starter_policy()
        files.write_private(locations.policy, data)
        last = _accept(locations, data, now)
        return _fresh(parse_policy(data), last, _stamp(locations))
    files.write_private(locations.policy, last.data)
    in_force = _fresh(parse_policy(last.data), last, _stamp(locations))
    return in_force._replace(
        problem=f"{locations.policy} was missing; version {last.version} was put back."
    )


def _fall_back(
    last: LastGood | None, source: _Source, now: datetime, error: AiwrapError
) -> InForce:
    """Keep the last accepted policy in force, although the file is unusable."""
    if last is None:
        raise error
    policy = parse_policy(last.data)
    in_force = _fresh(policy, last, source.stamp)
    problem = f"{error}; version {last.version} stays in force."
    if source.error is None:
        problem = f"The policy file is broken: {problem}"
    else:  # the source cannot be asked: the copy ages from when it was accepted
        age = freshness.age_seconds(last.accepted_at, now)
        in_force = in_force._replace(
            age_seconds=age, state=freshness.state(age, policy.defaults)
        )
    return in_force._replace(problem=problem)


def _with_repo_layer(in_force: InForce, data: bytes) -> InForce:
    try:
        layer = parse_repo_layer(data)
    except PolicySyntaxError as error:
        problem = f"{REPO_LAYER_NAME} of this repository is left out: {error}."
        if in_force.problem is not None:
            problem = f"{in_force.problem} {problem}"
        return in_force._replace(problem=problem)
    return in_force._replace(policy=merge([in_force.policy, layer]))


def _read_source(locations: files.Locations) -> _Source:
    stamp = _stamp(locations)
    try:
        return _Source(
            files.read_private(locations.policy, MAX_POLICY_BYTES), None, stamp
        )
    except FilesError as error:
        return _Source(None, error, stamp)


def _stamp(locations: files.Locations) -> _Stamp | None:
    try:
        status = os.stat(locations.policy)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _make_directories(locations: files.Locations) -> None:
    files.make_private_directory(locations.data)
    files.make_private_directory(locations.policy_cache)
