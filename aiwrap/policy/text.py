"""Make a policy's strings safe to show.

A policy is written by other people, and a repository's layer by anybody: no
string of it may move the cursor, recolour the terminal or reverse a line.
"""

from __future__ import annotations

MAX_SHOWN_CHARS = 300


def printable(text: str, max_chars: int = MAX_SHOWN_CHARS) -> str:
    """Return `text` on one line, without control characters, cut at `max_chars`."""
    if not text.isprintable():
        text = "".join(map(_shown, text))
    text = " ".join(text.split())
    if len(text) > max_chars:
        return text[: max_chars - 1].rstrip() + "…"
    return text


def _shown(character: str) -> str:
    if character.isspace():
        return " "
    return character if character.isprintable() else ""
