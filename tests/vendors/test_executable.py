"""The real vendor CLI is found, and never a shim."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from aiwrap.cli import cmd_shell
from aiwrap.errors import VendorNotExecutableError, VendorNotFoundError
from aiwrap.vendors import executable
from aiwrap.vendors.claude import Claude

REAL = "#!/bin/sh\nexit 0\n"


def write(path: Path, text: str = REAL, mode: int = 0o755) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def find(claude: Claude, *directories: Path | str, shims: str = "/nowhere") -> str:
    environ = {"PATH": os.pathsep.join(map(str, directories))}
    return executable.find_executable(claude.facts, environ, shims)


def shims_in(directory: Path, command: str = "/opt/aiwrap") -> str:
    cmd_shell.make_shims(str(directory), [command])
    return str(directory)


def test_the_first_on_path_wins(claude: Claude, tmp_path: Path) -> None:
    first = write(tmp_path / "a" / "claude")
    write(tmp_path / "b" / "claude")

    assert find(claude, tmp_path / "a", tmp_path / "b") == first


def test_our_shims_directory_is_skipped(claude: Claude, tmp_path: Path) -> None:
    """Even if what is in it does not look like a shim any more."""
    write(tmp_path / "shims" / "claude")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "shims")
    real = write(tmp_path / "bin" / "claude")

    found = find(claude, link, tmp_path / "bin", shims=str(tmp_path / "shims"))

    assert found == real


def test_the_shims_of_two_installs_are_skipped(claude: Claude, tmp_path: Path) -> None:
    """Two wrappers that each run the other's shim would start processes for ever."""
    one = shims_in(tmp_path / "one" / "shims", "/opt/one/aiwrap")
    two = shims_in(tmp_path / "two" / "shims", "/opt/two/aiwrap")
    real = write(tmp_path / "bin" / "claude")

    assert find(claude, two, one, tmp_path / "bin", shims=one) == real


def test_a_shim_is_known_through_links_and_copies(
    claude: Claude, tmp_path: Path
) -> None:
    """People copy a shim to ~/bin; it must not lead back to us."""
    shims = shims_in(tmp_path / "shims")
    for name in ("links", "copies"):
        (tmp_path / name).mkdir()
    (tmp_path / "links" / "claude").symlink_to(os.path.join(shims, "claude"))
    shutil.copy(os.path.join(shims, "claude"), tmp_path / "copies" / "claude")

    with pytest.raises(VendorNotFoundError):
        find(claude, tmp_path / "links", tmp_path / "copies")


def test_aiwraps_own_launcher_under_another_name_is_a_shim(
    claude: Claude, tmp_path: Path
) -> None:
    """`ln -s $(which aiwrap) ~/bin/claude` must not run itself."""
    launcher = "#!/usr/bin/python3\nfrom aiwrap.cli.main import main\nmain()\n"
    write(tmp_path / "claude", launcher)

    with pytest.raises(VendorNotFoundError):
        find(claude, tmp_path)


def test_relative_entries_are_skipped(
    claude: Claude, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repository must not bring the program that we trust."""
    write(tmp_path / "claude")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(VendorNotFoundError):
        find(claude, "", ".", "bin")


def test_absent_says_how_to_install(claude: Claude, tmp_path: Path) -> None:
    with pytest.raises(VendorNotFoundError, match="not installed") as failure:
        find(claude, tmp_path)

    assert failure.value.exit_code == 127
    assert "npm install" in failure.value.hint


def test_without_execute_permission_it_is_126(claude: Claude, tmp_path: Path) -> None:
    """Another directory's good one still wins."""
    path = write(tmp_path / "a" / "claude", mode=0o644)
    (tmp_path / "b" / "claude").mkdir(parents=True)

    with pytest.raises(VendorNotExecutableError, match=path) as failure:
        find(claude, tmp_path / "a", tmp_path / "b")

    assert failure.value.exit_code == 126


def test_a_path_is_taken_as_it_is(claude: Claude, tmp_path: Path) -> None:
    """An editor names its own bundled binary, not the one on PATH."""
    path = write(tmp_path / "claude")

    assert executable.resolve(path, claude.facts, {"PATH": ""}, "/nowhere") == path


def test_a_path_to_a_shim_means_the_real_one(claude: Claude, tmp_path: Path) -> None:
    shims = shims_in(tmp_path / "shims")
    real = write(tmp_path / "bin" / "claude")
    environ = {"PATH": os.pathsep.join([shims, str(tmp_path / "bin")])}

    found = executable.resolve(f"{shims}/claude", claude.facts, environ, shims)

    assert found == real


@pytest.mark.parametrize(
    ("mode", "error"),
    [(None, VendorNotFoundError), (0o644, VendorNotExecutableError)],
)
def test_a_path_that_cannot_run_says_so(
    claude: Claude, tmp_path: Path, mode: int | None, error: type[Exception]
) -> None:
    path = tmp_path / "claude"
    if mode is not None:
        write(path, mode=mode)

    with pytest.raises(error):
        executable.resolve(str(path), claude.facts, {}, "/nowhere")


def test_the_version_is_read_without_running_it(claude: Claude, tmp_path: Path) -> None:
    """`status` must not start a vendor CLI to name its version."""
    package = tmp_path / "claude-code"
    write(package / "package.json", '{"name": "@x/claude-code", "version": "2.1.330"}')
    binary = write(package / "bin" / "claude.exe")
    link = tmp_path / "claude"
    link.symlink_to(binary)
    native = write(tmp_path / "share" / "claude" / "versions" / "2.0.1")

    assert executable.find_version(str(link), claude.facts) == "2.1.330"
    assert executable.find_version(native, claude.facts) == "2.0.1"
    assert executable.find_version("/bin/sh", claude.facts) is None


@pytest.mark.parametrize(
    ("version", "expected"),
    [("2.1.330", True), ("2.1.331", False), ("2.1.99", False), ("x", False)],
)
def test_versions_outside_the_tested_range_are_told(
    claude: Claude, version: str, expected: bool
) -> None:
    assert executable.is_tested(version, claude.facts) is expected
