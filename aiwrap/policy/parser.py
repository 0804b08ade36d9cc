"""Read a policy's TOML text into the values of `model`.

Pure.  Strict, in this order: size, UTF-8, TOML, then every key of the schema;
an unknown key is an error, because a pause with a misspelt condition would
apply to other work than its author meant.  All problems are collected, with
line and column; `parse_policy` raises the first.

An `org`, `team` or `local` policy may hold everything but what belongs to the
org (`[vendors.NAME]`, `[[team]]`, not in a team's); a repository's own file
holds `[[pause]]` and `[[sensitive]]` only.
"""

from __future__ import annotations

from typing import NamedTuple

import tomli

from aiwrap.errors import PolicySyntaxError
from aiwrap.policy import sections
from aiwrap.policy.fields import Problem, Table
from aiwrap.policy.model import (
    ACTIONS,
    LOCAL,
    MAX_POLICY_BYTES,
    ORG,
    REPO,
    SCHEMA,
    TEAM,
    TRUST_LOCAL,
    Defaults,
    Policy,
)

MAX_REFRESH_SECONDS = 86_400
MAX_OFFLINE_SECONDS = 90 * 86_400


_DEFAULT_KEYS = {
    "refresh": "refresh_seconds",
    "offline": "offline_seconds",
    "likely": "likely",
    "uncovered": "uncovered",
}


class Complaint(NamedTuple):
    """A problem of a policy file, where it stands (from 1), and the next step."""

    line: int
    column: int
    message: str
    hint: str
    is_error: bool = True


def parse_policy(data: bytes, *, layer: str = LOCAL) -> Policy:
    """Return the policy that `data` holds.

    Raises:
        PolicySyntaxError: It is not a policy; says where and what was expected.

    """
    policy, complaints = read_policy(data, layer=layer)
    if complaints:
        first = complaints[0]
        more = len(complaints) - 1
        raise PolicySyntaxError(
            f"line {first.line}, column {first.column}: {first.message}"
            + (f" (and {more} more)" if more else ""),
            line=first.line,
            column=first.column,
            hint=first.hint or None,
        )
    return policy


def parse_repo_layer(data: bytes) -> Policy:
    """Return what a repository's `.aiwrap.toml` adds; nobody signed it.

    Raises:
        PolicySyntaxError: It is not such a file, or holds more than it may.

    """
    return parse_policy(data, layer=REPO)


def read_policy(
    data: bytes, *, layer: str = LOCAL
) -> tuple[Policy, tuple[Complaint, ...]]:
    """Return the policy and every problem; with problems the policy is unusable."""
    unusable = Policy(team="", layer=layer)
    try:
        text = _decode(data)
        document = tomli.loads(text)
    except PolicySyntaxError as error:
        place = (error.line or 1, error.column or 1)
        return unusable, (Complaint(*place, str(error), error.hint),)
    except (ValueError, RecursionError) as error:
        return unusable, (_toml_complaint(error),)
    problems: list[Problem] = []
    policy = _policy(Table(document, problems), layer)
    return policy, locate_problems(text, problems) if problems else ()


def locate_problems(text: str, problems: list[Problem]) -> tuple[Complaint, ...]:
    """Give each problem its line and column, and sort them by it."""
    # Here, because positions are needed only once something is wrong.
    from aiwrap.policy.places import Places

    places = Places(text)
    return tuple(
        sorted(
            Complaint(*places.of(path), message, hint)
            for path, message, hint in problems
        )
    )


def _decode(data: bytes) -> str:
    if len(data) > MAX_POLICY_BYTES:
        raise PolicySyntaxError(
            f"the file has {len(data)} bytes, at most {MAX_POLICY_BYTES} are read",
            hint="Shorten it.",
        )
    data = data.removeprefix(b"\xef\xbb\xbf")  # some editors write a byte order mark
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start]
        raise PolicySyntaxError(
            f"the byte 0x{data[error.start]:02x} is not UTF-8",
            line=before.count(b"\n") + 1,
            column=len(before.rpartition(b"\n")[2].decode()) + 1,
            hint="Save the file as UTF-8.",
        ) from None


def _toml_complaint(error: ValueError | RecursionError) -> Complaint:
    # Here, because the sentences are needed only once something is wrong.
    from aiwrap.policy.toml_errors import explain

    return Complaint(*explain(error))


def _policy(top: Table, layer: str) -> Policy:
    if layer == REPO:
        return _repo_layer(top)
    top.choice("schema", {SCHEMA: SCHEMA})
    # One TOML key cannot be both: what declares [[team]] is the organisation's.
    is_org = layer != TEAM and top.holds_list("team")
    team = ORG if is_org else top.name_text("team")
    defaults, stated = _defaults(top.table("defaults", "[defaults]"))
    policy = Policy(
        team=team,
        trust=top.choice("trust", {TRUST_LOCAL: TRUST_LOCAL}, TRUST_LOCAL),
        defaults=defaults,
        pauses=sections.read_pauses(top, layer, team),
        exemptions=tuple(
            sections.read_exemption(t, layer, team) for t in top.tables("exempt")
        ),
        sensitive=sections.read_sensitive(top, layer),
        task_types=tuple(
            sections.read_task_type(*item) for item in top.named_tables("task_types")
        ),
        local_tools=top.texts("local_tools") or (),
        vendors=() if layer == TEAM else sections.read_vendors(top),
        teams=tuple(map(sections.read_team, top.tables("team"))) if is_org else (),
        layer=layer,
        stated=stated,
    )
    top.finish()
    return policy


def _repo_layer(top: Table) -> Policy:
    policy = Policy(
        team="",
        pauses=sections.read_pauses(top, REPO, ""),
        sensitive=sections.read_sensitive(top, REPO),
        layer=REPO,
    )
    top.finish()
    return policy


def _defaults(table: Table | None) -> tuple[Defaults, frozenset[str]]:
    usual = Defaults()
    if table is None:
        return usual, frozenset()
    defaults = Defaults(
        table.seconds(
            "refresh", usual.refresh_seconds, minimum=1, maximum=MAX_REFRESH_SECONDS
        ),
        table.seconds(
            "offline", usual.offline_seconds, minimum=1, maximum=MAX_OFFLINE_SECONDS
        ),
        table.choice("likely", ACTIONS, usual.likely),
        table.choice("uncovered", ACTIONS, usual.uncovered),
    )
    table.finish()
    return defaults, frozenset(
        field for key, field in _DEFAULT_KEYS.items() if table.has(key)
    )
