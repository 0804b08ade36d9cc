"""Find the real vendor CLI, never a shim.

A shim is recognised by where it lives (our shims directory, also through
symlinks) and by what it holds (the marker line, wherever it was copied to, and
from whichever aiwrap it came).  So recursion is impossible without an
environment variable that could serve as a bypass.  Relative PATH entries are
skipped: the working tree must not decide what runs.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from aiwrap.errors import VendorNotExecutableError, VendorNotFoundError
from aiwrap.vendors.descriptor import VendorFacts

SHIM_MARKER = b"# aiwrap shim"
# aiwrap's own launcher, should somebody name it like a vendor CLI.
_MARKS = (SHIM_MARKER, b"aiwrap.cli.main")
_HEAD_BYTES = 1024
_MAX_PARENTS = 6
_MAX_PACKAGE_BYTES = 1024 * 1024


def resolve(
    word: str, facts: VendorFacts, environ: Mapping[str, str], shims_dir: str
) -> str:
    """Return the absolute path of the vendor CLI that `word` means.

    Raises:
        VendorNotFoundError: There is none.
        VendorNotExecutableError: It cannot be executed, or is our own shim.

    """
    if "/" not in word:
        return find_executable(facts, environ, shims_dir)
    path = os.path.abspath(word)
    if not os.path.exists(path):
        raise VendorNotFoundError(f"{path} does not exist", hint=_hint(facts))
    if not _is_executable_file(path):
        raise VendorNotExecutableError(
            f"{path} cannot be executed", hint="Check its mode and that it is a file."
        )
    if is_shim(path):
        return find_executable(facts, environ, shims_dir)
    return path


def find_executable(
    facts: VendorFacts, environ: Mapping[str, str], shims_dir: str
) -> str:
    """Return the first vendor CLI on PATH that is not a shim.

    Raises:
        VendorNotFoundError: PATH holds none.
        VendorNotExecutableError: PATH holds only files that cannot be executed.

    """
    unusable = ""
    for directory in environ.get("PATH", os.defpath).split(os.pathsep):
        if not os.path.isabs(directory) or _is_same_directory(directory, shims_dir):
            continue
        for name in facts.executables:
            path = os.path.join(directory, name)
            if _is_executable_file(path):
                if not is_shim(path):
                    return path
            elif os.path.isfile(path):
                unusable = unusable or path
    if unusable:
        raise VendorNotExecutableError(
            f"{unusable} cannot be executed", hint=f"Run `chmod +x {unusable}`."
        )
    raise VendorNotFoundError(
        f"{facts.title} is not installed: no `{facts.executables[0]}` on PATH",
        hint=_hint(facts),
    )


def is_shim(path: str) -> bool:
    """Say whether this file leads back to an aiwrap, whichever one."""
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return False  # executable and unreadable: a binary, no script
    return head.startswith(b"#!") and any(mark in head for mark in _MARKS)


def find_version(path: str, facts: VendorFacts) -> str | None:
    """Return the vendor CLI's version without running it, or None."""
    real = os.path.realpath(path)
    parent, name = os.path.split(real)
    if os.path.basename(parent) == "versions":
        return name
    for _ in range(_MAX_PARENTS):
        version = _package_version(os.path.join(parent, "package.json"), facts)
        if version is not None:
            return version
        parent = os.path.dirname(parent)
    return None


def is_tested(version: str, facts: VendorFacts) -> bool:
    """Say whether `version` lies in the range that aiwrap was tested with."""
    low, high = (_numbers(bound) for bound in facts.tested)
    return low <= _numbers(version) <= high


def _package_version(path: str, facts: VendorFacts) -> str | None:
    import json  # on use: only `status` asks for versions

    try:
        with open(path, "rb") as file:
            package = json.loads(file.read(_MAX_PACKAGE_BYTES))
    except (OSError, ValueError):
        return None
    if not isinstance(package, dict) or facts.name not in str(package.get("name")):
        return None
    version = package.get("version")
    return version if isinstance(version, str) else None


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.partition("-")[0].split(".")
    return tuple(int(part) if part.isdecimal() else 0 for part in parts)


def _is_executable_file(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)


def _is_same_directory(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return os.path.normpath(one) == os.path.normpath(other)


def _hint(facts: VendorFacts) -> str:
    return f"Install it: `{facts.install}`."
