"""A process that appends until the disk is full, frees some room, and goes on.

    python filler.py DIRECTORY

Prints one JSON object: what failed, how many records there are, and whether
the chain is whole after the last append worked.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime

from aiwrap.errors import RecordsFullError
from aiwrap.files import Locations
from aiwrap.records import chain, keys
from aiwrap.records.store import Store


def main() -> None:
    """Fill the disk and say what happened."""
    reserve = os.path.join(sys.argv[1], "reserve")
    with open(reserve, "wb") as file:
        file.write(bytes(600_000))
    locations = Locations(os.path.join(sys.argv[1], "aiwrap"))
    keys.ensure_device(locations, notify=lambda _text: None)
    signer = keys.load_signer(locations, notify=print)
    store = Store(locations.records)
    before, message = append_until_full(store, signer)
    still, _ = append_until_full(store, signer)
    os.unlink(reserve)
    after, _ = append_until_full(store, signer)
    document = {
        "message": message,
        "before": before,
        "still": still,
        "after": after,
        "present": sum(1 for _ in store.entries()),
        "problems": chain.verify(store.entries(), signer.public_key),
    }
    print(json.dumps(document))


def append_until_full(store: Store, signer: keys.DeviceSigner) -> tuple[int, str]:
    """Return how many records were written, and what the store said then."""
    for written in range(10_000):
        try:
            store.append(
                "prompt",
                session="s1",
                fields={"vendor": "claude"},
                now=datetime.now(UTC),  # noqa: TID251 - a process of its own
                signer=signer,
            )
        except RecordsFullError as error:
            return written, str(error)
    raise AssertionError("the disk does not fill up")


if __name__ == "__main__":
    main()
