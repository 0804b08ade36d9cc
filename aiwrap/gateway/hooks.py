"""Answer the vendor CLI's own hooks.

The path's secret was checked before.  A hook is a convenience, never the
guarantee (vendors' hooks fail open): whatever goes wrong here is answered with
`{}`, which changes nothing, and the wire decides.
"""

from __future__ import annotations

from aiwrap.gateway.heads import values
from aiwrap.gateway.incoming import Incoming
from aiwrap.gateway.replies import JSON, bad_request, error_reply
from aiwrap.gateway.screen import log_without_content
from aiwrap.wire.exchange import Hook, Reply

_NO_OPINION = Reply(200, (JSON,), b"{}")


async def answer_hook(incoming: Incoming, hook: Hook) -> Reply:
    """Return the hook's JSON answer."""
    if incoming.head.method != "POST":
        message = "aiwrap: a hook is called with POST"
        return error_reply(405, "invalid_request_error", message)
    kinds = values(incoming.head.headers, b"content-type")
    if not kinds or kinds[0].partition(b";")[0].strip() != b"application/json":
        return bad_request("a hook's body is application/json")
    try:
        return Reply(200, (JSON,), await hook(incoming.body))
    except Exception as error:  # noqa: BLE001 - a hook must never break the CLI
        log_without_content("a hook failed", error)
        return _NO_OPINION
