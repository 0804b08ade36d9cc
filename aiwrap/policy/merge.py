"""Join the policies that hold at one place into the one in force.

Pure.  The strictest wins, whatever the order of the layers:

  1. Every pause and every sensitive name of every layer holds; `decision`
     takes the strictest pause that matches.  The highest layer's names come
     first, and only it may take names back (`!`): never those of others.
  2. Durations: the shortest; `likely` and `uncovered`: the strictest.  What the
     highest layer does not state is its documented default; what a lower layer
     does not state changes nothing.
  3. An exemption counts on pauses of its own policy or of a lower layer: it
     carries its layer, and `covers` decides.
  4. Task types stay as each layer wrote them, so that one layer's `unless`
     never weakens another's type of the same name.
  5. Tools that are listed as local are the highest layer's; a lower one can
     only shorten the list.
  6. Team, trust, vendors and teams are the highest layer's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from aiwrap.policy.model import (
    LOCAL,
    ORG,
    REPO,
    TEAM,
    Defaults,
    Exemption,
    Pause,
    Policy,
    Sensitive,
)

# `local` stands in the organisation's place on a device without a server.
_RANKS = {ORG: 3, LOCAL: 3, TEAM: 2, REPO: 1}

_Item = TypeVar("_Item")


def merge(layers: Sequence[Policy]) -> Policy:
    """Return the policy in force; `layers` must hold at least one."""
    if len(layers) == 1:
        return layers[0]
    ordered = sorted(layers, key=_place)
    highest = [each for each in ordered if _is_level_with(each, ordered[0])]
    lower = ordered[len(highest) :]
    return ordered[0]._replace(
        defaults=_defaults(highest, lower),
        pauses=_union(each.pauses for each in ordered),
        exemptions=_union(each.exemptions for each in ordered),
        sensitive=_sensitive(ordered),
        task_types=_union(each.task_types for each in ordered),
        local_tools=_local_tools(highest, lower),
        vendors=_union(each.vendors for each in highest),
        teams=_union(each.teams for each in highest),
        stated=frozenset().union(*(each.stated for each in ordered)),
    )


def covers(exemption: Exemption, pause: Pause) -> bool:
    """Say whether `exemption` may count on `pause`: its own policy's or a lower's."""
    if exemption.pause != pause.id:
        return False
    if exemption.layer == pause.layer:
        return exemption.team == pause.team
    return _RANKS[exemption.layer] > _RANKS[pause.layer]


def _place(policy: Policy) -> tuple[int, str, str]:
    return -_RANKS[policy.layer], policy.layer, policy.team


def _is_level_with(policy: Policy, highest: Policy) -> bool:
    return _RANKS[policy.layer] == _RANKS[highest.layer]


def _union(groups: Iterable[Iterable[_Item]]) -> tuple[_Item, ...]:
    """Join the groups in order, each item once."""
    return tuple(dict.fromkeys(item for group in groups for item in group))


def _sensitive(ordered: Sequence[Policy]) -> tuple[Sensitive, ...]:
    """Join in order, each once, and there last: a `!` reaches only what precedes it."""
    joined = [item for each in ordered for item in each.sensitive]
    return tuple(reversed(dict.fromkeys(reversed(joined))))


def _defaults(highest: Sequence[Policy], lower: Sequence[Policy]) -> Defaults:
    result = highest[0].defaults
    for policy in highest[1:]:
        result = _strictest(result, policy.defaults)
    for policy in lower:
        stated = {name: getattr(policy.defaults, name) for name in policy.stated}
        result = _strictest(result, result._replace(**stated))
    return result


def _strictest(one: Defaults, other: Defaults) -> Defaults:
    return Defaults(
        min(one.refresh_seconds, other.refresh_seconds),
        min(one.offline_seconds, other.offline_seconds),
        max(one.likely, other.likely),
        max(one.uncovered, other.uncovered),
    )


def _local_tools(highest: Sequence[Policy], lower: Sequence[Policy]) -> tuple[str, ...]:
    lists = [set(each.local_tools) for each in highest]
    lists += [set(each.local_tools) for each in lower if each.local_tools]
    return tuple(sorted(set.intersection(*lists)))
