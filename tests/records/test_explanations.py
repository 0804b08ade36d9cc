"""Tests for aiwrap/records/explanations.py."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from aiwrap.records.explanations import Explanations
from tests.support.machines import NOW


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "explanations.db"


@pytest.fixture
def explanations(path: Path) -> Iterator[Explanations]:
    opened = Explanations(str(path))
    yield opened
    opened.close()


def everything_on_disk(path: Path) -> bytes:
    return b"".join(one.read_bytes() for one in path.parent.iterdir())


def test_words_are_kept_for_the_engineer(
    explanations: Explanations, path: Path
) -> None:
    explanations.keep(3, ["sft dataset", "reward model"], NOW)

    assert explanations.read(3, NOW) == ("sft dataset", "reward model")
    assert explanations.read(4, NOW) == ()
    assert path.stat().st_mode & 0o777 == 0o600


def test_after_seven_days_the_words_are_gone_from_the_disk(
    explanations: Explanations, path: Path
) -> None:
    """They may be words of a prompt: deleting means overwriting."""
    explanations.keep(1, ["marked-secret-7141"], NOW)
    explanations.keep(2, ["newer words"], NOW + timedelta(days=1))
    assert b"marked-secret-7141" in everything_on_disk(path)

    assert explanations.read(1, NOW + timedelta(days=7)) == ()

    assert explanations.read(2, NOW + timedelta(days=7)) == ("newer words",)
    assert b"marked-secret-7141" not in everything_on_disk(path)


def test_a_new_chain_forgets_the_old_ones_words(
    explanations: Explanations, path: Path
) -> None:
    """Numbers start again at 1: old words must not explain new records."""
    explanations.keep(1, ["marked-secret-7141"], NOW)

    explanations.forget_all()

    assert explanations.read(1, NOW) == ()
    assert b"marked-secret-7141" not in everything_on_disk(path)


def test_what_is_kept_is_bounded(explanations: Explanations) -> None:
    explanations.keep(1, ["x" * 10_000] * 1_000, NOW)

    words = explanations.read(1, NOW)

    assert len(words) == 20
    assert {len(word) for word in words} == {200}
