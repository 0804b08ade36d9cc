"""The import contracts in pyproject.toml really fail on a bad import.

Each case plants one bad module into a copy of the package and runs the real
`lint-imports` on it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]


class Bad(NamedTuple):
    """A module that breaks a contract."""

    contract: str
    module: str
    source: str


LAYERS = "Layers"
CYCLES = "No cycles between siblings, at any depth"
GATEWAY = "The gateway neither reads policy nor writes records"
CENTRAL = "The central log reuses only records, dsse, files, errors"
PURE = "Pure modules do no I/O"

CASES = [
    Bad(LAYERS, "policy/upwards.py", "import aiwrap.session"),
    Bad(LAYERS, "tasks/sideways.py", "import aiwrap.policy"),
    Bad(LAYERS, "wire/sideways.py", "import aiwrap.vendors"),
    Bad(LAYERS, "cli/sideways.py", "import aiwrap.central"),
    Bad(LAYERS, "session/sideways.py", "import aiwrap.gateway"),
    Bad(LAYERS, "files.py", "import aiwrap.records"),
    Bad(LAYERS, "unplaced/__init__.py", ""),
    Bad(CYCLES, "wire/one.py", "import aiwrap.wire.two"),
    Bad(GATEWAY, "gateway/curious.py", "import aiwrap.policy"),
    Bad(GATEWAY, "gateway/curious.py", "import aiwrap.records"),
    Bad(GATEWAY, "gateway/curious.py", "import aiwrap.tasks"),
    Bad(CENTRAL, "central/curious.py", "import aiwrap.policy"),
    Bad(CENTRAL, "central/curious.py", "import aiwrap.session"),
    Bad(PURE, "wire/worldly.py", "import socket"),
    Bad(PURE, "wire/worldly.py", "def read() -> None:\n    import os\n"),
    Bad(PURE, "errors.py", "import time"),
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Copy what the contracts are about."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(
        ROOT / "aiwrap",
        tmp_path / "aiwrap",
        ignore=shutil.ignore_patterns("__pycache__", "data"),
    )
    (tmp_path / "aiwrap/wire/two.py").write_text("")
    return tmp_path


def broken_contracts(tree: Path) -> set[str]:
    """Run the real linter; return the contracts that it calls broken."""
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(tree), "NO_COLOR": "1"},
    )
    lines = run.stdout.splitlines()
    names = {contract["name"] for contract in CONTRACTS["contracts"]}
    seen = {name for name in names for line in lines if line.startswith(name)}
    assert seen == names, run.stdout + run.stderr
    return {n for n in names if any(line == f"{n} BROKEN" for line in lines)}


def test_the_package_keeps_its_contracts(tree: Path) -> None:
    """Without a bad module the copy passes: the cases below fail for a reason."""
    assert broken_contracts(tree) == set()


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: f"{bad.module}: {bad.source}")
def test_a_bad_import_breaks_its_contract(tree: Path, bad: Bad) -> None:
    """A contract that cannot fail protects nothing."""
    module = tree / "aiwrap" / bad.module
    module.parent.mkdir(exist_ok=True)
    planted = module.read_text() if module.exists() else '"""Bad."""\n'
    module.write_text(f"{planted}\n{bad.source}\n")
    if bad.contract == CYCLES:
        (tree / "aiwrap/wire/two.py").write_text("import aiwrap.wire.one\n")

    assert bad.contract in broken_contracts(tree)


def test_every_contract_has_a_case() -> None:
    """A contract that is added comes with the import that it forbids."""
    assert {bad.contract for bad in CASES} == {
        contract["name"] for contract in CONTRACTS["contracts"]
    }
