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
from aiwrap.policy.fields import NEVER, Problem, Table
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
    Exemption,
    Instead,
    Pause,
    Policy,
    Sensitive,
    TaskTypeRule,
    Team,
    VendorRule,
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
        pauses=_pauses(top, layer, team),
        exemptions=tuple(_exemption(t, layer, team) for t in top.tables("exempt")),
        sensitive=tuple(map(_sensitive, top.tables("sensitive"))),
        task_types=tuple(_task_type(*item) for item in top.named_tables("task_types")),
        local_tools=top.texts("local_tools") or (),
        vendors=() if layer == TEAM else _vendors(top),
        teams=tuple(map(_team, top.tables("team"))) if is_org else (),
        layer=layer,
        stated=stated,
    )
    top.finish()
    return policy


def _repo_layer(top: Table) -> Policy:
    policy = Policy(
        team="",
        pauses=_pauses(top, REPO, ""),
        sensitive=tuple(map(_sensitive, top.tables("sensitive"))),
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


def _pauses(top: Table, layer: str, team: str) -> tuple[Pause, ...]:
    pauses: list[Pause] = []
    seen: set[str] = set()
    for table in top.tables("pause"):
        pause = _pause(table, layer, team)
        if pause.id and pause.id in seen:
            table.complain(
                f'two pauses have the id "{pause.id}"',
                "Give each its own: exemptions and records name a pause by its id.",
                "id",
            )
        seen.add(pause.id)
        pauses.append(pause)
    return tuple(pauses)


def _pause(table: Table, layer: str, team: str) -> Pause:
    pause = Pause(
        id=table.name_text("id"),
        tasks=table.names("tasks", is_required=True) or (),
        vendors=table.names("vendors"),
        repos=_repos(table),
        paths=table.texts("paths"),
        branches=table.texts("branches"),
        action=table.choice("action", ACTIONS),
        reason=table.required_text("reason"),
        owner=table.required_text("owner"),
        ticket=table.text("ticket", is_required=False),
        starts=table.moment("starts", is_required=False),
        expires=table.moment("expires") or NEVER,
        instead=_instead(table.table("instead", "instead")),
        layer=layer,
        team=team,
    )
    if pause.starts is not None and pause.starts >= pause.expires:
        table.complain("the pause ends before it starts", "", "expires")
    table.finish()
    return pause


def _repos(table: Table) -> tuple[str, ...] | None:
    repos = table.texts("repos")
    for repo in repos or ():
        if "://" in repo or "@" in repo or repo.endswith(".git"):
            table.complain(
                f"repos in {table.name} holds an address instead of a name",
                'Write host/owner/name, such as "github.com/acme/*".',
                "repos",
            )
    return repos


def _instead(table: Table | None) -> Instead | None:
    if table is None:
        return None
    instead = Instead(
        vendor=table.text("vendor", is_required=False), say=table.required_text("say")
    )
    table.finish()
    return instead


def _exemption(table: Table, layer: str, team: str) -> Exemption:
    exemption = Exemption(
        pause=table.name_text("pause"),
        who=table.texts("who", is_required=True) or (),
        until=table.moment("until") or NEVER,
        reason=table.required_text("reason"),
        layer=layer,
        team=team,
    )
    table.finish()
    return exemption


def _sensitive(table: Table) -> Sensitive:
    sensitive = Sensitive(
        paths=table.texts("paths") or (), terms=table.texts("terms") or ()
    )
    if not (table.has("paths") or table.has("terms")):
        table.complain(
            "[[sensitive]] needs paths or terms", 'Add a line "paths = […]".'
        )
    if table.choice("contents", {"allow": False, "withhold": True}, default=False):
        table.complain(
            'contents = "withhold" is not supported by this version of aiwrap:'
            " names are hidden, what a file contains is not",
            'Write "allow", or keep the files out of the working tree.',
            "contents",
        )
    table.finish()
    return sensitive


def _task_type(name: str, table: Table) -> TaskTypeRule:
    rule = TaskTypeRule(
        name=name,
        phrases=table.texts("phrases", is_required=True) or (),
        unless=table.texts("unless") or (),
        paths=table.texts("paths") or (),
        examples=table.texts("examples") or (),
        not_examples=table.texts("not_examples") or (),
    )
    table.finish()
    return rule


def _vendors(top: Table) -> tuple[VendorRule, ...]:
    return tuple(_vendor(*item) for item in top.named_tables("vendors"))


def _vendor(name: str, table: Table) -> VendorRule:
    rule = VendorRule(
        name=name,
        executable=table.text("executable", is_required=False),
        external=table.flag("external", default=True),
        base_url_variable=table.text("base_url_variable", is_required=False),
        wire=table.text("wire", is_required=False),
    )
    table.finish()
    return rule


def _team(table: Table) -> Team:
    team = Team(
        name=table.name_text("name"),
        members=table.texts("members", is_required=True) or (),
        repos=table.texts("repos") or (),
    )
    table.finish()
    return team
