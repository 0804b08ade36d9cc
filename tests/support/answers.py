"""What the stand-in for Anthropic's API says: answers as values, and their bytes.

Pure: `render` turns an answer into the body pieces, one per event of a stream,
so that the server can cut, delay and compress between them.
"""

from __future__ import annotations

import json
import uuid
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import brotli
import zstandard

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Message:
    """A successful assistant message: text, then tool calls."""

    text: str = "OK from the stand-in"
    tools: tuple[tuple[str, Mapping[str, object]], ...] = ()
    chunk: int = 12  # characters per delta, in text and in tool arguments
    gap_seconds: float = 0.0  # between two events
    delay_seconds: float = 0.0  # before the first byte
    encoding: str = ""  # "gzip", "br", "zstd", "deflate"
    stop_reason: str = ""
    cut_after: int | None = None  # close the connection after so many events
    error_after: int | None = None  # `event: error` after so many events
    thinking: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def content(self) -> list[Json]:
        """The content blocks, whole."""
        blocks: list[Json] = []
        if self.thinking:
            blocks.append(
                {"type": "thinking", "thinking": self.thinking, "signature": "c2lnbg=="}
            )
        if self.text:
            blocks.append({"type": "text", "text": self.text})
        blocks += [
            {"type": "tool_use", "id": _id("toolu"), "name": name, "input": dict(given)}
            for name, given in self.tools
        ]
        return blocks

    @property
    def stop(self) -> str:
        """Why the message ended."""
        return self.stop_reason or ("tool_use" if self.tools else "end_turn")


@dataclass(frozen=True, slots=True)
class Raw:
    """Any status with any body: an error, a title, nonsense."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),)
    delay_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Hang:
    """Say nothing until the model stops or the client leaves."""

    seconds: float = field(default=3600.0)


Answer = Message | Raw | Hang


def tools(*calls: tuple[str, Mapping[str, object]], chunk: int = 3) -> Message:
    """Call tools, the arguments cut every `chunk` characters."""
    return Message(text="", tools=calls, chunk=chunk)


def error(status: int, kind: str, message: str, **headers: str) -> Raw:
    """Fail in the API's own shape."""
    body = {"type": "error", "error": {"type": kind, "message": message}}
    fields = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Raw(
        status,
        json.dumps(body).encode(),
        (("content-type", "application/json"), *fields),
    )


def whole(answer: Message, model: str) -> bytes:
    """Return the answer to a request without `stream`."""
    message = _message(model) | {
        "content": answer.content,
        "stop_reason": answer.stop,
        "usage": {"input_tokens": 21, "output_tokens": 9},
    }
    return json.dumps(message).encode()


def events(answer: Message, model: str) -> Iterator[bytes]:
    """Return the answer as server-sent events, one per item."""
    for event in _events(answer, model):
        yield f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


def encoder(encoding: str) -> tuple[Callable[[bytes], bytes], Callable[[], bytes]]:
    """Return (compress one piece and flush it, finish) for a content encoding."""
    match encoding:
        case "gzip" | "deflate":
            packer = zlib.compressobj(wbits=31 if encoding == "gzip" else 15)
            return (
                lambda b: packer.compress(b) + packer.flush(zlib.Z_SYNC_FLUSH),
                packer.flush,
            )
        case "br":
            brotli_packer = brotli.Compressor()
            return (
                lambda b: brotli_packer.process(b) + brotli_packer.flush(),
                brotli_packer.finish,
            )
        case "zstd":
            zstd = zstandard.ZstdCompressor().compressobj()
            block = zstandard.COMPRESSOBJ_FLUSH_BLOCK
            return lambda b: zstd.compress(b) + zstd.flush(block), zstd.flush
        case _:
            return lambda b: b, lambda: b""


def _events(answer: Message, model: str) -> Iterator[Json]:
    start = _message(model) | {
        "content": [],
        "stop_reason": None,
        "usage": {
            "input_tokens": 21,
            "cache_creation_input_tokens": 5,
            "cache_read_input_tokens": 13,
            "output_tokens": 1,
        },
    }
    yield {"type": "message_start", "message": start}
    yield {"type": "ping"}
    for index, block in enumerate(answer.content):
        yield from _block_events(index, block, answer.chunk)
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": answer.stop, "stop_sequence": None},
        "usage": {"output_tokens": 9},
    }
    yield {"type": "message_stop"}


def _block_events(index: int, block: Json, chunk: int) -> Iterator[Json]:
    match block["type"]:
        case "text":
            opening: Json = {"type": "text", "text": ""}
            deltas = [
                {"type": "text_delta", "text": piece}
                for piece in _pieces(str(block["text"]), chunk)
            ]
        case "thinking":
            opening = {"type": "thinking", "thinking": "", "signature": ""}
            deltas = [
                {"type": "thinking_delta", "thinking": piece}
                for piece in _pieces(str(block["thinking"]), chunk)
            ]
            deltas.append(
                {"type": "signature_delta", "signature": str(block["signature"])}
            )
        case _:
            opening = block | {"input": {}}
            arguments = json.dumps(block["input"])
            deltas = [
                {"type": "input_json_delta", "partial_json": piece}
                for piece in ["", *_pieces(arguments, chunk)]
            ]
    yield {"type": "content_block_start", "index": index, "content_block": opening}
    for delta in deltas:
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}


def _message(model: str) -> Json:
    return {
        "id": _id("msg"),
        "type": "message",
        "role": "assistant",
        "model": model,
        "stop_sequence": None,
    }


def _pieces(text: str, size: int) -> list[str]:
    return [text[i : i + size] for i in range(0, len(text), size)]


def _id(prefix: str) -> str:
    return f"{prefix}_{uuid.uuid4().hex[:24]}"
