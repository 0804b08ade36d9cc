"""The private folder of one running session, and how others find it.

`sessions/ID/` holds `settings.json` (what the vendor CLI is pinned with),
`session.json` (address and upstream, for a nested launch) and `lock`, which the
session holds as long as it lives: a lock that can be taken is a session that
was interrupted.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from aiwrap import files
from aiwrap.errors import FilesError


class Parent(NamedTuple):
    """The session whose gateway a nested launch was pointed at."""

    session: str
    upstream: str


class SessionFolder:
    """The folder of this session; removed when it ends."""

    def __init__(self, locations: files.Locations, session: str) -> None:
        self.path = os.path.join(locations.sessions, session)
        files.make_private_directory(locations.data)
        files.make_private_directory(locations.sessions)
        files.make_private_directory(self.path)
        lock = os.path.join(self.path, "lock")
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            self._lock = os.open(lock, flags, files.PRIVATE_FILE)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise FilesError(f"cannot lock {lock}: {files.reason(error)}") from error

    @property
    def settings(self) -> str:
        """Where the vendor CLI reads its pin from."""
        return os.path.join(self.path, "settings.json")

    def write_settings(self, settings: Mapping[str, object]) -> None:
        """Write the pin, 0600."""
        document = json.dumps(dict(settings), indent=1)
        files.write_private(self.settings, document.encode())

    def announce(self, base_url: str, upstream: str) -> None:
        """Let a nested launch find the real upstream behind `base_url`."""
        document = {"base_url": base_url, "upstream": upstream}
        path = os.path.join(self.path, "session.json")
        files.write_private(path, json.dumps(document).encode())

    def remove(self) -> None:
        """Remove the folder and give the lock up."""
        for name in ("settings.json", "session.json", "lock"):
            try:
                os.unlink(os.path.join(self.path, name))
            except FileNotFoundError:
                continue
        with suppress(OSError):  # something else was put there: not ours to delete
            os.rmdir(self.path)
        os.close(self._lock)


def is_alive(locations: files.Locations, session: str) -> bool:
    """Say whether the session's process still holds its lock."""
    path = os.path.join(locations.sessions, session, "lock")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def clean_up(locations: files.Locations, session: str) -> None:
    """Remove what an interrupted session left behind."""
    folder = os.path.join(locations.sessions, session)
    if not is_alive(locations, session) and os.path.isdir(folder):
        SessionFolder(locations, session).remove()


def find_parent(locations: files.Locations, base_url: str) -> Parent | None:
    """Return the live session whose gateway is at `base_url`, if there is one."""
    try:
        sessions = os.listdir(locations.sessions)
    except OSError:
        return None
    for session in sessions:
        path = os.path.join(locations.sessions, session, "session.json")
        match _read(path):
            case {"base_url": str(url), "upstream": str(upstream)} if url.rstrip(
                "/"
            ) == base_url.rstrip("/") and is_alive(locations, session):
                return Parent(session, upstream)
            case _:
                continue
    return None


def _read(path: str) -> object:
    try:
        data = files.read_private(path)
        return None if data is None else json.loads(data)
    except (FilesError, ValueError):
        return None
