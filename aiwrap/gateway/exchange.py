"""One exchange: screen the request, forward it, pass the answer back.

The story of the gateway.  Nothing is forwarded before screening said `Forward`.
A client that goes away cancels the exchange: the connection to the vendor is
dropped and the response's filter told.  Screening that has begun is let finish
even then, so that what it records is whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from aiwrap.gateway.heads import outgoing_headers, screened_headers, with_value
from aiwrap.gateway.incoming import Incoming
from aiwrap.gateway.limits import Limits
from aiwrap.gateway.relay import Relay, RelayClient
from aiwrap.gateway.replies import no_answer
from aiwrap.gateway.response_reader import UpstreamError
from aiwrap.gateway.screen import OnFailure, screen_closed
from aiwrap.gateway.upstream import Upstream
from aiwrap.wire.exchange import Forward, Reply, Request, Screen, Verdict, Withhold


class Ways(NamedTuple):
    """Where requests go: to the vendor's API, or by a header elsewhere."""

    default: Upstream
    by_header: Mapping[bytes, Upstream] = {}

    def choose(self, request: Request) -> Upstream:
        """Return where this request goes."""
        for header, upstream in self.by_header.items():
            if request.header(header):
                return upstream
        return self.default


class Services(NamedTuple):
    """What every exchange of a session uses."""

    ways: Ways
    screen: Screen
    on_failure: OnFailure
    on_forward: Callable[[], None]
    limits: Limits


class Client(RelayClient, Protocol):
    """The vendor CLI's connection, as an exchange needs it."""

    def reply(self, reply: Reply) -> None:
        """Send a whole answer of ours."""

    def break_off(self) -> None:
        """End the connection so that the client sees an unfinished answer."""


async def run_exchange(
    incoming: Incoming, target: str, client: Client, services: Services
) -> None:
    """Answer `incoming` with the vendor's response or with one of ours."""
    head = incoming.head
    request = Request(
        head.method, target, screened_headers(head.headers), incoming.body
    )
    match await _screened(request, services):
        case Withhold(reply):
            client.reply(reply)
        case Forward() as forward:
            await _forward(incoming, forward, client, services)


async def _forward(
    incoming: Incoming, forward: Forward, client: Client, services: Services
) -> None:
    relay = Relay(client, forward.response, services.limits, services.on_forward)
    request = forward.request
    if relay.rewrites:
        plain = with_value(request.headers, b"accept-encoding", b"identity")
        request = request._replace(headers=plain)
    headers = outgoing_headers(incoming.head.headers, request)
    upstream = services.ways.choose(request)
    try:
        await upstream.fetch(request._replace(headers=headers), relay)
    except UpstreamError as error:
        relay.break_off()
        if relay.has_begun:
            client.break_off()
        else:
            client.reply(no_answer(upstream.where, str(error)))
    except BaseException:
        relay.break_off()
        raise


async def _screened(request: Request, services: Services) -> Verdict:
    screening = asyncio.ensure_future(
        screen_closed(services.screen, request, services.on_failure)
    )
    try:
        return await asyncio.shield(screening)
    except asyncio.CancelledError:
        screening.add_done_callback(_drop)
        raise


def _drop(screening: asyncio.Future[Verdict]) -> None:
    """Tell the filter of a verdict that came too late."""
    if screening.cancelled() or screening.exception() is not None:
        return
    verdict = screening.result()
    if isinstance(verdict, Forward) and verdict.response is not None:
        verdict.response.abort()
