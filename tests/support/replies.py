"""Send an answer of the stand-in for Anthropic's API over its socket."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Sequence

from tests.support import answers
from tests.support.answers import Answer, Hang, Message, Raw
from tests.support.calls import Call


def send(
    connection: socket.socket, call: Call, answer: Answer, stopped: threading.Event
) -> None:
    match answer:
        case Hang():
            stopped.wait(answer.seconds)
            raise ConnectionResetError("hung up on purpose")
        case Raw():
            stopped.wait(answer.delay_seconds)
            _send_whole(connection, call, answer)
        case Message() if call.json.get("stream"):
            stopped.wait(answer.delay_seconds)
            _send_stream(connection, call, answer, stopped)
        case Message():
            stopped.wait(answer.delay_seconds)
            _send_message(connection, call, answer)


def _send_message(connection: socket.socket, call: Call, answer: Message) -> None:
    body = answers.whole(answer, str(call.json.get("model")))
    headers = [("content-type", "application/json"), *answer.headers]
    if answer.encoding:
        pack, finish = answers.encoder(answer.encoding)
        body = pack(body) + finish()
        headers.append(("content-encoding", answer.encoding))
    _send_whole(connection, call, Raw(200, body, tuple(headers)))


def _send_whole(connection: socket.socket, call: Call, answer: Raw) -> None:
    size = ("content-length", str(len(answer.body)))
    head = _head(call, answer.status, [*answer.headers, size])
    connection.sendall(head + (b"" if call.method == "HEAD" else answer.body))


def _send_stream(
    connection: socket.socket, call: Call, answer: Message, stopped: threading.Event
) -> None:
    headers = [
        ("content-type", "text/event-stream; charset=utf-8"),
        ("cache-control", "no-cache"),
        ("transfer-encoding", "chunked"),
        *answer.headers,
    ]
    if answer.encoding:
        headers.append(("content-encoding", answer.encoding))
    connection.sendall(_head(call, 200, headers))
    pack, finish = answers.encoder(answer.encoding)
    for count, event in enumerate(answers.events(answer, str(call.json.get("model")))):
        if count == answer.cut_after:
            raise ConnectionResetError("cut on purpose")
        if count == answer.error_after:
            failure = {"type": "overloaded_error", "message": "Overloaded"}
            data = json.dumps({"type": "error", "error": failure})
            event = f"event: error\ndata: {data}\n\n".encode()  # noqa: PLW2901
        connection.sendall(_chunk(pack(event)))
        if count == answer.error_after:
            break
        if answer.gap_seconds:
            stopped.wait(answer.gap_seconds)
    connection.sendall(_chunk(finish()) + b"0\r\n\r\n")


def _head(call: Call, status: int, headers: Sequence[tuple[str, str]]) -> bytes:
    lines = [f"HTTP/1.1 {status} Said", f"request-id: req_{call.number:024d}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data) if data else b""
