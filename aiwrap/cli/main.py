"""Entry point: dispatch, and turn failures into exit codes.

The only place where an error becomes an exit code.  What is not an
`AiwrapError` is a bug: its traceback goes to a private file, one line to the
terminal, and the exit code is 125.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from aiwrap.cli import arguments, terminal
from aiwrap.errors import EXIT_FAILED, AiwrapError, UsageError

COMMANDS = {
    "central": "aiwrap.central.cmd_central",
    "check": "aiwrap.cli.cmd_check",
    "demo": "aiwrap.cli.cmd_demo",
    "gateway": "aiwrap.cli.cmd_gateway",
    "log": "aiwrap.cli.cmd_log",
    "policy": "aiwrap.cli.cmd_policy",
    "shell": "aiwrap.cli.cmd_shell",
    "status": "aiwrap.cli.cmd_status",
    "sync": "aiwrap.cli.cmd_sync",
    "enroll": "aiwrap.cli.cmd_sync",
    "why": "aiwrap.cli.cmd_why",
}
HELP = ("-h", "--help", "help")
VERSION = ("-V", "--version")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return _dispatch(words)
    except AiwrapError as error:
        terminal.complain(str(error), error.hint)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output is gone; keep the interpreter from complaining.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 141
    except Exception as bug:  # noqa: BLE001 - the error boundary
        return _report(bug)


def _dispatch(words: Sequence[str]) -> int:
    line = arguments.split(words)
    if line.name in HELP or line.name in VERSION:
        from aiwrap.cli import help_text

        return help_text.show(version=line.name in VERSION)
    module = COMMANDS.get(line.name)
    if module is None:
        from aiwrap.cli import cmd_launch

        return cmd_launch.run_launch(line)
    if line.has_launch_options:
        raise UsageError(f"--task, --confirm and --reason do not go with `{line.name}`")
    run = _import(module)
    rest = line.rest if line.name != "enroll" else ("enroll", *line.rest)
    try:
        return run(list(rest))
    except SystemExit as stop:  # argparse has said what is wrong; 2 would be vague
        return EXIT_FAILED if stop.code else 0


def _import(module: str) -> Callable[[Sequence[str]], int]:
    """Import a command on use: `aiwrap claude` must not pay for `aiwrap log`."""
    try:
        run: Callable[[Sequence[str]], int] = import_module(module).run
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("aiwrap"):
            raise
        raise UsageError(
            f"this command needs the package {error.name}, which is not installed",
            hint="Install it: pip install 'aiwrap[central]'.",
        ) from error
    return run


def _report(bug: Exception) -> int:
    """Keep the traceback where only the user can read it; never a prompt in it."""
    import traceback

    from aiwrap import files
    from aiwrap.session import bug_log

    # Frames and the class only: a message may hold what was being worked on.
    frames = "".join(traceback.format_tb(bug.__traceback__))
    try:
        place = bug_log.write(
            files.locate(os.environ), f"{type(bug).__name__}\n{frames}"
        )
    except AiwrapError:
        place = "nowhere (the data directory cannot be written)"
    terminal.complain(
        f"this is a bug in aiwrap ({type(bug).__name__}); details in {place}",
        "Please report it with that file; nothing was sent after it happened.",
    )
    return EXIT_FAILED
