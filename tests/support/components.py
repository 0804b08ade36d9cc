"""Programs that a test needs and a machine may lack.

Absent, the test is skipped, so that `sh tests/run` passes on a bare machine;
in CI (`CI=true`) it fails instead, because CI installs all of them.
"""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOLS = tuple(
    os.path.join(ROOT, ".tools", name, "node_modules", ".bin")
    for name in ("claude", "codex")
)
"""Where `.ci/run` puts pinned programs; they go before those on PATH."""


def find(program: str) -> str | None:
    """Return the program's path: the pinned one, else the one on PATH."""
    return shutil.which(program, path=os.pathsep.join([*TOOLS, os.environ["PATH"]]))


def require(program: str) -> str:
    """Return the program's path; skip the test, or in CI fail it, without one."""
    path = find(program)
    if path is None:
        absent(f"{program} is not installed")
    return path


def absent(reason: str) -> NoReturn:
    """Skip the test for `reason`, or fail it where CI promises the component."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and CI must have it", pytrace=False)
    pytest.skip(reason)
