"""Say where the work happens: git roots, their remotes, the branch.

Worldly and quick: `.git` is read by hand, worktrees and submodules included,
and no process is started.  What cannot be known is None, never a guess.

Not read: `include.path` and the user's global git configuration
(`url.*.insteadOf`), which could rename a remote.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

MAX_CONFIG_BYTES = 1024 * 1024
_HEAD_BYTES = 4096


class Workplace(NamedTuple):
    """Where the vendor CLI may work: cwd first, then what was added."""

    cwd: str
    root: str | None  # the top of cwd's working tree
    remotes: tuple[str, ...]  # host/owner/name of all of them; empty: none is known
    branch: str | None  # of cwd; None: detached, or no repository
    paths: tuple[str, ...]  # each directory below its root, repo-relative
    added: tuple[str, ...] = ()  # the tops of other working trees that were added


class Checkout(NamedTuple):
    """The working tree that one directory belongs to."""

    root: str
    remotes: tuple[str, ...]
    branch: str | None


def look_around(cwd: str, add_dirs: Iterable[str]) -> Workplace:
    """Say where a launch in `cwd` with these added directories works."""
    found = find_checkout(cwd)
    remotes: dict[str, None] = {}
    paths: dict[str, None] = {}
    added: dict[str, None] = {}
    for directory in (cwd, *(os.path.join(cwd, added) for added in add_dirs)):
        checkout = found if directory == cwd else find_checkout(directory)
        top = os.path.realpath(directory) if checkout is None else checkout.root
        if directory != cwd and (found is None or top != found.root):
            added[top] = None
        if checkout is None:
            continue
        remotes.update(dict.fromkeys(checkout.remotes))
        path = os.path.relpath(os.path.realpath(directory), checkout.root)
        if path != os.curdir:
            paths[path] = None
    return Workplace(
        cwd,
        found and found.root,
        tuple(remotes),
        found and found.branch,
        tuple(paths),
        tuple(added),
    )


def find_checkout(directory: str) -> Checkout | None:
    """Return the working tree that `directory` lies in, symlinks followed."""
    root, git = _find_git(os.path.realpath(directory))
    if root is None or git is None:
        return None
    config = os.path.join(_common_directory(git), "config")
    return Checkout(
        root,
        parse_remotes(_read(config, MAX_CONFIG_BYTES)),
        parse_head(_read(os.path.join(git, "HEAD"), _HEAD_BYTES)),
    )


def parse_head(text: str) -> str | None:
    """Return the branch that a HEAD file names."""
    prefix = "ref: refs/heads/"
    text = text.strip()
    return text[len(prefix) :] or None if text.startswith(prefix) else None


def parse_remotes(text: str) -> tuple[str, ...]:
    """Return the normalised remotes of a git config file, in its order."""
    names: dict[str, None] = {}
    for section, key, value in _entries(text):
        if section.startswith("remote ") and key in ("url", "pushurl"):
            name = normalise(_unquote(value))
            if name is not None:
                names[name] = None
    return tuple(names)


def normalise(url: str) -> str | None:
    """Return `host/owner/name` for any form of git URL; None for a local path.

    Host in lower case, without user, port, leading `www.` and trailing `.git`.
    """
    url = url.strip()
    scheme, separator, rest = url.partition("://")
    if separator:
        if scheme.lower() == "file":
            return None
        host, slash, path = rest.partition("/")
    else:
        host, slash, path = url.partition(":")  # scp form: user@host:path
        if "/" in host or not host:
            return None
    host = _host(host, has_port=bool(separator))
    path = path.split("?")[0].split("#")[0].strip("/").removesuffix(".git").strip("/")
    if not slash or not host or not path:
        return None
    return f"{host}/{path}"


def _host(text: str, *, has_port: bool) -> str:
    host = text.rpartition("@")[2].lower()
    if host.startswith("["):  # an IPv6 address
        return host.partition("]")[0][1:]
    if has_port:
        host = host.partition(":")[0]
    return host.removeprefix("www.")


def _entries(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield section, key (both in lower case) and raw value."""
    section = ""
    for line in _joined_lines(text):
        entry = line
        if line.startswith("["):
            head, _, entry = line[1:].partition("]")
            section = head.strip().lower()
        key, equals, value = entry.partition("=")
        if equals:
            yield section, key.strip().lower(), value


def _joined_lines(text: str) -> Iterator[str]:
    """Yield the lines without comments; a trailing backslash joins two."""
    held = ""
    for part in (*text.splitlines(), ""):
        line = held + part.strip()
        held = line[:-1] if line.endswith("\\") else ""
        if line and not held and line[0] not in "#;":
            yield line


def _unquote(value: str) -> str:
    """Return a config value: quotes off, comments off, escapes undone."""
    result: list[str] = []
    quoted = False
    characters = iter(value.strip())
    for character in characters:
        if character == "\\":
            result.append(next(characters, ""))
        elif character == '"':
            quoted = not quoted
        elif character in "#;" and not quoted:
            break
        else:
            result.append(character)
    return "".join(result).strip()


def _find_git(directory: str) -> tuple[str | None, str | None]:
    """Walk up to the working tree's top; return it and its git directory."""
    while True:
        path = os.path.join(directory, ".git")
        if os.path.isdir(path):
            return directory, path
        if os.path.isfile(path):  # a worktree or a submodule
            return directory, _pointed_at(_read(path, _HEAD_BYTES), directory)
        parent = os.path.dirname(directory)
        if parent == directory:
            return None, None
        directory = parent


def _pointed_at(text: str, directory: str) -> str | None:
    prefix = "gitdir:"
    if not text.startswith(prefix):
        return None
    return os.path.join(directory, text[len(prefix) :].strip())


def _common_directory(git: str) -> str:
    """Return where the config is: a worktree shares its main repository's."""
    common = _read(os.path.join(git, "commondir"), _HEAD_BYTES).strip()
    return os.path.join(git, common) if common else git


def _read(path: str, max_bytes: int) -> str:
    try:
        with open(path, "rb") as file:
            return file.read(max_bytes).decode("utf-8", "replace")
    except OSError:
        return ""
