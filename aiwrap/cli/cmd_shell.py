"""`aiwrap shell`: make plain `claude`, `codex` … go through aiwrap, and undo it.

`install` writes one file per vendor CLI into a directory of ours; each hands its
arguments to aiwrap and holds no logic.  `init` prints the line that puts this
directory first on PATH; no start-up file is edited.  `uninstall` removes what
`install` made and nothing else.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence

from aiwrap import files
from aiwrap.cli import terminal
from aiwrap.errors import FilesError
from aiwrap.vendors import executable, registry

SHELLS = ("bash", "zsh", "fish")
START_UP_FILES = {
    "bash": "~/.bashrc",
    "zsh": "~/.zshrc",
    "fish": "~/.config/fish/config.fish",
}
_SHIM_MODE = 0o700


def run(argv: Sequence[str]) -> int:
    """Run the command and return the exit code."""
    # argparse only here: the launch path does without it.
    import argparse

    # `--json` may stand before or behind the subcommand.
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    parser = argparse.ArgumentParser(
        prog="aiwrap shell", description=__doc__, parents=[shared]
    )
    actions = parser.add_subparsers(dest="action", required=True)
    for name in ("install", "uninstall"):
        actions.add_parser(name, parents=[shared])
    init = actions.add_parser("init", parents=[shared])
    init.add_argument("shell", choices=SHELLS)
    options = parser.parse_args(argv)
    shims = files.locate(os.environ).shims
    as_json = "json" in options
    match options.action:
        case "install":
            _install(shims, as_json=as_json)
        case "uninstall":
            _uninstall(shims, as_json=as_json)
        case _:
            _init(shims, options.shell, as_json=as_json)
    return 0


def make_shims(shims: str, command: Sequence[str]) -> list[str]:
    """Write a shim for each vendor CLI that runs `command NAME`; return their paths.

    Raises:
        FilesError: A file that is not a shim is in the way, or it cannot be written.

    """
    files.make_private_directory(os.path.dirname(shims))
    files.make_private_directory(shims)
    paths = _paths(shims)
    for path in paths.values():
        if os.path.lexists(path) and not executable.is_shim(path):
            raise FilesError(
                f"{path} is in the way: aiwrap did not make it",
                hint="Move it away, then run it again.",
            )
    for name, path in paths.items():
        words = " ".join(_quote(word) for word in (*command, name))
        files.write_private(path, _template("shim.sh", COMMAND=words).encode())
        os.chmod(path, _SHIM_MODE)
    return list(paths.values())


def remove_shims(shims: str) -> list[str]:
    """Remove our shims, and their directory if nothing else is in it."""
    removed = [path for path in _paths(shims).values() if executable.is_shim(path)]
    try:
        for path in removed:
            os.unlink(path)
        if os.path.isdir(shims) and not os.listdir(shims):
            os.rmdir(shims)
    except OSError as error:
        raise FilesError(
            f"cannot remove the shims in {shims}: {files.reason(error)}"
        ) from error
    return removed


def snippet(shims: str, shell: str) -> str:
    """Return what `shell` must run to have the shims first on PATH."""
    quote = _quote_for_fish if shell == "fish" else _quote
    return _template(f"init.{shell}", SHIMS=quote(shims))


def own_command(program: str) -> tuple[str, ...]:
    """Return the words that run this aiwrap, by the path that survives upgrades."""
    path = os.path.abspath(program)
    if os.path.basename(path) == "aiwrap" and os.access(path, os.X_OK):
        return (path,)  # symlinks are kept: their targets carry versions
    return (sys.executable, "-m", "aiwrap")


def _install(shims: str, *, as_json: bool) -> None:
    made = make_shims(shims, own_command(sys.argv[0]))
    if as_json:
        _print_json(
            {"directory": shims, "made": made, "first_on_path": _is_first(shims)}
        )
        return
    for path in made:
        terminal.print_out(f"made {path}")
    if not _is_first(shims):
        shell = os.path.basename(os.environ.get("SHELL", "bash"))
        shell = shell if shell in SHELLS else "bash"
        line = "aiwrap shell init fish | source"
        if shell != "fish":
            line = f'eval "$(aiwrap shell init {shell})"'
        terminal.print_out(f"Add this line to the end of {START_UP_FILES[shell]}:")
        terminal.print_out(f"    {line}")


def _uninstall(shims: str, *, as_json: bool) -> None:
    removed = remove_shims(shims)
    if as_json:
        _print_json({"directory": shims, "removed": removed})
        return
    for path in removed:
        terminal.print_out(f"removed {path}")
    if not removed:
        terminal.print_out(f"nothing to remove in {shims}")
        return
    terminal.print_out(
        "Take the `aiwrap shell init` line out of your shell's start-up file."
    )


def _init(shims: str, shell: str, *, as_json: bool) -> None:
    text = snippet(shims, shell)
    if as_json:
        _print_json({"shell": shell, "directory": shims, "snippet": text})
    else:
        sys.stdout.write(text)


def _paths(shims: str) -> dict[str, str]:
    vendors = (registry.find(name) for name in registry.NAMES)
    return {
        vendor.facts.name: os.path.join(shims, vendor.facts.executables[0])
        for vendor in vendors
        if vendor is not None
    }


def _is_first(shims: str) -> bool:
    first = os.environ.get("PATH", "").split(os.pathsep)[0]
    return os.path.normpath(first) == os.path.normpath(shims)


def _template(name: str, **values: str) -> str:
    package = os.path.dirname(os.path.dirname(__file__))
    shipped = os.path.join(package, "data", "shell")
    if not os.path.isdir(shipped):  # a checkout: the wheel copies it into the package
        shipped = os.path.join(os.path.dirname(package), "shell")
    with open(os.path.join(shipped, name), encoding="utf-8") as file:
        text = file.read()
    for key, value in values.items():
        text = text.replace(f"@{key}@", value)
    return text


def _quote(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"


def _quote_for_fish(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _print_json(value: object) -> None:
    terminal.print_out(json.dumps(value, indent=2))
