"""Where aiwrap keeps things, private atomic writes, and locks.

Every file of ours is 0600 in a directory that is 0700, and is written through
this module.  A write is complete or did not happen: temporary file, fsync,
rename, fsync of the directory.

Strings and `os.path` on purpose: `pathlib` costs the launch path 5 ms, and
platformdirs 14 ms, so platformdirs is asked only where the XDG rules
(which are three lines) do not apply.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import NamedTuple

from aiwrap.errors import FilesError

PRIVATE_FILE = 0o600
PRIVATE_DIRECTORY = 0o700
MAX_OWN_FILE_BYTES = 16 * 1024 * 1024


class Locations(NamedTuple):
    """Every path that aiwrap keeps something at; `data` holds all the others."""

    data: str

    @property
    def policy(self) -> str:
        """The local policy, which the user may edit."""
        return os.path.join(self.data, "policy.toml")

    @property
    def policy_cache(self) -> str:
        """Directory of the last policy that was verified."""
        return os.path.join(self.data, "policy-cache")

    @property
    def records(self) -> str:
        """SQLite database of the signed chain."""
        return os.path.join(self.data, "records.db")

    @property
    def explanations(self) -> str:
        """SQLite database of matched words; local, seven days, never synced."""
        return os.path.join(self.data, "explanations.db")

    @property
    def device(self) -> str:
        """JSON: this device's id, its public key, and which store holds the key."""
        return os.path.join(self.data, "device.json")

    @property
    def keys(self) -> str:
        """Directory of private seeds by device, where no keyring holds them."""
        return os.path.join(self.data, "keys")

    @property
    def local_secret(self) -> str:
        """32 random bytes: keys of digests and pseudonyms are derived from them."""
        return os.path.join(self.data, "local.secret")

    @property
    def central(self) -> str:
        """JSON: the central log that this device is enrolled with."""
        return os.path.join(self.data, "central.json")

    @property
    def checkpoint(self) -> str:
        """The last checkpoint of the central log that this device verified."""
        return os.path.join(self.data, "checkpoint")

    @property
    def sessions(self) -> str:
        """Directory of running sessions: one settings file and one lock each."""
        return os.path.join(self.data, "sessions")

    @property
    def shims(self) -> str:
        """Directory that goes first on PATH."""
        return os.path.join(self.data, "shims")

    @property
    def crash_log(self) -> str:
        """Tracebacks of bugs, without any prompt or path in them."""
        return os.path.join(self.data, "crash.log")


def locate(environ: Mapping[str, str]) -> Locations:
    """Return the locations for this user, without creating anything."""
    if sys.platform == "darwin":
        # Only here: platformdirs costs 14 ms, which XDG systems need not pay.
        import platformdirs

        return Locations(platformdirs.user_data_dir("aiwrap", appauthor=False))
    base = environ.get("XDG_DATA_HOME", "")
    if not os.path.isabs(base):  # the XDG rule: a relative value is ignored
        home = environ.get("HOME") or os.path.expanduser("~")
        base = os.path.join(home, ".local", "share")
    return Locations(os.path.join(base, "aiwrap"))


def make_private_directory(path: str) -> None:
    """Create `path` and its parents; make `path` itself 0700.

    Raises:
        FilesError: It cannot be created, or belongs to somebody else.

    """
    try:
        os.makedirs(path, mode=PRIVATE_DIRECTORY, exist_ok=True)
        status = os.stat(path)
        if status.st_uid != os.geteuid():
            raise FilesError(f"{path} belongs to another user (uid {status.st_uid})")
        if status.st_mode & 0o077:
            os.chmod(path, PRIVATE_DIRECTORY)
    except OSError as error:
        raise FilesError(f"cannot use the directory {path}: {reason(error)}") from error


def read_private(path: str, max_bytes: int = MAX_OWN_FILE_BYTES) -> bytes | None:
    """Return the file's bytes, or None where there is no such file.

    Raises:
        FilesError: It cannot be read, or is larger than `max_bytes`.

    """
    try:
        with open(path, "rb") as file:
            data = file.read(max_bytes + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FilesError(f"cannot read {path}: {reason(error)}") from error
    if len(data) > max_bytes:
        raise FilesError(f"{path} is larger than {max_bytes} bytes")
    return data


def write_private(path: str, data: bytes) -> None:
    """Write `data` to `path`, 0600, whole or not at all, durable on return.

    Raises:
        FilesError: It cannot be written; what was there before stays.

    """
    temporary = f"{path}.{os.getpid()}.{os.urandom(4).hex()}.new"
    try:
        descriptor = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE
        )
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            _forget(temporary)
            raise
        sync_directory(os.path.dirname(path))
    except OSError as error:
        raise FilesError(f"cannot write {path}: {reason(error)}") from error


def sync_directory(path: str) -> None:
    """Make a rename inside `path` durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(path: str) -> Iterator[None]:
    """Hold an exclusive lock on `path` (created 0600), waiting for it."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    except OSError as error:
        raise FilesError(f"cannot lock {path}: {reason(error)}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def reason(error: OSError) -> str:
    """Say why, in the words a person knows."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "no space left on the device"
    return (error.strerror or str(error)).lower()


def _forget(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)
