"""What the README says is so."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from aiwrap import errors
from aiwrap.cli.main import COMMANDS
from aiwrap.policy.parser import parse_policy
from aiwrap.records.fields import KINDS
from aiwrap.vendors.registry import NAMES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
CI = (ROOT / ".ci/run").read_text()


def blocks(language: str) -> list[str]:
    """Return the README's code blocks in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def test_there_are_two_commands_to_begin_with() -> None:
    """The first plays the demo, the second is what CI runs."""
    first, second, *_ = blocks("sh")

    assert first.rstrip().endswith("aiwrap demo")
    assert second.strip() == "sh tests/run"
    assert second.strip() in CI.splitlines()[-1]


def test_the_example_is_a_policy() -> None:
    """A lead copies it."""
    (example,) = blocks("toml")
    policy = parse_policy(example.encode())

    assert policy.team == "applied-ai"
    assert [pause.id for pause in policy.pauses] == ["training-data"]
    assert policy.sensitive


def test_every_kind_of_record_is_listed() -> None:
    """Nothing is recorded that the table does not tell."""
    table = README.split("## What is recorded")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    listed = {name for row in rows for name in re.findall(r"`(\w+)`", row)}

    assert listed == set(KINDS)


def test_every_dependency_has_a_reason() -> None:
    """And no reason is given for one that is gone."""
    table = README.split("## Dependencies")[1].split("\n## ")[0]
    rows = [line for line in table.splitlines()[4:] if line.startswith("|")]
    listed = {
        name.strip()
        for row in rows
        for name in re.sub(r"\(.*?\)", "", row.split("|")[1]).split(",")
    }
    needed = {Requirement(each).name for each in requires("aiwrap") or []}

    assert listed == {name for name in needed if not name.startswith("types-")}


TYPED = re.findall(r"(?:^|`|aiwrap/bin/)aiwrap ([a-z]+)", README, re.MULTILINE)


@pytest.mark.parametrize("command", sorted(set(TYPED) - set(NAMES)))
def test_every_command_exists(command: str) -> None:
    """What the README tells to type can be typed."""
    assert command in COMMANDS


def test_exit_codes_are_the_ones_of_the_code() -> None:
    """Scripts are written from the README."""
    line = next(line for line in README.splitlines() if line.startswith("Exit codes"))
    published = {int(code) for code in re.findall(r"\b\d{2,3}\b", line)}

    assert published == {
        value for name, value in vars(errors).items() if name.startswith("EXIT_")
    }


def test_the_tested_version_is_the_pinned_one() -> None:
    """README, CI and the vendor's facts name one version of Claude Code."""
    facts = tomllib.loads((ROOT / "aiwrap/data/vendors/claude.toml").read_text())
    (pinned,) = re.findall(r"claude-code@([\d.]+)$", CI, re.MULTILINE)

    assert f"Claude Code {pinned}" in README
    assert f"claude-code@{pinned}" in README
    assert pinned == facts["tested"][-1]
