"""The task types: what is built in, and what a team adds.

Reads `aiwrap/data/task_types/`: one TOML file for each type, and `words.toml`
with groups of phrases that several types use, and `model.bin`, which
`tests/bench/train_tasks.py` writes.  All else is pure: a `TaskTypes` never changes,
`with_team_types` returns another one.

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

from aiwrap.tasks.model import Model
from aiwrap.tasks.rules import STRONG, UNLESS_WEIGHT, WITHIN, Rule, RuleBook
from aiwrap.tasks.words import check_phrase

ORDINARY = "ordinary"
DIRECTORY = os.path.join(
    os.path.dirname(os.path.dirname(__file__)), "data", "task_types"
)
SHARED_WORDS = "words.toml"
MODEL = "model.bin"

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
    model: Model

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
            _add_team_rule(book, name, "team phrases", phrases, STRONG)
            _add_team_rule(book, name, "team unless", unless, -UNLESS_WEIGHT)
            if globs:
                paths.append(TeamPaths(name, tuple(globs)))
        return self._replace(
            names=tuple(names), team_book=book, team_paths=tuple(paths)
        )


def builtin_task_types() -> TaskTypes:
    """Load the types that come with aiwrap."""
    about, book = builtin_rules()
    with open(os.path.join(DIRECTORY, MODEL), "rb") as file:
        model = Model(file.read())
    return TaskTypes(tuple(about), about, book, RuleBook(), (), model)


def builtin_rules() -> tuple[Mapping[str, str], RuleBook]:
    """Load what the types are about, and their rules, without the model."""
    files = [name for name in os.listdir(DIRECTORY) if name.endswith(".toml")]
    sources = [_read(name) for name in sorted(files) if name != SHARED_WORDS]
    book = RuleBook()
    shared = {
        name: book.add_group(name, phrases)
        for name, phrases in _read(SHARED_WORDS)["words"].items()
    }
    for source in sources:
        _add_type(book, source, shared)
    return {source["name"]: source["about"] for source in sources}, book


def _add_type(
    book: RuleBook, source: Mapping[str, Any], shared: Mapping[str, int]
) -> None:
    task = source["name"]
    groups = dict(shared)
    for name, phrases in source["words"].items():
        groups[name] = book.add_group(f"{task}/{name}", phrases)
    for rule in source["rule"]:
        name, within = rule["name"], rule.get("within", WITHIN)
        if "any" in rule:
            chosen: tuple[int, ...] = (book.add_group(f"{task}/{name}", rule["any"]),)
        else:
            chosen = tuple(groups[near] for near in rule["near"])
        book.add_rule(Rule(task, name, rule["weight"], chosen, within))
    for exception in source.get("unless", ()):
        name = exception["name"]
        group = book.add_group(f"{task}/{name}", exception["phrases"])
        book.add_rule(Rule(task, name, -UNLESS_WEIGHT, (group,), 0))
    book.add_context(task, book.add_group(f"{task}/place", source["context"]))


def _add_team_rule(
    book: RuleBook, task: str, name: str, phrases: Sequence[str], weight: int
) -> None:
    if phrases:
        group = book.add_group(f"{task}/{name}", map(check_phrase, phrases))
        book.add_rule(Rule(task, name, weight, (group,), 0))


def _read(name: str) -> dict[str, Any]:
    # On use: a process that classifies nothing (`aiwrap log`) never pays for it.
    import tomli

    with open(os.path.join(DIRECTORY, name), "rb") as file:
        return tomli.load(file)
