"""Every size and time limit of the gateway, in one place.

Sizes are bytes, times are seconds.  What a vendor CLI may legitimately need
was measured or documented: bodies to 32 MB, 100 s and more to the first byte
(the CLI's own limit is 600 s), events minutes apart.
"""

from __future__ import annotations

from typing import NamedTuple

MEBIBYTE = 1024 * 1024


class Limits(NamedTuple):
    """How much one peer may ask of us, and for how long we wait for it."""

    connections: int = 512
    head_bytes: int = 128 * 1024  # a request's line and fields
    body_bytes: int = 34 * MEBIBYTE  # as it comes, and decoded: 32 MB and slack
    response_head_bytes: int = 256 * 1024
    decoded_response_bytes: int = 512 * MEBIBYTE  # of an encoded response only
    head_seconds: float = 30.0  # from a request's first byte to its head's end
    body_seconds: float = 300.0  # from there to its body's end
    connect_seconds: float = 30.0  # name, proxy, TCP and TLS together
    silence_seconds: float = 900.0  # to the vendor's first byte, and between two
    pooled_seconds: float = 55.0  # an idle connection to the vendor is kept
    linger_seconds: float = 5.0  # a refused client may read our answer


DEFAULT_LIMITS = Limits()
