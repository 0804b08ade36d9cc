"""Read the configuration that decides where Codex sends its traffic.

Worldly: the files of the user and the administrator.  From weak to strong:

  1. /etc/codex/config.toml, the administrator's defaults
  2. config.toml in CODEX_HOME, with the profile that it names
  3. NAME.config.toml in CODEX_HOME, for `--profile NAME`
  4. the user's `-c`, among which our pin is the last
  5. /etc/codex/managed_config.toml, which beats our pin

A `.codex/config.toml` in the working tree cannot move the traffic (Codex
ignores the keys there); it is reported and never obeyed.  Not read: settings
that macOS device management or the vendor's cloud supplies.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

import tomli

from aiwrap.errors import UsageError
from aiwrap.vendors import commander
from aiwrap.vendors.codex_options import OPENAI, overrides
from aiwrap.vendors.descriptor import VendorFacts, VendorSettings
from aiwrap.vendors.no_proxy import read_no_proxy

SYSTEM_DIRECTORY = "/etc/codex"
MAX_CONFIG_BYTES = 4 * 1024 * 1024
_DIVERTING = ("openai_base_url", "model_provider", "model_providers")
_CONFLICT = (
    "aiwrap puts its own address in the place of {key}, so it cannot be given "
    "on the command line"
)

Table = dict[str, object]


def read(
    facts: VendorFacts,
    argv: Sequence[str],
    environ: Mapping[str, str],
    cwd: str,
    *,
    system_directory: str = SYSTEM_DIRECTORY,
) -> VendorSettings:
    """Return what decides where the traffic of `codex ARGV` goes.

    Raises:
        UsageError: The user's `-c` names an address, which ours would replace.

    """
    arguments = commander.read(argv, facts.grammar)
    given = overrides(arguments)
    _refuse_addresses(given)
    layers = list(_layers(arguments, environ, system_directory))
    config = merge(*(table for table, _ in layers), nested(given))
    provider = _provider(arguments, config)
    managed, managed_problem = _read_file(
        os.path.join(system_directory, "managed_config.toml")
    )
    problem = next((why for _, why in layers if why), None) or managed_problem
    upstream = _upstream(facts, provider, config)
    return VendorSettings(
        own={"model_provider": provider},
        upstream=upstream or facts.default_upstream,
        uncovered=problem
        or _managed(managed, provider)
        or _unreachable(facts, provider, upstream),
        hooks_problem="Codex runs no hooks of ours",
        no_proxy=read_no_proxy(environ),
        environment=_with_certificates(environ),
        hook_urls_are_listed=False,
        reports=tuple(_project_reports(cwd)),
        upstream_is_default=upstream is None,
    )


def home(environ: Mapping[str, str]) -> str:
    """Return the directory of the user's own configuration."""
    directory = environ.get("CODEX_HOME")
    if directory:
        return directory
    return os.path.join(environ.get("HOME") or os.path.expanduser("~"), ".codex")


def merge(*layers: Mapping[str, object]) -> Table:
    """Lay tables over each other; the later one wins, member by member."""
    merged: Table = {}
    for layer in layers:
        for key, value in layer.items():
            under = merged.get(key)
            if isinstance(under, dict) and isinstance(value, dict):
                merged[key] = merge(under, value)
            else:
                merged[key] = value
    return merged


def nested(given: Mapping[str, str]) -> Table:
    """Return `-c` overrides as tables, for the keys that we ask about."""
    tables: Table = {}
    for path, text in given.items():
        value: object = text
        for key in reversed(path.split(".")):
            value = {key: value}
        if isinstance(value, dict):
            tables = merge(tables, value)
    return tables


def _layers(
    arguments: commander.Arguments, environ: Mapping[str, str], system_directory: str
) -> Iterator[tuple[Table, str | None]]:
    yield _read_file(os.path.join(system_directory, "config.toml"))
    directory = home(environ)
    if not arguments.has("--ignore-user-config"):
        table, problem = _read_file(os.path.join(directory, "config.toml"))
        profiles, name = table.get("profiles"), table.get("profile")
        profile = profiles.get(name) if isinstance(profiles, dict) else None
        yield merge(table, profile if isinstance(profile, dict) else {}), problem
    for name in arguments.values("--profile"):
        yield _read_file(os.path.join(directory, f"{name}.config.toml"))


def _provider(arguments: commander.Arguments, config: Mapping[str, object]) -> str:
    if arguments.has("--oss"):
        chosen = arguments.values("--local-provider")
        default = config.get("oss_provider") or "ollama"
        return chosen[-1] if chosen else str(default)
    return str(config.get("model_provider") or OPENAI)


def _upstream(
    facts: VendorFacts, provider: str, config: Mapping[str, object]
) -> str | None:
    """Return where the provider's traffic would go; None where that is built in."""
    if provider in facts.providers:
        return None
    if provider == OPENAI:
        address = config.get("openai_base_url")
    else:
        providers = config.get("model_providers")
        table = providers.get(provider) if isinstance(providers, dict) else None
        address = table.get("base_url") if isinstance(table, dict) else None
    return str(address) if address else None


def _unreachable(facts: VendorFacts, provider: str, upstream: str | None) -> str | None:
    if provider in facts.providers:
        return f"the traffic goes to {facts.providers[provider]}"
    if provider != OPENAI and upstream is None:
        return f"the model provider {provider!r} has no base URL that we know"
    return None


def _managed(managed: Mapping[str, object], provider: str) -> str | None:
    """Say why managed configuration beats the pin, or None."""
    if "openai_base_url" in managed and provider == OPENAI:
        return "managed configuration sets openai_base_url, which beats aiwrap's own"
    if managed.get("model_provider", provider) != provider:
        return "managed configuration chooses another model provider"
    providers = managed.get("model_providers")
    if isinstance(providers, dict) and provider in providers:
        return f"managed configuration sets model_providers.{provider}"
    if "profile" in managed:
        return "managed configuration chooses a profile, which aiwrap cannot follow"
    return None


def _refuse_addresses(given: Mapping[str, str]) -> None:
    for key in given:
        is_address = key.startswith("model_providers.") and key.endswith(".base_url")
        if key == "openai_base_url" or is_address or key == "model_providers":
            raise UsageError(
                _CONFLICT.format(key=key),
                hint="Set it in config.toml: aiwrap forwards to the address there.",
            )


def _project_reports(cwd: str) -> Iterator[str]:
    path = os.path.join(".codex", "config.toml")
    table, _ = _read_file(os.path.join(cwd, path))
    keys = [key for key in _DIVERTING if key in table]
    if keys:
        yield f"{path} sets {', '.join(keys)}: not obeyed"


def _with_certificates(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Name the user's own CAs as the gateway reads them."""
    extra = environ.get("CODEX_CA_CERTIFICATE") or environ.get("SSL_CERT_FILE")
    if not extra or environ.get("NODE_EXTRA_CA_CERTS"):
        return environ
    return {**environ, "NODE_EXTRA_CA_CERTS": extra}


def _read_file(path: str) -> tuple[Table, str | None]:
    """Return a file's table, and why it is not known."""
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_CONFIG_BYTES)
    except FileNotFoundError:
        return {}, None
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        return {}, f"the configuration {path} cannot be read: {reason}"
    try:
        return tomli.loads(data.decode()), None
    except ValueError:
        return {}, f"the configuration {path} is not TOML"
