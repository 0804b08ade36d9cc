"""Ask screening about one request, and fail closed.

Whatever goes wrong in screening, nothing is forwarded: the vendor CLI gets the
reply that `on_failure` builds.  What is logged is the exception's type and
where it was raised; its message may quote the request and stays out.
"""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Callable

from aiwrap.gateway.replies import not_screened
from aiwrap.wire.exchange import Reply, Request, Screen, Verdict, Withhold

OnFailure = Callable[[Request], Reply]

logger = logging.getLogger(__name__)


async def screen_closed(
    screen: Screen, request: Request, on_failure: OnFailure
) -> Verdict:
    """Return screening's verdict, or a `Withhold` if it gave none."""
    try:
        return await screen(request)
    except Exception as error:  # noqa: BLE001 - anything at all means: forward nothing
        log_without_content("screening failed; nothing is forwarded", error)
        return Withhold(_failure_reply(request, on_failure))


def log_without_content(what: str, error: BaseException) -> None:
    """Log `what`, the error's type and its frames, and none of its words."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(
        f"{os.path.basename(frame.filename)}:{frame.lineno} {frame.name}"
        for frame in reversed(frames)
    )
    logger.error("%s: %s at %s", what, type(error).__name__, places)


def _failure_reply(request: Request, on_failure: OnFailure) -> Reply:
    try:
        return on_failure(request)
    except Exception as error:  # noqa: BLE001 - the last resort has no other way out
        log_without_content("the failure reply failed too", error)
        return not_screened()
