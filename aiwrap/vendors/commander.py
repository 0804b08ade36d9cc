"""Read a command line as commander.js does, which the vendor CLIs are built on.

Pure.  The order of its rules, which decides what is a prompt and what a value:
  1. After `--` every word is an operand.
  2. A variadic option keeps taking words until one starts with a dash.
  3. A known option takes its value: the next word whatever it looks like
     (required), or the next word without a dash (optional).
  4. `-abc` is `-a -bc`, or `-a` with the value `bc`.
  5. `--name=value`, for options that take a value.
  6. Any other word with a dash is unknown; the words after it are still kept
     as operands, because a newer vendor CLI may know it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from aiwrap.vendors.descriptor import Grammar


class Option(NamedTuple):
    """One option and where it stands: `argv[start:end]`."""

    name: str
    values: tuple[str, ...]
    start: int
    end: int


class Arguments(NamedTuple):
    """A command line, taken apart."""

    options: tuple[Option, ...]
    operands: tuple[str, ...]
    has_unknown: bool  # an option that we do not know stands before any operand

    @property
    def names(self) -> tuple[str, ...]:
        """Every option's name, in order."""
        return tuple(option.name for option in self.options)

    def values(self, *names: str) -> tuple[str, ...]:
        """Return every value given to one of these options, in order."""
        return tuple(
            value
            for option in self.options
            if option.name in names
            for value in option.values
        )

    def has(self, name: str) -> bool:
        """Say whether the option is there, with or without a value."""
        return name in self.names


def read(argv: Sequence[str], grammar: Grammar) -> Arguments:
    """Take `argv` apart by `grammar`; nothing is refused."""
    reader = _Reader(argv, grammar)
    while reader.at < len(argv):
        reader.step()
    return Arguments(tuple(reader.options), tuple(reader.operands), reader.has_unknown)


class _Reader:
    __slots__ = ("argv", "at", "grammar", "has_unknown", "operands", "options")

    def __init__(self, argv: Sequence[str], grammar: Grammar) -> None:
        self.argv = argv
        self.grammar = grammar
        self.at = 0
        self.options: list[Option] = []
        self.operands: list[str] = []
        self.has_unknown = False

    def step(self) -> None:
        word = self.argv[self.at]
        if word == "--":
            self.operands += self.argv[self.at + 1 :]
            self.at = len(self.argv)
        elif not _looks_like_option(word):
            self.operands.append(word)
            self.at += 1
        elif (name := self._known(word)) is not None:
            self._take(name)
        elif not word.startswith("--") and self._known(word[:2]) is not None:
            self._take_cluster(word)
        elif not self._take_joined(word):
            self._skip_unknown()
            self.at += 1

    def _skip_unknown(self) -> None:
        """After a command it is the command's own; before, it may take a value."""
        self.has_unknown = self.has_unknown or not self.operands

    def _known(self, word: str) -> str | None:
        name = self.grammar.aliases.get(word, word)
        known = (
            name in self.grammar.flags
            or name in self.grammar.required
            or name in self.grammar.optional
            or name in self.grammar.variadic
        )
        return name if known else None

    def _take(self, name: str) -> None:
        """Take an option that is a word of its own, and the values after it."""
        start = self.at
        self.at += 1
        values: list[str] = []
        if name in self.grammar.required or name in self.grammar.variadic:
            values += self.argv[self.at : self.at + 1]
            self.at += len(values)
        elif name in self.grammar.optional:
            values += self._next_without_dash()
        while name in self.grammar.variadic and (more := self._next_without_dash()):
            values += more
        self.options.append(Option(name, tuple(values), start, self.at))

    def _next_without_dash(self) -> list[str]:
        """Take the next word, if there is one and it does not start with a dash."""
        if self.at >= len(self.argv) or _looks_like_option(self.argv[self.at]):
            return []
        self.at += 1
        return [self.argv[self.at - 1]]

    def _take_cluster(self, word: str) -> None:
        """Take `-cp` or `-rVALUE`; the last letter may take the next word."""
        start, rest = self.at, word[1:]
        while rest and (name := self._known("-" + rest[0])) is not None:
            rest = rest[1:]
            if name in self.grammar.flags:
                self.options.append(Option(name, (), start, start + 1))
            elif rest:
                self.options.append(Option(name, (rest,), start, start + 1))
                rest = ""
            else:
                self._take(name)
                return
        if rest:
            self._skip_unknown()
        self.at = start + 1

    def _take_joined(self, word: str) -> bool:
        """Take `--name=value`, if the option has values."""
        head, equals, value = word.partition("=")
        name = self._known(head) if equals and head.startswith("--") else None
        if name is None or name in self.grammar.flags:
            return False
        self.options.append(Option(name, (value,), self.at, self.at + 1))
        self.at += 1
        return True


def _looks_like_option(word: str) -> bool:
    return len(word) > 1 and word.startswith("-")
