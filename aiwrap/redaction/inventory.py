"""List the files of a repo: tracked, untracked, and ignored but present.

Worldly: asks git, or walks where git has no answer.  Bounded in files and time;
what does not fit is left out, and the patterns still decide about it.

In a git repo: everything tracked (submodules too), everything untracked, and
ignored files that are present, because secrets often are; but no trees of packages
and caches, which would drown the rest.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator

MAX_FILES = 200_000
MAX_IGNORED_FILES = 20_000
GIT_TIMEOUT_SECONDS = 10.0

_NOT_WALKED = frozenset(
    {".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv", ".tox", ".cache"}
)


def list_files(root: str) -> tuple[str, ...]:
    """Return the repo-relative paths of the files at `root`, sorted."""
    files = _from_git(root)
    if files is None:
        files = set(_walk(root, MAX_FILES))
    return tuple(sorted(files))


def _from_git(root: str) -> set[str] | None:
    """Return what git knows, or None where there is no git or no repo."""
    tracked = _git(root, "ls-files", "-z", "--cached", "--recurse-submodules")
    if tracked is None:
        return None
    files = set(_limited(tracked, MAX_FILES))
    untracked = _git(root, "ls-files", "-z", "--others", "--exclude-standard")
    files.update(_limited(_expanded(root, untracked), MAX_FILES - len(files)))
    ignored = _git(
        root, "ls-files", "-z", "--others", "--ignored", "--exclude-standard",
        "--directory", "--no-empty-directory",
    )  # fmt: skip
    files.update(_limited(_expanded(root, ignored), MAX_IGNORED_FILES))
    return files


def _expanded(root: str, entries: Iterable[str] | None) -> Iterator[str]:
    """Yield `entries`, directories replaced by what they hold, packages left out."""
    for entry in entries or ():
        if not entry.endswith("/"):
            yield entry
        elif entry.rstrip("/").rpartition("/")[2] not in _NOT_WALKED:
            inside = _walk(os.path.join(root, entry), MAX_IGNORED_FILES)
            yield from (entry + file for file in inside)


def _git(root: str, *arguments: str) -> Iterable[str] | None:
    command = ["git", "-C", root, "-c", "core.quotePath=false", *arguments]
    try:
        answer = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=GIT_TIMEOUT_SECONDS,
            check=True,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return [os.fsdecode(name) for name in answer.stdout.split(b"\0") if name]


def _walk(root: str, limit: int) -> Iterator[str]:
    left = limit
    for directory, directories, files in os.walk(root):
        directories[:] = sorted(set(directories) - _NOT_WALKED)
        below = os.path.relpath(directory, root)
        for file in files:
            if left <= 0:
                return
            left -= 1
            yield file if below == "." else f"{below}/{file}"


def _limited(names: Iterable[str], limit: int) -> Iterator[str]:
    for number, name in enumerate(names):
        if number >= limit:
            return
        yield name
