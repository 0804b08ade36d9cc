"""Deliver records to the central log, each exactly once.

In order, until nothing signed is left:
  1. Take the signed records after the last acknowledged one, one batch of them.
  2. Send them; the central log answers duplicates like new ones.
  3. Check the receipt: the log's signature, that it only grew since we last
     looked, and that every record of the batch is in it.
  4. Only then note them as acknowledged.

`gap`: the central log lacks earlier records; they are sent again from there.
`fork`: it holds another record under one of our numbers; the chain is frozen.
Nothing is deleted here, whatever the answer.
"""

from __future__ import annotations

from typing import NamedTuple

from aiwrap import dsse, files
from aiwrap.errors import SyncError
from aiwrap.files import Locations
from aiwrap.records import central_log, receipt
from aiwrap.records.batch import Batch, check_receipt, pack, parse_receipt
from aiwrap.records.central_log import Answer, Central
from aiwrap.records.fields import as_text
from aiwrap.records.receipt import Checkpoint
from aiwrap.records.store import Store

MAX_GAPS = 3  # a log that asks again and again is broken
TIMEOUT_SECONDS = 10.0


class SyncReport(NamedTuple):
    """What was delivered, and what is left."""

    configured: bool  # whether there is a central log to deliver to
    sent: int
    pending: int
    message: str


def sync(
    store: Store,
    locations: Locations,
    *,
    signer: dsse.Signer | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> SyncReport:
    """Sign what has no signature yet, deliver what is signed, report.

    Raises:
        SyncError: The central log cannot be reached, or did not take a batch.

    """
    if signer is not None:
        store.sign_pending(signer)
    central = central_log.read(locations)
    if central is None:
        return _undelivered(store, "no central log is configured")
    if central.device != store.device.id:
        return _undelivered(store, "this chain began before the enrolment")
    if store.frozen is not None:
        raise _frozen(store.frozen)
    sent = _Delivery(store, locations, central).run(timeout_seconds)
    pending = store.count_unacknowledged()
    delivered = f"{sent} record{'' if sent == 1 else 's'} delivered"
    waiting = f", {pending} waiting" if pending else ""
    return SyncReport(
        configured=True,
        sent=sent,
        pending=pending,
        message=f"{delivered} to {central.url}{waiting}",
    )


class _Delivery:
    """One run of deliveries over one connection."""

    def __init__(self, store: Store, locations: Locations, central: Central) -> None:
        self._store = store
        self._path = locations.checkpoint
        self._central = central
        self._seen = _read_checkpoint(self._path, central)

    def run(self, timeout_seconds: float) -> int:
        """Send batch after batch; return how many records were taken."""
        after = self._store.acknowledged
        batch = pack(self._store.signed(after))
        if batch is None:
            return 0
        # Imported on use: httpx costs 68 ms, and often there is nothing to send.
        from aiwrap.records import courier

        sent = gaps = 0
        with courier.connected(self._central.url, timeout_seconds) as client:
            while batch is not None:
                answer = courier.post(
                    client, self._path_and_size(), *self._parts(batch)
                )
                if answer.status == 409 and answer.document.get("error") == "gap":
                    gaps += 1
                    after = _resume_at(answer, batch, gaps) - 1
                else:
                    self._settle(answer, batch)
                    after = batch.entries[-1].seq
                    sent += len(batch.entries)
                batch = pack(self._store.signed(after))
        return sent

    def _path_and_size(self) -> str:
        return f"/v1/devices/{self._central.device}/records?log_size={self._seen.size}"

    def _parts(self, batch: Batch) -> tuple[bytes, dict[str, str]]:
        return batch.body, {
            "authorization": f"Bearer {self._central.bearer}",
            "content-encoding": "gzip",
            "content-type": "application/x-ndjson",
        }

    def _settle(self, answer: Answer, batch: Batch) -> None:
        """Note the batch as acknowledged, once the answer proves that it is."""
        if answer.status == 409 and answer.document.get("error") == "fork":
            why = _describe_fork(answer)
            self._store.freeze(why)
            raise _frozen(why)
        if answer.status != 200:
            raise _refusal(answer)
        try:
            proved = parse_receipt(answer.document)
            checkpoint = check_receipt(proved, batch, self._seen, self._central.log_key)
        except ValueError as error:
            raise SyncError(
                f"the central log's receipt is wrong: {error}",
                hint="Tell your security team; the records stay here.",
            ) from error
        self._store.acknowledge(batch.entries[-1].seq)
        files.write_private(self._path, proved.checkpoint.encode("utf-8"))
        self._seen = checkpoint


def _resume_at(answer: Answer, batch: Batch, gaps: int) -> int:
    match answer.document.get("expected"):
        case int(expected) if 1 <= expected < batch.entries[0].seq and gaps <= MAX_GAPS:
            return expected
        case _:
            raise SyncError("the central log keeps asking for records it cannot lack")


def _describe_fork(answer: Answer) -> str:
    match answer.document.get("seq"):
        case int(seq):
            return f"the central log holds another record {seq} of this device"
        case _:
            return "the central log holds another record of this device"


def _frozen(why: str) -> SyncError:
    return SyncError(
        f"{why}; nothing of this chain is sent any more",
        hint=(
            "A restored backup does this, and so does tampering: tell whoever runs "
            "the central log, then enrol this machine again."
        ),
    )


def _refusal(answer: Answer) -> SyncError:
    match answer.status:
        case 401:
            return SyncError(
                "the central log does not know this device",
                hint="Enrol this machine again; the records stay here.",
            )
        case 413:
            return SyncError("the central log takes smaller batches than ours")
        case 422:
            return SyncError(
                f"the central log refused a record: {_reason(answer)}",
                hint="Run `aiwrap log verify`; the records stay here.",
            )
        case 429 | 503:
            wait = as_text(answer.retry_after)
            return SyncError(
                "the central log is busy" + (f"; try again in {wait} s" if wait else "")
            )
        case status:
            return SyncError(f"the central log answered {status}")


def _reason(answer: Answer) -> str:
    return as_text(str(answer.document.get("reason", "it gave no reason")))


def _undelivered(store: Store, why: str) -> SyncReport:
    return SyncReport(
        configured=False,
        sent=0,
        pending=store.count_unacknowledged(),
        message=f"{why}; records stay on this machine",
    )


def _read_checkpoint(path: str, central: Central) -> Checkpoint:
    note = files.read_private(path, receipt.MAX_NOTE_BYTES)
    if note is None:
        return Checkpoint(0, receipt.EMPTY_ROOT)  # the first one is taken on trust
    try:
        return receipt.open_checkpoint(note.decode("utf-8"), central.log_key)
    except ValueError as error:
        raise SyncError(
            f"{path} is damaged: {error}",
            hint="Move it away to trust the central log's next checkpoint.",
        ) from error
