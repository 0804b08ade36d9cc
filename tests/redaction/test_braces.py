"""Braces hold several paths at once."""

from __future__ import annotations

import pytest

from tests.redaction.acme import check


@pytest.mark.parametrize(
    "text",
    [
        "rename infra/{staging => «prod»}/main.tf (90%)",
        "infra/{staging,«prod»}/main.tf",
        "infra/{«prod»,«prod/db»}/«x.tf»",
        "src/pkg/{core.py,«nightingale/core.py»}",
        "infra/«prod»/{«main»,«variables»}.tf",
        "{infra/«prod» => docs}/x.md",
        ".../«prod/db»/{«primary.tf» => «primary.tf.bak»} | 0",
        "{ a: 1, b: 2 } function() { prod, main }",
    ],
)
def test_each_alternative_is_decided_alone(text: str) -> None:
    check(text)
