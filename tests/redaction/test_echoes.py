"""A copy's target says the same name again."""

from __future__ import annotations

import pytest

from tests.redaction.acme import check


@pytest.mark.parametrize(
    "text",
    [
        "'infra/«prod/db/replica.tf»' -> '/tmp/x/«replica.tf»'",
        "'infra/«prod/db»' -> '/tmp/db'",  # a common word says nothing
        "infra/«prod/plan.tf» and /tmp/plan.tf",  # no copy
        "'infra/«prod/plan.tf»' -> '/tmp/planner'\n/tmp/plan.tf",
        "«net».o: infra/«prod/net.c» infra/x.h\nnet.o: other/net.c",
    ],
)
def test_a_name_is_found_again_in_its_own_line(text: str) -> None:
    check(text)
