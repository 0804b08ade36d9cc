"""Find names that only the file they stand in explains: relative imports.

Pure.  A line belongs to a file if it begins with its path (`grep -n`), if it
follows `File "…"` (a traceback), if it is part of its diff, or if it names it.
Names in such a line are read from the directory of that file.  And what follows a
`cd` in a command is read from there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from aiwrap.redaction.names import Names, says_something
from aiwrap.redaction.paths import Paths
from aiwrap.redaction.patterns import fold
from aiwrap.redaction.tokens import TOKEN
from aiwrap.redaction.view import Piece

Single = Callable[[str, Sequence[str]], tuple[Piece, ...]]

_LINE = re.compile(r"[^\n]+")
_GREP = re.compile(r"(?P<path>[^\s:][^\n:]{0,500}?)(?::\d+(?::\d+)?:|-\d+-|:)")
_TRACE = re.compile(
    r"\s*File \"(?P<path>[^\"\n]+)\", line \d+|(?P<short>[^\s:]+):\d+: in "
)
_DIFF = re.compile(r"(?:\+\+\+|---) (?:[abciwo]/)?(?P<path>[^\t\n]+)")
_HEADING = re.compile(r"==> (?P<path>[^\n]+) <==$")
_ALONE = re.compile(r"(?P<path>[^\s:]*[/.][^\s:]*)$")
_NUMBERED = re.compile(r"\d+[:-]")
_RELATIVE = re.compile(
    r"\bfrom\s+(?P<dots>\.+)(?P<module>[\w.]*)\s+import\s+(?P<names>[^\n#]*)"
)
_CHANGES = re.compile(
    r"(?:\b(?:cd|pushd)|\s-C)[ =]+[\"']?(?P<path>[^\s;&|\"']+)"
    r"(?=(?P<rest>[^\n]{0,2000}))"
)
_ENTERS = re.compile(
    r"Entering directory [`'\"](?P<path>[^\n'\"]+)['\"]"
    r"(?P<rest>(?:\n(?!\S*: (?:Leaving|Entering) directory)[^\n]*)*)"
)
_NAME = re.compile(r"\w+")
_WORTH = re.compile(r"from\s+\.|(?<![\w./\\])\.{1,2}/|#\s*include\s+[\"<]")

# Plain words without which the expressions cannot match: a search for them runs
# at memory speed, which the expressions on every text do not.
_WORTH_WORDS = ("./", "from", "include")
_CHANGE_WORDS = ("cd ", "cd=", "pushd ", "pushd=", "-C ", "-C=")
_ENTER_WORDS = ("Entering directory",)


class Surroundings:
    """Reads single lines in the directory of the file that they belong to."""

    def __init__(
        self, names: Names, paths: Paths, single: Single, packages: frozenset[str]
    ) -> None:
        self._names = names
        self._paths = paths
        self._single = single
        self._packages = packages

    def find(
        self, text: str, lines: Iterable[Piece], cwd: Sequence[str]
    ) -> Iterator[Piece]:
        """Yield the sensitive names that the files of the lines explain.

        `lines` are those where a sensitive path may stand.
        """
        for start, end in lines:
            for line in _LINE.finditer(text, start, end):
                for piece in self._of_sensitive_file(line[0], cwd):
                    yield line.start() + piece[0], line.start() + piece[1]
        if _has_any(text, _WORTH_WORDS) and _WORTH.search(text):
            yield from self._relative(text, cwd)
        for expression, words in ((_CHANGES, _CHANGE_WORDS), (_ENTERS, _ENTER_WORDS)):
            if not _has_any(text, words):
                continue
            for match in expression.finditer(text):
                yield from self._after_change(text, match, cwd)

    def _after_change(
        self, text: str, change: re.Match[str], cwd: Sequence[str]
    ) -> Iterator[Piece]:
        """Read what follows `cd directory`, or make's own message, from there."""
        directory = self._paths.below_root(change["path"], cwd)
        if directory is None or not any(self._names.flags(directory)):
            return
        for match in TOKEN.finditer(text, change.end("path"), change.end("rest")):
            is_path = "/" in match[0]
            decide = self._paths.decide if is_path else self._single
            for start, end in decide(match[0], directory):
                yield match.start() + start, match.start() + end

    def _of_sensitive_file(self, line: str, cwd: Sequence[str]) -> Iterator[Piece]:
        named, end = self._grepped(line, cwd)
        if named and any(self._names.flags(named)):
            yield from self._inside(line, end, named[:-1])

    def _grepped(self, line: str, cwd: Sequence[str]) -> tuple[list[str] | None, int]:
        match = _GREP.match(line)
        if match is None:
            return None, 0
        return self._paths.known(match["path"].removeprefix("./"), cwd), match.end()

    def _relative(self, text: str, cwd: Sequence[str]) -> Iterator[Piece]:
        lasting: list[str] | None = None
        above: list[str] | None = None
        heading: list[str] | None = None  # its lines are numbered, up to a blank one
        offset = 0
        for line in text.split("\n"):
            if (match := _DIFF.match(line)) or (match := _HEADING.match(line)):
                lasting = self._paths.known(match["path"], cwd)
            elif match := _ALONE.match(line):
                heading = self._paths.known(match["path"], cwd)
            elif match := _TRACE.match(line):
                above = self._paths.known(match["path"] or match["short"], cwd)
            else:
                if _WORTH.search(line):
                    numbered = heading if _NUMBERED.match(line) else None
                    file = above or numbered or lasting
                    for start, end in self._line(line, cwd, file):
                        yield offset + start, offset + end
                above = None
                heading = heading if line else None
            offset += len(line) + 1

    def _line(
        self, line: str, cwd: Sequence[str], file: list[str] | None
    ) -> Iterator[Piece]:
        file = self._grepped(line, cwd)[0] or file
        if file is not None:
            yield from self._imports(line, file[:-1])
            yield from self._tokens(line, file[:-1])
            return
        for token in TOKEN.findall(line):
            if "/" in token and (known := self._paths.known(token, cwd)):
                yield from self._tokens(line, known[:-1])
                yield from self._imports(line, known[:-1])

    def _inside(self, line: str, start: int, directory: list[str]) -> Iterator[Piece]:
        """Read a line of a sensitive file: its neighbours' names are sensitive."""
        for match in TOKEN.finditer(line, start):
            if match[0] in self._packages:
                yield match.span()
            elif match[0] != "__init__.py":  # every package has one
                for begin, end in self._single(match[0], directory):
                    yield match.start() + begin, match.start() + end

    def _tokens(self, line: str, directory: list[str]) -> Iterator[Piece]:
        for match in TOKEN.finditer(line):
            if line[match.start() - 1 : match.start()] == "<":
                continue  # `#include <errno.h>` is the compiler's
            if not match[0].startswith(("./", "../")):
                pieces = self._single(match[0], directory)
            elif self._exists(match[0], directory):
                pieces = self._paths.decide(match[0], directory)
            else:
                continue
            for start, end in pieces:
                yield match.start() + start, match.start() + end

    def _exists(self, token: str, directory: list[str]) -> bool:
        """Say whether a relative path begins at something that is there.

        Examples in documents import what is not; and a common word that is reached
        by going up says nothing.
        """
        path = self._paths.below_root(token, directory)
        if not path:
            return False
        joined = "/".join(path)
        if file := self._names.without_extension.get(joined):
            is_top = self._names.sensitive[file].index(True) == len(path) - 1
            return is_top or ".." not in token or says_something(path[-1:])
        base = len(directory) - token.split("/").count("..")
        return self._names.is_known("/".join(path[: base + 1]))

    def _imports(self, line: str, directory: list[str]) -> Iterator[Piece]:
        for match in _RELATIVE.finditer(line):
            up = len(match["dots"]) - 1
            if up > len(directory):
                continue
            package = directory[: len(directory) - up]
            for part in _NAME.finditer(line, *match.span("module")):
                package = [*package, fold(part[0])]
                if self._is_module(package):
                    yield part.span()
            for part in _NAME.finditer(line, *match.span("names")):
                if self._is_module([*package, fold(part[0])]):
                    yield part.span()

    def _is_module(self, path: list[str]) -> bool:
        joined = "/".join(path)
        flags = self._names.sensitive.get(joined)
        if flags is None and joined in self._names.without_extension:
            flags = self._names.sensitive[self._names.without_extension[joined]]
        return flags is not None and flags[-1]


def _has_any(text: str, words: Iterable[str]) -> bool:
    return any(word in text for word in words)
