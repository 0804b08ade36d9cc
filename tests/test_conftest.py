"""The net under every test holds."""

from __future__ import annotations

import os
import socket

import pytest

from aiwrap import files
from tests.support import components


def test_home_is_not_the_users(home: str) -> None:
    """What aiwrap keeps lands in the test's own home."""
    assert os.path.expanduser("~") == home
    assert files.locate(os.environ).data.startswith(home)


def test_connections_beyond_loopback_fail() -> None:
    """A forgotten stand-in shows at once, not as a slow time-out."""
    with (
        socket.socket() as client,
        pytest.raises(RuntimeError, match="only loopback"),
    ):
        client.connect(("192.0.2.1", 443))


def test_lookups_beyond_loopback_fail() -> None:
    """A host name is not even looked up."""
    with pytest.raises(RuntimeError, match="only loopback"):
        socket.getaddrinfo("api.anthropic.com", 443)


def test_loopback_works() -> None:
    """The stand-ins of the vendors' APIs live there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def test_an_absent_program_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """CI installs every component: a skip there would hide a test for ever."""
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="CI must have it"):
        components.require("no-such-program")


def test_an_absent_program_skips_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's machine need not have every component."""
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception):
        components.require("no-such-program")
