"""The kernel says who is at the other end of a loopback connection."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import pytest

from aiwrap.gateway.peers import is_vendor_cli, peer_uid

linux_only = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux says"
)
CONNECT = """
import encodings.idna, os, socket, sys  # before the user that may not read them
if len(sys.argv) > 2:
    os.setuid(int(sys.argv[2]))
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as connection:
    connection.recv(1)
"""


@linux_only
def test_our_own_connection_is_ours() -> None:
    """The vendor CLI runs as the same user."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()),
        server.accept()[0] as accepted,
    ):
        uid = peer_uid(accepted.getpeername(), accepted.getsockname())

    assert uid == os.geteuid()


@linux_only
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_another_users_connection_is_theirs() -> None:
    """Another local user is told apart."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        server.settimeout(20)
        child = subprocess.Popen([sys.executable, "-c", CONNECT, port, "65534"])
        try:
            with server.accept()[0] as accepted:
                uid = peer_uid(accepted.getpeername(), accepted.getsockname())
        finally:
            child.wait(timeout=20)

    assert uid == 65534


@linux_only
def test_a_connection_that_was_closed_says_nothing() -> None:
    """A closed socket would read as root; it must read as unknown."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        with server.accept()[0] as accepted:
            peer, ours = accepted.getpeername(), accepted.getsockname()
            client.close()

            assert peer_uid(peer, ours) is None


@linux_only
def test_a_connection_that_never_was_says_nothing() -> None:
    """The kernel's error is an unknown user, not a crash."""
    assert peer_uid(("127.0.0.1", 1), ("127.0.0.1", 2)) is None


def test_an_address_that_is_none_says_nothing() -> None:
    """An odd transport must not stop the gateway."""
    assert peer_uid(("not an address", 1), ("127.0.0.1", 2)) is None


@linux_only
def test_the_process_itself_is_told_from_what_it_started() -> None:
    """A program that the vendor CLI runs does not pass for the vendor CLI."""
    code = (
        "import socket, sys, time\n"
        "one = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n"
        "time.sleep(30)\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with subprocess.Popen([sys.executable, "-c", code, str(port)]) as started:
            accepted, _ = listener.accept()
            with accepted:
                peer, ours = accepted.getpeername(), accepted.getsockname()
                assert is_vendor_cli(started.pid, peer, ours) is True
                assert is_vendor_cli(os.getpid(), peer, ours) is False
                assert is_vendor_cli(2**22 + 1, peer, ours) is None
            started.kill()


@linux_only
def test_a_script_may_stand_before_the_vendor_cli() -> None:
    """An npm wrapper starts the real binary as its child."""
    code = (
        "import socket, sys, time; "
        "one = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); "
        "time.sleep(30)"
    )
    script = '"$0" -c "$1" "$2" & wait'
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with subprocess.Popen(
            ["/bin/sh", "-c", script, sys.executable, code, str(port)],
            start_new_session=True,
        ) as started:
            accepted, _ = listener.accept()
            with accepted:
                peer, ours = accepted.getpeername(), accepted.getsockname()
                assert is_vendor_cli(started.pid, peer, ours) is True
            os.killpg(started.pid, signal.SIGKILL)
