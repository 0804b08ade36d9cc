"""Every failure aiwrap can report, and the exit codes.

A class exists only where a caller or the exit code treats it differently.
The message says what and why; `hint` is the next step, in one sentence.
"""

from __future__ import annotations

from typing import ClassVar

EXIT_CONFIRM = 76  # `check` only: the policy asks for a confirmation
EXIT_REFUSED = 77  # refused by policy
EXIT_FAILED = 125  # aiwrap itself failed
EXIT_NOT_EXECUTABLE = 126
EXIT_NOT_FOUND = 127


class AiwrapError(Exception):
    """Base of every expected failure; anything else is a bug.

    `hint` given here replaces the class's own.
    """

    exit_code: ClassVar[int] = EXIT_FAILED
    hint: str = ""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        if hint is not None:
            self.hint = hint


class UsageError(AiwrapError):
    """The command line cannot be understood."""

    hint = "Run `aiwrap --help`."


class FilesError(AiwrapError):
    """A file or directory of ours cannot be read or written."""

    hint = "Check the directory's owner, mode and free space, then run it again."


class PolicyError(AiwrapError):
    """The policy cannot be used."""

    hint = "Run `aiwrap policy check FILE`; the last good policy stays in force."


class PolicySyntaxError(PolicyError):
    """The policy file is not a policy; `line` and `column` count from 1."""

    def __init__(
        self,
        message: str,
        *,
        line: int | None = None,
        column: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.line = line
        self.column = column


class RecordsError(AiwrapError):
    """The record store cannot be read or written; nothing is forwarded."""

    hint = "Run `aiwrap status`; nothing was sent and nothing was lost."


class RecordsFullError(RecordsError):
    """There is no room to write a record."""

    hint = "Free some disk space, then run it again; nothing was sent."


class RecordsCorruptError(RecordsError):
    """The record store is damaged."""

    hint = "Run `aiwrap log verify`; keep the file, your security team may need it."


class KeyStoreError(AiwrapError):
    """The device key cannot be read or created."""


class SyncError(AiwrapError):
    """The central log did not take our records; they stay here and are sent later."""

    hint = "Nothing is lost; run `aiwrap sync` later, or ask who runs the central log."


class GatewayError(AiwrapError):
    """The gateway cannot listen or cannot reach the vendor."""


class LaunchRefusedError(AiwrapError):
    """The policy refuses this launch; it is recorded and nothing was started."""

    exit_code = EXIT_REFUSED


class VendorNotFoundError(AiwrapError):
    """The vendor CLI is not installed."""

    exit_code = EXIT_NOT_FOUND


class VendorNotExecutableError(AiwrapError):
    """The vendor CLI was found and cannot be executed."""

    exit_code = EXIT_NOT_EXECUTABLE
