"""What a classification may look at."""

from __future__ import annotations

import pytest

from aiwrap.tasks.evidence import MAX_FILES, MAX_PATH_CHARS, Evidence


@pytest.mark.parametrize(
    ("evidence", "context"),
    [
        (Evidence("prompt only"), ""),
        (Evidence(cwd="/home/dana/sft-data/raw"), "sft-data/raw"),
        (Evidence(cwd="/Users/dana/x"), "x"),
        (Evidence(cwd="/srv/x", branch="main"), "/srv/x\nmain"),
        (
            Evidence(remote="github.com/acme/x", files=("a", "b")),
            "github.com/acme/x\na\nb",
        ),
        (Evidence(declared="evals"), ""),
    ],
)
def test_the_context_is_places_without_the_persons_name(
    evidence: Evidence, context: str
) -> None:
    """A user called `trainer` is not evidence."""
    assert evidence.context() == context


def test_the_context_is_bounded() -> None:
    files = tuple("x" * 10_000 for _ in range(1_000))

    assert len(Evidence(files=files).context()) <= MAX_FILES * (MAX_PATH_CHARS + 1)
