"""Keep a vendor CLI's way to the gateway free of proxies.

Pure.  Its requests to 127.0.0.1 would else go to the user's proxy, which
cannot reach the gateway and must not see its address.
"""

from __future__ import annotations

from collections.abc import Mapping

LOOPBACK = ("127.0.0.1", "localhost")


def extend_no_proxy(*lists: object) -> str:
    """Join NO_PROXY lists and the loopback addresses, each entry once."""
    entries: dict[str, None] = {}
    for text in (*lists, ",".join(LOOPBACK)):
        for entry in str(text or "").replace(" ", ",").split(","):
            if entry:
                entries[entry] = None
    return ",".join(entries)


def read_no_proxy(environ: Mapping[str, str]) -> str:
    """Return the user's own entries, under either name."""
    lists = (environ.get("NO_PROXY", ""), environ.get("no_proxy", ""))
    return ",".join(entries for entries in dict.fromkeys(lists) if entries)
