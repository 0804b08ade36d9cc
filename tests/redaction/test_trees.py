"""Trees: one component a line, the depth says the rest."""

from __future__ import annotations

import pytest

from tests.redaction.acme import ROOT, check


@pytest.mark.parametrize("root", ["infra", "./infra", f"{ROOT}/infra", "[4.0K]  infra"])
def test_a_tree_is_read_from_its_first_line(root: str) -> None:
    check(
        f"{root}\n├── «prod»\n│\xa0\xa0 ├── «db»\n"
        "│\xa0\xa0 │\xa0\xa0 ├── «primary.tf»\n"
        "│\xa0\xa0 │\xa0\xa0 └── «new.tf»\n│\xa0\xa0 └── «main.tf»\n"
        "├── production-notes\n│\xa0\xa0 └── readme.md\n└── staging\n    └── main.tf\n"
    )


def test_a_tree_of_the_working_directory_is_read() -> None:
    check(".\n├── «main.tf»\n└── «db»\n    └── «primary.tf»\n", f"{ROOT}/infra/prod")


def test_plain_characters_sizes_and_classes_are_read() -> None:
    check("infra\n|-- [4.0K]  «prod»/\n|   `-- [ 12]  «main.tf»\n`-- product\n")


def test_a_tree_without_its_first_lines_is_told_by_its_names() -> None:
    """Agents cut the middle out of long outputs."""
    check(
        "│\xa0\xa0 ├── product\n│\xa0\xa0 ├── «prod»\n"
        "│\xa0\xa0 │\xa0\xa0 └── «main.tf»\n│\xa0\xa0 └── staging\n"
    )


def test_a_harmless_tree_stays() -> None:
    check("docs\n├── infra\n│\xa0\xa0 └── prod\n│\xa0\xa0     └── overview.md\n")


def test_an_indented_outline_is_read() -> None:
    check(
        f"- {ROOT}/\n  - infra/\n    - «prod»/\n      - «main.tf»\n    - staging/\n"
        "      - main.tf\n  - README.md\n"
    )


def test_a_list_of_points_is_no_outline() -> None:
    check("Plan/\n- prod\n  - main.tf\n- staging\n")
