"""The gateway with a screen that forwards everything: the floor under aiwrap.

python gateway_alone.py LISTEN_PORT UPSTREAM_URL
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys

import uvloop

from aiwrap.gateway.server import Gateway
from aiwrap.gateway.upstream import Upstream
from aiwrap.wire.exchange import Forward, Request, Verdict

SECRET = "bench"


async def forward(request: Request) -> Verdict:
    """Let everything pass."""
    return Forward(request)


async def _main(port: int, upstream: str) -> None:
    gateway = Gateway(
        listener=socket.create_server(("127.0.0.1", port)),
        session_secret=SECRET,
        hook_secret=None,
        upstream=Upstream.from_environment(upstream, os.environ),
        screen=forward,
        hook=None,
        on_intrusion=print,
    )
    await gateway.start()
    base_url = f"http://127.0.0.1:{port}/s/{SECRET}"
    print(json.dumps({"base_url": base_url}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(_main(int(sys.argv[1]), sys.argv[2]))
