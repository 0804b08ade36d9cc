"""Each test of the gateway's edges runs on both event loops."""

from __future__ import annotations

import asyncio

import pytest
import uvloop

from tests.gateway.stage import Run


@pytest.fixture(params=[asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    """Run a coroutine on a loop of its own."""
    runner: Run = request.param
    return runner
