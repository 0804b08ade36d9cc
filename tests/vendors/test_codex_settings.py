"""Tests for aiwrap/vendors/codex_settings.py."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from aiwrap.errors import UsageError
from aiwrap.vendors import codex_settings
from aiwrap.vendors.codex import Codex
from aiwrap.vendors.descriptor import VendorSettings

CORP = """
model_provider = "corp"
[model_providers.corp]
name = "Corp"
base_url = "https://llm.corp.example/v1"
"""


class Machine(NamedTuple):
    """The configuration files of one machine."""

    root: Path
    codex_cli: Codex

    def write(self, where: str, text: str) -> None:
        """Write `home/…`, `etc/…` or `work/…`."""
        path = self.root / where
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def read(self, *argv: str, **environ: str) -> VendorSettings:
        """Read what decides where the traffic of `codex ARGV` goes."""
        return codex_settings.read(
            self.codex_cli.facts,
            argv,
            {"CODEX_HOME": str(self.root / "home"), **environ},
            str(self.root / "work"),
            system_directory=str(self.root / "etc"),
        )


@pytest.fixture
def machine(tmp_path: Path, codex_cli: Codex) -> Machine:
    return Machine(tmp_path, codex_cli)


def provider(settings: VendorSettings) -> object:
    return (settings.own or {})["model_provider"]


def test_a_machine_without_configuration(machine: Machine) -> None:
    """The upstream depends on the login, request by request."""
    settings = machine.read("exec", "x")

    assert settings.upstream == "https://api.openai.com/v1"
    assert settings.upstream_is_default
    assert provider(settings) == "openai"
    assert settings.uncovered is None


@pytest.mark.parametrize("where", ["home/config.toml", "etc/config.toml"])
def test_an_address_of_the_users_is_chained_to(machine: Machine, where: str) -> None:
    machine.write(where, 'openai_base_url = "https://proxy.example/v1"')
    settings = machine.read("exec", "x")

    assert settings.upstream == "https://proxy.example/v1"
    assert not settings.upstream_is_default


def test_the_user_beats_the_administrators_defaults(machine: Machine) -> None:
    machine.write("etc/config.toml", 'openai_base_url = "https://a.example"')
    machine.write("home/config.toml", 'openai_base_url = "https://b.example"')

    assert machine.read().upstream == "https://b.example"
    assert machine.read("exec", "--ignore-user-config").upstream == "https://a.example"


@pytest.mark.parametrize(
    ("argv", "files"),
    [
        ((), {"home/config.toml": CORP}),
        (("-p", "work"), {"home/work.config.toml": CORP}),
        (
            ("-c", 'model_provider="corp"'),
            {"home/config.toml": CORP.replace('model_provider = "corp"', "")},
        ),
        (
            (),
            {
                "home/config.toml": 'profile = "p"\n[profiles.p]\n'
                + CORP.replace("[model_providers", "[profiles.p.model_providers")
            },
        ),
    ],
)
def test_the_provider_in_force(
    machine: Machine, argv: tuple[str, ...], files: dict[str, str]
) -> None:
    """openai_base_url would not touch it: its own address is pinned."""
    for where, text in files.items():
        machine.write(where, text)
    settings = machine.read(*argv)

    assert provider(settings) == "corp"
    assert settings.upstream == "https://llm.corp.example/v1"
    assert settings.uncovered is None


@pytest.mark.parametrize(
    ("argv", "config"),
    [
        (("--oss",), ""),
        (("--oss", "--local-provider", "lmstudio"), ""),
        ((), 'model_provider = "amazon-bedrock"'),
        ((), 'model_provider = "unheard-of"'),
        ((), "model_provider = broken"),
    ],
)
def test_what_no_address_of_ours_reaches(
    machine: Machine, argv: tuple[str, ...], config: str
) -> None:
    machine.write("home/config.toml", config)

    assert machine.read(*argv).uncovered is not None


@pytest.mark.parametrize(
    ("config", "is_covered"),
    [
        ('openai_base_url = "https://a.example"', False),
        ('model_provider = "corp"', False),
        ('[model_providers.openai]\nbase_url = "x"', False),
        ('profile = "p"', False),
        ("broken", False),
        ('model_provider = "openai"', True),
        ('approval_policy = "never"', True),
    ],
)
def test_managed_configuration_beats_the_pin(
    machine: Machine, config: str, is_covered: bool
) -> None:
    """Seen before the spawn, so that it never looks like enforcement."""
    machine.write("etc/managed_config.toml", config)

    assert (machine.read("exec", "x").uncovered is None) is is_covered


@pytest.mark.parametrize(
    "override",
    [
        "openai_base_url=http://x",
        '"openai_base_url"="http://x"',
        "model_providers.corp.base_url=http://x",
        "model_providers={}",
    ],
)
def test_an_address_on_the_command_line_is_refused(
    machine: Machine, override: str
) -> None:
    """Ours would silently replace it."""
    with pytest.raises(UsageError, match="aiwrap puts its own address"):
        machine.read("exec", "x", "-c", override)


def test_the_working_tree_is_reported_and_not_obeyed(machine: Machine) -> None:
    machine.write("work/.codex/config.toml", 'openai_base_url = "http://evil.example"')
    settings = machine.read("exec", "x")

    assert settings.upstream_is_default
    assert settings.reports == (".codex/config.toml sets openai_base_url: not obeyed",)


def test_the_users_certificates_are_the_gateways(machine: Machine) -> None:
    own = machine.read(CODEX_CA_CERTIFICATE="/ca.pem").environment

    assert own["NODE_EXTRA_CA_CERTS"] == "/ca.pem"


def test_where_the_users_configuration_is() -> None:
    assert codex_settings.home({"CODEX_HOME": "/c", "HOME": "/h"}) == "/c"
    assert codex_settings.home({"HOME": "/h"}) == "/h/.codex"


def test_tables_are_merged_member_by_member() -> None:
    merged = codex_settings.merge({"a": {"b": 1, "c": 1}, "d": 1}, {"a": {"c": 2}})

    assert merged == {"a": {"b": 1, "c": 2}, "d": 1}
    assert codex_settings.nested({"a.b": "x", "a.c": "y"}) == {
        "a": {"b": "x", "c": "y"}
    }
