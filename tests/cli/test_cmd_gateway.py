"""Tests for aiwrap/cli/cmd_gateway.py; how it serves: session/test_serving.py."""

from __future__ import annotations

import pytest

from aiwrap.cli import main


@pytest.mark.parametrize(
    ("listen", "word"),
    [
        ("0.0.0.0:0", "loopback"),
        ("example.org:80", "loopback"),
        ("127.0.0.1", "HOST:PORT"),
        ("127.0.0.1:x", "HOST:PORT"),
        ("127.0.0.1:99999", "HOST:PORT"),
    ],
)
def test_it_listens_on_loopback_only(
    listen: str, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The gateway forwards the engineer's credentials."""
    assert main.main(["gateway", "--vendor", "claude", "--listen", listen]) == 125
    assert word in capsys.readouterr().err


def test_an_unknown_vendor_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """One clear error."""
    assert main.main(["gateway", "--vendor", "nobody"]) == 125
    assert "nobody" in capsys.readouterr().err
