"""Codex: what its arguments mean, and the configuration that pins it.

Pure, except `read_settings`, which asks `codex_settings` on use.  The facts
behind each rule stand in `data/vendors/codex.toml`.

The pin is `-c` options after the user's own, where the last one wins: no
environment variable redirects Codex, and it reads no settings file from a path
that we could give.  So the gateway's address stands on a command line that
other users of the machine can read; what protects it is that the gateway
answers only processes of this user, and that it holds no credentials.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiwrap.vendors import commander
from aiwrap.vendors.codex_options import OPENAI, overrides
from aiwrap.vendors.descriptor import Launch, Mode, Pin, VendorFacts, VendorSettings
from aiwrap.vendors.no_proxy import extend_no_proxy

_ALIASES = {"e": "exec", "a": "apply"}
_ONE_SHOT = ("exec", "review")
_TUI_COMMANDS = ("resume", "fork")
_SESSION_COMMANDS = ("resume", "fork", "review")  # after `exec`
_LASTING = ("developer_instructions", "instructions", "compact_prompt")
_LASTING_FILES = (
    "model_instructions_file",
    "experimental_instructions_file",
    "experimental_compact_prompt_file",
)


class Codex:
    """Codex, by its facts."""

    __slots__ = ("facts",)

    def __init__(self, facts: VendorFacts) -> None:
        self.facts = facts

    def read_arguments(
        self, argv: Sequence[str], *, stdout_is_terminal: bool = True
    ) -> Launch:
        """Say what `codex ARGV` would start; its mode does not ask for a terminal."""
        del stdout_is_terminal
        arguments = commander.read(argv, self.facts.grammar)
        command, rest = split_command(arguments.operands, self.facts)
        uncovered = self._uncovered(command, arguments)
        passes = uncovered is None and self._passes(command, arguments)
        given = overrides(arguments)
        directories = arguments.values("--cd")
        return Launch(
            mode="passthrough" if passes else _mode(command),
            prompts=() if passes else _prompts(command, rest, arguments),
            system_prompts=tuple(given[key] for key in _LASTING if key in given),
            system_prompt_files=tuple(
                given[key] for key in _LASTING_FILES if key in given
            ),
            reads_stdin=command.partition(" ")[0] in _ONE_SHOT,
            uncovered=uncovered,
            add_dirs=arguments.values("--add-dir"),
            hooks=False,
            directory=directories[-1] if directories else None,
        )

    def read_settings(
        self, argv: Sequence[str], environ: Mapping[str, str], cwd: str
    ) -> VendorSettings:
        """Read the configuration that decides where the traffic goes."""
        # On use: the one part of this module that touches files.
        from aiwrap.vendors import codex_settings

        return codex_settings.read(self.facts, argv, environ, cwd)

    def pin(
        self,
        argv: Sequence[str],
        launch: Launch,
        settings: VendorSettings,
        environ: Mapping[str, str],
        *,
        base_url: str,
        hook_url: str,
    ) -> Pin:
        """Return how to start Codex so that its provider is the gateway."""
        del hook_url
        provider = str((settings.own or {}).get("model_provider") or OPENAI)
        return Pin(
            {},
            lambda _path: self.pinned_arguments(argv, launch, provider, base_url),
            environment(environ, no_proxy=settings.no_proxy),
        )

    def pinned_arguments(
        self, argv: Sequence[str], launch: Launch, provider: str, base_url: str
    ) -> list[str]:
        """Return the arguments with our configuration behind the user's own."""
        ours: list[str] = []
        for pinned in pins(provider, base_url):
            ours += ["-c", pinned]
        if launch.mode == "tui" and "--no-daemon" not in argv:
            ours.append("--no-daemon")  # its traffic would not be ours
        end = list(argv).index("--") if "--" in argv else len(argv)
        return [*argv[:end], *ours, *argv[end:]]

    def _uncovered(self, command: str, arguments: commander.Arguments) -> str | None:
        facts = self.facts
        for name in arguments.names:
            if name in facts.uncovered_options:
                return f"`{name}`: {facts.uncovered_options[name]}"
        for reasons in (facts.uncovered_subcommands, facts.uncovered_commands):
            for word in (command, command.partition(" ")[0]):
                if word in reasons:
                    return f"`{word}`: {reasons[word]}"
        return None

    def _passes(self, command: str, arguments: commander.Arguments) -> bool:
        """Only what is certain passes: an unknown option may take the next word."""
        if arguments.has_unknown:
            return False
        if any(arguments.has(name) for name in self.facts.passthrough_options):
            return True
        passing = self.facts.passthrough_commands
        return command in passing or command.partition(" ")[0] in passing


def split_command(
    operands: Sequence[str], facts: VendorFacts
) -> tuple[str, tuple[str, ...]]:
    """Return the command, with its own command behind a blank, and what follows."""
    first = _ALIASES.get(operands[0], operands[0]) if operands else ""
    known = {
        *_ONE_SHOT,
        *_TUI_COMMANDS,
        "app-server",
        *facts.passthrough_commands,
        *facts.uncovered_commands,
    }
    if first not in known:
        return "", tuple(operands)
    pair = f"{first} {operands[1]}" if len(operands) > 1 else ""
    is_known_pair = pair in facts.uncovered_subcommands or pair in known
    if is_known_pair or (first == "exec" and pair[5:] in _SESSION_COMMANDS):
        return pair, tuple(operands[2:])
    return first, tuple(operands[1:])


def pins(provider: str, base_url: str) -> list[str]:
    """Return the values of `-c` that send a provider's traffic to `base_url`."""
    quoted = '"' + base_url.replace("\\", "\\\\").replace('"', '\\"') + '"'
    address = (
        "openai_base_url"
        if provider == OPENAI
        else f"model_providers.{provider}.base_url"
    )
    return [
        f'model_provider="{provider}"',
        f"{address}={quoted}",
        # Decoded all the same, should it come compressed; nothing is gained here.
        "features.enable_request_compression=false",
    ]


def environment(environ: Mapping[str, str], *, no_proxy: str) -> dict[str, str]:
    """Return the environment to start with: no proxy stands before the gateway."""
    entries = extend_no_proxy(no_proxy)
    return {**environ, "NO_PROXY": entries, "no_proxy": entries}


def _mode(command: str) -> Mode:
    first = command.partition(" ")[0]
    if first == "app-server":
        return "stream-json"
    return "print" if first in _ONE_SHOT else "tui"


def _prompts(
    command: str, rest: Sequence[str], arguments: commander.Arguments
) -> tuple[str, ...]:
    """Return what may be a prompt; a session's id among it does no harm."""
    if command.startswith("app-server"):
        return ()
    words = (*rest, *arguments.values("--message"))
    return tuple(word for word in words if word.strip() and word != "-")
