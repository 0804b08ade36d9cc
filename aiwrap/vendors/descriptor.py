"""What every vendor tells aiwrap: its facts, and the questions it answers.

The facts are TOML (`aiwrap/data/vendors/NAME.toml`); the answers are one small
module per vendor, checked against `VendorModule`.  Pure: bytes in, values out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

Mode = Literal["tui", "print", "stream-json", "passthrough"]


class Grammar(NamedTuple):
    """How the vendor CLI's options take values; every name is the long one."""

    required: frozenset[str]
    optional: frozenset[str]
    variadic: frozenset[str]
    flags: frozenset[str]
    aliases: Mapping[str, str]


class VendorFacts(NamedTuple):
    """What the TOML file says; see its own comments."""

    name: str
    title: str
    executables: tuple[str, ...]
    path_marks: tuple[str, ...]
    install: str
    tested: tuple[str, str]  # lowest and highest version
    wire: str
    default_upstream: str
    upstream_variable: str
    upstreams_by_header: Mapping[str, str]  # a request with it goes there instead
    providers: Mapping[str, str]
    blank: tuple[str, ...]
    unset: tuple[str, ...]
    hook_events: tuple[str, ...]
    hooks_off_options: frozenset[str]
    hooks_off_variables: tuple[str, ...]
    grammar: Grammar
    system_prompt_options: frozenset[str]
    system_prompt_file_options: frozenset[str]
    passthrough_options: frozenset[str]
    passthrough_first_words: frozenset[str]
    passthrough_commands: frozenset[str]
    uncovered_options: Mapping[str, str]
    uncovered_values: Mapping[str, Mapping[str, str]]
    uncovered_commands: Mapping[str, str]
    uncovered_first_words: Mapping[str, str]
    uncovered_subcommands: Mapping[str, str]


class Launch(NamedTuple):
    """What the vendor CLI's arguments say."""

    mode: Mode  # "passthrough": no model traffic, nothing to decide
    prompts: tuple[str, ...]
    system_prompts: tuple[str, ...]
    system_prompt_files: tuple[str, ...]
    reads_stdin: bool  # what comes on a stdin that is no terminal is prompt text
    uncovered: str | None  # why the gateway would not see this work
    add_dirs: tuple[str, ...]
    hooks: bool  # False: this mode runs no hooks (the wire still decides)
    directory: str | None = None  # where it works, if not where it is started


class VendorSettings(NamedTuple):
    """What the user and the administrator configured, read before the pin hides it."""

    own: Mapping[str, object] | None  # what the user's own settings option names
    upstream: str  # where the traffic would have gone
    uncovered: str | None  # why the pin would not hold
    hooks_problem: str | None  # why the vendor CLI would not run our hooks
    no_proxy: str  # the user's own entries
    environment: Mapping[str, str]  # the user's environment with their settings on top
    hook_urls_are_listed: bool  # some settings list the hook addresses to call
    reports: tuple[str, ...]  # sentences about the working tree's settings
    upstream_is_default: bool = False  # nobody configured another


class Pin(NamedTuple):
    """How the vendor CLI is started so that it talks to the gateway."""

    settings: Mapping[str, object]  # for the settings file, where it reads one
    arguments: Callable[[str], list[str]]  # the settings file's path → arguments
    environ: Mapping[str, str]


class VendorModule(Protocol):
    """The questions that a vendor answers."""

    @property
    def facts(self) -> VendorFacts:
        """Return what the TOML file says."""

    def read_arguments(
        self, argv: Sequence[str], *, stdout_is_terminal: bool = True
    ) -> Launch:
        """Say what these arguments would start."""

    def read_settings(
        self, argv: Sequence[str], environ: Mapping[str, str], cwd: str
    ) -> VendorSettings:
        """Read the settings that decide where the traffic goes (worldly)."""

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
        """Return how to start the vendor CLI so that it talks to the gateway."""


def parse_facts(data: bytes) -> VendorFacts:
    """Return the facts in `data`, which ships with aiwrap: a flaw is a bug."""
    import tomli  # on use: it is compiled, and the policy needs it anyway

    facts = tomli.loads(data.decode())
    options, uncovered, passed = (
        facts[key] for key in ("options", "uncovered", "passthrough")
    )
    low, high = facts["tested"]
    return VendorFacts(
        name=facts["name"],
        title=facts["title"],
        executables=tuple(facts["executables"]),
        path_marks=tuple(facts["path_marks"]),
        install=facts["install"],
        tested=(low, high),
        wire=facts["wire"],
        default_upstream=facts["upstream"]["default"],
        upstream_variable=facts["upstream"]["variable"],
        upstreams_by_header=facts["upstream"].get("by_header", {}),
        providers=facts["providers"],
        blank=tuple(facts["pin"]["blank"]),
        unset=tuple(facts["pin"]["unset"]),
        hook_events=tuple(facts["hooks"]["events"]),
        hooks_off_options=frozenset(facts["hooks"]["off_options"]),
        hooks_off_variables=tuple(facts["hooks"]["off_variables"]),
        grammar=Grammar(
            required=frozenset(options["required"]),
            optional=frozenset(options["optional"]),
            variadic=frozenset(options["variadic"]),
            flags=frozenset(options["flags"]),
            aliases=options["aliases"],
        ),
        system_prompt_options=frozenset(facts["prompts"]["system"]),
        system_prompt_file_options=frozenset(facts["prompts"]["system_files"]),
        passthrough_options=frozenset(passed["options"]),
        passthrough_first_words=frozenset(passed["first_words"]),
        passthrough_commands=frozenset(passed["commands"]),
        uncovered_options=uncovered["options"],
        uncovered_values=uncovered["values"],
        uncovered_commands=uncovered["commands"],
        uncovered_first_words=uncovered["first_words"],
        uncovered_subcommands=uncovered["subcommands"],
    )
