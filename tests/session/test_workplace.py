"""Where the work happens is read from .git, and never guessed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.session import workplace
from tests.support.components import require

ACME = "github.com/acme/models"


def git(directory: Path, *words: str) -> None:
    subprocess.run(
        [require("git"), "-c", "user.name=x", "-c", "user.email=x@x", *words],
        cwd=directory,
        check=True,
        capture_output=True,
    )


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    path = tmp_path / "repo"
    path.mkdir()
    git(path, "init", "-q", "-b", "main")
    git(path, "remote", "add", "origin", "git@github.com:acme/models.git")
    return path


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/acme/models",
        "https://github.com/acme/models.git",
        "https://user:secret@GitHub.com:443/acme/models.git/",
        "https://www.github.com/acme/models",
        "ssh://git@github.com/acme/models.git",
        "ssh://git@github.com:22/acme/models",
        "git@github.com:acme/models.git",
        "github.com:acme/models",
        "git@github.com:/acme/models",
        "git+ssh://git@github.com/acme/models",
        "git://github.com/acme/models.git",
    ],
)
def test_every_form_of_a_url_is_the_same_repo(url: str) -> None:
    """A pause for a repository holds however it was cloned."""
    assert workplace.normalise(url) == ACME


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("git@gitlab.acme.example:group/sub/x.git", "gitlab.acme.example/group/sub/x"),
        ("https://[::1]:8080/a/b", "::1/a/b"),
        ("/srv/git/x.git", None),
        ("../x", None),
        ("file:///srv/git/x", None),
        ("./a:b", None),
        ("https://github.com", None),
        ("https://github.com/", None),
        ("", None),
    ],
)
def test_other_addresses(url: str, expected: str | None) -> None:
    assert workplace.normalise(url) == expected


@given(url=st.text())
def test_no_credential_survives(url: str) -> None:
    """Remotes are shown and matched; a password in one must not be."""
    name = workplace.normalise(f"https://user:pa55word@host.example/{url}")

    assert name is None or name.startswith("host.example/")


@given(text=st.text())
def test_any_config_is_read(text: str) -> None:
    """A strange config file must not stop a launch."""
    for name in workplace.parse_remotes(text):
        assert "/" in name
    workplace.parse_head(text)


def test_the_config_is_read_as_git_reads_it() -> None:
    """Comments, quotes, continued lines, case, several urls, pushurl."""
    text = """
[core]
\turl = git@github.com:not/aremote.git
[remote "origin"]
\tURL = git@github.com:acme/models.git ; where it was cloned from
\tfetch = +refs/heads/*:refs/remotes/origin/*
# url = git@github.com:commented/out.git
[Remote "upstream"] url = "https://github.com/acme/\\
upstream.git"
\tpushurl = ssh://git@example.com/push/here
[branch "main"]
\tremote = origin
"""

    assert workplace.parse_remotes(text) == (
        ACME,
        "github.com/acme/upstream",
        "example.com/push/here",
    )


def test_a_directory_inside_a_repo(repo: Path) -> None:
    inside = repo / "hw" / "rtl"
    inside.mkdir(parents=True)
    git(repo, "remote", "add", "fork", "https://github.com/dana/models")

    found = workplace.look_around(str(inside), ())

    assert found.root == str(repo)
    assert found.remotes == (ACME, "github.com/dana/models")
    assert found.branch == "main"
    assert found.paths == ("hw/rtl",)


def test_a_worktree_shares_the_remotes_and_has_its_own_branch(
    repo: Path, tmp_path: Path
) -> None:
    """Agents are often started in worktrees; their .git is a file."""
    git(repo, "commit", "-q", "--allow-empty", "-m", "x")
    git(repo, "worktree", "add", "-q", "-b", "feature/x", str(tmp_path / "tree"))

    found = workplace.look_around(str(tmp_path / "tree"), ())

    assert found.remotes == (ACME,)
    assert found.branch == "feature/x"
    assert found.root == str(tmp_path / "tree")


def test_added_directories_bring_their_remotes_and_paths(
    repo: Path, tmp_path: Path
) -> None:
    """`--add-dir ../secret` works on that repository too."""
    other = tmp_path / "other" / "data"
    other.mkdir(parents=True)
    git(other.parent, "init", "-q")
    git(other.parent, "remote", "add", "origin", "git@github.com:acme/data")

    found = workplace.look_around(str(repo), ["../other/data", str(tmp_path)])

    assert found.remotes == (ACME, "github.com/acme/data")
    assert found.paths == ("data",)


def test_a_detached_head_has_no_branch(repo: Path) -> None:
    git(repo, "commit", "-q", "--allow-empty", "-m", "x")
    git(repo, "checkout", "-q", "--detach")

    assert workplace.look_around(str(repo), ()).branch is None


def test_outside_a_repo_nothing_is_known(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / ".git").write_text("nonsense")

    for directory in (tmp_path, tmp_path / "broken", tmp_path / "absent"):
        found = workplace.look_around(os.fspath(directory), ())
        assert found == workplace.Workplace(str(directory), None, (), None, ())


def test_a_link_into_a_repo_leads_to_it(repo: Path, tmp_path: Path) -> None:
    """A path by a symlink must not escape a pause for the repository."""
    link = tmp_path / "link"
    link.symlink_to(repo)

    assert workplace.look_around(str(link), ()).remotes == (ACME,)
