"""What Claude Code's arguments mean, and the settings that pin it."""

from __future__ import annotations

import json
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.vendors import registry
from aiwrap.vendors.claude import Claude
from tests.support.components import require

BASE_URL, HOOK_URL = "http://127.0.0.1:1/s/x", "http://127.0.0.1:1/h/y"


@pytest.mark.parametrize(
    ("argv", "mode", "prompts"),
    [
        ([], "tui", ()),
        (["fix the parser"], "tui", ("fix the parser",)),
        (["-p", "fix"], "print", ("fix",)),
        (["fix", "--print"], "print", ("fix",)),
        (["--model", "opus", "-p", "fix"], "print", ("fix",)),
        (["-p", "--output-format", "json", "--", "fix"], "print", ("fix",)),
        (["--add-dir", "../lib", "-p", "fix"], "print", ("fix",)),
        (["-p", "fix", "--allowedTools", "Bash(git *)", "Edit"], "print", ("fix",)),
        (["-c", "fix"], "tui", ("fix",)),
        (["-r", "0a1b", "fix"], "tui", ("fix",)),
        (["-p", "--input-format", "stream-json"], "stream-json", ()),
        (["-p", "--input-format=stream-json"], "stream-json", ()),
        (["config"], "tui", ("config",)),
        (["-p", "doctor"], "print", ("doctor",)),
        (["--not-yet-known", "mcp", "fix"], "tui", ("mcp", "fix")),
        (["--version"], "passthrough", ()),
        (["-v"], "passthrough", ()),
        (["--help"], "passthrough", ()),
        (["mcp", "add", "-s", "user", "name", "--", "npx", "x"], "passthrough", ()),
        (["--verbose", "plugin", "list"], "passthrough", ()),
        (["auto-mode", "defaults"], "passthrough", ()),
        (["update"], "passthrough", ()),
        (["--append-system-prompt", "--version", "-p", "fix"], "print", ("fix",)),
    ],
)
def test_arguments_are_understood(
    claude: Claude, argv: list[str], mode: str, prompts: tuple[str, ...]
) -> None:
    """The launch gate decides on exactly what a person asked."""
    launch = claude.read_arguments(argv)

    assert launch.mode == mode
    assert launch.prompts == prompts
    assert launch.uncovered is None


def test_without_a_terminal_it_prints(claude: Claude) -> None:
    """`claude "…" | cat` is a one-shot mode although nobody wrote -p."""
    launch = claude.read_arguments(["fix"], stdout_is_terminal=False)

    assert launch.mode == "print"


@pytest.mark.parametrize(
    "argv",
    [
        ["--bg", "fix"],
        ["--background", "fix"],
        ["-p", "fix", "--bg"],
        ["--cloud", "fix"],
        ["--remote=fix"],
        ["--teleport"],
        ["--environment", "ccpool_1"],
        ["--remote-control"],
        ["--rc", "name"],
        ["--worktree", "--tmux"],
        ["--desktop"],
        ["--sdk-url", "wss://x", "-p"],
        ["--initialize-fields=disallowedTools,settings"],
        ["agents"],
        ["--verbose", "agents"],
        ["daemon", "run"],
        ["remote-control"],
        ["gateway"],
        ["attach", "ab12"],
        ["respawn", "--all"],
        ["ultrareview"],
        ["plugin", "eval", "x"],
        ["auto-mode", "critique"],
        ["--handle-uri", "claude://x"],
    ],
)
def test_what_the_gateway_cannot_see_says_why(claude: Claude, argv: list[str]) -> None:
    """Such work gets what the policy's `uncovered` says, with the reason."""
    launch = claude.read_arguments(argv)

    assert launch.uncovered
    assert launch.mode != "passthrough"


def test_a_value_that_looks_like_an_option_is_a_value(claude: Claude) -> None:
    """It would make a covered session look uncovered, and a prompt be missed."""
    launch = claude.read_arguments(["--append-system-prompt", "--bg", "-p", "fix"])

    assert launch.uncovered is None
    assert launch.system_prompts == ("--bg",)


def test_system_prompts_and_their_files_are_told(claude: Claude) -> None:
    """They leave with every request, so the launch gate must see them."""
    launch = claude.read_arguments(
        [
            "--system-prompt=a",
            "--append-system-prompt",
            "b",
            "--agents",
            "{}",
            "--append-system-prompt-file",
            "f",
            "--add-dir",
            "x",
            "y",
        ]
    )

    assert launch.system_prompts == ("a", "b", "{}")
    assert launch.system_prompt_files == ("f",)
    assert launch.add_dirs == ("x", "y")


@pytest.mark.parametrize("option", ["--bare", "--safe-mode"])
def test_modes_without_hooks_say_so(claude: Claude, option: str) -> None:
    """The record's coverage must not claim hooks that never ran."""
    assert not claude.read_arguments([option, "-p", "fix"]).hooks


@given(argv=st.lists(st.text(max_size=8), max_size=6))
def test_any_arguments_are_understood(argv: list[str]) -> None:
    """A strange command line is the vendor CLI's to complain about, not a crash."""
    vendor = registry.find("claude")
    assert isinstance(vendor, Claude)

    launch = vendor.read_arguments(argv)

    assert launch.mode in {"tui", "print", "stream-json", "passthrough"}


@pytest.mark.parametrize(
    "given_words", [[], ["--settings", "a"], ["--settings={}", "-c", "--settings", "b"]]
)
def test_our_settings_take_the_place_of_the_users(
    claude: Claude, given_words: list[str]
) -> None:
    """A second --settings would replace ours: the last one wins."""
    argv = [*given_words, "-p", "--", "--settings", "is my prompt"]

    pinned = claude.pinned_arguments(argv, "/ours.json")

    kept = ["-c"] if "-c" in given_words else []
    prompt = ["-p", "--", "--settings", "is my prompt"]
    assert pinned == ["--settings", "/ours.json", *kept, *prompt]


def test_the_pin_wins_and_the_rest_of_the_users_settings_stays(claude: Claude) -> None:
    """Merged, not replaced: the user's own model, hooks and variables still count."""
    own_hook = {"matcher": "Bash", "hooks": [{"type": "command", "command": "x"}]}
    user: dict[str, object] = {
        "model": "opus",
        "env": {"ANTHROPIC_BASE_URL": "http://elsewhere", "KEEP": "1"},
        "hooks": {"PreToolUse": [own_hook], "Stop": [own_hook]},
        "disableAllHooks": True,
    }
    before = json.dumps(user)

    merged = claude.settings(
        user, base_url=BASE_URL, hook_url=HOOK_URL, hooks=True, no_proxy="corp.example"
    )

    env = merged["env"]
    hooks = merged["hooks"]
    assert isinstance(env, dict)
    assert isinstance(hooks, dict)
    assert env["ANTHROPIC_BASE_URL"] == BASE_URL
    assert env["KEEP"] == "1"
    assert env["CLAUDE_CODE_USE_BEDROCK"] == env["ANTHROPIC_UNIX_SOCKET"] == ""
    assert env["NO_PROXY"] == env["no_proxy"] == "corp.example,127.0.0.1,localhost"
    assert hooks["PreToolUse"][1] == own_hook
    assert hooks["PreToolUse"][0]["hooks"][0]["url"] == HOOK_URL
    assert hooks["UserPromptSubmit"][0]["hooks"][0]["type"] == "http"
    assert hooks["Stop"] == [own_hook]
    assert merged["model"] == "opus"
    assert merged["disableAllHooks"] is False
    assert json.dumps(user) == before


def test_hooks_that_the_user_switched_off_stay_off(claude: Claude) -> None:
    """Switching them on would run the hooks of any working tree."""
    merged = claude.settings(
        {"disableAllHooks": True},
        base_url=BASE_URL,
        hook_url=HOOK_URL,
        hooks=False,
        no_proxy="",
    )

    assert merged["disableAllHooks"] is True
    assert "hooks" not in merged


def test_a_list_of_hook_addresses_gets_ours_and_none_is_invented(
    claude: Claude,
) -> None:
    """A new list would forbid the user's other hooks."""
    listed = {"allowedHttpHookUrls": ["https://corp.example/*"]}

    with_list = claude.settings(
        listed, base_url=BASE_URL, hook_url=HOOK_URL, hooks=True, no_proxy=""
    )
    without = claude.settings(
        None, base_url=BASE_URL, hook_url=HOOK_URL, hooks=True, no_proxy=""
    )

    urls = ["https://corp.example/*", HOOK_URL]
    assert with_list["allowedHttpHookUrls"] == urls
    assert "allowedHttpHookUrls" not in without


def test_the_environment_is_pinned_before_any_settings_load(claude: Claude) -> None:
    """A socket in the process environment diverts before our settings are read."""
    environ = {"ANTHROPIC_UNIX_SOCKET": "/x", "KEEP": "1", "NO_PROXY": "a"}

    child = claude.environment(environ, base_url="http://b", no_proxy="a")

    assert child == {
        "KEEP": "1",
        "ANTHROPIC_BASE_URL": "http://b",
        "NO_PROXY": "a,127.0.0.1,localhost",
        "no_proxy": "a,127.0.0.1,localhost",
    }


@pytest.mark.parametrize(
    ("managed", "own", "environ", "expected"),
    [
        (None, None, {}, "https://api.anthropic.com"),
        (None, None, {"ANTHROPIC_BASE_URL": "http://p"}, "http://p"),
        (None, "http://u", {"ANTHROPIC_BASE_URL": "http://p"}, "http://u"),
        ("http://m", "http://u", {"ANTHROPIC_BASE_URL": "http://p"}, "http://m"),
        (None, "", {"ANTHROPIC_BASE_URL": "http://p"}, "http://p"),
    ],
)
def test_the_upstream_is_where_the_traffic_would_have_gone(
    claude: Claude,
    managed: str | None,
    own: str | None,
    environ: dict[str, str],
    expected: str,
) -> None:
    """A company's own endpoint stays in use behind the gateway."""

    def settings(url: str | None) -> dict[str, object] | None:
        return None if url is None else {"env": {"ANTHROPIC_BASE_URL": url}}

    assert claude.upstream(environ, settings(own), settings(managed)) == expected


@pytest.mark.parametrize("value", ["1", "true", "yes"])
def test_another_provider_is_named(claude: Claude, value: str) -> None:
    """Bedrock and the like ignore the base URL: the gateway would see nothing."""
    assert claude.provider({"CLAUDE_CODE_USE_BEDROCK": value}) == "Amazon Bedrock"


@pytest.mark.parametrize("value", ["", "0", "false", "no", "off"])
def test_a_provider_that_is_switched_off_is_none(claude: Claude, value: str) -> None:
    assert claude.provider({"CLAUDE_CODE_USE_BEDROCK": value}) is None


@pytest.mark.parametrize(
    "managed",
    [
        {"env": {"ANTHROPIC_BASE_URL": "http://m"}},
        {"env": {"CLAUDE_CODE_USE_VERTEX": "1"}},
        {"env": {"HTTPS_PROXY": "http://m"}},
        {"env": {"NO_PROXY": "m"}},
        {"policyHelper": {"path": "/x"}},
    ],
)
def test_managed_settings_that_beat_the_pin_are_a_problem(
    claude: Claude, managed: dict[str, object]
) -> None:
    """A pin that does not hold must never look like enforcement."""
    assert claude.managed_problem(managed)


@pytest.mark.parametrize(
    "managed", [None, {}, {"env": {"X": "1"}}, {"permissions": {}}]
)
def test_other_managed_settings_are_none(
    claude: Claude, managed: dict[str, object] | None
) -> None:
    assert claude.managed_problem(managed) is None
    assert claude.hooks_problem(managed, None) is None


@pytest.mark.parametrize(
    ("managed", "own"),
    [
        ({"disableAllHooks": True}, None),
        ({"allowManagedHooksOnly": True}, None),
        ({"allowedHttpHookUrls": []}, None),
        (None, {"disableAllHooks": True}),
    ],
)
def test_settings_that_silence_hooks_leave_the_wire(
    claude: Claude, managed: dict[str, object] | None, own: dict[str, object] | None
) -> None:
    """Hooks are a convenience: without them the session is still covered."""
    assert claude.hooks_problem(managed, own)
    assert claude.managed_problem(managed) is None


def test_every_command_that_passes_is_a_command(claude: Claude, home: str) -> None:
    """A word that the real CLI takes for a prompt must never pass unseen."""
    program = require("claude")
    environ = {"HOME": home, "PATH": "/usr/bin:/bin", "CLAUDE_CONFIG_DIR": home}
    for command in sorted(claude.facts.passthrough_commands - {"help"}):
        done = subprocess.run(
            [program, command, "--help"],
            env=environ,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        shown = done.stdout + done.stderr
        assert "Usage: claude [options] [command] [prompt]" not in shown, command
