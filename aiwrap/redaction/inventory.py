"""List the files of a repo: tracked, untracked, and ignored but present.

Worldly: asks git, or walks where git has no answer.  Bounded in files and time;
what does not fit is left out, and the patterns still decide about it.

In a git repo: everything tracked (submodules too), everything untracked, and
ignored files that are present, because secrets often are; but no trees of packages
and caches, which would drown the rest.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence

from aiwrap.redaction.patterns import Patterns, fold

MAX_FILES = 200_000
MAX_IGNORED_FILES = 20_000
MAX_LINKS_LOOKED_AT = 50_000
MAX_LINKED_FILES = 20_000
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


def list_below(root: str, directory: str, limit: int) -> tuple[str, ...]:
    """Return the repo-relative paths of the first `limit` files below `directory`.

    `directory` is folded, so it may be there under another name: then nothing is.
    """
    inside = _walk(os.path.join(root, directory), limit)
    return tuple(f"{directory}/{file}" for file in inside)


def links_into(
    root: str, files: Sequence[str], patterns: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Return patterns and files for the links that lead to sensitive directories.

    What is sensitive below the directory is so below the link.
    """
    rules = Patterns(patterns)
    real_root = os.path.realpath(root)
    made: dict[str, None] = {}
    linked: list[str] = []
    for link in files[:MAX_LINKS_LOOKED_AT] if rules else ():
        path = os.path.join(root, link)
        if not os.path.islink(path) or not os.path.isdir(path):
            continue
        target = os.path.relpath(os.path.realpath(path), real_root)
        if target.startswith(".."):
            continue
        start = "" if target == "." else f"{target}/"
        for file in files:
            if not file.startswith(start) or len(linked) >= MAX_LINKED_FILES:
                continue
            components = file.split("/")
            flags = rules.flags([fold(c) for c in components], is_file=True)
            if True not in flags:
                continue
            depth = start.count("/")
            kept = components[depth : max(depth, flags.index(True) + 1)]
            alias = "/".join(("", link, *kept))
            made[_literal(alias) + ("" if kept else "/**")] = None
            linked.append("/".join((link, *components[depth:])))
    return list(made), linked


def _literal(path: str) -> str:
    """Return the pattern that matches `path` alone."""
    return re.sub(r"([*?\\\[\]!#])", r"\\\1", path)


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
