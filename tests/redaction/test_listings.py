"""Listings: the name stands alone, its directory somewhere else or nowhere."""

from __future__ import annotations

import pytest

from tests.redaction.acme import ROOT, check

LONG = "-rw-r--r--  1 root root 228 Nov 24 02:52 "
DIRECTORY = "drwxr-xr-x  2 root root 4096 Nov 24 02:52 "


def test_names_below_a_heading_belong_to_it() -> None:
    check(
        "infra/«prod»:\n«db»\n«main.tf»\n\n"
        "infra/«prod/db»:\n«primary.tf»\n«brand_new.tf»\n\n"
        "infra/staging:\nmain.tf\n"
    )


def test_long_listings_are_read() -> None:
    check(f"infra/«prod»:\ntotal 8\n{DIRECTORY}.\n{DIRECTORY}«db»\n{LONG}«main.tf»\n")


def test_the_working_directory_is_the_heading_of_what_has_none() -> None:
    check("product\nproduction-notes\n«prod»\nstaging\nprod.md\n", f"{ROOT}/infra")
    check(f"total 8\n{LONG}README.md\n{DIRECTORY}lib\n{LONG}Makefile\n")


def test_a_listing_is_told_by_the_names_in_it() -> None:
    """The result of `ls infra/prod` does not say where it was."""
    check("«db»\n«eu_west»\n«main.tf»\n«variables.tf»\n")
    check("«replica-eu.tf»\n«primary.tf»\n")


def test_names_that_several_directories_may_hold_stay() -> None:
    check("main.tf\nmain.go\n")
    check("index.js\nrouter.js\n")


def test_names_collected_from_below_one_directory_are_found() -> None:
    check("«primary.tf»\n«replica-eu.tf»\n«Net.tf»\n«variables.tf»\n")


def test_counts_hashes_and_states_before_a_name_do_not_hide_it() -> None:
    check("  120 router.js\n   80 «view.js»\n  200 total\n", f"{ROOT}/lib")
    check(f"{'a' * 32}  «main.tf»\n{'b' * 32}  «variables.tf»\n", f"{ROOT}/infra/prod")
    tree = f"040000 tree {'c' * 40}\t«prod»\n100644 blob {'d' * 40}\tprod.md\n"
    check(tree, f"{ROOT}/infra")


def test_what_tools_remark_about_a_name_is_read() -> None:
    check("Only in infra: «prod»\nOnly in infra/«prod»: «db»\n")
    check("wc: «prod»: Is a directory\n", f"{ROOT}/infra")
    check("Untracked files:\n\t«brand_new.tf»\n", f"{ROOT}/infra/prod")


def test_a_list_that_a_script_printed_is_a_listing() -> None:
    check("['«db»', '«eu_west»', '«main.tf»', '«variables.tf»']")
    check("['README.md', 'Makefile', 'lib']")


@pytest.mark.parametrize(
    "text",
    [
        "prod\n",
        "We talk about\nprod\nand nothing else, in a text of\nmany words, no listing.",
        "docs/infra/prod:\noverview.md\n",
        "On branch prod\nChanges not staged for commit:\n  nothing\n",
    ],
)
def test_prose_and_neighbours_stay(text: str) -> None:
    check(text)
