"""The shim is installed, leads through aiwrap in each shell, and goes without trace."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from aiwrap.cli import cmd_shell
from aiwrap.errors import FilesError
from aiwrap.vendors import registry
from tests.support import components

ODD = 'it\'s a $HOME "dir" \\ with spaces'


def shims(home: str) -> Path:
    return Path(home) / ".local" / "share" / "aiwrap" / "shims"


def stand_in(directory: Path) -> str:
    """Write a program that shows its arguments, where aiwrap would be."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "aiwrap"
    path.write_text('#!/bin/sh\nprintf "<%s>" "$0" "$@"\n')
    path.chmod(0o755)
    return str(path)


def shim_of_claude(directory: Path, command: str) -> str:
    """Make every shim; return Claude's."""
    made = cmd_shell.make_shims(str(directory), [command])
    assert len(made) == len(registry.NAMES)
    return next(path for path in made if os.path.basename(path) == "claude")


def test_install_and_uninstall_leave_nothing(
    home: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cmd_shell.run(["install"]) == 0
    shim = shims(home) / "claude"
    assert os.access(shim, os.X_OK)
    assert shim.stat().st_mode & 0o077 == 0
    assert "aiwrap shell init" in capsys.readouterr().out

    assert cmd_shell.run(["uninstall"]) == 0
    assert not shims(home).exists()
    assert str(shim) in capsys.readouterr().out


def test_install_twice_is_the_same_as_once(home: str) -> None:
    cmd_shell.run(["install"])
    before = (shims(home) / "claude").read_bytes()
    cmd_shell.run(["install"])

    assert (shims(home) / "claude").read_bytes() == before
    assert sorted(path.name for path in shims(home).iterdir()) == list(registry.NAMES)


def test_uninstall_keeps_what_it_did_not_make(home: str) -> None:
    """A person may keep programs of their own in there."""
    cmd_shell.run(["install"])
    mine = shims(home) / "mine"
    mine.write_text("#!/bin/sh\n")

    cmd_shell.run(["uninstall"])

    assert list(shims(home).iterdir()) == [mine]


def test_install_does_not_overwrite_a_program(home: str) -> None:
    shims(home).mkdir(parents=True)
    (shims(home) / "claude").write_text("#!/bin/sh\necho mine\n")

    with pytest.raises(FilesError, match="in the way"):
        cmd_shell.run(["install"])

    cmd_shell.run(["uninstall"])
    assert "mine" in (shims(home) / "claude").read_text()


def test_the_shim_hands_every_argument_on(tmp_path: Path) -> None:
    """Spaces, quotes, empty words and newlines are part of prompts."""
    program = stand_in(tmp_path / ODD)
    made = shim_of_claude(tmp_path / "shims", program)
    words = ["-p", "a b", "", 'it\'s $x `y` "z"', "two\nlines", "*"]

    done = subprocess.run([made, *words], capture_output=True, text=True, check=True)

    shown = "".join(f"<{word}>" for word in [program, "claude", *words])
    assert done.stdout == shown


def test_the_shim_holds_no_logic(tmp_path: Path) -> None:
    """Three lines: nothing in them can go wrong or be switched by a variable."""
    made = shim_of_claude(tmp_path / "shims", "/opt/aiwrap")

    lines = Path(made).read_text().splitlines()
    assert lines[0] == "#!/bin/sh"
    assert lines[1].startswith("# aiwrap shim")
    assert lines[2:] == ["exec '/opt/aiwrap' 'claude' \"$@\""]


@pytest.mark.parametrize("shell", cmd_shell.SHELLS)
def test_init_puts_the_shims_first_once(shell: str, tmp_path: Path) -> None:
    """Evaluated twice, as nested shells do, and in a directory with odd characters."""
    program = components.require(shell)
    directory = str(tmp_path / ODD)
    made = shim_of_claude(Path(directory), stand_in(tmp_path / "bin"))
    text = cmd_shell.snippet(directory, shell)
    show = "command -v claude; echo $PATH"

    done = subprocess.run(
        [program, "-c", f"{text}\n{text}\n{show}"],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    first, path = done.stdout.splitlines()
    assert first == made
    assert path.replace(" /usr", ":/usr").count(directory) == 1


def test_init_prints_only_the_snippet(
    home: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is evaluated: any other word on stdout would be run."""
    cmd_shell.run(["init", "bash"])

    assert capsys.readouterr().out == cmd_shell.snippet(str(shims(home)), "bash")


@pytest.mark.parametrize(
    "argv", [["install", "--json"], ["--json", "init", "zsh"], ["uninstall", "--json"]]
)
def test_scripts_can_read_it(
    argv: list[str], home: str, capsys: pytest.CaptureFixture[str]
) -> None:
    cmd_shell.run(argv)

    assert json.loads(capsys.readouterr().out)["directory"] == str(shims(home))


def test_an_unknown_shell_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cmd_shell.run(["init", "tcsh"])

    assert "tcsh" in capsys.readouterr().err


def test_the_launcher_is_kept_by_the_path_that_survives_upgrades(
    tmp_path: Path,
) -> None:
    """Installers link a stable name to a path with a version in it."""
    real = stand_in(tmp_path / "1.0")
    link = tmp_path / "bin" / "aiwrap"
    link.parent.mkdir()
    link.symlink_to(real)

    assert cmd_shell.own_command(str(link)) == (str(link),)
    assert cmd_shell.own_command("/x/aiwrap/__main__.py") == (
        sys.executable,
        "-m",
        "aiwrap",
    )


def test_a_wheel_ships_what_a_checkout_has(tmp_path: Path) -> None:
    """Installed, there is no shell/ beside the package."""
    package = Path(cmd_shell.__file__).parents[1]
    root = package.parent
    if not (root / "shell").is_dir():
        pytest.skip("not a checkout")
    copy = tmp_path / "site" / "aiwrap"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(package, copy, ignore=ignored)
    shutil.copytree(root / "shell", copy / "data" / "shell")
    code = "from aiwrap.cli import cmd_shell as c; print(c.snippet('/s', 'bash'))"

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path / "site",
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "'/s'" in done.stdout
