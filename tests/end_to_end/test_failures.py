"""What can be missing, broken or full: one clear message, nothing lost."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import components
from tests.support.claude import Claude
from tests.support.model import Model
from tests.support.policies import ORDINARY, PAUSED, REASON, REFUSING


@pytest.fixture
def refusing(claude: Claude) -> Claude:
    """Prepare a Claude Code whose team paused training-data."""
    claude.push_policy(REFUSING)
    return claude


def test_claude_code_is_absent(refusing: Claude, model: Model) -> None:
    """127, and how to install it."""
    folder = Path(components.require("claude")).parent
    path = refusing.environment["PATH"].replace(f"{folder}:", "")
    refusing.extra["PATH"] = path

    done = refusing.run("-p", ORDINARY)

    assert done.code == 127
    assert "npm install -g @anthropic-ai/claude-code" in done.stderr
    assert model.received == b""


def test_the_policy_file_is_broken(refusing: Claude, model: Model) -> None:
    """Line, column, what was expected; the last good policy stays in force."""
    path = refusing.data / "policy.toml"
    path.write_text(REFUSING.replace('action = "refuse"', 'action = "refused"'))

    done = refusing.run("-p", stdin=PAUSED)

    assert done.code == 77
    assert "line" in done.stderr
    assert "refuse" in done.stderr
    assert REASON in done.stdout + done.stderr
    assert model.received == b""


def test_the_record_store_is_corrupt(refusing: Claude, model: Model) -> None:
    """Nothing is forwarded, and the damaged file stays for whoever looks into it."""
    refusing.run("-p", ORDINARY)
    store = refusing.data / "records.db"
    for extra in refusing.data.glob("records.db-*"):
        extra.unlink()
    damaged = b"SQLite format 3\0" + b"\xff" * 8192
    store.write_bytes(damaged)
    before = len(model.messages)

    done = refusing.run("-p", ORDINARY)

    assert done.code == 125
    assert "records.db" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(model.messages) == before
    assert store.read_bytes() == damaged


def test_the_disk_is_full(refusing: Claude, model: Model) -> None:
    """A real, tiny file system: what cannot be recorded does not leave."""
    components.require("mount")
    small = refusing.root / "small"
    small.mkdir()
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(small)], check=True
        )
    except subprocess.CalledProcessError:
        pytest.skip("only root can mount a small file system")
    try:
        shutil.copytree(refusing.data, small / "aiwrap")
        (small / "ballast").write_bytes(b"x" * (1 << 20))
    except OSError:
        pass  # full, as it should be
    try:
        refusing.extra["XDG_DATA_HOME"] = str(small)
        done = refusing.run("-p", ORDINARY)
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)

    assert done.code == 125
    assert "space" in done.stderr
    assert "Traceback" not in done.stderr
    assert model.messages == []


NO_PORTS = """
ip link set lo up
echo 40000 40003 > /proc/sys/net/ipv4/ip_local_port_range
python=$1; shift
"$python" -c '
import socket, subprocess, sys
taken = []
for port in range(40000, 40004):
    listener = socket.socket()
    listener.bind(("127.0.0.1", port))
    taken.append(listener)
sys.exit(subprocess.run(sys.argv[1:]).returncode)
' "$@"
"""


def test_no_port_can_be_opened(refusing: Claude) -> None:
    """In a network namespace whose every port is taken: nothing is started."""
    unshare, _ = components.require("unshare"), components.require("ip")
    done = subprocess.run(
        [
            *(unshare, "--net", "--", "sh", "-c", NO_PORTS, "sh", sys.executable),
            *refusing.command("-p", ORDINARY),
        ],
        env=refusing.environment,
        cwd=refusing.repo,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if "Operation not permitted" in done.stderr:
        pytest.skip("only root can make a network namespace")

    assert done.returncode == 125, done.stderr
    assert "port" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(refusing.config.glob("projects"))
