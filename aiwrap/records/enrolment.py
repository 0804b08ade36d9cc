"""Bind this machine to a central log.

In order:
  1. Create a key (one is kept from an attempt that broke off).
  2. Send it with the one-time token, signed by itself: proof that we hold it.
  3. Start its chain with an `enrol` record; write `central.json`; only then let
     new launches record as this device.  Broken off anywhere, it can be repeated.

Records of the chain before stay on this machine.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from aiwrap import dsse, files
from aiwrap.errors import SyncError
from aiwrap.files import Locations
from aiwrap.records import central_log, chain, courier, keys, receipt
from aiwrap.records.central_log import Central
from aiwrap.records.explanations import Explanations
from aiwrap.records.fields import as_text
from aiwrap.records.store import Store

ENROL_TYPE = "application/vnd.aiwrap.enrol+json"
STATEMENT_TYPE = "application/vnd.aiwrap.statement+json"
MAX_ENROL_BYTES = 8192
SESSION = "enrol"  # what the record carries for a session


class Wish(NamedTuple):
    """Who wants to enrol, and with which token."""

    token: str
    public_key: bytes


def enrol(
    locations: Locations,
    url: str,
    token: str,
    *,
    now: datetime,
    notify: Callable[[str], None],
    timeout_seconds: float = 10.0,
) -> Central:
    """Enrol this machine with the central log at `url`.

    Raises:
        SyncError: The central log cannot be reached or does not want us.

    """
    try:
        url = courier.checked_url(url)
    except ValueError as error:
        raise SyncError(str(error), hint="Ask for the central log's address.") from None
    files.make_private_directory(locations.data)
    with files.locked(f"{locations.central}.lock"):
        device = _new_device(locations, notify)
        signer = keys.load_signer(locations, notify=notify, device=device)
        wish = describe_wish(Wish(token, device.public_key), signer)
        central = _ask(url, wish, device.id, timeout_seconds)
        _start_chain(locations, central, device, signer, now)
        return central


def describe_wish(wish: Wish, signer: dsse.Signer) -> bytes:
    """Return a wish to enrol, signed by the key that wants to be enrolled."""
    document = {"token": wish.token, "public_key": wish.public_key.hex()}
    payload = json.dumps(document, sort_keys=True).encode("utf-8")
    return dsse.sign(ENROL_TYPE, payload, signer).to_json()


def _new_device(locations: Locations, notify: Callable[[str], None]) -> keys.Device:
    path = _attempt(locations)
    data = files.read_private(path)
    if data is not None:
        with suppress(ValueError):
            return keys.parse_device(data)
    device = keys.create_key(locations, notify=notify)
    files.write_private(path, keys.describe(device))
    return device


def _ask(url: str, wish: bytes, device: str, timeout_seconds: float) -> Central:
    with courier.connected(url, timeout_seconds) as client:
        answer = courier.post(client, "/v1/enrol", wish, {})
    match answer.status, answer.document:
        case 200, {"bearer": str(bearer), "log_key": str(text), "statement": str(said)}:
            try:
                key = receipt.parse_log_key(text)
                person = _person(said, key, device)
            except ValueError as error:
                raise SyncError(
                    f"the central log's answer is wrong: {error}"
                ) from error
            return Central(url, device, bearer, key, person, said)
        case 401, _:
            raise SyncError(
                "the central log does not take this token",
                hint="A token works once: ask for a new one.",
            )
        case status, _:
            raise SyncError(f"the central log answered {status} to the enrolment")


def _person(statement: str, key: receipt.LogKey, device: str) -> str:
    """Return whom the central log, by its signature, says `device` belongs to."""
    envelope = dsse.parse(statement.encode("utf-8"))
    if not chain.signature_check(key.public_key)(envelope):
        raise ValueError("it did not sign whom this device belongs to")
    match json.loads(envelope.payload):
        case {"device": str(named), "person": str(person)} if (
            named == device and envelope.payload_type == STATEMENT_TYPE
        ):
            return person
        case _:
            raise ValueError("it speaks of another device")


def _start_chain(
    locations: Locations,
    central: Central,
    device: keys.Device,
    signer: dsse.Signer,
    now: datetime,
) -> None:
    previous = keys.read_device(locations)
    store = Store(locations.records, device)
    try:
        if store.head is None:
            fields = {
                "public_key": device.public_key.hex(),
                "central": as_text(central.url),
                "log_key": central.log_key.public_key.hex(),
                "previous": previous.id if previous else None,
            }
            store.append(
                "enrol", session=SESSION, fields=fields, now=now, signer=signer
            )
    finally:
        store.close()
    files.write_private(locations.central, central_log.describe(central))
    keys.activate(locations, device)
    _forget_what_was(locations)


def _forget_what_was(locations: Locations) -> None:
    for path in (locations.checkpoint, _attempt(locations)):
        with suppress(FileNotFoundError):
            os.unlink(path)
    explanations = Explanations(locations.explanations)
    explanations.forget_all()  # they go by numbers of the old chain
    explanations.close()


def _attempt(locations: Locations) -> str:
    """Return where the key of an enrolment that is under way is noted."""
    return f"{locations.device}.next"
