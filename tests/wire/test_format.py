"""Tests for aiwrap/wire/format.py."""

from __future__ import annotations

import pytest

from aiwrap.vendors import registry
from aiwrap.wire import format as wire_format


@pytest.mark.parametrize("name", registry.NAMES)
def test_every_vendors_format_is_there(name: str) -> None:
    """A vendor's facts name a format that screening can use."""
    vendor = registry.find(name)
    assert vendor is not None

    found = wire_format.find(vendor.facts.wire)

    for part in ("is_conversation", "new_memory", "failure", "watch", "agent_tools"):
        assert hasattr(found, part)
