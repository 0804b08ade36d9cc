"""Tests for aiwrap/records/courier.py, over real sockets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from aiwrap.errors import SyncError
from aiwrap.records import courier
from aiwrap.records.central_log import Answer


@contextmanager
def answering(response: bytes, *, waits: bool = False) -> Iterator[str]:
    """Serve one connection: read something, answer with these bytes."""
    listener = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):  # the client may be gone already
            while b"\r\n\r\nbody" not in connection.recv(65536, socket.MSG_PEEK):
                pass
            connection.recv(65536)
            if waits:
                done.wait(5)
            connection.sendall(response)

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    done.set()
    thread.join()
    listener.close()


def ask(url: str, timeout_seconds: float = 5) -> Answer:
    with courier.connected(url, timeout_seconds) as client:
        return courier.post(client, "/x", b"body", {})


def test_an_answer_is_its_status_and_its_object() -> None:
    head = b"HTTP/1.1 503 Busy\r\nretry-after: 7\r\ncontent-length: 9\r\n\r\n"

    with answering(head + b'{"a": 10}') as url:
        answer = ask(url)

    assert answer == (503, {"a": 10}, "7")


@pytest.mark.parametrize("body", [b"<html>no</html>", b"[1]", b"", b"[" * 50_000])
def test_a_proxys_error_page_is_an_empty_answer(body: bytes) -> None:
    """The status says enough; its text is not ours to repeat."""
    head = b"HTTP/1.1 502 Bad\r\ncontent-length: %d\r\n\r\n" % len(body)

    with answering(head + body) as url:
        assert ask(url) == (502, {}, "")


def test_a_redirect_is_not_followed() -> None:
    """It would carry the bearer token elsewhere."""
    head = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\n"

    with answering(head + b"content-length: 0\r\n\r\n") as url:
        assert ask(url).status == 302


def test_an_endless_answer_is_cut_off() -> None:
    body = b"x" * (courier.MAX_ANSWER_BYTES + 1)
    head = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body)

    with answering(head + body) as url, pytest.raises(SyncError, match="too large"):
        ask(url)


def test_silence_is_said() -> None:
    with (
        answering(b"", waits=True) as url,
        pytest.raises(SyncError, match=r"did not answer within 0\.1 s"),
    ):
        ask(url, timeout_seconds=0.1)


def test_an_unreachable_log_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    with pytest.raises(SyncError, match="cannot reach the central log") as caught:
        ask(url)

    assert "Nothing is lost" in caught.value.hint


def test_a_broken_answer_is_said() -> None:
    with answering(b"nonsense\r\n\r\n") as url, pytest.raises(SyncError, match="reach"):
        ask(url)


def test_loopback_does_not_go_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    with answering(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}") as url:
        assert ask(url).status == 200


@pytest.mark.parametrize(
    "url",
    ["https://log.acme.example", "http://127.0.0.1:8080/", "http://localhost:1/log/"],
)
def test_these_are_addresses_of_a_log(url: str) -> None:
    assert courier.checked_url(url) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    ["http://log.acme.example", "ftp://x", "log.acme.example", "", "https://", "x y"],
)
def test_a_token_never_travels_in_the_clear(url: str) -> None:
    with pytest.raises(ValueError, match=r"https://|not an address"):
        courier.checked_url(url)
