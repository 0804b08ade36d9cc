"""Tests for aiwrap/session/hidden_tree.py, on real directories."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiwrap.session import hidden_tree
from aiwrap.session.hidden_tree import HiddenTree

PATTERNS = ("infra/prod/**",)


def tree(root: Path) -> HiddenTree:
    """Return the tree of a repo with one sensitive file."""
    file = root / "infra/prod/kestrel.tf"
    file.parent.mkdir(parents=True)
    file.write_text("x\n")
    return HiddenTree(str(root), str(root), PATTERNS, (), key=b"k" * 32)


def call(command: str) -> list[tuple[str, dict[str, object]]]:
    return [("Bash", {"command": command})]


def test_a_name_is_hidden_and_its_length_is_told(tmp_path: Path) -> None:
    """For the count in the record, which holds no name."""
    hidden, lengths = tree(tmp_path).hide("see infra/prod/kestrel.tf", None)

    assert "kestrel" not in hidden
    assert sum(lengths) > 0


def test_a_file_that_a_call_made_is_known_before_its_result_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`touch new && ls` must not show the new name, nor the old ones beside it."""
    monkeypatch.setattr(hidden_tree, "LOOK_AGAIN_SECONDS", 0.0)
    kept = tree(tmp_path)
    (tmp_path / "infra/prod/osprey").write_text("x\n")

    context = kept.follow(None, call("touch infra/prod/osprey && ls infra/prod"))
    hidden, _ = kept.hide("kestrel.tf\nosprey", context)

    assert "kestrel" not in hidden
    assert "osprey" not in hidden


def test_a_link_into_a_sensitive_directory_is_sensitive(tmp_path: Path) -> None:
    """`ls live` shows the same names."""
    (tmp_path / "live").symlink_to("infra/prod")
    kept = tree(tmp_path)

    hidden, _ = kept.hide("live/kestrel.tf", kept.follow(None, call("find live/")))

    assert "kestrel" not in hidden


def test_a_result_without_a_sensitive_directory_is_left_alone(tmp_path: Path) -> None:
    """Ordinary work is not slowed down or changed."""
    kept = tree(tmp_path)

    context = kept.follow(None, call("echo hello"))

    assert kept.hide("hello", context) == ("hello", [])
