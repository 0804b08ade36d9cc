"""What reading, writing and restoring cost on a session of 100 turns.

python -m tests.bench.wire_steps

No sockets: the same bodies as `gateway_session`, straight through `wire`, with
nothing to redact, with a bare replacement, and with the real redactor.  Prints
milliseconds per turn and microseconds per event of one run; nothing is asserted.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable

from aiwrap.redaction.redactor import Redactor
from aiwrap.redaction.restorer import Restorer
from aiwrap.wire.anthropic import Conversations, HumanText
from aiwrap.wire.anthropic_response import Response, ResponseFacts
from aiwrap.wire.exchange import Request
from tests.bench import session_bodies, session_vendor

_BARE = re.compile(re.escape(session_bodies.SENSITIVE_FOLDER))


def main() -> None:
    session = session_bodies.CodingSession(1)
    turns = range(1, session_bodies.TURNS + 1)
    replies = {turn: session.canned_reply(turn) for turn in turns}
    bodies = [session.body(turn, replies) for turn in turns]
    redactor = Redactor(
        root="/home/dev/shop",
        patterns=(session_bodies.SENSITIVE_FOLDER + "**",),
        files=[*session_bodies.SENSITIVE, *session_bodies.ORDINARY],
        key=b"k" * 32,
    )
    marker = session_bodies.SENSITIVE_FOLDER.encode()
    cases: dict[str, Conversations] = {
        "nothing sensitive": Conversations(None, lambda _: False),
        "bare replacement": Conversations(
            lambda text: _BARE.sub("infra/zqbare/", text), lambda data: marker in data
        ),
        "real redactor": Conversations(
            lambda text: redactor.redact(text).text, redactor.may_match
        ),
    }
    for name, conversations in cases.items():
        print(f"{name:20}{_measure_requests(conversations, bodies)}")
    print(
        f"{'first sight of 2 MB':20}{_first_sight(cases['real redactor'], bodies[-1])}"
    )
    pseudonym = redactor.redact(session_bodies.SENSITIVE[0]).text
    print(f"{'stream':20}{_measure_stream(redactor, pseudonym)}")


def _measure_requests(conversations: Conversations, bodies: list[bytes]) -> str:
    read, write = [], []
    for body in bodies:
        began = time.perf_counter()
        request = conversations.read(Request("POST", "/v1/messages", (), body))
        done = time.perf_counter()
        request.newest()
        request.write(_nobody)
        write.append((time.perf_counter() - done) * 1000)
        read.append((done - began) * 1000)
    at_2mb = statistics.median(
        r + w for r, w in zip(read[-10:], write[-10:], strict=True)
    )
    total = sum(read) + sum(write)
    medians = f"read {_median(read)}  write {_median(write)}"
    return f"{medians}  both at 2 MB {at_2mb:.2f} ms  session {total:.0f} ms"


def _median(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ms"


def _first_sight(like: Conversations, body: bytes) -> str:
    fresh = Conversations(like.rewrite, like.may_match)
    began = time.perf_counter()
    fresh.read(Request("POST", "/v1/messages", (), body)).write(_nobody)
    return f"{(time.perf_counter() - began) * 1000:.1f} ms"


def _measure_stream(redactor: Redactor, target: str, rounds: int = 50) -> str:
    events = [_without_framing(chunk) for chunk in session_vendor.chunks(target)]
    same = 0
    began = time.perf_counter()
    for _ in range(rounds):
        response = _response(redactor)
        same = sum(response.feed(event) == event for event in events)
        response.finish()
    each = (time.perf_counter() - began) / rounds / len(events)
    return f"{each * 1e6:.1f} us per event  {same} of {len(events)} byte-identical"


def _without_framing(chunk: bytes) -> bytes:
    """Take the HTTP chunk's size and end off."""
    return (
        chunk.split(b"\r\n", 1)[1].removesuffix(b"\r\n") if b"\r\n" in chunk else chunk
    )


def _response(redactor: Redactor) -> Response:
    def ignore(_: ResponseFacts) -> None:
        pass

    def new_restorer(json_escaped: bool) -> Restorer:
        return Restorer(redactor, json_escaped)

    restores: Callable[[str], bool] = lambda name: name == "Edit"  # noqa: E731
    response = Response(
        new_restorer=new_restorer, restores_tool=restores, on_end=ignore
    )
    response.head(200, ((b"content-type", b"text/event-stream"),))
    return response


def _nobody(_: HumanText) -> bool:
    return False


if __name__ == "__main__":
    main()
