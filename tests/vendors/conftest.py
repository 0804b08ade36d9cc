"""The vendors by their shipped facts."""

from __future__ import annotations

import pytest

from aiwrap.vendors import registry
from aiwrap.vendors.claude import Claude
from aiwrap.vendors.codex import Codex


@pytest.fixture(scope="session")
def claude() -> Claude:
    vendor = registry.find("claude")
    assert isinstance(vendor, Claude)
    return vendor


@pytest.fixture(scope="session")
def codex_cli() -> Codex:
    vendor = registry.find("codex")
    assert isinstance(vendor, Codex)
    return vendor
