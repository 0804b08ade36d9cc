"""Claude Code by its shipped facts."""

from __future__ import annotations

import pytest

from aiwrap.vendors import registry
from aiwrap.vendors.claude import Claude


@pytest.fixture(scope="session")
def claude() -> Claude:
    vendor = registry.find("claude")
    assert isinstance(vendor, Claude)
    return vendor
