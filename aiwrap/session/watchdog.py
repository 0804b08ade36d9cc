"""End the vendor CLI when aiwrap itself is killed with -9.

A tiny shell waits on a pipe whose other end only aiwrap holds.  The vendor CLI
writes its process id into the pipe before it becomes the vendor CLI, so there is
no moment at which it runs unwatched.  When the pipe closes without a word, aiwrap
is dead: the shell ends the vendor CLI, politely, then by force, so that no
orphan sends credentials to a port that anyone may bind.

The shell stands in a process group of its own: a key on the terminal or a
signal to the job does not reach it.
"""

from __future__ import annotations

import contextlib
import os

from aiwrap.errors import AiwrapError

GRACE_SECONDS = 2

# $pid: the vendor CLI; a second word is the all-clear.  SIGCONT because a
# stopped process does not see SIGTERM.  Tenths of a second are not POSIX.
_SCRIPT = f"""
trap '' HUP INT QUIT TERM TSTP TTIN TTOU
read -r pid || exit 0
read -r word && exit 0
kill -TERM "$pid" 2>/dev/null || exit 0
kill -CONT "$pid" 2>/dev/null
tries=0
while [ "$tries" -lt {GRACE_SECONDS * 10} ]; do
    sleep 0.1 2>/dev/null || {{ sleep 1; tries=$((tries + 9)); }}
    kill -0 "$pid" 2>/dev/null || exit 0
    tries=$((tries + 1))
done
kill -KILL "$pid" 2>/dev/null
"""


class Watchdog:
    """A started watchdog; `pipe` is where the watched process names itself."""

    __slots__ = ("pid", "pipe")

    def __init__(self, pid: int, pipe: int) -> None:
        self.pid = pid
        self.pipe = pipe

    def watch(self, pid: int) -> None:
        """Name the process to watch."""
        os.write(self.pipe, b"%d\n" % pid)

    def dismiss(self) -> None:
        """Say that the watched process has ended, and end the watchdog."""
        with contextlib.suppress(BrokenPipeError):  # somebody killed it
            os.write(self.pipe, b"done\n")
        os.close(self.pipe)
        os.waitpid(self.pid, 0)


def start() -> Watchdog:
    """Start a watchdog, before the process that it watches.

    Raises:
        AiwrapError: It cannot be started, so nothing else may be.

    """
    try:
        reading, writing = os.pipe()
        try:
            pid = os.posix_spawn(
                "/bin/sh",
                ["sh", "-c", _SCRIPT, "aiwrap-watchdog"],
                {"PATH": os.defpath},
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, reading, 0),
                    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                    (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                ],
                setpgroup=0,
            )
        except OSError:
            os.close(writing)
            raise
        finally:
            os.close(reading)
    except OSError as error:
        raise AiwrapError(
            f"cannot start the watchdog: {error.strerror}",
            hint="Check the limits on processes and open files (`ulimit -a`).",
        ) from error
    return Watchdog(pid, writing)
