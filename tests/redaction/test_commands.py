"""Tests for aiwrap/redaction/commands.py."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.redaction.commands import MAX_BASES, read_calls

DIRECTORIES = {"", "src", "infra", "infra/prod", "infra/prod/db"}


class Inventory:
    """A small repo: everything from infra/prod on is sensitive."""

    def locate(self, path: str, cwd: Sequence[str]) -> list[str] | None:
        """Return the directory that `path` names or lies in."""
        if path.startswith("/"):
            path = posixpath.relpath(path, "/r")
            cwd = ()
        full = posixpath.normpath(posixpath.join(*cwd, path)) if cwd else path
        full = posixpath.normpath(full).removeprefix("./")
        if full.startswith(".."):
            return None
        full = "" if full == "." else full
        while full not in DIRECTORIES:
            full = posixpath.dirname(full)
        return full.split("/") if full else []

    def is_sensitive(self, directory: str) -> bool:
        """Say whether the names in `directory` are sensitive."""
        return directory.startswith("infra/prod")

    def holds_sensitive(self, directory: str) -> bool:
        """Say whether there is a sensitive name in or below `directory`."""
        return directory in ("", "infra") or self.is_sensitive(directory)


def read(*commands: str, cwd: str = "") -> tuple[str, tuple[str, ...]]:
    """Return where the shell stands after `commands`, and what they look at."""
    calls = [("Bash", {"command": command}) for command in commands]
    context = read_calls(calls, "", cwd, Inventory())
    return context.cwd, context.bases


@pytest.mark.parametrize(
    ("command", "cwd", "looked_at"),
    [
        ("ls infra/prod/db", "", "infra/prod/db"),
        ("cd infra/prod && ls", "infra/prod", "infra/prod"),
        ("(cd infra/prod && ls db)", "", "infra/prod/db"),
        ("bash -c 'cd infra/prod; ls'", "", "infra/prod"),
        ("tar c -C infra/prod .", "", "infra/prod"),
        ("cd infra", "infra", "infra"),
    ],
)
def test_a_command_says_where_it_stands_and_what_it_looks_at(
    command: str, cwd: str, looked_at: str
) -> None:
    """As a shell would understand it."""
    stands, bases = read(command)

    assert stands == cwd
    assert looked_at in bases


def test_the_shells_directory_lasts() -> None:
    """The next call begins where the last one ended."""
    assert "infra/prod/db" in read("ls db", cwd="infra/prod")[1]


def test_an_ordinary_command_looks_at_nothing_sensitive() -> None:
    """Then its result is read as it always was."""
    cwd, bases = read("cat src/parser.py")

    assert cwd == ""
    assert not [base for base in bases if base.startswith(("src", "infra"))]


@given(command=st.text(max_size=200), cwd=st.sampled_from(sorted(DIRECTORIES)))
def test_no_command_breaks_the_reader(command: str, cwd: str) -> None:
    """A model may run anything; what cannot be understood is just not followed."""
    stands, bases = read(command, cwd=cwd)

    assert stands in DIRECTORIES
    assert len(bases) <= MAX_BASES
