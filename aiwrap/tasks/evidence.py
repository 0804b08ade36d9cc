"""What a classification may look at.

Pure.  The prompt decides; where the work happens (directory, remote, branch,
files) only adds to what the prompt says.  `declared` is carried for the policy
and for the record: it does not change the classification.
"""

from __future__ import annotations

from typing import NamedTuple

MAX_FILES = 64
MAX_PATH_CHARS = 512
_HOMES = ("home", "Users")


class Evidence(NamedTuple):
    """A prompt and where it was submitted."""

    prompt: str = ""
    cwd: str | None = None
    remote: str | None = None
    branch: str | None = None
    files: tuple[str, ...] = ()
    declared: str | None = None

    def context(self) -> str:
        """Return all but the prompt, a line each, without the person's name."""
        places = [self.cwd, self.remote, self.branch, *self.files[:MAX_FILES]]
        return "\n".join(_without_home(place) for place in places if place)


def _without_home(path: str) -> str:
    parts = path[:MAX_PATH_CHARS].split("/")
    if len(parts) > 2 and parts[0] == "" and parts[1] in _HOMES:
        return "/".join(parts[3:])
    return "/".join(parts)
