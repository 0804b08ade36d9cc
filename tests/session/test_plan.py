"""Tests for aiwrap/session/plan.py."""

from __future__ import annotations

import inspect

from aiwrap.gateway.server import Gateway as LoopbackGateway
from aiwrap.session.plan import Gateway, GatewayParts


def test_the_gateway_takes_every_part_that_a_session_has() -> None:
    """Session and gateway do not import each other; this is where they meet."""
    parts = set(GatewayParts._fields) - {"environ"}  # the upstream is built from it

    assert parts <= set(inspect.signature(LoopbackGateway).parameters)


def test_the_gateway_does_what_a_session_asks() -> None:
    """The Protocol is what `serving` calls, no more."""
    asked = {name for name in vars(Gateway) if not name.startswith("_")}

    assert asked == {"exchanges", "start", "close"}
    assert {"start", "close"} <= set(dir(LoopbackGateway))
