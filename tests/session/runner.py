"""Run a program through `session.child` and end like it; for the tests' processes.

python runner.py [--blocking | --uvloop] PROGRAM ARGS…
"""

from __future__ import annotations

import os
import sys

from aiwrap.session import child


def main() -> None:
    """Spawn, wait, die alike."""
    how = sys.argv.pop(1) if sys.argv[1].startswith("--") else ""
    argv = sys.argv[1:]
    running = child.spawn(argv[0], argv, os.environ)
    if how == "--blocking":
        child.die_like(child.wait_blocking(running))
    if how == "--uvloop":
        import uvloop

        child.die_like(uvloop.run(child.wait(running)))
    import asyncio

    child.die_like(asyncio.run(child.wait(running)))


if __name__ == "__main__":
    main()
