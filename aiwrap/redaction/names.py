"""What the repo's inventory says about names: sensitive, harmless, ambiguous.

Pure.  Built once from the list of files and the patterns; all keys are folded,
repo-relative paths without a leading slash.

  sensitive     paths with at least one sensitive component → its flags
  harmless      paths without one
  suffixes      the end of a sensitive path, two components or more → the whole
                path; needed where text shows only the end of a path
  ambiguous     suffixes that are the end of a harmless path too
  distinctive   file names that mean a sensitive file wherever they stand
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from aiwrap.redaction.common_stems import COMMON_STEMS
from aiwrap.redaction.patterns import Patterns, fold
from aiwrap.redaction.view import plain

Flags = tuple[bool, ...]
Contents = Callable[[str], str | None]

MAX_FILES_WITH_A_DISTINCTIVE_NAME = 3
MAX_FILES_READ = 20_000
_SHORTEST_DISTINCTIVE = 6
_BARE = re.compile(r"[\w@+-][\w.@+-]*\.\w{1,12}\Z")


class Names(NamedTuple):
    """The inventory as the finder asks about it."""

    patterns: Patterns
    sensitive: dict[str, Flags]
    harmless: set[str]
    without_extension: dict[str, str]
    suffixes: dict[str, str]
    ambiguous: set[str]
    harmless_suffixes: set[str]
    distinctive: frozenset[str]
    children: dict[str, set[str]]
    tops: frozenset[str]

    def flags(self, components: Sequence[str]) -> Flags:
        """Return the flags of a path that the inventory may not know."""
        known = self.sensitive.get("/".join(components))
        if known is not None:
            return known
        if "/".join(components) in self.harmless:
            return (False,) * len(components)
        return self.patterns.flags(components)

    def is_known(self, path: str) -> bool:
        """Say whether the inventory holds `path`, as a file or a directory."""
        return path in self.sensitive or path in self.harmless


def build_names(
    files: Iterable[str], patterns: Patterns, contents: Contents | None = None
) -> Names:
    """Index `files` (repo-relative) under `patterns`.

    `contents` gives a file's text, or None: with it, a name counts as
    distinctive only if hardly any harmless file mentions it.
    """
    sensitive: dict[str, Flags] = {}
    harmless: set[str] = set()
    children: dict[str, set[str]] = {}
    for file in files:
        _add(fold(file.strip("/")), patterns, sensitive, harmless, children)
    suffixes = _suffixes(sensitive)
    ambiguous, harmless_suffixes = _shared_suffixes(harmless, suffixes)
    distinctive = _distinctive(sensitive, harmless)
    if contents is not None and distinctive:
        distinctive = _rarely_mentioned(distinctive, files, sensitive, contents)
    return Names(
        patterns,
        sensitive,
        harmless,
        _without_extension(sensitive, harmless),
        suffixes,
        ambiguous,
        harmless_suffixes,
        distinctive,
        children,
        frozenset(path.partition("/")[0] for path in (*sensitive, *harmless)),
    )


def _add(
    path: str,
    patterns: Patterns,
    sensitive: dict[str, Flags],
    harmless: set[str],
    children: dict[str, set[str]],
) -> None:
    flags = patterns.flags(path.split("/"), is_file=True)
    components = plain(path).split("/")
    for length in range(len(components), 0, -1):
        prefix = "/".join(components[:length])
        siblings = children.setdefault("/".join(components[: length - 1]), set())
        is_new = components[length - 1] not in siblings
        siblings.add(components[length - 1])
        if True in flags[:length]:
            sensitive[prefix] = flags[:length]
        else:
            harmless.add(prefix)
        if not is_new:
            return  # its parents are known already


def _suffixes(sensitive: Iterable[str]) -> dict[str, str]:
    suffixes: dict[str, str] = {}
    for path in sensitive:
        components = path.split("/")
        for start in range(len(components) - 1):
            suffixes.setdefault("/".join(components[start:]), path)
    return suffixes


def says_something(components: Iterable[str]) -> bool:
    """Say whether some component is no word that every repo has."""
    return any(name.partition(".")[0] not in COMMON_STEMS for name in components)


def _shared_suffixes(
    harmless: Iterable[str], suffixes: dict[str, str]
) -> tuple[set[str], set[str]]:
    """Return the suffixes that harmless paths have too, and the longer ones."""
    ambiguous: set[str] = set()
    longer: set[str] = set()
    last = {suffix.rpartition("/")[2] for suffix in suffixes}
    paths = [
        path
        for path in (*harmless, *map(_without_last_extension, harmless))
        if path.rpartition("/")[2] in last
    ]
    for path in paths:
        components = path.split("/")
        for start in range(len(components) - 1):
            suffix = "/".join(components[start:])
            if suffix in suffixes:
                ambiguous.add(suffix)
                longer.update("/".join(components[at:]) for at in range(start))
                break
    return ambiguous, longer


def _without_last_extension(path: str) -> str:
    directory, slash, name = path.rpartition("/")
    return directory + slash + (name[:1] + name[1:].partition(".")[0])


def _without_extension(
    sensitive: dict[str, Flags], harmless: set[str]
) -> dict[str, str]:
    """Return paths as imports name them: `lib/view` for `lib/view.js`."""
    short: dict[str, str] = {}
    for path in sensitive:
        directory, _, name = path.rpartition("/")
        stem = name.partition(".")[0]
        key = f"{directory}/{stem}" if directory else stem
        if stem and stem != name and key not in sensitive and key not in harmless:
            short[key] = path
    return short


def _distinctive(sensitive: dict[str, Flags], harmless: set[str]) -> frozenset[str]:
    others = {path.rpartition("/")[2] for path in harmless}
    names = {
        path.rpartition("/")[2] for path, flags in sensitive.items() if flags[-1]
    } - others
    return frozenset(name for name in names if _is_distinctive(name))


def _is_distinctive(name: str) -> bool:
    stem = name.partition(".")[0]
    return (
        len(name) >= _SHORTEST_DISTINCTIVE
        and _BARE.fullmatch(name) is not None
        and stem not in COMMON_STEMS
    )


def _rarely_mentioned(
    names: frozenset[str],
    files: Iterable[str],
    sensitive: dict[str, Flags],
    contents: Contents,
) -> frozenset[str]:
    mention = re.compile(r"[\w@+-][\w.@+-]*")
    counts = dict.fromkeys(names, 0)
    for number, file in enumerate(files):
        if number >= MAX_FILES_READ or fold(file) in sensitive:
            continue
        text = contents(file)
        for name in names.intersection(mention.findall(fold(text or ""))):
            counts[name] += 1
    limit = MAX_FILES_WITH_A_DISTINCTIVE_NAME
    return frozenset(name for name, count in counts.items() if count <= limit)
