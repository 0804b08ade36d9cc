"""A central log that dies where it hurts most.

    python mortal.py DATABASE PORT MOMENT

MOMENT: `before` the batch is read, `after` the commit and before the answer,
`within` the answer, or `never`.  It dies of SIGKILL on the first request.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aiwrap.central.app import create_app
from aiwrap.central.database import Database


def main() -> None:
    """Serve until it is time to die."""
    path, port, moment = sys.argv[1:]
    app = create_app(Database(path), clock=lambda: datetime.now(UTC))  # noqa: TID251 - a process of its own
    uvicorn.run(
        mortal(app, moment), port=int(port), ws="none", lifespan="off", log_config=None
    )


def mortal(app: ASGIApp, moment: str) -> ASGIApp:
    """Return `app`, which dies at this moment."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        async def dying_send(message: Message) -> None:
            if moment == "after":
                die()
            await send(message)
            if moment == "within":
                die()

        is_batch = scope["path"].endswith("/records")
        if is_batch and moment == "before":
            die()
        await app(scope, receive, dying_send if is_batch else send)

    return serve


def die() -> None:
    """Die as a machine does that loses power."""
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
