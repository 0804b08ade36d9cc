"""A process that appends records until it has written enough, or is killed.

    python writer.py DATA COUNT [unsigned]

Prints the number of each record once it is durable.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime

from aiwrap.files import Locations
from aiwrap.records import keys
from aiwrap.records.store import Store

FIELDS = {"vendor": "claude", "action": "allow", "task": "ordinary", "level": "none"}


def main() -> None:
    """Append records and say so."""
    locations = Locations(sys.argv[1])
    signer = None
    if "unsigned" not in sys.argv:
        signer = keys.load_signer(locations, notify=print)
    store = Store(locations.records)
    for _ in range(int(sys.argv[2])):
        entry = store.append(
            "prompt",
            session=f"p{os.getpid()}",
            fields=FIELDS,
            now=datetime.now(UTC),  # noqa: TID251 - a process of its own
            signer=signer,
        )
        os.write(1, f"{entry.seq}\n".encode())
        time.sleep(0.001)  # SQLite's lock is not fair: let the others in
    store.close()


if __name__ == "__main__":
    main()
