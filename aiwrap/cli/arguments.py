"""Split the command line: our options · the vendor · the vendor's arguments.

Pure, and without argparse: what stands behind the vendor's name is the vendor
CLI's own and is never looked at here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from aiwrap.errors import UsageError

OPTIONS_WITH_VALUE = ("--task", "--confirm", "--reason")
MAX_REASON_CHARACTERS = 200


class CommandLine(NamedTuple):
    """What the person asked of us; `rest` belongs to whoever `name` is."""

    name: str  # a command, a vendor, or the path of a vendor CLI
    rest: tuple[str, ...]
    task: str | None = None
    confirm: str | None = None
    reason: str | None = None

    @property
    def has_launch_options(self) -> bool:
        """Whether an option was given that only a launch understands."""
        return any((self.task, self.confirm, self.reason))


def split(argv: Sequence[str]) -> CommandLine:
    """Return the parts of `argv` (without the program's own name).

    Raises:
        UsageError: An unknown option, a missing value or nothing to run.

    """
    values: dict[str, str] = {}
    index = 0
    while index < len(argv) and argv[index].startswith("-"):
        word = argv[index]
        if word in ("-h", "--help", "-V", "--version"):
            return CommandLine(word, tuple(argv[index + 1 :]))
        name, equals, value = word.partition("=")
        if name not in OPTIONS_WITH_VALUE:
            raise UsageError(f"unknown option {word!r} before the vendor's name")
        if not equals:
            index += 1
            if index == len(argv):
                raise UsageError(f"{name} needs a value")
            value = argv[index]
        values[name] = value
        index += 1
    if index == len(argv):
        return CommandLine("--help", ())
    return _checked(argv[index], tuple(argv[index + 1 :]), values)


def _checked(name: str, rest: tuple[str, ...], values: dict[str, str]) -> CommandLine:
    confirm, reason = values.get("--confirm"), values.get("--reason")
    if (confirm is None) != (reason is None):
        raise UsageError(
            "--confirm PAUSE and --reason TEXT go together",
            hint='For example: aiwrap --confirm evals --reason "public benchmark" …',
        )
    if reason is not None and not reason.strip():
        raise UsageError("--reason must not be empty")
    if reason is not None and len(reason) > MAX_REASON_CHARACTERS:
        raise UsageError(
            f"--reason is {len(reason)} characters long; "
            f"at most {MAX_REASON_CHARACTERS} are recorded"
        )
    return CommandLine(name, rest, values.get("--task"), confirm, reason)
