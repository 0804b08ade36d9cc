"""The gateway's own answers, in the JSON shape that vendor CLIs print.

Pure.  Each sentence says what happened and what to do next.  No status here
makes a vendor CLI log out; those for lasting trouble are not retried by it.
"""

from __future__ import annotations

import json

from aiwrap.wire.exchange import Reply

JSON = (b"content-type", b"application/json")


def error_reply(status: int, kind: str, message: str) -> Reply:
    """Return `message` as an API error of the given `kind`."""
    body = {"type": "error", "error": {"type": kind, "message": message}}
    return Reply(status, (JSON,), json.dumps(body).encode())


def bad_request(what: str) -> Reply:
    """Answer bytes that are not a request we can read."""
    return error_reply(400, "invalid_request_error", f"aiwrap: {what}")


def forbidden() -> Reply:
    """Answer whoever may not talk to us, without telling which check failed."""
    message = "aiwrap: this address serves only the vendor CLI that it was opened for."
    return error_reply(403, "permission_error", message)


def too_large(max_bytes: int) -> Reply:
    """Answer a body over the limit."""
    message = (
        f"aiwrap: the request is larger than {max_bytes // (1024 * 1024)} MB, which no"
        " vendor takes; send less, for example after /compact."
    )
    return error_reply(413, "request_too_large", message)


def not_screened() -> Reply:
    """Answer a request that could not be screened; 451 is not retried."""
    message = (
        "aiwrap could not check this request, so nothing was sent."
        " Run `aiwrap doctor`, then try again."
    )
    return error_reply(451, "api_error", message)


def no_answer(where: str, why: str) -> Reply:
    """Answer when the vendor gave no usable answer."""
    message = (
        f"aiwrap has no answer from {where}: {why}."
        " Check the network, VPN and HTTPS_PROXY, then send it again."
    )
    return error_reply(502, "api_error", message)
