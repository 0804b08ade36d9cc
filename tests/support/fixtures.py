"""Fixtures that every test may ask for; pytest loads them through conftest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import codex as codex_cli
from tests.support.claude import AIWRAP, Claude, prepare
from tests.support.codex import Codex
from tests.support.model import Model
from tests.support.openai_model import OpenAIModel


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


@pytest.fixture
def openai_model() -> Iterator[OpenAIModel]:
    """Run a stand-in for OpenAI's API."""
    with OpenAIModel() as running:
        yield running


@pytest.fixture
def raw_codex(tmp_path: Path, openai_model: OpenAIModel) -> Codex:
    """Prepare the real Codex as it is without aiwrap."""
    return codex_cli.prepare(tmp_path / "raw", openai_model.base_url)


@pytest.fixture
def codex(tmp_path: Path, openai_model: OpenAIModel) -> Iterator[Codex]:
    """Prepare the real Codex behind `aiwrap codex`; no bug may be traced."""
    root = tmp_path / "wrapped"
    wrapped = codex_cli.prepare(root, openai_model.base_url, wrapper=AIWRAP)
    yield wrapped
    traces = wrapped.data / "crash.log"
    assert not traces.exists(), traces.read_text()
