"""Match names and paths against the globs of a policy.

`*` and `?` are the only wildcards; brackets stand for themselves, because
`app/[id]/page.tsx` is a path.  No regular expressions: a pattern comes from a
file that others wrote, and matching takes at most length times length steps.

Names (repos, branches): `*` crosses `/`, so `github.com/acme/*` covers
subgroups too; letter case does not count, because no forge tells repos apart
by it.

Paths: as in `.gitignore`, without `[…]` and `!`.  `*` stays inside one
directory, `**` crosses any number of them, a pattern without `/` matches at any
depth, and whatever matches a directory covers all of it (`infra/prod/**` covers
`infra/prod` itself).  Letter case does not count, as on some file systems.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

_Item = TypeVar("_Item")


def matches_name(name: str, patterns: Iterable[str]) -> bool:
    """Say whether `name` matches one of `patterns`, whatever its letter case."""
    folded = name.casefold()
    return any(_matches_text(folded, pattern.casefold()) for pattern in patterns)


def matches_path(path: str, patterns: Iterable[str]) -> bool:
    """Say whether the repo-relative `path` is, or lies in, one of `patterns`."""
    parts = _parts(path.casefold())
    return any(_covers(parts, pattern.casefold()) for pattern in patterns)


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]


def _covers(parts: Sequence[str], pattern: str) -> bool:
    wanted = _parts(pattern)
    while wanted and wanted[-1] == "**":
        wanted.pop()
    if not wanted:
        return bool(_parts(pattern))  # `**` is everything, an empty pattern nothing
    if len(wanted) == 1 and "/" not in pattern.rstrip("/"):
        wanted.insert(0, "**")
    # Everything below a match is covered.
    return _matches([*wanted, "**"], parts, "**", _matches_part)


def _matches_text(text: str, pattern: str) -> bool:
    start, _, rest = pattern.partition("*")
    if not rest and "?" not in start:  # most are plain, or end in a star
        return text.startswith(start) if pattern.endswith("*") else text == pattern
    return _matches(pattern, text, "*", _matches_character)


def _matches_part(part: str, pattern: str) -> bool:
    return part == pattern or _matches_text(part, pattern)


def _matches_character(character: str, pattern: str) -> bool:
    return pattern in ("?", character)


def _matches(
    pattern: Sequence[_Item],
    items: Sequence[_Item],
    wildcard: _Item,
    is_match: Callable[[_Item, _Item], bool],
) -> bool:
    """Match greedily, going back to the last wildcard only: never exponential."""
    at = item = 0
    retry: tuple[int, int] | None = None
    while item < len(items):
        if at < len(pattern) and pattern[at] == wildcard:
            retry = (at, item)
            at += 1
        elif at < len(pattern) and is_match(items[item], pattern[at]):
            at += 1
            item += 1
        elif retry is not None:
            retry = (retry[0], retry[1] + 1)
            at, item = retry[0] + 1, retry[1]
        else:
            return False
    return all(rest == wildcard for rest in pattern[at:])
