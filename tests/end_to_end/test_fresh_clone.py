"""The README's first command, as a newcomer types it.

Its second command is the one that runs this test.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.support import components

ROOT = Path(components.ROOT)
TIMEOUT_SECONDS = 600


@pytest.mark.skipif(
    os.environ.get("CI") != "true", reason="installs packages from the network"
)
def test_the_first_command_plays_the_demo(tmp_path: Path, home: str) -> None:
    """Fresh clone, fresh venv, empty HOME: it exits 0 and shows the main job."""
    clone = tmp_path / "clone"
    git = components.require("git")
    subprocess.run([git, "clone", "--quiet", str(ROOT), str(clone)], check=True)
    command = re.search(
        r"```sh\n(.*?)```", (clone / "README.md").read_text(), re.DOTALL
    )
    assert command is not None
    claude = Path(components.require("claude")).parent

    done = subprocess.run(
        ["sh", "-c", command[1]],
        cwd=clone,
        env={**os.environ, "PATH": f"{claude}{os.pathsep}{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "Warning:" in done.stdout
    assert "Refused:" in done.stdout
    assert "on the wire" in done.stdout
    assert "the chain is whole" in done.stdout
    assert not (Path(home) / ".claude").exists()
    assert not (Path(home) / ".local" / "share" / "aiwrap").exists()
