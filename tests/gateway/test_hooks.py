"""Hooks take JSON by POST, and never break the vendor CLI."""

from __future__ import annotations

import asyncio
import logging

import pytest

from aiwrap.gateway.guard import HookCall
from aiwrap.gateway.heads import RequestHead
from aiwrap.gateway.hooks import answer_hook
from aiwrap.gateway.incoming import Incoming
from aiwrap.wire.exchange import Headers

JSON: Headers = ((b"Content-Type", b"application/json"),)


def call(
    method: str = "POST", headers: Headers = JSON, body: bytes = b"{}"
) -> Incoming:
    head = RequestHead(method, b"/h/x", headers, "1.1", keeps_alive=True)
    return Incoming(head, HookCall(), body)


async def echo(body: bytes) -> bytes:
    return body


def test_a_hooks_answer_is_its_json() -> None:
    """What the session says goes back as it is."""
    reply = asyncio.run(answer_hook(call(body=b'{"a":1}'), echo))

    assert (reply.status, reply.body) == (200, b'{"a":1}')
    assert reply.headers == ((b"content-type", b"application/json"),)


@pytest.mark.parametrize(
    ("incoming", "status"),
    [
        (call("GET"), 405),
        (call("PUT"), 405),
        (call(headers=()), 400),
        (call(headers=((b"content-type", b"text/plain"),)), 400),
    ],
    ids=["get", "put", "no type", "form"],
)
def test_only_json_by_post_is_a_hook(incoming: Incoming, status: int) -> None:
    """A web form can send text/plain across origins, JSON it cannot."""
    assert asyncio.run(answer_hook(incoming, echo)).status == status


def test_a_failing_hook_has_no_opinion(caplog: pytest.LogCaptureFixture) -> None:
    """Hooks are convenience; the wire still decides."""

    async def broken(body: bytes) -> bytes:
        raise ValueError(body)

    with caplog.at_level(logging.ERROR):
        reply = asyncio.run(answer_hook(call(body=b'"secret"'), broken))

    assert (reply.status, reply.body) == (200, b"{}")
    assert "ValueError" in caplog.text
    assert "secret" not in caplog.text
