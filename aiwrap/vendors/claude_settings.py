"""Read the settings that decide where Claude Code sends its traffic.

Worldly: the files of the user and the administrator, and what the user's own
`--settings` names.  Settings in the working tree are reported and never
obeyed: a model can write them.  The rules are `claude`'s.

Not read: settings that macOS device management (plist) or the vendor's server
supplies; the latter are not fetched behind a base URL of our own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from aiwrap.errors import UsageError
from aiwrap.vendors import commander
from aiwrap.vendors.descriptor import VendorFacts, VendorSettings
from aiwrap.vendors.no_proxy import read_no_proxy

MANAGED_DIRECTORY = (
    "/Library/Application Support/ClaudeCode"
    if sys.platform == "darwin"
    else "/etc/claude-code"
)
MAX_SETTINGS_BYTES = 4 * 1024 * 1024
_PROJECT_FILES = (".claude/settings.json", ".claude/settings.local.json")
_HOOK_URLS = "allowedHttpHookUrls"
_PROXIES = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "http_proxy",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
)


class Rules(Protocol):
    """What settings mean; `claude.Claude` knows."""

    @property
    def facts(self) -> VendorFacts:
        """Return what the TOML file says."""

    def upstream(
        self,
        environ: Mapping[str, str],
        user_settings: Mapping[str, object] | None,
        managed_settings: Mapping[str, object] | None,
    ) -> str:
        """Return where the traffic would go without us."""

    def provider(self, *environments: Mapping[str, object]) -> str | None:
        """Name the provider that these environments switch to."""

    def managed_problem(self, managed: Mapping[str, object] | None) -> str | None:
        """Say why managed settings beat the pin, or None."""

    def hooks_problem(
        self, managed: Mapping[str, object] | None, own: Mapping[str, object] | None
    ) -> str | None:
        """Say why the vendor CLI would not run our hooks, or None."""


def read(
    rules: Rules,
    argv: Sequence[str],
    environ: Mapping[str, str],
    cwd: str,
    *,
    managed_directory: str = MANAGED_DIRECTORY,
) -> VendorSettings:
    """Return what decides where the traffic of `claude ARGV` goes.

    Raises:
        UsageError: The user's own `--settings` cannot be read.

    """
    arguments = commander.read(argv, rules.facts.grammar)
    given = arguments.values("--settings")
    flag = read_flag(given[-1], cwd) if given else None
    own = _overlay(_read_file(user_file(environ)) or {}, flag or {})
    managed, unreadable = read_managed(managed_directory)
    # A program that starts the vendor CLI may restrict it; its `env` does not
    # beat the pin, its restrictions on hooks do.
    host = arguments.values("--managed-settings")
    restricted = _overlay(managed, (host and _parse(host[-1].encode())) or {})
    project = _read_project(cwd)
    env = {**environ, **_texts(own.get("env"))}
    provider = rules.provider(env)
    return VendorSettings(
        own=flag,
        upstream=rules.upstream(environ, own, managed),
        uncovered=(f"the traffic goes to {provider}" if provider else unreadable)
        or rules.managed_problem(managed),
        hooks_problem=_hooks_variable(rules, environ)
        or rules.hooks_problem(restricted, own),
        no_proxy=read_no_proxy(env),
        environment=env,
        hook_urls_are_listed=any(
            _HOOK_URLS in settings for settings in (own, *project.values())
        ),
        reports=tuple(_project_reports(rules, project)),
    )


def user_file(environ: Mapping[str, str]) -> str:
    """Return the path of the user's own settings file."""
    directory = environ.get("CLAUDE_CONFIG_DIR")
    if not directory:
        home = environ.get("HOME") or os.path.expanduser("~")
        directory = os.path.join(home, ".claude")
    return os.path.join(directory, "settings.json")


def read_flag(value: str, cwd: str) -> dict[str, object]:
    """Return what `--settings VALUE` means: inline JSON, or a file.

    Raises:
        UsageError: It is neither; the vendor CLI would stop there too.

    """
    text = value.strip()
    if not text:
        return {}  # the vendor CLI takes it for none
    if text.startswith("{") and text.endswith("}"):
        settings = _parse(text.encode())
        if settings is None:
            raise UsageError(
                "the JSON given with --settings is broken", hint="Check --settings."
            )
        return settings
    path = os.path.join(cwd, value)
    if not os.path.isfile(path):
        raise UsageError(
            f"the settings file {path} does not exist", hint="Check --settings."
        )
    settings = _read_file(path)
    if settings is None:
        raise UsageError(
            f"the settings file {path} is not JSON", hint="Check --settings."
        )
    return settings


def read_managed(directory: str) -> tuple[dict[str, object], str | None]:
    """Return the administrator's settings merged, and why they are not known."""
    merged: dict[str, object] = {}
    for path in _managed_files(directory):
        settings = _read_file(path)
        if settings is None and os.path.exists(path):
            return {}, f"managed settings in {path} cannot be read"
        merged = _overlay(merged, settings or {})
    return merged, None


def _managed_files(directory: str) -> list[str]:
    fragments = os.path.join(directory, "managed-settings.d")
    try:
        names = sorted(os.listdir(fragments))
    except OSError:
        names = []
    return [
        os.path.join(directory, "managed-settings.json"),
        *(os.path.join(fragments, name) for name in names if name.endswith(".json")),
    ]


def _read_project(cwd: str) -> dict[str, dict[str, object]]:
    """Return the settings in the working tree by file name; they are not obeyed."""
    found = {name: _read_file(os.path.join(cwd, name)) for name in _PROJECT_FILES}
    return {name: settings for name, settings in found.items() if settings}


def _project_reports(
    rules: Rules, project: Mapping[str, Mapping[str, object]]
) -> Iterator[str]:
    for name, settings in project.items():
        keys = _diverting_keys(rules, settings)
        if keys:
            yield f"{name} sets {', '.join(keys)}: overruled by aiwrap"


def _diverting_keys(rules: Rules, settings: Mapping[str, object]) -> list[str]:
    facts = rules.facts
    watched = (facts.upstream_variable, *_PROXIES, *facts.blank)
    env = _texts(settings.get("env"))
    keys = [name for name in watched if env.get(name)]
    if settings.get("disableAllHooks") is True:
        keys.append("disableAllHooks")
    return keys


def _hooks_variable(rules: Rules, environ: Mapping[str, str]) -> str | None:
    for name in rules.facts.hooks_off_variables:
        if environ.get(name, "").strip().lower() in ("1", "true", "yes", "on"):
            return f"{name} switches hooks off"
    return None


def _overlay(
    under: Mapping[str, object], over: Mapping[str, object]
) -> dict[str, object]:
    """Later keys win; of `env` the single variables."""
    env = {**_texts(under.get("env")), **_texts(over.get("env"))}
    return {**under, **over, **({"env": env} if env else {})}


def _texts(env: object) -> dict[str, str]:
    if not isinstance(env, dict):
        return {}
    return {str(name): str(value) for name, value in env.items()}


def _read_file(path: str) -> dict[str, object] | None:
    try:
        with open(path, "rb") as file:
            return _parse(file.read(MAX_SETTINGS_BYTES))
    except OSError:
        return None


def _parse(data: bytes) -> dict[str, object] | None:
    if not data.strip():
        return {}
    import json  # on use: most launches have no settings file

    try:
        settings = json.loads(data)
    except ValueError:
        return None
    return settings if isinstance(settings, dict) else None
