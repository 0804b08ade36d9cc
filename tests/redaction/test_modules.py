"""Module names that are sensitive paths in other clothes."""

from __future__ import annotations

import pytest

from tests.redaction.acme import FILES, check, redactor


@pytest.mark.parametrize(
    "text",
    [
        "import pkg.«nightingale.core»\nfrom pkg.«nightingale» import core",
        "No module named 'pkg.«nightingale.api.handlers»'",
        "<class 'pkg.«nightingale.settlement».Settlement'>",
        "\tat com.acme.«nightingale.Ledger».post(x)\n\tat com.acme.App.main(x)",
        "use crate::core; use crates::«nightingale::src»;",
        "import time: 65 | 65 |   pkg.«nightingale»",
        "from .«nightingale.core» import x",
    ],
)
def test_a_dotted_name_is_found_up_to_the_class(text: str) -> None:
    check(text)


@pytest.mark.parametrize(
    "text",
    [
        "pkg.core.run self.core.nightingales com.acme.App",
        "view.js lib.view request.view",  # JavaScript has no dotted modules
        "infra.prod is a branch label",  # nor has Terraform
        "https://nightingale.example/core",
    ],
)
def test_a_dotted_neighbour_stays(text: str) -> None:
    check(text)


def test_a_package_that_is_imported_by_its_own_name_is_found() -> None:
    """`examples/tutorial/flaskr` is imported as `flaskr`."""
    files = [*FILES, "src/nightingale/florence/__init__.py"]
    acme = redactor(files=files)

    check("import os\nfrom «florence» import db\nimport «florence».x", acme=acme)
    check("florence is a city", acme=acme)


def test_a_module_inside_a_package_is_not_imported_by_its_own_name() -> None:
    """`settlement` is an ordinary word, and may be another package."""
    check("from settlement import x")
