"""Tests for aiwrap/session/rules.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiwrap.policy.model import Action
from aiwrap.session.rules import is_withheld
from tests.support.sessions import NOW, ORDINARY, PAUSED, open_world, policy

TEAM_TYPE = """
[task_types.chip-design]
phrases = ["place and route"]
[[pause]]
id = "chips"
tasks = ["chip-design"]
action = "refuse"
reason = "Export control."
owner = "gov@acme.example"
expires = 2099-01-01T00:00:00Z
"""


def test_a_paused_kind_of_work_is_refused(tmp_path: Path) -> None:
    """The policy, the types and the prompt meet here."""
    rules = open_world(tmp_path, policy()).rules

    assert rules.judge(PAUSED, now=NOW).decision.action is Action.REFUSE
    assert rules.judge(ORDINARY, now=NOW).decision.action is Action.ALLOW


def test_the_strictest_of_several_texts_wins(tmp_path: Path) -> None:
    """An ordinary prompt does not hide an appended system prompt."""
    rules = open_world(tmp_path, policy()).rules

    judged = rules.judge_strictest([ORDINARY, PAUSED, ORDINARY], now=NOW)

    assert judged.decision.action is Action.REFUSE


def test_a_teams_own_type_counts(tmp_path: Path) -> None:
    """What a lead wrote in the policy is a type like ours."""
    rules = open_world(tmp_path, policy(extra=TEAM_TYPE)).rules

    decision = rules.judge("run place and route on block A", now=NOW).decision

    assert decision.pause is not None
    assert decision.pause.id == "chips"


def test_a_declared_paused_type_refuses_without_a_prompt(tmp_path: Path) -> None:
    """`--task` is an answer of its own: nothing has to be classified."""
    rules = open_world(tmp_path, policy(), declared="distillation").rules

    assert rules.judge_strictest([], now=NOW).decision.action is Action.REFUSE


def test_refresh_takes_up_a_change_and_counts_it(tmp_path: Path) -> None:
    """An open session follows a push; a touched file is no change."""
    world = open_world(tmp_path, policy("observe"))
    assert not world.rules.refresh(NOW)

    world.push(policy("refuse"))

    assert world.rules.refresh(NOW)
    assert world.rules.generation == 1
    assert world.rules.judge(PAUSED, now=NOW).decision.action is Action.REFUSE


def test_a_broken_file_leaves_the_last_good_policy(tmp_path: Path) -> None:
    """An edit gone wrong never loosens anything."""
    world = open_world(tmp_path, policy("refuse"))
    Path(world.locations.policy).write_text("schema = [")

    world.rules.refresh(NOW)

    assert world.rules.judge(PAUSED, now=NOW).decision.action is Action.REFUSE


def test_a_repo_layer_that_appears_in_mid_session_counts(tmp_path: Path) -> None:
    """A team's own `.aiwrap.toml` can make things stricter at any time."""
    (tmp_path / ".git").mkdir()
    world = open_world(tmp_path, policy("observe"))
    layer = policy("refuse").partition(b"[[pause]]")[2]

    (tmp_path / ".aiwrap.toml").write_bytes(b"[[pause]]" + layer)

    assert world.rules.refresh(NOW)
    assert world.rules.judge(PAUSED, now=NOW).decision.action is Action.REFUSE
    assert not world.rules.refresh(NOW)


@pytest.mark.parametrize("fate", ["broken", "gone", "a directory"])
def test_a_repo_layer_that_goes_wrong_in_mid_session_stays_in_force(
    tmp_path: Path, fate: str
) -> None:
    """A model can write that file; it must not loosen anything, and it is said."""
    (tmp_path / ".git").mkdir()
    file = tmp_path / ".aiwrap.toml"
    file.write_bytes(b"[[pause]]" + policy("refuse").partition(b"[[pause]]")[2])
    world = open_world(tmp_path, policy("observe"))
    told = [world.rules.problem]

    file.unlink()
    if fate == "broken":
        file.write_text("oops")
    elif fate == "a directory":
        file.mkdir()
    world.rules.refresh(NOW)

    assert world.rules.judge(PAUSED, now=NOW).decision.action is Action.REFUSE
    told.append(world.rules.problem)
    assert told[0] is None
    assert ".aiwrap.toml" in str(told[1])


def test_records_name_the_policy(tmp_path: Path) -> None:
    """Version, digest, age and state: an auditor can tell which one it was."""
    described = open_world(tmp_path, policy()).rules.describe()

    assert described["team"] == "applied-ai"
    assert described["version"] == 1
    assert described["state"] == "fresh"


@pytest.mark.parametrize("action", list(Action))
def test_only_confirm_and_refuse_withhold(action: Action) -> None:
    """A warning never keeps a prompt back."""
    assert is_withheld(action) == (action in (Action.CONFIRM, Action.REFUSE))
