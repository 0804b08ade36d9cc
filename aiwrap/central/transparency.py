"""The log's Merkle tree, its proofs and its signed checkpoints.

Pure.  RFC 6962 hashes and proofs, C2SP signed notes: other people's verifiers
read them.  `records.receipt` is the other side and checks what this side says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from aiwrap.records import receipt
from aiwrap.records.receipt import Checkpoint, LogKey


class Tree:
    """A tree that only grows; `append` takes leaf hashes.

    Keeps the root of every complete subtree: `levels[n][i]` covers 2**n leaves.
    """

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._levels: list[list[bytes]] = [[]]
        for leaf in leaves:
            self.append(leaf)

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return len(self._levels[0])

    @property
    def checkpoint(self) -> Checkpoint:
        """Size and root now."""
        return Checkpoint(self.size, self.root(0, self.size))

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash, and every subtree that it completes."""
        self._levels[0].append(leaf)
        level = 0
        while len(self._levels[level]) % 2 == 0:
            node = receipt.node_hash(*self._levels[level][-2:])
            level += 1
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level].append(node)

    def root(self, low: int, high: int) -> bytes:
        """Return the root over the leaves from `low` up to `high`."""
        width = high - low
        if width == 0:
            return receipt.EMPTY_ROOT
        if width & (width - 1) == 0 and low % width == 0:
            return self._levels[width.bit_length() - 1][low // width]
        middle = low + receipt.split(width)
        return receipt.node_hash(self.root(low, middle), self.root(middle, high))

    def inclusion(self, leaf: int, size: int) -> list[bytes]:
        """Return the audit path of RFC 6962 §2.1.1 for one leaf."""
        low, high = 0, size
        path: list[bytes] = []
        while high - low > 1:
            middle = low + receipt.split(high - low)
            if leaf < middle:
                path.append(self.root(middle, high))
                high = middle
            else:
                path.append(self.root(low, middle))
                low = middle
        return path[::-1]

    def inclusion_of_run(self, first: int, length: int, size: int) -> list[bytes]:
        """Return the roots of all subtrees beside a run of leaves, left to right."""
        path: list[bytes] = []

        def walk(low: int, high: int) -> None:
            if high <= first or low >= first + length:
                path.append(self.root(low, high))
            elif high - low > 1:
                middle = low + receipt.split(high - low)
                walk(low, middle)
                walk(middle, high)

        walk(0, size)
        return path

    def consistency(self, old: int, new: int) -> list[bytes]:
        """Return the proof of RFC 6962 §2.1.2 that `old` leaves are still there."""
        if old in (0, new):
            return []
        low, high, path, is_whole = 0, new, [], True
        while old - low != high - low:
            middle = low + receipt.split(high - low)
            if old <= middle:
                path.append(self.root(middle, high))
                high = middle
            else:
                path.append(self.root(low, middle))
                low, is_whole = middle, False
        return ([] if is_whole else [self.root(low, high)]) + path[::-1]


def sign_checkpoint(
    checkpoint: Checkpoint, key: LogKey, sign: Callable[[bytes], bytes]
) -> str:
    """Return `checkpoint` as a note signed by the log."""
    text = receipt.checkpoint_text(key.name, checkpoint)
    return f"{text}\n{receipt.signature_line(key, sign(text.encode('utf-8')))}"
