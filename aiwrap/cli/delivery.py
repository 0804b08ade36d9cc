"""Start `aiwrap sync` on its own: detached, silent, never in anybody's way.

The prompt comes back at once; what could not be delivered stays on this
machine and goes with the next start.
"""

from __future__ import annotations

import os
import sys

from aiwrap.files import Locations

STREAMS = (0, 1, 2)


def start(locations: Locations) -> int | None:
    """Deliver in the background, if this device is enrolled; return the process."""
    if not os.path.exists(locations.central):
        return None
    null = [
        (os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in STREAMS
    ]
    try:
        return os.posix_spawn(
            sys.executable,
            [sys.executable, "-m", "aiwrap", "sync"],
            os.environ,
            file_actions=null,
            setpgroup=0,  # a key on the terminal is not meant for it
        )
    except OSError:
        return None  # no process to be had: the next launch delivers
