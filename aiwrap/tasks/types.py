"""The task types: what is built in, and what a team adds.

Reads `aiwrap/data/task_types/`: one TOML file for each type, and `words.toml`
with groups of phrases that several types use.  All else is pure: a `TaskTypes`
never changes, `with_team_types` returns another one.

A file holds
  name, about       the type, and one line on it
  context           phrases that speak for it in a path, remote or branch
  [words]           groups of phrases, for `near`
  [[rule]]          name, weight, and `any` = phrases or `near` = names of groups
  [[unless]]        name, and the phrases that speak against it
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from aiwrap.tasks.rules import STRONG, WITHIN, Rule, RuleBook

ORDINARY = "ordinary"
SHARED_WORDS = "words.toml"

TeamTypeSource = tuple[str, Sequence[str], Sequence[str], Sequence[str]]


class TeamPaths(NamedTuple):
    """Globs that add to a team's own type."""

    task: str
    globs: tuple[str, ...]


class TaskTypes(NamedTuple):
    """Every type a prompt can be classified as, except `ordinary`."""

    names: tuple[str, ...]
    about: Mapping[str, str]
    book: RuleBook
    team_book: RuleBook
    team_paths: tuple[TeamPaths, ...]

    def with_team_types(self, added: Iterable[TeamTypeSource]) -> TaskTypes:
        """Add types as (name, phrases, unless, paths).

        A name that exists is extended; `unless` counts against these phrases only.
        A phrase that cannot be matched is a ValueError.
        """
        names, paths = list(self.names), list(self.team_paths)
        book = self.team_book.copy()
        for name, phrases, unless, globs in added:
            if name == ORDINARY:
                raise ValueError("a task type cannot be called ordinary")
            if not phrases and not globs:
                raise ValueError(f"the task type {name!r} has no phrase and no path")
            if name not in names:
                names.append(name)
            if phrases:
                group = book.add_group(phrases)
                book.add_rule(Rule(name, "team phrases", STRONG, (group,), 0))
            if unless:
                book.add_unless(name, "team unless", book.add_group(unless))
            if globs:
                paths.append(TeamPaths(name, tuple(globs)))
        return self._replace(
            names=tuple(names), team_book=book, team_paths=tuple(paths)
        )


def builtin_task_types() -> TaskTypes:
    """Load the types that come with aiwrap."""
    directory = os.path.join(
        os.path.dirname(os.path.dirname(__file__)), "data", "task_types"
    )
    shared = _read(os.path.join(directory, SHARED_WORDS))
    files = sorted(
        f for f in os.listdir(directory) if f.endswith(".toml") and f != SHARED_WORDS
    )
    return build_task_types(
        shared, [_read(os.path.join(directory, name)) for name in files]
    )


def build_task_types(
    shared: Mapping[str, Any], sources: Iterable[Mapping[str, Any]]
) -> TaskTypes:
    """Make task types of parsed files."""
    book = RuleBook()
    shared_groups = {
        name: book.add_group(found) for name, found in shared["words"].items()
    }
    about: dict[str, str] = {}
    for source in sources:
        about[source["name"]] = source["about"]
        _add_type(book, source, shared_groups)
    return TaskTypes(tuple(about), about, book, RuleBook(), ())


def _add_type(
    book: RuleBook, source: Mapping[str, Any], shared: Mapping[str, int]
) -> None:
    task = source["name"]
    groups = dict(shared)
    groups.update(
        (name, book.add_group(found)) for name, found in source["words"].items()
    )
    for rule in source["rule"]:
        if "any" in rule:
            chosen: tuple[int, ...] = (book.add_group(rule["any"]),)
        else:
            chosen = tuple(groups[name] for name in rule["near"])
        within = rule.get("within", WITHIN)
        book.add_rule(Rule(task, rule["name"], rule["weight"], chosen, within))
    for exception in source.get("unless", ()):
        book.add_unless(task, exception["name"], book.add_group(exception["phrases"]))
    book.add_context(task, book.add_group(source["context"]))


def _read(path: str) -> dict[str, Any]:
    # On use: a process that classifies nothing (`aiwrap log`) never pays for it.
    import tomli

    with open(path, "rb") as file:
        return tomli.load(file)
