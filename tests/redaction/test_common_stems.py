"""Tests for aiwrap/redaction/common_stems.py."""

from __future__ import annotations

import pytest

from aiwrap.redaction.common_stems import COMMON_STEMS
from aiwrap.redaction.redactor import Redactor


@pytest.mark.parametrize("stem", ["index", "main", "errno", "__init__", "asyncio"])
def test_what_says_nothing_about_a_file_is_there(stem: str) -> None:
    """Ours, C's and Python's."""
    assert stem in COMMON_STEMS


@pytest.mark.parametrize("stem", ["kestrel", "nightingale", "ledger"])
def test_a_name_that_somebody_chose_is_not(stem: str) -> None:
    """Or it would leave wherever it stands alone."""
    assert stem not in COMMON_STEMS


def test_a_common_name_alone_is_left_and_a_chosen_one_is_hidden() -> None:
    """What the list is for."""
    files = ["infra/prod/main.tf", "infra/prod/kestrel.tf"]
    redactor = Redactor(
        root="/r", patterns=("infra/prod/**",), files=files, key=b"k" * 32
    )

    assert redactor.redact("open main.tf now").text == "open main.tf now"
    assert "kestrel" not in redactor.redact("open kestrel.tf now").text
