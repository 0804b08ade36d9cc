"""Run the central log in this process, on a loopback port, in a thread."""

from __future__ import annotations

import socket
import threading

import uvicorn
from starlette.applications import Starlette

STOP_SECONDS = 10.0


class RunningServer:
    """A central log that answers at `url` until it is stopped."""

    def __init__(self, app: Starlette, port: int) -> None:
        # Listening before the thread runs: nobody has to wait for it.
        listener = socket.create_server(("127.0.0.1", port))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            app,
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Finish what is under way and close the port."""
        self._server.should_exit = True
        self._thread.join(STOP_SECONDS)


def serve_in_thread(app: Starlette, *, port: int = 0) -> RunningServer:
    """Start serving `app`; port 0 takes any free one."""
    return RunningServer(app, port)
