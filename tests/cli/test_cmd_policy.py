"""`aiwrap policy` as a lead uses it: check a file, push it, see what is in force."""

from __future__ import annotations

import io
import json
import os
import subprocess
from pathlib import Path

import pytest

from aiwrap import files
from aiwrap.cli import cmd_policy
from aiwrap.errors import UsageError

GOOD = """\
schema = "aiwrap.policy/1"
team = "applied-ai"
[[pause]]
id = "training-data"
tasks = ["training-data"]
action = "refuse"
reason = "Under \\u001b[31mreview."
owner = "data-governance@acme.example"
starts = 2020-01-01T00:00:00Z
expires = 2999-01-01T00:00:00Z
repos = ["github.com/acme/*"]
"""
BAD = GOOD.replace("action", "actoin").replace("owner", "ownr")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.toml").write_text(GOOD)
    (tmp_path / "bad.toml").write_text(BAD)
    return tmp_path


def local_policy() -> bytes | None:
    return files.read_private(files.locate(os.environ).policy)


def test_check_lists_every_problem_as_a_compiler_does(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cmd_policy.run(["check", "bad.toml"]) == 125

    output = capsys.readouterr()
    assert output.out == ""
    assert 'bad.toml:6:1: error: unknown key "actoin" in [[pause]]' in output.err
    assert 'Did you mean "action"?' in output.err
    assert 'bad.toml:8:1: error: unknown key "ownr" in [[pause]]' in output.err


def test_a_warning_alone_does_not_fail(capsys: pytest.CaptureFixture[str]) -> None:
    assert cmd_policy.run(["check", "good.toml"]) == 0

    assert "good.toml:10:1: warning:" in capsys.readouterr().err


def test_check_says_when_there_is_nothing_to_say(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "short.toml").write_text('schema = "aiwrap.policy/1"\nteam = "a"\n')

    assert cmd_policy.run(["check", "short.toml"]) == 0
    assert capsys.readouterr().out == "short.toml: no problems found.\n"


def test_check_for_a_script(capsys: pytest.CaptureFixture[str]) -> None:
    assert cmd_policy.run(["check", "--json", "bad.toml"]) == 125

    document = json.loads(capsys.readouterr().out)
    assert document["file"] == "bad.toml"
    assert document["problems"][0] == {
        "line": 6,
        "column": 1,
        "level": "error",
        "message": 'unknown key "actoin" in [[pause]]',
        "hint": 'Did you mean "action"?',
    }


def test_check_knows_the_task_types_that_come_with_aiwrap(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = GOOD.replace('["training-data"]', '["trainig-data"]')
    (folder / "typo.toml").write_text(text)

    assert cmd_policy.run(["check", "typo.toml"]) == 125
    assert 'Did you mean "training-data"?' in capsys.readouterr().err


def test_a_repositorys_own_file_is_checked_as_such(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / ".aiwrap.toml").write_text('[[sensitive]]\npaths = ["infra/**"]\n')
    assert cmd_policy.run(["check", ".aiwrap.toml"]) == 0

    (folder / ".aiwrap.toml").write_text(GOOD)
    assert cmd_policy.run(["check", ".aiwrap.toml"]) == 125
    assert 'unknown key "schema"' in capsys.readouterr().err


def test_check_reads_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(BAD.encode()))
    monkeypatch.setattr("sys.stdin", stdin)

    assert cmd_policy.run(["check", "-"]) == 125
    assert "standard input:6:1: error:" in capsys.readouterr().err


def test_check_of_a_file_that_is_not_there_says_so() -> None:
    with pytest.raises(UsageError, match=r"there is no file none\.toml"):
        cmd_policy.run(["check", "none.toml"])


def test_push_puts_a_file_in_force(capsys: pytest.CaptureFixture[str]) -> None:
    assert cmd_policy.run(["push", "good.toml"]) == 0

    output = capsys.readouterr().out
    assert output.startswith("In force: policy applied-ai, version 1 (")
    assert "Open sessions follow within 60 s." in output
    assert local_policy() == GOOD.encode()


def test_a_push_with_a_mistake_changes_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cmd_policy.run(["push", "good.toml"])

    assert cmd_policy.run(["push", "bad.toml"]) == 125

    error = capsys.readouterr().err
    assert "bad.toml:6:1: error:" in error
    assert "bad.toml cannot be used; the policy in force stays" in error
    assert local_policy() == GOOD.encode()


def test_push_for_a_script(capsys: pytest.CaptureFixture[str]) -> None:
    assert cmd_policy.run(["push", "--json", "good.toml"]) == 0

    document = json.loads(capsys.readouterr().out)
    assert (document["team"], document["version"]) == ("applied-ai", 1)
    assert document["problems"][0]["level"] == "warning"


def test_the_first_show_shows_the_starter_policy(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cmd_policy.run(["show"]) == 0

    output = capsys.readouterr().out
    assert output.startswith("Policy starter, version 1 (")
    assert "warn     training-data: in force here, until the policy changes" in output
    assert files.locate(os.environ).policy in output


def make_repo(folder: Path, remote: str) -> None:
    for command in (
        ["git", "init", "-q"],
        ["git", "remote", "add", "origin", remote],
    ):
        subprocess.run(command, cwd=folder, check=True)


@pytest.mark.parametrize(
    ("remote", "standing", "in_force"),
    [
        ("git@github.com:acme/site.git", "in force here, until", True),
        ("https://gitlab.com/me/site", "not in this repository or branch", False),
    ],
)
def test_show_says_whether_a_pause_holds_in_this_repository(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    remote: str,
    standing: str,
    in_force: bool,
) -> None:
    make_repo(folder, remote)
    cmd_policy.run(["push", "good.toml"])
    capsys.readouterr()

    cmd_policy.run(["show"])
    output = capsys.readouterr().out
    assert f"refuse   training-data: {standing}" in output
    assert "why: Under [31mreview." in output

    cmd_policy.run(["show", "--json"])
    (pause,) = json.loads(capsys.readouterr().out)["pauses"]
    assert (pause["action"], pause["in_force_here"]) == ("refuse", in_force)


def test_show_says_that_without_a_remote_a_pause_asks_at_most(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cmd_policy.run(["push", "good.toml"])
    cmd_policy.run(["show"])

    output = capsys.readouterr().out
    assert "here no remote is known" in output
    assert "with at most confirm (no remote or branch is known)" in output


def test_show_names_the_repositorys_own_layer(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_repo(folder, "git@github.com:acme/site.git")
    (folder / ".aiwrap.toml").write_text('[[sensitive]]\npaths = ["infra/**"]\n')

    cmd_policy.run(["show"])

    output = capsys.readouterr().out
    assert ".aiwrap.toml (this repository's own, unsigned)" in output
    assert "Hidden from vendors: path patterns 1, terms 0." in output


def test_show_begins_with_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    cmd_policy.run(["push", "good.toml"])
    Path(files.locate(os.environ).policy).write_text(BAD)
    capsys.readouterr()

    assert cmd_policy.run(["show"]) == 0

    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith("! The policy file is broken: line 6, column 1:")
    assert first.endswith("version 1 stays in force.")
    assert cmd_policy.run(["check"]) == 125  # without a name: the local policy


@pytest.mark.parametrize("argv", [[], ["frobnicate"], ["push"], ["show", "--nonsense"]])
def test_a_command_line_that_makes_no_sense_is_our_failure(argv: list[str]) -> None:
    assert cmd_policy.run(argv) == 125


def test_help_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert cmd_policy.run(["--help"]) == 0
    assert "push" in capsys.readouterr().out
