"""Tests for aiwrap/records/chain.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aiwrap.records import chain
from aiwrap.records.chain import Entry, Problem
from tests.support.machines import Machine

Chain = list[Entry]


@pytest.fixture
def whole(machine: Machine) -> Chain:
    """Write a chain of six records."""
    for _ in range(6):
        machine.append()
    return list(machine.store.entries())


def problems(entries: Chain, machine: Machine) -> list[Problem]:
    return chain.verify(entries, machine.signer.public_key)


def test_an_untouched_chain_has_no_problem(whole: Chain, machine: Machine) -> None:
    assert problems(whole, machine) == []
    assert problems([], machine) == []


def test_unsigned_records_are_no_problem(machine: Machine) -> None:
    """They are signed later; the chain covers them already."""
    machine.append(signed=False)
    machine.append()

    assert problems(list(machine.store.entries()), machine) == []


def change_payload(entries: Chain) -> Chain:
    changed = entries[3].payload.replace(b"refuse", b"allow!")
    return [*entries[:3], entries[3]._replace(payload=changed), *entries[4:]]


def change_unsigned_payload(entries: Chain) -> Chain:
    return [entry._replace(envelope=None) for entry in change_payload(entries)]


def drop(entries: Chain) -> Chain:
    return [*entries[:3], *entries[4:]]


def swap(entries: Chain) -> Chain:
    return [*entries[:3], entries[4], entries[3], *entries[5:]]


def renumber(entries: Chain) -> Chain:
    return [e if e.seq < 5 else e._replace(seq=e.seq - 1) for e in drop(entries)]


def forge_signature(entries: Chain) -> Chain:
    envelope = entries[3].envelope
    assert envelope is not None
    forged = envelope._replace(signature=bytes(64))
    return [*entries[:3], entries[3]._replace(envelope=forged), *entries[4:]]


def replace_by_rubbish(entries: Chain) -> Chain:
    return [*entries[:3], entries[3]._replace(payload=b"{}"), *entries[4:]]


def cut_off_the_start(entries: Chain) -> Chain:
    return entries[1:]


@pytest.mark.parametrize(
    ("tamper", "seq", "what"),
    [
        (change_payload, 4, "signature is not this device's"),
        (change_unsigned_payload, 5, "does not follow"),
        (drop, 5, "number 4 was expected here"),
        (swap, 5, "number 4 was expected here"),
        (renumber, 4, "it calls itself number 5"),
        (forge_signature, 4, "signature is not this device's"),
        (replace_by_rubbish, 4, "not a record"),
        (cut_off_the_start, 2, "number 1 was expected here"),
    ],
)
def test_tampering_is_named(
    tamper: Callable[[Chain], Chain],
    seq: int,
    what: str,
    whole: Chain,
    machine: Machine,
) -> None:
    """The first problem says which record, and what is wrong with it."""
    found = problems(tamper(whole), machine)

    assert found[0].seq == seq
    assert what in found[0].what


def test_a_payload_other_than_the_signed_one_is_noticed(
    whole: Chain, machine: Machine
) -> None:
    """The last record has no successor: only its signature protects it."""
    last = whole[-1]
    changed = last.payload.replace(b'"prompt_bytes":42', b'"prompt_bytes":41')
    assert changed != last.payload
    entries = [*whole[:-1], last._replace(payload=changed)]

    assert [p.seq for p in problems(entries, machine)] == [6]


def test_another_devices_chain_is_not_ours(whole: Chain) -> None:
    """A chain copied from elsewhere fails at its first record."""
    from aiwrap.records.keys import DeviceSigner

    found = chain.verify(whole, DeviceSigner(bytes(32)).public_key)

    assert found[0].seq == 1
    assert "another device" in found[0].what
