"""Which path a token means, where it could mean several."""

from __future__ import annotations

import pytest

from aiwrap.redaction.names import build_names
from aiwrap.redaction.paths import MAX_PATH_LENGTH, Paths
from aiwrap.redaction.patterns import Patterns
from tests.redaction.acme import FILES, PATTERNS, ROOT

PATHS = Paths(ROOT, build_names(FILES, Patterns(PATTERNS)))


def found(token: str, *cwd: str) -> list[str]:
    return [token[start:end] for start, end in PATHS.decide(token, cwd)]


def test_a_known_harmless_meaning_beats_a_pattern_elsewhere() -> None:
    assert found("lib/view.js", "docs") == ["view.js"]  # the root's own, too
    assert found("docs/lib/view.js") == []


def test_a_path_that_leaves_a_sensitive_directory_shows_it_all_the_same() -> None:
    assert found("infra/prod/../staging/main.tf") == ["prod"]
    assert found(f"{ROOT}/infra/prod/../nowhere") == ["prod"]


def test_the_end_of_a_path_is_enough_on_another_machine() -> None:
    assert found("/srv/checkout/infra/prod/db/primary.tf") == [
        "prod", "db", "primary.tf",
    ]  # fmt: skip


def test_an_end_of_common_words_is_not_enough() -> None:
    """`api/handlers.py` could be anybody's."""
    assert found("api/handlers.py") == []
    assert found("./api/handlers.py", "src", "pkg", "nightingale") == [
        "api", "handlers.py",
    ]  # fmt: skip


def test_variables_and_globs_are_no_names() -> None:
    assert found("infra/prod/$NAME") == ["prod"]
    assert found("infra/prod/%TEMP%") == ["prod"]


def test_below_a_sensitive_directory_a_word_must_exist_or_look_like_a_path() -> None:
    assert found("and/or", "infra", "prod") == []
    assert found("db/or", "infra", "prod") == ["db", "or"]
    assert found("./or", "infra", "prod") == ["or"]


def test_what_is_longer_than_any_path_is_no_path() -> None:
    assert found("infra/prod/" + "x/" * MAX_PATH_LENGTH) == []


@pytest.mark.parametrize(
    ("token", "cwd", "expected"),
    [
        (".", ["infra"], ["infra"]),
        (ROOT, [], []),
        (f"{ROOT}/infra/prod", [], ["infra", "prod"]),
        ("../docs/guide.md", ["infra"], ["docs", "guide.md"]),
        ("nowhere/x", [], None),
        ("../../x", ["infra"], None),
    ],
)
def test_a_known_path_is_resolved(
    token: str, cwd: list[str], expected: list[str] | None
) -> None:
    assert PATHS.known(token, cwd) == expected


def test_a_path_outside_the_root_is_not_below_it() -> None:
    assert PATHS.below_root("/etc/passwd", []) is None
    assert PATHS.below_root("../../..", ["infra"]) is None
    assert PATHS.below_root(f"{ROOT}/infra/./prod/../x", []) == ["infra", "x"]
