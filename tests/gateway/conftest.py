"""Each test of the gateway's edges runs on both event loops."""

from __future__ import annotations

import asyncio

import pytest
import uvloop

from tests.gateway.certificates import Certificates, make_certificates
from tests.gateway.stage import Run


@pytest.fixture(params=[asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    """Run a coroutine on a loop of its own."""
    runner: Run = request.param
    return runner


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Make an authority and a server certificate for 127.0.0.1."""
    return make_certificates(str(tmp_path_factory.mktemp("certificates")))
