"""Fixtures that every test may ask for; pytest loads them through conftest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.claude import AIWRAP, Claude, prepare
from tests.support.model import Model


@pytest.fixture
def model() -> Iterator[Model]:
    """Run a stand-in for Anthropic's API."""
    with Model() as running:
        yield running


@pytest.fixture
def raw_claude(tmp_path: Path, model: Model) -> Claude:
    """Prepare the real Claude Code as it is without aiwrap."""
    return prepare(tmp_path / "raw", model.url)


@pytest.fixture
def claude(tmp_path: Path, model: Model) -> Iterator[Claude]:
    """Prepare the real Claude Code behind `aiwrap claude`; no bug may be traced."""
    wrapped = prepare(tmp_path / "wrapped", model.url, wrapper=AIWRAP)
    yield wrapped
    traces = wrapped.data / "crash.log"
    assert not traces.exists(), traces.read_text()
