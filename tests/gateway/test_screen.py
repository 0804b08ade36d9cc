"""Screening that fails forwards nothing and tells nothing."""

from __future__ import annotations

import asyncio
import logging

import pytest

from aiwrap.gateway.replies import not_screened
from aiwrap.gateway.screen import log_without_content, screen_closed
from aiwrap.wire.exchange import Forward, Reply, Request, Verdict, Withhold

REQUEST = Request("POST", "/v1/messages", (), b"the secret prompt")
REPLY = Reply(418, (), b"closed")


def on_failure(request: Request) -> Reply:
    assert request is REQUEST
    return REPLY


async def failing(request: Request) -> Verdict:
    raise RuntimeError(f"cannot read {request.body!r}")


def test_a_verdict_is_returned_as_it_is() -> None:
    """Nothing stands between screening and the gateway."""
    verdict = Forward(REQUEST)

    async def screen(_: Request) -> Verdict:
        return verdict

    assert asyncio.run(screen_closed(screen, REQUEST, on_failure)) is verdict


def test_any_exception_withholds() -> None:
    """An error while screening forwards nothing."""
    assert asyncio.run(screen_closed(failing, REQUEST, on_failure)) == Withhold(REPLY)


def test_a_failing_failure_reply_still_withholds() -> None:
    """The last resort has no way out but closed."""

    def broken(_: Request) -> Reply:
        raise RuntimeError

    verdict = asyncio.run(screen_closed(failing, REQUEST, broken))

    assert verdict == Withhold(not_screened())


def test_the_log_holds_no_content(caplog: pytest.LogCaptureFixture) -> None:
    """Type and place are enough to find a bug; the prompt is nobody's business."""
    with caplog.at_level(logging.DEBUG):
        asyncio.run(screen_closed(failing, REQUEST, on_failure))

    assert "secret" not in caplog.text
    assert "RuntimeError" in caplog.text
    assert "test_screen.py" in caplog.text


def test_cancelling_is_not_a_failure() -> None:
    """A client that goes away cancels; that must not become an answer."""

    async def main() -> None:
        async def screen(_: Request) -> Verdict:
            await asyncio.Event().wait()
            raise AssertionError

        task = asyncio.ensure_future(screen_closed(screen, REQUEST, on_failure))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


def test_an_error_without_frames_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Logging itself must not fail."""
    log_without_content("what", ValueError("secret"))

    assert "what: ValueError" in caplog.text
    assert "secret" not in caplog.text
