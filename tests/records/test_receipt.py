"""Tests for aiwrap/records/receipt.py; `central.transparency` is the other side."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.central.transparency import Tree, sign_checkpoint
from aiwrap.records import receipt
from aiwrap.records.keys import DeviceSigner
from aiwrap.records.receipt import Checkpoint, LogKey

SIGNER = DeviceSigner(b"\x07" * 32)
KEY = LogKey("log.acme.example/team", SIGNER.public_key)
CHECKPOINT = Checkpoint(3, hashlib.sha256(b"root").digest())
NOTE = sign_checkpoint(CHECKPOINT, KEY, SIGNER.sign)


def leaves(count: int) -> list[bytes]:
    return [receipt.leaf_hash(str(number).encode()) for number in range(count)]


def test_hashes_are_those_of_rfc_6962() -> None:
    """The test vector that every implementation shares."""
    assert receipt.EMPTY_ROOT.hex() == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    assert receipt.leaf_hash(b"").hex() == (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    )


def test_a_signed_checkpoint_opens() -> None:
    assert receipt.open_checkpoint(NOTE, KEY) == CHECKPOINT


def test_a_second_signature_does_not_matter() -> None:
    """A witness may add its own line."""
    witness = DeviceSigner(b"\x08" * 32)
    key = LogKey("witness.example", witness.public_key)
    text = receipt.checkpoint_text(KEY.name, CHECKPOINT).encode()
    line = receipt.signature_line(key, witness.sign(text))

    assert receipt.open_checkpoint(NOTE + line, KEY) == CHECKPOINT


OTHER = DeviceSigner(b"\x09" * 32)
OTHER_KEY = LogKey(KEY.name, OTHER.public_key)


@pytest.mark.parametrize(
    "note",
    [
        "",
        NOTE.replace("\n3\n", "\n4\n"),
        NOTE.replace("log.acme", "log.evil"),
        NOTE.rstrip("\n"),
        NOTE.split("\n\n", maxsplit=1)[0] + "\n\n",
        NOTE.replace("\N{EM DASH}", "-"),
        sign_checkpoint(CHECKPOINT, OTHER_KEY, OTHER.sign),
        sign_checkpoint(CHECKPOINT, KEY, OTHER.sign),
        sign_checkpoint(CHECKPOINT._replace(root=b"short"), KEY, SIGNER.sign),
        sign_checkpoint(CHECKPOINT._replace(size=-1), KEY, SIGNER.sign),
        sign_checkpoint(CHECKPOINT._replace(size=2**60), KEY, SIGNER.sign),
        NOTE + "x" * 10_000,
    ],
)
def test_any_other_note_does_not(note: str) -> None:
    with pytest.raises(ValueError, match="the checkpoint is not"):
        receipt.open_checkpoint(note, KEY)


@given(st.text(max_size=300))
def test_any_text_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - every message is fine
        receipt.open_checkpoint(text, KEY)
    with pytest.raises(ValueError, match="verifier key"):
        receipt.parse_log_key(text)


@given(
    st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=40),
    st.binary(min_size=32, max_size=32),
)
def test_a_log_key_reads_back(name: str, public_key: bytes) -> None:
    key = LogKey(name, public_key)

    assert receipt.parse_log_key(key.to_text()) == key


@pytest.mark.parametrize(
    "text",
    [
        KEY.to_text().replace("log.acme", "log.evil"),
        f"+{KEY.to_text().split('+', 1)[1]}",
        KEY.to_text() + "A",
        "name+00000000+" + base64.b64encode(b"\x02" + bytes(32)).decode(),
    ],
)
def test_a_log_key_is_checked(text: str) -> None:
    """The four bytes bind the name to the key: a swapped name is noticed."""
    with pytest.raises(ValueError, match="verifier key"):
        receipt.parse_log_key(text)


@given(st.data(), st.integers(1, 70))
def test_a_run_of_leaves_is_proved(data: st.DataObject, size: int) -> None:
    """Whatever lies side by side in the log, one proof covers it."""
    first = data.draw(st.integers(0, size - 1))
    length = data.draw(st.integers(1, size - first))
    hashes = leaves(size)
    tree = Tree(hashes)
    ours = hashes[first : first + length]
    proof = tree.inclusion_of_run(first, length, size)

    assert receipt.is_included(ours, first, proof, tree.checkpoint)

    wrong = [receipt.leaf_hash(b"other"), *ours[1:]]
    assert not receipt.is_included(wrong, first, proof, tree.checkpoint)
    assert not receipt.is_included(ours, first + 1, proof, tree.checkpoint)
    assert not receipt.is_included(ours, first, [*proof, ours[0]], tree.checkpoint)
    if proof:
        assert not receipt.is_included(ours, first, proof[1:], tree.checkpoint)


@pytest.mark.parametrize(
    ("old", "size"), [(old, size) for size in range(1, 14) for old in range(size + 1)]
)
def test_growth_is_proved(old: int, size: int) -> None:
    """Every pair of sizes: honest growth passes, a changed past does not."""
    hashes = leaves(size)
    tree, before = Tree(hashes), Tree(hashes[:old])
    proof = tree.consistency(old, size)

    assert receipt.is_consistent(before.checkpoint, tree.checkpoint, proof)

    if old:
        changed = Tree([*hashes[: old - 1], receipt.leaf_hash(b"other")])
        assert not receipt.is_consistent(changed.checkpoint, tree.checkpoint, proof)
        rewritten = Tree([receipt.leaf_hash(b"other"), *hashes[1:]])
        forged = rewritten.consistency(old, size)
        assert not receipt.is_consistent(
            before.checkpoint, rewritten.checkpoint, forged
        )
    if proof:
        assert not receipt.is_consistent(before.checkpoint, tree.checkpoint, proof[1:])
    extra = [*proof, hashes[0]]
    assert not receipt.is_consistent(before.checkpoint, tree.checkpoint, extra)


def test_a_log_that_shrank_is_noticed() -> None:
    assert not receipt.is_consistent(
        Tree(leaves(5)).checkpoint, Tree(leaves(3)).checkpoint, []
    )


@given(
    st.integers(0, 2**53),
    st.integers(0, 2**53),
    st.lists(st.binary(min_size=32, max_size=32), max_size=70),
)
def test_made_up_proofs_prove_nothing(old: int, new: int, proof: list[bytes]) -> None:
    """A hostile server's numbers are large; the answer is no, and it comes soon."""
    one, other = Checkpoint(old, b"1" * 32), Checkpoint(new, b"2" * 32)

    assert receipt.is_consistent(one, other, proof) == (old == 0 < new and not proof)
    assert not receipt.is_included([b"3" * 32], old, proof, other)
