"""Split a server-sent event stream into its events, and build events.

Pure.  It keeps every byte: joined again, what comes out is what went in.
Lines end in LF, CR or CRLF, a blank line ends an event, and a CR at the very
end of what is there waits for the LF that may follow.
"""

from __future__ import annotations

import re

MAX_EVENT_BYTES = 64 * 1024 * 1024


class EventTooLargeError(ValueError):
    """An event is longer than any real one; it is not held any further."""


class EventSplitter:
    """Cuts the bytes of one stream after each blank line."""

    __slots__ = ("_pending",)

    def __init__(self) -> None:
        self._pending = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the events that `data` completes, with their line ends."""
        data = self._pending + data if self._pending else data
        events = _split_lf(data) if b"\r" not in data else _split_any(data)
        self._pending = events.pop()
        if len(self._pending) > MAX_EVENT_BYTES:
            raise EventTooLargeError(f"an event of over {MAX_EVENT_BYTES} bytes")
        return events

    def finish(self) -> bytes:
        """Return what stands after the last blank line."""
        rest, self._pending = self._pending, b""
        return rest


def event_data(event: bytes) -> bytes:
    """Return the event's data: its `data:` lines without their field names."""
    lines = (line for line in event.splitlines() if line.startswith(b"data:"))
    return b"\n".join(line[5:].removeprefix(b" ") for line in lines)


def event_name(event: bytes) -> bytes:
    """Return the value of the event's last `event:` line, or nothing."""
    names = [line for line in event.splitlines() if line.startswith(b"event:")]
    return names[-1][6:].removeprefix(b" ") if names else b""


def line_end(event: bytes) -> bytes:
    """Return how the event's first line ends."""
    found = _LINE_END.search(event)
    return found[0] if found else b"\n"


def build_event(name: bytes, data: bytes, end: bytes = b"\n") -> bytes:
    """Return one event; `data` is a single line."""
    return b"event: %b%bdata: %b%b%b" % (name, end, data, end, end)


def _split_lf(data: bytes) -> list[bytes]:
    pieces = data.split(b"\n\n")
    return [piece + b"\n\n" for piece in pieces[:-1]] + pieces[-1:]


def _split_any(data: bytes) -> list[bytes]:
    events: list[bytes] = []
    done = 0
    for found in _BLANK_LINE.finditer(data):
        end = found.end()
        if end == len(data) and data.endswith(b"\r"):
            break  # its LF may be still on the way
        events.append(data[done:end])
        done = end
    events.append(data[done:])
    return events


# Atomic groups: a CRLF is one line end, never a CR followed by a blank line.
_LINE_END = re.compile(rb"\r\n|\n|\r")
_BLANK_LINE = re.compile(rb"(?>\r\n|\n|\r)(?>\r\n|\n|\r)")
