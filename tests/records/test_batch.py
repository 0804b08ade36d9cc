"""Tests for aiwrap/records/batch.py."""

from __future__ import annotations

import gzip
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap import dsse
from aiwrap.central.transparency import Tree, sign_checkpoint
from aiwrap.records import batch, receipt
from aiwrap.records.batch import Batch, Receipt
from aiwrap.records.chain import Entry
from aiwrap.records.keys import DeviceSigner
from aiwrap.records.receipt import Checkpoint, LogKey, Run

SIGNER = DeviceSigner(b"\x07" * 32)
KEY = LogKey("log", SIGNER.public_key)
NOTHING = Checkpoint(0, receipt.EMPTY_ROOT)


def entry(seq: int, payload: bytes = b"{}") -> Entry:
    return Entry(seq, payload, dsse.Envelope("type", payload, "key", bytes(64)))


def packed(count: int) -> Batch:
    made = batch.pack(entry(seq, b'{"seq":%d}' % seq) for seq in range(1, count + 1))
    assert made is not None
    return made


def test_a_batch_is_envelopes_one_a_line() -> None:
    made = packed(3)

    lines = gzip.decompress(made.body).split(b"\n")

    assert [dsse.parse(line).payload for line in lines] == [
        b'{"seq":1}',
        b'{"seq":2}',
        b'{"seq":3}',
    ]
    assert [one.seq for one in made.entries] == [1, 2, 3]


def test_nothing_to_send_is_no_batch() -> None:
    assert batch.pack([]) is None


def test_a_batch_has_at_most_500_records() -> None:
    assert len(packed(700).entries) == 500


def test_a_batch_stays_below_256_kilobytes() -> None:
    """Also where the content does not compress at all."""
    entries = [entry(seq, os.urandom(30_000)) for seq in range(1, 40)]

    made = batch.pack(entries)

    assert made is not None
    assert len(made.body) <= batch.MAX_BATCH_BYTES
    assert 1 <= len(made.entries) < 39
    assert len(gzip.decompress(made.body).split(b"\n")) == len(made.entries)


def test_one_record_of_the_largest_size_fits() -> None:
    """Else it would block everything behind it for ever."""
    made = batch.pack([entry(1, os.urandom(40_000)), entry(2)])

    assert made is not None
    assert made.entries[0].seq == 1


def test_an_unsigned_record_is_never_sent() -> None:
    with pytest.raises(ValueError, match="never sent"):
        batch.pack([Entry(1, b"{}", None)])


def proved(made: Batch, *, before: int = 2, after: int = 3) -> Receipt:
    """Return the receipt of an honest log that holds other records as well."""
    own = [one.envelope.to_json() for one in made.entries if one.envelope]
    others = [b"other %d" % number for number in range(before + after)]
    tree = Tree(map(receipt.leaf_hash, [*others[:before], *own, *others[before:]]))
    run = Run(
        made.entries[0].seq,
        len(own),
        before,
        tuple(tree.inclusion_of_run(before, len(own), tree.size)),
    )
    note = sign_checkpoint(tree.checkpoint, KEY, SIGNER.sign)
    return Receipt(made.entries[-1].seq, note, (), (run,))


def test_an_honest_receipt_is_taken() -> None:
    made = packed(5)

    assert batch.check_receipt(proved(made), made, NOTHING, KEY).size == 10


def test_a_receipt_that_leaves_a_record_out_is_not() -> None:
    """The log says `acknowledged 5` and holds four of them."""
    made = packed(5)
    shorter = made._replace(entries=made.entries[:4])
    claimed = proved(shorter)._replace(acknowledged=5)

    with pytest.raises(ValueError, match="record 5 is not proved"):
        batch.check_receipt(claimed, made, NOTHING, KEY)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"acknowledged": 4}, "does not acknowledge all"),
        ({"runs": ()}, "record 1 is not proved"),
        ({"runs": (Run(1, 5, 3, ()),)}, "record 1 is not in the log"),
        ({"runs": (Run(7, 5, 2, ()),)}, "record 7 is not in the log"),
        ({"checkpoint": "nonsense"}, "not a signed note"),
        ({"consistency": (b"x" * 32,)}, "was changed since"),
    ],
)
def test_a_dishonest_receipt_is_named(change: dict[str, object], message: str) -> None:
    made = packed(5)
    claimed = proved(made)._replace(**change)  # type: ignore[arg-type] # a table

    with pytest.raises(ValueError, match=message):
        batch.check_receipt(claimed, made, NOTHING, KEY)


def test_a_log_that_starts_over_is_named() -> None:
    """It was restored from a backup, or rewritten: we saw more of it before."""
    made = packed(5)
    seen = Tree(map(receipt.leaf_hash, [b"a", b"b", b"c"])).checkpoint

    with pytest.raises(ValueError, match="was changed since"):
        batch.check_receipt(proved(made), made, seen, KEY)


HASHES = st.lists(st.binary(min_size=32, max_size=32), max_size=5)


@given(HASHES, HASHES, st.integers(1, 500), st.integers(0, 2**53))
def test_a_receipt_reads_back(
    consistency: list[bytes], proof: list[bytes], length: int, leaf: int
) -> None:
    document = {
        "acknowledged": 7,
        "checkpoint": "note",
        "consistency": [one.hex() for one in consistency],
        "runs": [
            {
                "first": 1,
                "length": length,
                "leaf": leaf,
                "proof": [one.hex() for one in proof],
            }
        ],
    }

    assert batch.parse_receipt(document) == Receipt(
        7, "note", tuple(consistency), (Run(1, length, leaf, tuple(proof)),)
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=70),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["acknowledged", "checkpoint", "consistency", "runs", "first", "proof"]
            ),
            inner,
            max_size=6,
        )
    ),
)


@given(JSON)
def test_anything_else_is_a_value_error(document: object) -> None:
    try:
        batch.parse_receipt(document)
    except ValueError:
        return
    assert isinstance(document, dict)
    assert document["runs"] == []


def test_endless_proofs_are_refused() -> None:
    document = {
        "acknowledged": 1,
        "checkpoint": "",
        "consistency": ["00" * 32] * 1000,
        "runs": [],
    }

    with pytest.raises(ValueError, match="too long"):
        batch.parse_receipt(document)
