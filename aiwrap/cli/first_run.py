"""Create what the first session on a machine needs, and say so once."""

from __future__ import annotations

from aiwrap import files
from aiwrap.cli import terminal
from aiwrap.records import keys

NOTICE = (
    "aiwrap: kind of work, verdict, sizes and tokens of each prompt (never its text) "
    "are recorded, signed, in {path}; `aiwrap log list` shows them."
)


def open_data(locations: files.Locations) -> None:
    """Create directory and key; the first time, tell what is recorded and where.

    Raises:
        FilesError: The directory cannot be used.

    """
    files.make_private_directory(locations.data)
    is_first = keys.read_device(locations) is None
    notices: list[str] = []
    keys.ensure_device(locations, notify=notices.append)
    if is_first:
        key = " ".join(notices).removesuffix(".")
        text = NOTICE.format(path=locations.data)
        terminal.say(f"{text[:-1]}. {key}." if key else text, style=terminal.DIM)
