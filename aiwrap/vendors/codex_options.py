"""Read Codex's `-c key=value` options, as far as aiwrap asks about them.

Pure.  Codex splits the key at its dots and reads the value as TOML, or takes it
as it stands; of a value only texts matter here.
"""

from __future__ import annotations

from aiwrap.vendors import commander

OPENAI = "openai"
"""The built-in provider; its base URL has a key of its own."""


def overrides(arguments: commander.Arguments) -> dict[str, str]:
    """Return the user's `-c key=value`, the last of each; values as they stand."""
    found: dict[str, str] = {}
    for given in arguments.values("--config"):
        key, equals, value = given.removeprefix("=").partition("=")
        if equals:
            found[".".join(part.strip(" \t\"'") for part in key.split("."))] = (
                value.strip().strip("\"'")
            )
    return found
