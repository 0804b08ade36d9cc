"""Say which requests ask a model something, whatever way the path is spelt.

Pure.  A request without a body says nothing.  With one, in this order:

  1. A path that a server may read in two ways (escapes, `//`, `/../`, `;`, …) is
     no path of the vendor's: it cannot be screened.
  2. Messages, their counting and their batches are screened, whatever the method.
  3. Another spelling or version of a request to a model cannot be screened.
  4. Anything else (files, models, the client's own events) is not for a model.
"""

from __future__ import annotations

from aiwrap.wire.anthropic_blocks import UnreadableError
from aiwrap.wire.exchange import Request

MESSAGES = "/v1/messages"
COUNT = "/v1/messages/count_tokens"
BATCHES = "/v1/messages/batches"

_ODD = ("%", "//", "/./", "/../", ";", "#", "\\")
_ODD_ENDS = ("/.", "/..")
_ASKING = (
    "messages",
    "count_tokens",
    "batches",
    "complete",
    "completions",
    "responses",
    "invoke",
    "predict",
    "converse",
    "-stream",
)


def is_conversation(request: Request) -> bool:
    """Say whether a person's words can stand in this request.

    Raises:
        UnreadableError: They may, and it cannot be screened.

    """
    if not request.body.strip():
        return False
    path = request.path
    if not path.isascii() or _contains(path, _ODD) or path.endswith(_ODD_ENDS):
        raise UnreadableError("the path of the request is not a plain one")
    path = path.rstrip("/")
    if path.endswith((MESSAGES, COUNT, BATCHES)):
        return True
    if path.lower().endswith(_ASKING):
        raise UnreadableError("the request asks a model in a way that is not known")
    return False


def is_batch(request: Request) -> bool:
    """Say whether the request holds many requests."""
    return request.path.rstrip("/").endswith(BATCHES)


def _contains(path: str, odd: tuple[str, ...]) -> bool:
    return any(piece in path for piece in odd)
