"""The package keeps the shape that the README describes."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAX_LINES = 350
MODULES = sorted(
    path for path in (ROOT / "aiwrap").rglob("*.py") if not path.stem.startswith("__")
)
TEST_ONLY_FOLDERS = {"support", "end_to_end", "bench"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_there_are_modules() -> None:
    """The lists below are not empty by mistake."""
    assert len(MODULES) > 20


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_module_is_short(module: Path) -> None:
    """A module fits in a reader's head."""
    assert len(module.read_text().splitlines()) <= MAX_LINES


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_module_says_what_it_does(module: Path) -> None:
    """The docstring is the specification."""
    assert module.read_text().removeprefix("r").startswith('"""')


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_module_has_its_test_file(module: Path) -> None:
    """`aiwrap/a/b.py` is tested by `tests/a/test_b.py`."""
    folder = module.parent.relative_to(ROOT / "aiwrap")
    assert (ROOT / "tests" / folder / f"test_{module.name}").is_file()


@pytest.mark.parametrize(
    "package", sorted((ROOT / "aiwrap").rglob("__init__.py")), ids=name_of
)
def test_packages_reexport_nothing(package: Path) -> None:
    """A name has one place to be imported from."""
    assert "import" not in package.read_text()


def test_the_map_in_the_readme_is_whole() -> None:
    """The README names every package and every top-level module."""
    readme = (ROOT / "README.md").read_text()
    parts = [path for path in (ROOT / "aiwrap").iterdir() if path.name[0] not in "_."]
    packages = [f"{path.name}/" for path in parts if path.is_dir()]
    modules = [path.name for path in parts if path.suffix == ".py"]

    assert [name for name in [*packages, *modules] if name not in readme] == []
