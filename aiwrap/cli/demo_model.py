"""A stand-in for a vendor's model, for `aiwrap demo`: on loopback, scripted.

It sees exactly what a vendor would see, keeps it, and answers like one: it reads
the file that the prompt names, with the name as it came over the wire.
"""

from __future__ import annotations

import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

_PATH = re.compile(r"(?:[\w.-]+/)+[\w.-]+\.(?:tf|py)")
_PIECE = 5  # characters a delta: names arrive cut, as from a real model


class DemoModel:
    """A running stand-in; `received` holds every request body, decoded."""

    def __init__(self) -> None:
        self.received: list[str] = []
        model = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                size = int(self.headers.get("content-length") or 0)
                text = self.rfile.read(size).decode()
                model.received.append(text)
                self._send(_answer(json.loads(text)))

            def do_HEAD(self) -> None:
                self._send(b"")

            def _send(self, data: bytes) -> None:
                self.send_response(200)
                self.send_header("content-type", "text/event-stream")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            def log_message(self, *_arguments: object) -> None:
                """Keep quiet: the demo has the screen."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _answer(body: dict[str, Any]) -> bytes:
    blocks = [
        block
        for message in body.get("messages", ())
        if message.get("role") == "user"
        for block in _blocks(message.get("content"))
    ]
    last = blocks[-1] if blocks else {}
    named = _PATH.findall(str(_texts(blocks)[-1] if _texts(blocks) else ""))
    if last.get("type") == "tool_result":
        path = named[-1] if named else "the file"
        return _stream(body, "text", f"I have read {path}: it is short and clear.")
    if named and any(tool.get("name") == "Read" for tool in body.get("tools", ())):
        return _stream(body, "tool", json.dumps({"file_path": named[-1]}))
    return _stream(body, "text", "Done. (This is the demo's model speaking.)")


def _blocks(content: object) -> list[dict[str, Any]]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return (
        [block for block in content if isinstance(block, dict)]
        if isinstance(content, list)
        else []
    )


def _texts(blocks: list[dict[str, Any]]) -> list[str]:
    return [
        block["text"]
        for block in blocks
        if block.get("type") == "text" and not block["text"].startswith("<system-")
    ]


def _stream(body: dict[str, Any], kind: str, text: str) -> bytes:
    if kind == "tool":
        block = {"type": "tool_use", "id": "toolu_demo", "name": "Read", "input": {}}
        delta, field, stop = "input_json_delta", "partial_json", "tool_use"
    else:
        block = {"type": "text", "text": ""}
        delta, field, stop = "text_delta", "text", "end_turn"
    pieces = [text[i : i + _PIECE] for i in range(0, len(text), _PIECE)]
    message = {
        "id": "msg_demo",
        "type": "message",
        "role": "assistant",
        "model": body.get("model", "demo"),
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 1200, "output_tokens": 1},
    }
    end = {"stop_reason": stop, "stop_sequence": None}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *(
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": delta, field: piece},
            }
            for piece in pieces
        ),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": end, "usage": {"output_tokens": 20}},
        {"type": "message_stop"},
    ]
    return b"".join(
        f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
        for event in events
    )
