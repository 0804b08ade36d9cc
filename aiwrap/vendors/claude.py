"""Claude Code: what its arguments mean, and the settings that pin it.

Pure, except `read_settings`, which asks `claude_settings` on use.  The facts
behind each rule stand in `data/vendors/claude.toml`; the pin is the only one
that held against settings files, proxies and providers in every case tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from aiwrap.vendors import commander
from aiwrap.vendors.descriptor import Launch, Mode, Pin, VendorFacts, VendorSettings
from aiwrap.vendors.no_proxy import extend_no_proxy

HOOK_TIMEOUT_SECONDS = 60
_OFF = frozenset({"", "0", "false", "no", "off"})


class Claude:
    """Claude Code, by its facts."""

    __slots__ = ("facts",)

    def __init__(self, facts: VendorFacts) -> None:
        self.facts = facts

    def read_arguments(
        self, argv: Sequence[str], *, stdout_is_terminal: bool = True
    ) -> Launch:
        """Say what `claude ARGV` would start; without a terminal it prints."""
        arguments = commander.read(argv, self.facts.grammar)
        uncovered = self._uncovered(argv, arguments)
        passes = uncovered is None and self._passes(argv, arguments)
        mode = "passthrough" if passes else _mode(arguments, stdout_is_terminal)
        facts = self.facts
        return Launch(
            mode=mode,
            prompts=() if passes else _prompts(arguments),
            system_prompts=arguments.values(*facts.system_prompt_options),
            system_prompt_files=arguments.values(*facts.system_prompt_file_options),
            reads_stdin=not passes,
            uncovered=uncovered,
            add_dirs=arguments.values("--add-dir"),
            hooks=not any(arguments.has(name) for name in facts.hooks_off_options),
        )

    def read_settings(
        self, argv: Sequence[str], environ: Mapping[str, str], cwd: str
    ) -> VendorSettings:
        """Read the settings that decide where the traffic goes."""
        # On use: the one part of this module that touches files.
        from aiwrap.vendors import claude_settings

        return claude_settings.read(self, argv, environ, cwd)

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
        """Return how to start Claude Code so that it talks to the gateway."""
        return Pin(
            self.settings(
                settings.own,
                base_url=base_url,
                hook_url=hook_url,
                hooks=launch.hooks and settings.hooks_problem is None,
                no_proxy=settings.no_proxy,
                list_hook_url=settings.hook_urls_are_listed,
            ),
            lambda path: self.pinned_arguments(argv, path),
            self.environment(environ, base_url=base_url, no_proxy=settings.no_proxy),
        )

    def pinned_arguments(self, argv: Sequence[str], settings_path: str) -> list[str]:
        """Return the arguments with our settings; a second one would replace ours."""
        rest = list(argv)
        options = commander.read(argv, self.facts.grammar).options
        for option in reversed(options):
            if option.name == "--settings":
                del rest[option.start : option.end]
        return ["--settings", settings_path, *rest]

    def settings(
        self,
        user_settings: Mapping[str, object] | None,
        *,
        base_url: str,
        hook_url: str,
        hooks: bool,
        no_proxy: str,
        list_hook_url: bool = False,
    ) -> dict[str, object]:
        """Return the full pin, merged with the settings that the user gave.

        `no_proxy` holds the entries that the user has now.  With
        `list_hook_url` the hook's address is added to `allowedHttpHookUrls`,
        for users who restrict them.
        """
        merged: dict[str, object] = dict(user_settings or {})
        env = _mapping(merged.get("env"))
        no_proxy = extend_no_proxy(no_proxy, env.get("NO_PROXY"), env.get("no_proxy"))
        merged["env"] = {**env, **self._pin(base_url, no_proxy)}
        if hooks:
            merged["disableAllHooks"] = False
            merged["hooks"] = self._hooks(_mapping(merged.get("hooks")), hook_url)
        if hooks and (list_hook_url or "allowedHttpHookUrls" in merged):
            listed = _list(merged.get("allowedHttpHookUrls"))
            merged["allowedHttpHookUrls"] = [*listed, hook_url]
        return merged

    def environment(
        self, environ: Mapping[str, str], *, base_url: str, no_proxy: str
    ) -> dict[str, str]:
        """Return the environment to start with: the pin holds before settings load."""
        child = {key: environ[key] for key in environ if key not in self.facts.unset}
        no_proxy = extend_no_proxy(no_proxy)
        child[self.facts.upstream_variable] = base_url
        child["NO_PROXY"] = child["no_proxy"] = no_proxy
        return child

    def upstream(
        self,
        environ: Mapping[str, str],
        user_settings: Mapping[str, object] | None,
        managed_settings: Mapping[str, object] | None,
    ) -> str:
        """Return where the traffic would go without us.

        Managed settings win over the user's (`--settings` over the user's
        file, merged by the caller), those over the environment.
        """
        name = self.facts.upstream_variable
        for env in (_env(managed_settings), _env(user_settings), environ):
            if value := env.get(name):
                return str(value)
        return self.facts.default_upstream

    def provider(self, *environments: Mapping[str, object]) -> str | None:
        """Name the provider that these environments switch to, the first one wins."""
        for variable, title in self.facts.providers.items():
            value = next((e[variable] for e in environments if variable in e), "")
            if str(value).strip().lower() not in _OFF:
                return title
        return None

    def managed_problem(self, managed: Mapping[str, object] | None) -> str | None:
        """Say why managed settings beat the pin, or None."""
        env = _env(managed)
        moved = (
            self.facts.upstream_variable,
            "NO_PROXY",
            "no_proxy",
            "HTTP_PROXY",
            "HTTPS_PROXY",
            "http_proxy",
            "https_proxy",
            *(name for name in self.facts.blank if name not in self.facts.providers),
        )
        if (provider := self.provider(env)) is not None:
            return f"managed settings send the traffic to {provider}"
        for name in moved:
            if env.get(name):
                return f"managed settings set {name}, which beats aiwrap's own"
        if managed and managed.get("policyHelper"):
            return "a policy helper supplies managed settings that aiwrap cannot read"
        return None

    def hooks_problem(
        self, managed: Mapping[str, object] | None, own: Mapping[str, object] | None
    ) -> str | None:
        """Say why the vendor CLI would not run our hooks, or None."""
        if managed and managed.get("disableAllHooks") is True:
            return "managed settings switch all hooks off"
        if managed and managed.get("allowManagedHooksOnly") is True:
            return "managed settings allow managed hooks only"
        if managed and "allowedHttpHookUrls" in managed:
            return "managed settings list the hook addresses that are allowed"
        if own and own.get("disableAllHooks") is True:
            return "your settings switch all hooks off"
        return None

    def _uncovered(
        self, argv: Sequence[str], arguments: commander.Arguments
    ) -> str | None:
        facts = self.facts
        words = arguments.operands
        command, pair = words[0] if words else "", " ".join(words[:2])
        found = _first(facts.uncovered_first_words, argv[:1])
        found = found or _first(facts.uncovered_options, arguments.names)
        for option, values in facts.uncovered_values.items():
            given = ",".join(arguments.values(option)).split(",")
            found = found or _first(values, given)
        found = found or _first(facts.uncovered_commands, [command])
        return found or _first(facts.uncovered_subcommands, [pair])

    def _passes(self, argv: Sequence[str], arguments: commander.Arguments) -> bool:
        """Only what is certain passes: an unknown option may take the next word."""
        facts = self.facts
        if argv and argv[0] in facts.passthrough_first_words:
            return True
        if arguments.has("--print") or arguments.has_unknown:
            return False
        if any(arguments.has(name) for name in facts.passthrough_options):
            return True
        words = arguments.operands
        return bool(words) and words[0] in facts.passthrough_commands

    def _pin(self, base_url: str, no_proxy: str) -> dict[str, str]:
        pin = dict.fromkeys(self.facts.blank, "")
        pin[self.facts.upstream_variable] = base_url
        pin["NO_PROXY"] = pin["no_proxy"] = no_proxy
        return pin

    def _hooks(self, own: Mapping[str, object], hook_url: str) -> dict[str, object]:
        hook = {"type": "http", "url": hook_url, "timeout": HOOK_TIMEOUT_SECONDS}
        merged = dict(own)
        for event in self.facts.hook_events:
            merged[event] = [{"hooks": [hook]}, *_list(own.get(event))]
        return merged


def _first(reasons: Mapping[str, str], words: Iterable[str]) -> str | None:
    """Say why the first of `words` that has a reason is not covered."""
    return next((f"`{w}`: {reasons[w]}" for w in words if w in reasons), None)


def _mode(arguments: commander.Arguments, stdout_is_terminal: bool) -> Mode:
    if "stream-json" in arguments.values("--input-format"):
        return "stream-json"
    prints = arguments.has("--print") or arguments.has("--init-only")
    return "print" if prints or not stdout_is_terminal else "tui"


def _prompts(arguments: commander.Arguments) -> tuple[str, ...]:
    return tuple(word for word in arguments.operands if word.strip())


def _env(settings: Mapping[str, object] | None) -> Mapping[str, object]:
    return _mapping((settings or {}).get("env"))


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> Iterable[object]:
    return value if isinstance(value, list) else ()
