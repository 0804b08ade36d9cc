"""Fixtures that every test may ask for; pytest loads them through conftest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.model import Model


@pytest.fixture
def model() -> Iterator[Model]:
    """Run a stand-in for Anthropic's API."""
    with Model() as running:
        yield running
