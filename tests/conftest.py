"""What holds for every test: a home of its own, and no network but loopback."""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

pytest_plugins = ["tests.support.fixtures"]

settings.register_profile("aiwrap", deadline=None, print_blob=True)
settings.load_profile("aiwrap")

STRIPPED_PREFIXES = (
    "AIWRAP_",
    "ANTHROPIC_",
    "CLAUDE",
    "CODEX_",
    "GIT_",
    "OPENAI_",
    "PYTHON",
    "XDG_",
)
STRIPPED = ("DBUS_SESSION_BUS_ADDRESS", "SSH_AUTH_SOCK", "ENV", "BASH_ENV", "NO_COLOR")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> str:
    """Point HOME, XDG_* and the vendors' directories into a new directory."""
    path = str(tmp_path_factory.mktemp("home"))
    for name in list(os.environ):
        if name.startswith(STRIPPED_PREFIXES) or name in STRIPPED:
            monkeypatch.delenv(name)
        if name.upper() in PROXIES:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", path)
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", os.path.join(path, ".claude"))
    for name, folder in (
        ("XDG_CONFIG_HOME", ".config"),
        ("XDG_DATA_HOME", os.path.join(".local", "share")),
        ("XDG_STATE_HOME", os.path.join(".local", "state")),
        ("XDG_CACHE_HOME", ".cache"),
    ):
        monkeypatch.setenv(name, os.path.join(path, folder))
    return path


@pytest.fixture(autouse=True, scope="session")
def _only_loopback() -> Iterator[None]:
    """Refuse connections and look-ups beyond this machine, in this process."""
    guard = LoopbackGuard()
    sys.addaudithook(guard)
    yield
    guard.is_on = False  # an audit hook can never be taken out again


class LoopbackGuard:
    """An audit hook; what a child process does is up to the child's test."""

    def __init__(self) -> None:
        self.is_on = True

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        """See an event that is about to happen; raise to prevent it."""
        if not self.is_on:
            return
        if event in ("socket.connect", "socket.sendto"):
            self._check(arguments[1])
        elif event == "socket.getaddrinfo":
            self._check((arguments[0], arguments[1]))

    @staticmethod
    def _check(address: object) -> None:
        if not isinstance(address, tuple) or address[0] in (None, "", b""):
            return  # a Unix socket, or this machine
        if not is_loopback(str(address[0])):
            raise RuntimeError(f"a test tried to reach {address[0]}: only loopback")


def is_loopback(host: str) -> bool:
    """Whether `host` names this machine without asking a resolver."""
    if host in ("localhost", socket.gethostname()):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
