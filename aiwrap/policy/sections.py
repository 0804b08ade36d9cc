"""Read the tables of a policy: pauses, exemptions, sensitive names, types, vendors.

Pure.  Each reader takes its table and leaves its problems there; what the
document as a whole may hold is `parser`'s to say.
"""

from __future__ import annotations

from aiwrap.policy.fields import NEVER, Table
from aiwrap.policy.model import (
    ACTIONS,
    ORDINARY,
    REPO,
    TEAM,
    Exemption,
    Instead,
    Pause,
    Sensitive,
    TaskTypeRule,
    Team,
    VendorRule,
)
from aiwrap.policy.text import printable

MIN_PREFIX_CHARS = 3


def read_pauses(top: Table, layer: str, team: str) -> tuple[Pause, ...]:
    """Read every `[[pause]]`; two of one id are a problem."""
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
        paths=_paths(table),
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


def _paths(table: Table, *, may_take_back: bool = False) -> tuple[str, ...] | None:
    paths = table.texts("paths")
    for path in paths or ():
        if path.startswith("#") or not path.strip("!/ "):
            table.complain(
                f'paths in {table.name} holds "{printable(path)}", which is no path',
                'Write it from the repo\'s root, such as "infra/prod/**".',
                "paths",
            )
        elif path.startswith("!") and not may_take_back:
            table.complain(
                f'paths in {table.name} holds "{printable(path)}":'
                " taking names back (!) is not possible here",
                "List narrower paths instead.",
                "paths",
            )
    return paths


def _instead(table: Table | None) -> Instead | None:
    if table is None:
        return None
    instead = Instead(
        vendor=table.text("vendor", is_required=False), say=table.required_text("say")
    )
    table.finish()
    return instead


def read_exemption(table: Table, layer: str, team: str) -> Exemption:
    """Read one `[[exempt]]`."""
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


def read_sensitive(top: Table, layer: str) -> tuple[Sensitive, ...]:
    """Read every `[[sensitive]]`; only the highest layer may take names back."""
    is_highest = layer not in {TEAM, REPO}
    return tuple(
        _sensitive_names(table, may_take_back=is_highest)
        for table in top.tables("sensitive")
    )


def _sensitive_names(table: Table, *, may_take_back: bool) -> Sensitive:
    sensitive = Sensitive(
        paths=_paths(table, may_take_back=may_take_back) or (),
        terms=table.texts("terms") or (),
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


def _phrases(table: Table, key: str, *, is_required: bool = False) -> tuple[str, ...]:
    """Return phrases that can be matched: each begins with a word or a long prefix."""
    phrases = table.texts(key, is_required=is_required) or ()
    for phrase in phrases:
        if phrase and not _can_match(phrase):
            table.complain(
                f'{key} in {table.name} holds "{printable(phrase)}", which cannot be'
                " matched: expected words, or a prefix of"
                f" {MIN_PREFIX_CHARS} letters before a *",
                "Write it out.",
                key,
            )
    return tuple(" ".join(phrase.split()) for phrase in phrases)


def _can_match(phrase: str) -> bool:
    """Say whether every part holds a word, and a prefix that begins is long enough."""
    lengths = [(sum(map(str.isalnum, part)), part) for part in phrase.split()]
    words = [(length, part) for length, part in lengths if length]
    if not words or any(not length and "*" in part for length, part in lengths):
        return False
    length, first = words[0]
    return length >= MIN_PREFIX_CHARS or not first.endswith("*")


def read_task_type(name: str, table: Table) -> TaskTypeRule:
    """Read one `[task_types.NAME]`."""
    if name == ORDINARY:
        table.complain(
            f'"{ORDINARY}" is what all other work is called',
            "Choose another name for the task type.",
        )
    rule = TaskTypeRule(
        name=name,
        phrases=_phrases(table, "phrases", is_required=True),
        unless=_phrases(table, "unless"),
        paths=_paths(table) or (),
        examples=table.texts("examples") or (),
        not_examples=table.texts("not_examples") or (),
    )
    table.finish()
    return rule


def read_vendors(top: Table) -> tuple[VendorRule, ...]:
    """Read every `[vendors.NAME]`."""
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


def read_team(table: Table) -> Team:
    """Read one `[[team]]`."""
    team = Team(
        name=table.name_text("name"),
        members=table.texts("members", is_required=True) or (),
        repos=table.texts("repos") or (),
    )
    table.finish()
    return team
