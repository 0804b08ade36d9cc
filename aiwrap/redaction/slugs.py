"""Directory names that spell a path with dashes, as agents keep projects.

Pure.  `~/.claude/projects/-home-dev-acme-infra-prod/` is `/home/dev/acme/infra/prod`
with everything but letters and digits made a dash.  From the first sensitive
component on, the slug is one name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aiwrap.redaction.names import Names
from aiwrap.redaction.view import Piece

_DASHED = re.compile(r"[^A-Za-z0-9]")


class Slugs:
    """Finds slugs of sensitive directories below one root."""

    def __init__(self, root: str, names: Names) -> None:
        self._root = _slug(root.rstrip("/"))
        self._names = names
        self._harmless: frozenset[str] | None = None  # made when a slug is met
        tops: dict[str, int] = {}  # slug of a sensitive top → where its name begins
        for path, flags in names.sensitive.items():
            first = flags.index(True)
            components = path.split("/")
            parents = "".join(f"{_slug(name)}-" for name in components[:first])
            tops[parents + _slug(components[first])] = len(parents)
        self._tops = tops
        self._expression = _expression(self._root, tops)

    def needles(self) -> Iterator[str]:
        """Yield the words of which a text with a sensitive slug holds one."""
        for top, offset in self._tops.items():
            yield top[offset:]

    def find(self, text: str) -> list[Piece]:
        """Return the sensitive ends of the slugs in `text`."""
        if self._expression is None or self._root not in text:
            return []
        found = []
        for match in self._expression.finditer(text):
            if self._is_harmless(match["path"].lower()):
                continue
            offset = self._tops[match["top"].lower()]
            found.append((match.start("path") + offset, match.end("path")))
        return found

    def _is_harmless(self, slug: str) -> bool:
        if self._harmless is None:
            self._harmless = frozenset(map(_slug, self._names.harmless))
        return slug in self._harmless


def _slug(path: str) -> str:
    return _DASHED.sub("-", path)


def _expression(root: str, tops: dict[str, int]) -> re.Pattern[str] | None:
    if not root.strip("-") or not tops:
        return None
    words = "|".join(re.escape(top) for top in sorted(tops, key=len, reverse=True))
    return re.compile(
        rf"(?<![A-Za-z0-9]){re.escape(root)}-"
        rf"(?P<path>(?P<top>{words})(?:-[A-Za-z0-9-]*)?)(?![A-Za-z0-9])",
        re.IGNORECASE,
    )
