"""A word on the command line means a vendor, by name or by path."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aiwrap.vendors import registry


@pytest.mark.parametrize(
    "word",
    [
        "claude",
        "/opt/bin/claude",
        "./claude",
        "/x/native-binary/claude.exe",
        "/home/u/.local/share/claude/versions/2.1.330",
        "/x/node_modules/@anthropic-ai/claude-code-linux-x64/other",
    ],
)
def test_names_and_paths_mean_claude(word: str) -> None:
    """Editors hand over the path of a bundled binary, the vendor its own version."""
    vendor = registry.find(word)

    assert vendor is not None
    assert vendor.facts.name == "claude"


@pytest.mark.parametrize(
    "word",
    ["codex", "/opt/bin/codex", "/x/node_modules/@openai/codex-linux-x64/vendor/c"],
)
def test_names_and_paths_mean_codex(word: str) -> None:
    vendor = registry.find(word)

    assert vendor is not None
    assert vendor.facts.name == "codex"


@pytest.mark.parametrize("word", ["", "claudes", "status", "/bin/ls", "claude/", "/"])
def test_other_words_mean_none(word: str) -> None:
    assert registry.find(word) is None


def test_a_link_to_a_version_means_claude(tmp_path: Path) -> None:
    """The vendor's installer links a plain name to a file named by its version."""
    binary = tmp_path / "claude" / "versions" / "2.1.330"
    binary.parent.mkdir(parents=True)
    binary.touch()
    link = tmp_path / "cc"
    link.symlink_to(binary)

    assert registry.find(os.fspath(link)) is not None
