"""The inventory holds every file that a tool could name."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from aiwrap.redaction import inventory
from aiwrap.redaction.inventory import links_into, list_below, list_files


def git(root: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-C", str(root), "-c", "protocol.file.allow=always", *arguments],
        check=True,
        capture_output=True,
        env={
            **os.environ,
            "GIT_AUTHOR_NAME": "a",
            "GIT_AUTHOR_EMAIL": "a@example.com",
            "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@example.com",
        },
    )


def write(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x\n")


@pytest.fixture(name="repo")
def fixture_repo(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    root.mkdir()
    git(root, "init", "-q")
    write(root, "infra/prod/main.tf", "README.md")
    (root / ".gitignore").write_text("*.env\nbuild/\nnode_modules/\n")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    return root


def test_tracked_untracked_and_ignored_files_are_listed(repo: Path) -> None:
    """A secret that git ignores is still on the disk and in listings."""
    write(repo, "infra/prod/new.tf", "infra/prod/live.env", "build/out/a.o")

    assert set(list_files(str(repo))) >= {
        "README.md", "infra/prod/main.tf", "infra/prod/new.tf",
        "infra/prod/live.env", "build/out/a.o",
    }  # fmt: skip


def test_trees_of_packages_are_left_out(repo: Path) -> None:
    write(repo, "node_modules/left-pad/index.js")

    assert not [f for f in list_files(str(repo)) if "left-pad" in f]


def test_odd_names_are_listed_as_they_are(repo: Path) -> None:
    write(repo, "infra/prod/naïve plan\n(2).tf", 'infra/prod/say "hi"')

    assert set(list_files(str(repo))) >= {
        "infra/prod/naïve plan\n(2).tf", 'infra/prod/say "hi"',
    }  # fmt: skip


def test_submodules_and_nested_repos_are_looked_into(
    repo: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    write(other, "secret/plan.md")
    git(other, "add", "-A")
    git(other, "commit", "-qm", "first")
    git(repo, "submodule", "add", "-q", str(other), "vendor/other")
    git(repo, "clone", "-q", str(other), "nested")

    assert set(list_files(str(repo))) >= {
        "vendor/other/secret/plan.md", "nested/secret/plan.md",
    }  # fmt: skip


def test_a_worktree_is_a_repo(repo: Path, tmp_path: Path) -> None:
    git(repo, "worktree", "add", "-q", str(tmp_path / "tree"))

    assert "infra/prod/main.tf" in list_files(str(tmp_path / "tree"))


def test_without_git_the_directory_is_walked(tmp_path: Path) -> None:
    write(tmp_path, "infra/prod/main.tf", "README.md", "node_modules/x/y.js")

    assert list_files(str(tmp_path)) == ("README.md", "infra/prod/main.tf")


def test_what_is_not_there_has_no_files(tmp_path: Path) -> None:
    assert list_files(str(tmp_path / "nowhere")) == ()


def test_the_walk_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory, "MAX_FILES", 3)
    write(tmp_path, *(f"f{number}" for number in range(10)))

    assert len(list_files(str(tmp_path))) == 3


def test_a_link_into_a_sensitive_directory_hides_what_it_shows(tmp_path: Path) -> None:
    (tmp_path / "infra/prod/db").mkdir(parents=True)
    (tmp_path / "live").symlink_to("infra/prod")
    (tmp_path / "all").symlink_to("infra")
    (tmp_path / "away").symlink_to("/")
    files = ("all", "away", "infra/a.tf", "infra/prod/db/b.tf", "live")

    patterns, linked = links_into(str(tmp_path), files, ["infra/prod/**"])

    assert patterns == ["/all/prod", "/live/**"]
    assert linked == ["all/prod/db/b.tf", "live/db/b.tf"]


def test_what_is_below_a_directory_is_listed_up_to_a_limit(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/c").touch()
    (tmp_path / "a/d").touch()

    assert sorted(list_below(str(tmp_path), "a", 9)) == ["a/b/c", "a/d"]
    assert len(list_below(str(tmp_path), "a", 1)) == 1
    assert list_below(str(tmp_path), "none", 9) == ()
