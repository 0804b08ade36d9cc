"""The device key in the operating system's keyring.

Only a real backend: `keyring` gives null and failing ones a priority below 1,
and so does `keyrings.alt` its clear-text file, which it would pick silently.
A keyring can wait for a dialog that nobody sees, so every call has a time limit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from aiwrap.errors import KeyStoreError

SERVICE = "aiwrap device key"
MINIMUM_PRIORITY = 1
SECONDS_TO_KEEP = 10.0
SECONDS_TO_FETCH = 60.0  # a person may have to unlock it

_T = TypeVar("_T")


class Backend(Protocol):
    """The part of a keyring backend that we use."""

    def get_password(self, service: str, username: str) -> str | None:
        """Return the password, or None."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep the password."""


def keep(device: str, seed: bytes) -> bool:
    """Keep `seed` and read it back; False where no real keyring takes it."""

    def keep_and_read_back() -> bool:
        backend = _real_backend()
        if backend is None:
            return False
        backend.set_password(SERVICE, device, seed.hex())
        return backend.get_password(SERVICE, device) == seed.hex()

    try:
        return _within(SECONDS_TO_KEEP, keep_and_read_back)
    except KeyStoreError:
        return False


def fetch(device: str) -> bytes | None:
    """Return the seed, or None if the keyring does not hold it.

    Raises:
        KeyStoreError: The keyring is gone, locked or does not answer.

    """

    def read() -> str | None:
        backend = _real_backend()
        if backend is None:
            raise KeyStoreError(
                "the signing key is in a keyring, and no keyring is reachable here",
                hint="Unlock or start the keyring, then run it again.",
            )
        return backend.get_password(SERVICE, device)

    text = _within(SECONDS_TO_FETCH, read)
    try:
        return None if text is None else bytes.fromhex(text)
    except ValueError:
        return b""  # something else under our name: the caller says that it is no key


def _real_backend() -> Backend | None:
    # Not on the launch path: importing every backend costs 114 ms.
    import keyring

    chosen = keyring.get_keyring()
    candidates = getattr(chosen, "backends", None) or [chosen]  # a chain of several
    return next((b for b in candidates if b.priority >= MINIMUM_PRIORITY), None)


def _within(seconds: float, work: Callable[[], _T]) -> _T:
    """Return `work()`, or raise KeyStoreError if it fails or takes too long."""
    # Not on the launch path, where no keyring is asked.
    import threading

    results: list[_T] = []
    failures: list[Exception] = []

    def run() -> None:
        try:
            results.append(work())
        except Exception as error:  # noqa: BLE001 - backends raise anything
            failures.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if results:
        return results[0]
    if failures and isinstance(failures[0], KeyStoreError):
        raise failures[0]
    if failures:
        raise KeyStoreError(f"the keyring failed: {failures[0]}") from failures[0]
    raise KeyStoreError(
        f"the keyring did not answer within {seconds:.0f} seconds",
        hint="Unlock it, then run it again.",
    )
