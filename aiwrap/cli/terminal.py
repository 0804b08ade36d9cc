"""Write to the person: standard error, colour only on a terminal."""

from __future__ import annotations

import io
import os
import sys

from aiwrap import files
from aiwrap.errors import FilesError

BOLD, RED, YELLOW, DIM, PLAIN = "\x1b[1m", "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[0m"


def say(text: str, *, style: str = "") -> None:
    """Write `text` and a newline to standard error.

    A locale that cannot show a character gets a question mark; a closed
    standard error loses the message and nothing else.
    """
    if style and is_colourful():
        text = f"{style}{text}{PLAIN}"
    if sys.stderr is None:
        return
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    try:
        sys.stderr.write(text.encode(encoding, "replace").decode(encoding) + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        # Or Python would complain at its end, and change our exit code.
        sys.stderr = io.StringIO()


def complain(message: str, hint: str = "") -> None:
    """Say what and why, and on a second line what to do."""
    say(f"aiwrap: {message}", style=RED)
    if hint:
        say(f"        {hint}")


def print_out(text: str) -> None:
    """Write `text` and a newline to standard output, as the locale can show it.

    Raises:
        FilesError: It cannot be written; a closed output takes nothing, silently.

    """
    if sys.stdout is None:
        return
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        sys.stdout.write(text.encode(encoding, "replace").decode(encoding) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        sys.stdout = io.StringIO()
        raise FilesError(
            f"cannot write to standard output: {files.reason(error)}",
            hint="Free some space there, or write somewhere else.",
        ) from error


def is_colourful() -> bool:
    """Say whether standard error is a terminal that wants colour."""
    return (
        "NO_COLOR" not in os.environ
        and os.environ.get("TERM") != "dumb"
        and sys.stderr is not None
        and sys.stderr.isatty()
    )


def is_interactive() -> bool:
    """Say whether a person can be asked: both ends are a terminal."""
    ends = (sys.stdin, sys.stderr)
    return all(stream is not None and stream.isatty() for stream in ends)
