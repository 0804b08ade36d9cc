"""Tests for aiwrap/cli/services.py."""

from __future__ import annotations

import pytest

from aiwrap.cli.services import open_gateway
from aiwrap.errors import GatewayError
from aiwrap.session.plan import GatewayParts
from aiwrap.session.run import listen
from aiwrap.wire.exchange import Forward, Reply, Request


async def pass_on(request: Request) -> Forward:
    return Forward(request)


def parts(upstream: str) -> GatewayParts:
    return GatewayParts(
        listener=listen(),
        session_secret="s",
        hook_secret=None,
        upstream=upstream,
        alternatives={},
        environ={},
        screen=pass_on,
        hook=None,
        hook_caller=None,
        on_failure=lambda _request: Reply(451, (), b""),
        on_intrusion=lambda _what: None,
    )


def test_a_gateway_is_built_from_its_parts() -> None:
    """It has forwarded nothing yet."""
    built = parts("https://api.anthropic.com")

    assert open_gateway(built).exchanges == 0
    built.listener.close()


def test_an_upstream_that_is_no_url_is_an_error_of_ours() -> None:
    """One clear message instead of a traceback."""
    built = parts("not a url")

    with pytest.raises(GatewayError, match="base URL"):
        open_gateway(built)
    built.listener.close()
