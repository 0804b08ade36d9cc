"""Tests for aiwrap/central/ingest.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap import dsse
from aiwrap.central import ingest
from aiwrap.central.ingest import Accepted, Fork, Gap, Invalid, Received, Stored
from aiwrap.records import chain, record
from aiwrap.records.keys import DeviceSigner
from tests.support.machines import NOW

SIGNER = DeviceSigner(b"\x07" * 32)
STRANGER = DeviceSigner(b"\x08" * 32)
DEVICE = chain.device_of(SIGNER.public_key)
NOTHING = Stored(0, record.GENESIS)


def payload(seq: int, prev: str, what: str = "x", device: str = DEVICE) -> bytes:
    return record.build(
        "flag",
        seq=seq,
        prev=prev,
        device=device,
        time=NOW,
        session="s1",
        fields={"what": what},
    )


def payloads(count: int, what: str = "x") -> list[bytes]:
    made: list[bytes] = []
    for seq in range(1, count + 1):
        prev = chain.link(made[-1]) if made else record.GENESIS
        made.append(payload(seq, prev, what))
    return made


def line(data: bytes, signer: DeviceSigner = SIGNER) -> bytes:
    return dsse.sign(record.PAYLOAD_TYPE, data, signer).to_json()


CHAIN = payloads(6)
LINES = [line(one) for one in CHAIN]
LINKS = [chain.link(one) for one in CHAIN]


def read(*lines: bytes) -> tuple[Received, ...] | Invalid:
    return ingest.read_batch(b"\n".join(lines), SIGNER.public_key)


def received(*lines: bytes) -> tuple[Received, ...]:
    found = read(*lines)
    assert not isinstance(found, Invalid)
    return found


def stored(count: int) -> Stored:
    return Stored(count, LINKS[count - 1]) if count else NOTHING


def place(lines: list[bytes], count: int) -> Accepted | Gap | Fork:
    """Offer `lines` to a log that holds the first `count` records."""
    return ingest.place(received(*lines), stored(count), lambda seq: LINKS[seq - 1])


def test_a_signed_batch_is_read() -> None:
    found = received(*LINES[:3])

    assert [one.seq for one in found] == [1, 2, 3]
    assert [one.digest for one in found] == LINKS[:3]
    assert [one.envelope for one in found] == LINES[:3]


@pytest.mark.parametrize(
    ("lines", "number", "reason"),
    [
        ([b""], 1, ""),
        ([b"nonsense"], 1, ""),
        ([LINES[0], b""], 2, ""),
        ([LINES[0], LINES[2]], 2, "in order"),
        ([LINES[1], LINES[0]], 2, "in order"),
        ([LINES[0], LINES[0]], 2, "in order"),
        ([line(CHAIN[0], STRANGER)], 1, "not signed by this device"),
        ([LINES[0].replace(b'"sig":"', b'"sig":"AAAA')], 1, "not signed"),
        ([dsse.sign("text/plain", CHAIN[0], SIGNER).to_json()], 1, "not an envelope"),
        ([line(b"{}")], 1, "not a record"),
        ([line(payload(1, record.GENESIS, device="0" * 16))], 1, "another device"),
        ([b"[" * 60_000], 1, ""),
        ([b"x" * 70_000], 1, "at most"),
    ],
)
def test_what_is_not_this_devices_record_is_named(
    lines: list[bytes], number: int, reason: str
) -> None:
    found = read(*lines)

    assert isinstance(found, Invalid)
    assert found.line == number
    assert reason in found.reason


def test_a_batch_is_bounded() -> None:
    assert isinstance(read(*[LINES[0]] * 501), Invalid)


@given(st.binary(max_size=300))
def test_any_bytes_are_invalid(data: bytes) -> None:
    assert isinstance(ingest.read_batch(data, SIGNER.public_key), Invalid)


@pytest.mark.parametrize(
    ("first", "last", "count", "new"),
    [
        (1, 3, 0, [1, 2, 3]),
        (3, 6, 2, [3, 4, 5, 6]),
        (1, 3, 3, []),
        (1, 1, 6, []),
        (2, 5, 3, [4, 5]),
        (1, 6, 5, [6]),
    ],
    ids=["first", "next", "duplicate", "old duplicate", "overlap", "long overlap"],
)
def test_new_and_doubled_records_are_accepted(
    first: int, last: int, count: int, new: list[int]
) -> None:
    """A client that died before it saw the answer sends again."""
    outcome = place(LINES[first - 1 : last], count)

    assert isinstance(outcome, Accepted)
    assert [one.seq for one in outcome.new] == new


@pytest.mark.parametrize(("first", "count"), [(2, 0), (5, 3), (6, 1)])
def test_missing_records_are_asked_for(first: int, count: int) -> None:
    """The log was restored from a backup: the client has what it lacks."""
    assert place(LINES[first - 1 :], count) == Gap(count + 1)


OTHER = payloads(6, what="y")
OTHER_LINES = [line(one) for one in OTHER]


@pytest.mark.parametrize(
    ("lines", "count", "seq", "have"),
    [
        (OTHER_LINES[:1], 1, 1, LINKS[0]),
        (OTHER_LINES[1:3], 4, 2, LINKS[1]),
        (OTHER_LINES[3:], 3, 4, LINKS[2]),
        ([*LINES[:2], line(payload(3, LINKS[0]))], 2, 3, LINKS[1]),
    ],
    ids=["other first", "other middle", "other next", "wrong link in the batch"],
)
def test_two_histories_of_one_device_are_a_fork(
    lines: list[bytes], count: int, seq: int, have: str
) -> None:
    """A restored backup, a copied key or tampering: a person decides which."""
    outcome = place(lines, count)

    assert isinstance(outcome, Fork)
    assert (outcome.record.seq, outcome.have) == (seq, have)
    assert outcome.record.envelope in lines


@given(st.integers(0, 6), st.integers(1, 6), st.integers(1, 6))
def test_the_log_stays_contiguous(count: int, first: int, last: int) -> None:
    """Whatever is offered, what is accepted continues the chain."""
    lines = LINES[first - 1 : last]
    if not lines:
        return

    outcome = place(lines, count)

    if isinstance(outcome, Accepted):
        new = [one.seq for one in outcome.new]
        assert new == list(range(count + 1, max(count, last) + 1))
    else:
        assert first > count + 1
