"""Tests for aiwrap/central/transparency.py."""

from __future__ import annotations

import pytest

from aiwrap.central.transparency import Tree
from aiwrap.records import receipt

# RFC 6962's reference leaves and their roots, as in certificate-transparency-go.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def tree(size: int) -> Tree:
    return Tree(map(receipt.leaf_hash, LEAVES[:size]))


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_the_reference_ones(size: int) -> None:
    assert tree(size).checkpoint == (size, bytes.fromhex(ROOTS[size - 1]))


def test_the_empty_log_has_a_root_too() -> None:
    assert Tree().checkpoint == (0, receipt.EMPTY_ROOT)


def test_inclusion_paths_are_the_reference_ones() -> None:
    """The reference test of leaf 5 in a log of 8, siblings first."""
    path = [one.hex() for one in tree(8).inclusion(5, 8)]

    assert path == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_consistency_proofs_are_the_reference_ones() -> None:
    """The reference test of growth from 6 to 8."""
    proof = [one.hex() for one in tree(8).consistency(6, 8)]

    assert proof == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@pytest.mark.parametrize("size", range(1, 9))
def test_a_proof_for_an_earlier_size_holds(size: int) -> None:
    """A log that has grown still proves what it once signed."""
    grown = tree(8)

    for leaf in range(size):
        root = receipt.leaf_hash(LEAVES[leaf])
        place, last = leaf, size - 1
        for sibling in grown.inclusion(leaf, size):
            while place == last and not place & 1:
                place, last = place >> 1, last >> 1
            if place & 1:
                root = receipt.node_hash(sibling, root)
            else:
                root = receipt.node_hash(root, sibling)
            place, last = place >> 1, last >> 1
        assert root == bytes.fromhex(ROOTS[size - 1])
