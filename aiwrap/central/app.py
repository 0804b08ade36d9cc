"""The central log over HTTP.

    POST /v1/enrol                  one-time token and key -> bearer, log key
    POST /v1/devices/{id}/records   gzip NDJSON of envelopes -> receipt
    GET  /v1/checkpoint             the newest signed checkpoint
    GET  /healthz                   whether it runs, and how large the log is

A request moves bytes and calls the rules of `ingest`; an acknowledgement is
only written after the commit.  Bodies are bounded before and after unpacking.
"""

from __future__ import annotations

import hmac
import json
import zlib
from collections.abc import Callable, Mapping
from datetime import datetime

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from aiwrap import dsse
from aiwrap.central import ingest
from aiwrap.central.database import Database, EnrolledDevice
from aiwrap.central.ingest import Accepted, Fork, Gap, Invalid, Received
from aiwrap.errors import RecordsError
from aiwrap.records import batch, chain
from aiwrap.records.enrolment import (
    ENROL_TYPE,
    MAX_ENROL_BYTES,
    STATEMENT_TYPE,
)
from aiwrap.records.receipt import MAX_LOG_SIZE, Run

MAX_WAITING = 64  # requests at once; more are asked to come back
RETRY_AFTER_SECONDS = 5

Clock = Callable[[], datetime]


class _TooLargeError(Exception):
    """A body is larger than a client of ours would send."""


def create_app(database: Database, *, clock: Clock) -> Starlette:
    """Return the ASGI application over `database`."""
    service = _Service(database, clock)
    return Starlette(
        routes=[
            Route("/v1/enrol", service.enrol, methods=["POST"]),
            Route("/v1/devices/{device}/records", service.records, methods=["POST"]),
            Route("/v1/checkpoint", service.checkpoint),
            Route("/healthz", service.health),
        ],
        exception_handlers={
            _TooLargeError: _too_large,
            RecordsError: _unavailable,
        },
    )


class _Service:
    """The endpoints."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._waiting = 0

    async def health(self, _request: Request) -> Response:
        size, _ = await run_in_threadpool(self._database.checkpoint)
        return JSONResponse({"ok": True, "size": size})

    async def checkpoint(self, _request: Request) -> Response:
        _, note = await run_in_threadpool(self._database.checkpoint)
        return PlainTextResponse(note)

    async def enrol(self, request: Request) -> Response:
        body = await _read(request, MAX_ENROL_BYTES)
        return await run_in_threadpool(self._enrol, body)

    async def records(self, request: Request) -> Response:
        if self._waiting >= MAX_WAITING:
            return _error(503, "busy", retry_after=RETRY_AFTER_SECONDS)
        self._waiting += 1
        try:
            device = await run_in_threadpool(self._authenticate, request)
            if device is None:
                return _error(401, "unknown")
            packed = await _read(request, batch.MAX_BATCH_BYTES)
            return await run_in_threadpool(
                self._records, device, packed, request.query_params
            )
        finally:
            self._waiting -= 1

    def _authenticate(self, request: Request) -> EnrolledDevice | None:
        device = self._database.device(request.path_params["device"])
        given = request.headers.get("authorization", "")
        if device is None:
            return None
        expected = f"Bearer {self._database.bearer(device.id)}"
        is_its = hmac.compare_digest(given.encode("utf-8"), expected.encode("utf-8"))
        return device if is_its else None

    def _enrol(self, body: bytes) -> Response:
        try:
            token, public_key = _read_wish(body)
        except (ValueError, RecursionError):
            return _error(422, "invalid")
        device = self._database.enrol(token, public_key, self._clock())
        if device is None:
            return _error(401, "unknown")
        return JSONResponse(
            {
                "device": device.id,
                "bearer": self._database.bearer(device.id),
                "log_key": self._database.log_key.to_text(),
                "statement": self._statement(device),
            }
        )

    def _statement(self, device: EnrolledDevice) -> str:
        """Say, signed, whom the device belongs to."""
        document = {
            "device": device.id,
            "person": device.person,
            "time": device.enrolled,
        }
        payload = json.dumps(document, sort_keys=True).encode("utf-8")
        envelope = dsse.sign(STATEMENT_TYPE, payload, self._database.signer)
        return envelope.to_json().decode("ascii")

    def _records(
        self, device: EnrolledDevice, packed: bytes, query: Mapping[str, str]
    ) -> Response:
        seen_size = _parse_size(query.get("log_size", "0"))
        body = _unpack(packed)
        if body is None or seen_size is None:
            return _error(422, "invalid", reason="not a gzip body with a log_size")
        received = ingest.read_batch(body, device.public_key)
        if isinstance(received, Invalid):
            return _error(422, "invalid", line=received.line, reason=received.reason)
        match self._database.take(device.id, received, self._clock()):
            case Accepted():
                return self._acknowledge(device, received, seen_size)
            case Gap(expected):
                return _error(409, "gap", expected=expected)
            case Fork(contradicts, have):
                return _error(409, "fork", seq=contradicts.seq, have=have)

    def _acknowledge(
        self, device: EnrolledDevice, received: tuple[Received, ...], seen_size: int
    ) -> Response:
        stored = self._database.stored(device.id)
        note, consistency, runs = self._database.proofs(
            device.id, received[0].seq, received[-1].seq, seen_size
        )
        return JSONResponse(
            {
                "acknowledged": stored.acknowledged,
                "head": stored.head,
                "checkpoint": note,
                "consistency": [item.hex() for item in consistency],
                "runs": [_describe_run(run) for run in runs],
            }
        )


def _read_wish(body: bytes) -> tuple[str, bytes]:
    """Return token and public key of a wish that is signed by that key."""
    envelope = dsse.parse(body)
    match json.loads(envelope.payload):
        case {"token": str(token), "public_key": str(text)} if len(text) == 64:
            public_key = bytes.fromhex(text)
            is_signed = chain.signature_check(public_key)
            if envelope.payload_type == ENROL_TYPE and is_signed(envelope):
                return token, public_key
    raise ValueError("not a wish to enrol")


def _describe_run(run: Run) -> dict[str, object]:
    proof = [item.hex() for item in run.proof]
    return {"first": run.first, "length": run.length, "leaf": run.leaf, "proof": proof}


async def _read(request: Request, max_bytes: int) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > max_bytes:
            raise _TooLargeError
    return bytes(body)


def _unpack(packed: bytes) -> bytes | None:
    """Return the bytes of one gzip member, or None if that is not what it is."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        body = unpacker.decompress(packed, batch.MAX_BATCH_RAW_BYTES + 1)
    except zlib.error:
        return None
    if len(body) > batch.MAX_BATCH_RAW_BYTES:
        raise _TooLargeError
    return body if unpacker.eof and not unpacker.unused_data else None


def _parse_size(text: str) -> int | None:
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        return None
    return min(int(text), MAX_LOG_SIZE)


def _error(
    status: int, name: str, *, retry_after: int | None = None, **facts: object
) -> Response:
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return JSONResponse({"error": name, **facts}, status_code=status, headers=headers)


def _too_large(_request: Request, _cause: Exception) -> Response:
    return _error(413, "too large")


def _unavailable(_request: Request, _cause: Exception) -> Response:
    return _error(503, "unavailable", retry_after=RETRY_AFTER_SECONDS)
