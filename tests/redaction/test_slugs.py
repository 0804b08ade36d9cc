"""Slugs: a path with dashes for slashes, as agents name project directories."""

from __future__ import annotations

import pytest

from tests.redaction.acme import check


@pytest.mark.parametrize(
    "text",
    [
        "~/.claude/projects/-home-dev-work-acme-infra-«prod»/memory/MEMORY.md",
        "-home-dev-work-acme-infra-«prod-eu-west»",
        "-home-dev-work-acme-pay-src-main-java-com-acme-«nightingale»",
        "-home-dev-work-acme-infra-production-notes stays",
        "-home-dev-work-acme-infra-product stays",
        "-home-dev-work-other-infra-prod stays",
        "-home-dev-work-acme stays",
    ],
)
def test_a_slug_is_hidden_from_its_first_sensitive_component_on(text: str) -> None:
    check(text)
