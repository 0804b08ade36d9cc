"""Tests for aiwrap/vendors/codex.py."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.vendors.codex import Codex, pins
from aiwrap.vendors.descriptor import VendorSettings
from tests.support.components import require

SETTINGS = VendorSettings(
    own={"model_provider": "openai"},
    upstream="https://api.openai.com/v1",
    uncovered=None,
    hooks_problem=None,
    no_proxy="corp.example",
    environment={},
    hook_urls_are_listed=False,
    reports=(),
)


@pytest.mark.parametrize(
    ("argv", "mode", "prompts"),
    [
        ([], "tui", ()),
        (["fix it"], "tui", ("fix it",)),
        (["-m", "gpt-5.5", "fix it"], "tui", ("fix it",)),
        (["exec", "fix it"], "print", ("fix it",)),
        (["e", "--json", "fix it"], "print", ("fix it",)),
        (["-m", "x", "exec", "-s", "read-only", "fix it"], "print", ("fix it",)),
        (["exec", "-"], "print", ()),
        (["exec"], "print", ()),
        (["exec", "--", "-v is broken"], "print", ("-v is broken",)),
        (["exec", "resume", "--last", "go on"], "print", ("go on",)),
        (["exec", "resume", "id1", "go on"], "print", ("id1", "go on")),
        (["exec", "fork", "id1", "go on"], "print", ("id1", "go on")),
        (["exec", "review", "look at it"], "print", ("look at it",)),
        (["review", "--base", "main", "look at it"], "print", ("look at it",)),
        (["review", "--uncommitted"], "print", ()),
        (["resume", "id1", "go on"], "tui", ("id1", "go on")),
        (["fork", "--last", "go on"], "tui", ("go on",)),
        (["app-server"], "stream-json", ()),
        (["app-server", "--listen", "stdio://"], "stream-json", ()),
        (["-i", "a.png", "b.png", "-C", "/x", "fix it"], "tui", ("fix it",)),
        # No command of this version: a prompt.
        (["mcp-server"], "tui", ("mcp-server",)),
        (["make", "resume"], "tui", ("make", "resume")),
    ],
)
def test_what_is_started(
    codex_cli: Codex, argv: list[str], mode: str, prompts: tuple[str, ...]
) -> None:
    launch = codex_cli.read_arguments(argv)

    assert (launch.mode, launch.prompts) == (mode, prompts)
    assert launch.uncovered is None


@pytest.mark.parametrize(
    "argv",
    [
        ["--version"],
        ["exec", "--help"],
        ["login", "--with-api-key"],
        ["mcp", "list"],
        ["a"],
        ["app-server", "generate-ts"],
    ],
)
def test_what_passes(codex_cli: Codex, argv: list[str]) -> None:
    """No prompt and no model traffic."""
    launch = codex_cli.read_arguments(argv)

    assert (launch.mode, launch.prompts) == ("passthrough", ())


@pytest.mark.parametrize(
    "argv",
    [
        ["cloud", "exec", "fix it"],
        ["cloud"],
        ["--remote", "ws://x", "fix it"],
        ["resume", "--remote=ws://x"],
        ["remote-control"],
        ["exec-server"],
        ["agents"],
        ["queue", "--thread", "t", "--message", "fix it"],
        ["app-server", "daemon", "start"],
        ["app-server", "proxy"],
        ["app-server", "--code-mode-host", "ws://x"],
        ["debug", "app-server", "send-message-v2", "fix it"],
        ["cloud", "--help"],
    ],
)
def test_what_the_gateway_does_not_see(codex_cli: Codex, argv: list[str]) -> None:
    """It is judged by what the policy says of uncovered work, and never passes."""
    launch = codex_cli.read_arguments(argv)

    assert launch.uncovered is not None
    assert launch.mode != "passthrough"


def test_prompts_of_uncovered_work_are_still_judged(codex_cli: Codex) -> None:
    queued = ["queue", "--thread", "t", "--message", "fix it"]

    assert codex_cli.read_arguments(["cloud", "exec", "fix it"]).prompts[-1] == "fix it"
    assert codex_cli.read_arguments(queued).prompts == ("fix it",)


def test_an_unknown_option_never_passes(codex_cli: Codex) -> None:
    """It may take the next word, and then that is no command."""
    assert codex_cli.read_arguments(["--new", "login", "x"]).mode == "tui"


def test_words_that_go_with_every_request(codex_cli: Codex) -> None:
    argv = ["-c", "developer_instructions=be brief", "-cmodel_instructions_file=a.md"]
    launch = codex_cli.read_arguments([*argv, "exec", "x"])

    assert launch.system_prompts == ("be brief",)
    assert launch.system_prompt_files == ("a.md",)


def test_where_it_works(codex_cli: Codex) -> None:
    launch = codex_cli.read_arguments(["exec", "-C", "/x", "--add-dir", "/y", "p"])

    assert launch.directory == "/x"
    assert launch.add_dirs == ("/y",)
    assert codex_cli.read_arguments(["exec", "p"]).directory is None


def pinned(codex_cli: Codex, *argv: str) -> list[str]:
    launch = codex_cli.read_arguments(argv)
    pin = codex_cli.pin(
        argv, launch, SETTINGS, {"A": "b"}, base_url="http://g/s/1", hook_url=""
    )
    assert pin.settings == {}
    assert pin.environ["A"] == "b"
    assert "127.0.0.1" in pin.environ["NO_PROXY"]
    assert "corp.example" in pin.environ["NO_PROXY"]
    return pin.arguments("")


def test_the_pin_stands_behind_the_users_options(codex_cli: Codex) -> None:
    """The last `-c` wins."""
    argv = pinned(codex_cli, "exec", "fix it", "-c", "model=x")

    assert argv[:4] == ["exec", "fix it", "-c", "model=x"]
    assert argv[4:8] == [
        "-c",
        'model_provider="openai"',
        "-c",
        'openai_base_url="http://g/s/1"',
    ]


def test_what_follows_two_dashes_is_no_option(codex_cli: Codex) -> None:
    argv = pinned(codex_cli, "exec", "--", "-c", "is my prompt")

    assert argv[-3:] == ["--", "-c", "is my prompt"]
    assert argv[1] == "-c"


def test_only_a_tui_could_use_the_daemon(codex_cli: Codex) -> None:
    """A server that somebody else started would not be pinned."""
    assert pinned(codex_cli, "fix it")[-1] == "--no-daemon"
    assert pinned(codex_cli, "resume").count("--no-daemon") == 1
    assert pinned(codex_cli, "--no-daemon").count("--no-daemon") == 1
    assert "--no-daemon" not in pinned(codex_cli, "exec", "fix it")
    assert "--no-daemon" not in pinned(codex_cli, "app-server")


def test_another_provider_has_its_own_address() -> None:
    assert pins("corp", "http://g")[:2] == [
        'model_provider="corp"',
        'model_providers.corp.base_url="http://g"',
    ]


@given(argv=st.lists(st.text(max_size=8), max_size=6))
def test_the_users_words_stay_in_order(codex_cli: Codex, argv: list[str]) -> None:
    launch = codex_cli.read_arguments(argv)
    words = codex_cli.pinned_arguments(argv, launch, "openai", "http://g/s/1")

    end = argv.index("--") if "--" in argv else len(argv)
    behind = len(argv) - end
    assert words[:end] == argv[:end]
    assert words[len(words) - behind :] == argv[end:]
    assert words[end : end + 2] == ["-c", 'model_provider="openai"']


def test_every_command_that_passes_is_a_command(codex_cli: Codex, home: str) -> None:
    """A word that the real CLI takes for a prompt must never pass unseen."""
    program = require("codex")
    environ = {"HOME": home, "PATH": "/usr/bin:/bin", "CODEX_HOME": home}
    for command in sorted(codex_cli.facts.passthrough_commands - {"help"}):
        done = subprocess.run(
            [program, *command.split(), "--help"],
            env=environ,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        usage = f"Usage: codex {command}"
        assert usage in done.stdout + done.stderr, command
