"""What ordinary commands print of a sensitive directory does not leave.

The real Claude Code through `aiwrap claude`; the model runs one command after the
other in one session.  Most of these outputs say nothing alone: it is the command
before that tells whose names they show.
"""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.support.answers import Message, tools
from tests.support.claude import ALLOW_TOOLS, SENSITIVE_NAMES, Claude
from tests.support.model import Model
from tests.support.policies import HIDING

WALK = "import json, os; print(json.dumps(list(os.walk('infra'))))"

IN_THE_REPO = (
    "find . -not -path './.git*'",
    "ls infra/prod/nightingale",
    "ls -la infra/prod/nightingale",
    "echo hi && ls infra/prod",
    "ls -1 infra/prod; ls",
    "tar cvf /dev/null -C infra/prod .",
    f'python3 -c "{WALK}"',
    "ls live; ls -l live/nightingale",
    "find live/",
    "(cd infra && ls -R)",
    "cd infra/prod/nightingale && ls && cd ../../..",
)
BY_CD = (
    "cd infra/prod && find .",
    "find .",
    "ls nightingale",
    "grep -rn . .",
    "wc -l *",
    "sha256sum *",
    "cd .. && ls -R",
    "ls",
)
NEW_FILES = (
    "touch infra/prod/osprey.tf && ls infra/prod",
    "mkdir infra/prod/kite && touch infra/prod/kite/wren && ls infra/prod/kite",
    "ls -R infra",
)
NAMES = (*SENSITIVE_NAMES, "osprey", "wren", "kite", "secrets")


@pytest.fixture
def hiding(claude: Claude) -> Claude:
    """Prepare a repo with sensitive paths, and a link that leads to them."""
    claude.push_policy(HIDING)
    (claude.repo / "live").symlink_to("infra/prod")
    return claude


def results(claude: Claude, model: Model, commands: tuple[str, ...]) -> list[str]:
    """Run `commands` in one session; return what the model was told of each."""
    model.answers += [tools(("Bash", {"command": each})) for each in commands]
    model.answers.append(Message("done"))
    done = claude.run("-p", "look around", *ALLOW_TOOLS)
    assert done.code == 0, done.stderr
    messages = model.messages[-1].json["messages"]
    assert isinstance(messages, list)
    return [
        json.dumps(block["content"])
        for message in messages
        if isinstance(message["content"], list)
        for block in message["content"]
        if block["type"] == "tool_result"
    ]


@pytest.mark.parametrize("commands", [IN_THE_REPO, BY_CD, NEW_FILES])
def test_no_command_shows_a_name(
    hiding: Claude, model: Model, commands: tuple[str, ...]
) -> None:
    """Each result has a pseudonym, and none has a name."""
    found = results(hiding, model, commands)

    assert len(found) == len(commands)
    shown = {
        command: [name for name in NAMES if name in result] or result
        for command, result in zip(commands, found, strict=True)
        if any(name in result for name in NAMES) or "zq" not in result
    }
    assert shown == {}


def test_a_neighbour_keeps_its_name(hiding: Claude, model: Model) -> None:
    """What stands beside sensitive names is no secret."""
    (hiding.repo / "infra/staging").mkdir()
    (hiding.repo / "infra/staging/blue.tf").write_text("# blue\n")

    found = results(
        hiding, model, ("ls -R infra", "ls infra/prod; ls infra/staging", "ls")
    )

    assert "staging" in found[0]
    assert "blue.tf" in found[0]
    assert "blue.tf" in found[1]
    assert "infra" in found[2]


def test_an_added_directory_is_hidden_too(hiding: Claude, model: Model) -> None:
    """The patterns hold below each directory that Claude Code may use."""
    other = hiding.root / "other"
    (other / "infra/prod").mkdir(parents=True)
    (other / "infra/prod/osprey.tf").write_text("# away\n")
    subprocess.run(["git", "init", "-q", str(other)], check=True)
    model.answers += [
        tools(
            ("Bash", {"command": f"ls {other}/infra/prod"}),
            ("Bash", {"command": f"ls -R {other}/infra; cd {other} && find infra"}),
        ),
        tools(("Read", {"file_path": f"{other}/infra/prod/osprey.tf"})),
        Message("done"),
    ]
    done = hiding.run("-p", "go", *ALLOW_TOOLS, "--add-dir", str(other))

    assert done.code == 0, done.stderr
    assert b"away" in model.received
    assert model.leaks(["osprey", f"{other}/infra/prod"]) == []
