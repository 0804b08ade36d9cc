"""Keep the traces of bugs in a private file, never on the vendor CLI's screen.

Callers write classes and places, no messages: those may hold a prompt.
"""

from __future__ import annotations

import logging

from aiwrap import files
from aiwrap.errors import FilesError
from aiwrap.session import clock

MAX_BYTES = 200_000  # the oldest traces go first


def write(locations: files.Locations, text: str) -> str:
    """Append `text` with the time; return where it stands.

    Raises:
        FilesError: It cannot be written.

    """
    files.make_private_directory(locations.data)
    before = files.read_private(locations.crash_log) or b""
    entry = f"{clock.now():%Y-%m-%dT%H:%M:%SZ} {text.rstrip()}\n"
    data = (before + entry.encode("utf-8", "replace"))[-MAX_BYTES:]
    files.write_private(locations.crash_log, data)
    return locations.crash_log


def attach(locations: files.Locations) -> None:
    """Send what aiwrap's own modules log to the private file."""
    logger = logging.getLogger("aiwrap")
    logger.propagate = False
    logger.handlers = [_BugLog(locations)]


class _BugLog(logging.Handler):
    def __init__(self, locations: files.Locations) -> None:
        super().__init__(logging.WARNING)
        self._locations = locations

    def emit(self, record: logging.LogRecord) -> None:
        try:
            write(self._locations, f"{record.name}: {record.getMessage()}")
        except FilesError:
            return  # there is nowhere to say it
