"""Tests for aiwrap/records/keyring_store.py: real `keyring`, backends of our own."""

from __future__ import annotations

import time
from collections.abc import Iterator

import keyring.backends.fail
import pytest
from keyring.backend import KeyringBackend

from aiwrap.errors import KeyStoreError
from aiwrap.files import Locations
from aiwrap.records import keyring_store, keys
from tests.support.machines import ignore

SEED = bytes(range(32))


class Memory(KeyringBackend):
    """A keyring as real as its priority says."""

    priority = 5.0

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # keyring's own
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        """Return what was kept."""
        self.answer()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep it."""
        self.answer()
        self.kept[service, username] = password

    def answer(self) -> None:
        """Answer at once."""


class ClearText(Memory):
    """Like PlaintextKeyring of keyrings.alt, which keyring picks silently."""

    priority = 0.5


class Forgetful(Memory):
    """Takes a password and loses it, like keyring's own null backend."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Lose it."""


class Broken(Memory):
    """Fails, as a dead D-Bus does."""

    def answer(self) -> None:
        """Fail."""
        raise OSError("no bus")


class Locked(Memory):
    """Waits for a dialog that nobody sees."""

    def answer(self) -> None:
        """Let the caller wait."""
        time.sleep(3)


class Chain(Memory):
    """Several keyrings in a row, as keyring builds when it finds more than one."""

    priority = 10.0

    def __init__(self, *backends: KeyringBackend) -> None:
        super().__init__()
        self.backends = backends


# `keyring` registers every subclass: without this it would pick ours in other tests.
KeyringBackend._classes -= {Memory, ClearText, Forgetful, Broken, Locked, Chain}


@pytest.fixture(autouse=True)
def _own_backend() -> Iterator[None]:
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


def test_a_real_keyring_keeps_the_key(locations: Locations) -> None:
    """Then no file holds it, and nobody has to be told."""
    backend = Memory()
    keyring.set_keyring(backend)
    notices: list[str] = []

    device = keys.ensure_device(locations, notify=notices.append)
    signer = keys.load_signer(locations, notify=notices.append)

    assert device.store == "keyring"
    assert signer.public_key == device.public_key
    assert list(backend.kept) == [(keyring_store.SERVICE, device.id)]
    assert notices == []


@pytest.mark.parametrize("backend", [ClearText(), Forgetful(), Broken()])
def test_no_other_keyring_is_trusted_with_it(
    backend: Memory, locations: Locations
) -> None:
    """A clear-text file is worse than ours; a null backend would lose the key."""
    keyring.set_keyring(backend)

    device = keys.ensure_device(locations, notify=ignore)

    assert device.store == "file"
    assert backend.kept == {}
    assert keys.load_signer(locations, notify=ignore).public_key == device.public_key


def test_of_several_keyrings_a_real_one_is_used() -> None:
    clear, real = ClearText(), Memory()
    keyring.set_keyring(Chain(clear, real))

    assert keyring_store.keep("device", SEED)
    assert clear.kept == {}
    assert keyring_store.fetch("device") == SEED


def test_a_keyring_that_is_gone_is_said(locations: Locations) -> None:
    """The key was kept on the desktop; now the person works over ssh."""
    keyring.set_keyring(Memory())
    keys.ensure_device(locations, notify=ignore)
    keyring.set_keyring(ClearText())

    with pytest.raises(KeyStoreError, match="no keyring is reachable"):
        keys.load_signer(locations, notify=ignore)


def test_a_keyring_without_our_key_is_said(locations: Locations) -> None:
    keyring.set_keyring(Memory())
    keys.ensure_device(locations, notify=ignore)
    keyring.set_keyring(Memory())

    with pytest.raises(KeyStoreError, match="is gone from the keyring"):
        keys.load_signer(locations, notify=ignore)


def test_something_else_under_our_name_is_no_key(locations: Locations) -> None:
    backend = Memory()
    keyring.set_keyring(backend)
    device = keys.ensure_device(locations, notify=ignore)
    backend.set_password(keyring_store.SERVICE, device.id, "hunter2")

    with pytest.raises(KeyStoreError, match="the keyring does not hold a key"):
        keys.load_signer(locations, notify=ignore)


def test_a_failing_keyring_is_one_clear_message() -> None:
    keyring.set_keyring(Broken())

    with pytest.raises(KeyStoreError, match="the keyring failed: no bus"):
        keyring_store.fetch("device")


def test_a_locked_keyring_does_not_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    """The dialog may be on a screen that nobody looks at."""
    monkeypatch.setattr(keyring_store, "SECONDS_TO_KEEP", 0.05)
    monkeypatch.setattr(keyring_store, "SECONDS_TO_FETCH", 0.05)
    keyring.set_keyring(Locked())

    assert not keyring_store.keep("device", SEED)
    with pytest.raises(KeyStoreError, match="did not answer"):
        keyring_store.fetch("device")


def test_a_machine_without_a_bus_has_no_keyring() -> None:
    """What headless Linux answers, at once."""
    keyring.set_keyring(keyring.backends.fail.Keyring())  # type: ignore[no-untyped-call] # keyring's own

    assert not keyring_store.keep("device", SEED)
    with pytest.raises(KeyStoreError, match="no keyring is reachable"):
        keyring_store.fetch("device")


def test_no_backend_of_this_file_is_on_offer() -> None:
    """Else the machines of other tests would keep their keys in it."""
    offered = {type(one).__module__ for one in keyring.backend.get_all_keyring()}

    assert __name__ not in offered
