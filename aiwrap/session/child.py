r"""Run the vendor CLI as if aiwrap were not there.

The vendor CLI inherits the terminal, the process group and every stream.

  * A key on the terminal (Ctrl-C, Ctrl-\, Ctrl-Z, a resize) reaches the vendor
    CLI by the process group; aiwrap does not repeat it.  The same signal sent
    to aiwrap alone by a program is passed on.
  * SIGTERM, SIGHUP, SIGUSR1 and SIGUSR2 are passed on.
  * When the vendor CLI stops, aiwrap stops with the same signal, so that the
    shell sees a stopped job, and both continue together.
  * When aiwrap dies, the vendor CLI is ended (`watchdog`).

Signals are blocked from before the spawn until `wait` takes them one by one:
none is lost in between, and none can interrupt aiwrap anywhere else.  The
vendor CLI starts with the signal mask that aiwrap was started with.

On the launch path: asyncio and threads are imported in `wait`, after the spawn.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, NoReturn

from aiwrap.errors import (
    AiwrapError,
    VendorNotExecutableError,
    VendorNotFoundError,
)
from aiwrap.session import watchdog

# Typed on a terminal, these reach the whole process group.
_KEYS = frozenset({signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGWINCH})
_PASSED_ON = frozenset({signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2})
_OURS = _KEYS | _PASSED_ON
_SENT_BY_KERNEL = 0x80  # si_code SI_KERNEL: a terminal, not a program


class Child(NamedTuple):
    """A running vendor CLI."""

    pid: int
    guard: watchdog.Watchdog
    mask: frozenset[int]  # the signals that were blocked before the spawn


class Ending(NamedTuple):
    """How the vendor CLI ended: with a code, or by a signal."""

    exit_code: int  # as a shell would say it: 128 + n for signal n
    signal: int | None


def spawn(path: str, argv: Sequence[str], environ: Mapping[str, str]) -> Child:
    """Start `path` with the arguments `argv` (argv[0] included), watched.

    Raises:
        VendorNotFoundError: There is no such file, or its interpreter is missing.
        VendorNotExecutableError: The system does not execute it.

    """
    if signal.getsignal(signal.SIGCHLD) == signal.SIG_IGN:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # or there is nothing to wait for
    guard = watchdog.start()
    mask = frozenset(signal.pthread_sigmask(signal.SIG_BLOCK, _OURS))
    try:
        pid = _fork_and_exec(path, argv, environ, mask, guard)
    except BaseException:
        guard.dismiss()
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        raise
    return Child(pid, guard, mask)


def become(path: str, argv: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    """Replace aiwrap by the vendor CLI, where there is nothing to decide or record.

    Raises:
        VendorNotFoundError: There is no such file, or its interpreter is missing.
        VendorNotExecutableError: The system does not execute it.

    """
    sys.stdout.flush()
    sys.stderr.flush()
    _restore_python_changes()
    try:
        os.execve(path, list(argv), dict(environ))  # noqa: S606 - this is the job
    except OSError as error:
        _refuse(path, error.errno or 0)


async def wait(child: Child) -> Ending:
    """Follow the vendor CLI until it ends, passing signals on meanwhile."""
    # After the spawn: asyncio must not delay the vendor CLI.
    import asyncio
    import threading

    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()

    def follow() -> None:
        status = _follow_and_relay(child.pid)
        loop.call_soon_threadsafe(ended.set_result, status)

    threading.Thread(target=follow, daemon=True).start()
    return _end(child, await ended)


def wait_blocking(child: Child) -> Ending:
    """Do the same where there is nothing else to do."""
    return _end(child, _follow_and_relay(child.pid))


def die_like(ending: Ending) -> NoReturn:
    """End aiwrap the way that the vendor CLI ended."""
    if ending.signal is not None:
        _die_of(ending.signal)
    raise SystemExit(ending.exit_code)


def _fork_and_exec(
    path: str,
    argv: Sequence[str],
    environ: Mapping[str, str],
    mask: frozenset[int],
    guard: watchdog.Watchdog,
) -> int:
    """Fork rather than posix_spawn: the child must name itself before it execs."""
    failed, report = os.pipe()  # closed by the exec; an error number otherwise
    try:
        pid = os.fork()
        if pid == 0:
            _become_child(path, argv, environ, mask, guard, report)
    except OSError as error:
        os.close(failed)
        raise AiwrapError(
            f"cannot start a process: {error.strerror}",
            hint="Check the limit on processes (`ulimit -u`).",
        ) from error
    finally:
        os.close(report)
    with os.fdopen(failed, "rb") as pipe:
        number = pipe.read()
    if number:
        os.waitpid(pid, 0)
        _refuse(path, int(number))
    return pid


def _become_child(
    path: str,
    argv: Sequence[str],
    environ: Mapping[str, str],
    mask: frozenset[int],
    guard: watchdog.Watchdog,
    report: int,
) -> NoReturn:
    """In the forked process: name ourselves to the watchdog, then exec."""
    try:
        guard.watch(os.getpid())
        _restore_python_changes()
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        os.execve(path, list(argv), dict(environ))  # noqa: S606 - this is the job
    except OSError as error:
        os.write(report, b"%d" % (error.errno or errno.EIO))
    except BaseException:  # noqa: BLE001 - nothing may return from here
        os.write(report, b"%d" % errno.EIO)
    os._exit(127)


def _restore_python_changes() -> None:
    """Undo what Python does at its start and an exec would hand on."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def _refuse(path: str, number: int) -> NoReturn:
    if number in (errno.ENOENT, errno.ENOTDIR):
        raise VendorNotFoundError(
            f"{path} or the interpreter that it names does not exist",
            hint="Install the vendor CLI again.",
        )
    if number in (errno.EACCES, errno.ENOEXEC, errno.EPERM, errno.ETXTBSY):
        raise VendorNotExecutableError(
            f"{path} cannot be executed: {os.strerror(number).lower()}",
            hint="Check its mode, or install the vendor CLI again.",
        )
    raise AiwrapError(
        f"cannot start {path}: {os.strerror(number).lower()}",
        hint="Nothing was started; run it again.",
    )


def _end(child: Child, status: int) -> Ending:
    """Take signals again as before the spawn."""
    child.guard.dismiss()
    signal.pthread_sigmask(signal.SIG_SETMASK, child.mask)
    return _ending(status)


def _follow_and_relay(pid: int) -> int:
    """Wait until `pid` ends, with a second thread that passes signals on."""
    import threading

    over = threading.Event()
    relay = threading.Thread(target=_pass_on, args=(pid, over.is_set), daemon=True)
    relay.start()
    status = _follow(pid)
    over.set()
    signal.pthread_kill(relay.ident or 0, signal.SIGUSR1)  # wake it up
    relay.join()
    return status


def _follow(pid: int) -> int:
    """Wait until `pid` ends; stop and continue as it does."""
    while True:
        _, status = os.waitpid(pid, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            return status
        _stop_with(os.WSTOPSIG(status))
        ended = _continue(pid)
        if ended is not None:
            return ended


def _continue(pid: int) -> int | None:
    """Continue `pid`, if that was not done already; return how it ended, if so.

    `fg` continues the whole group, `kill -CONT` perhaps us alone; twice would
    make a program draw its screen twice.
    """
    found, status = os.waitpid(pid, os.WCONTINUED | os.WNOHANG)
    if not found:
        _send(pid, signal.SIGCONT)
    return status if found and not os.WIFCONTINUED(status) else None


def _stop_with(number: int) -> None:
    """Stop this process as the vendor CLI stopped, until somebody continues it.

    The signal goes to this thread, where it takes effect before the next line
    does; sent to the process, another thread might take it a moment later, and
    we would continue the vendor CLI before we stop.  It is sent while blocked:
    the same signal from the terminal may be on its way to us as well, and two
    that wait together stop us once.
    """
    import threading

    signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    signal.pthread_kill(threading.get_ident(), number)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    signal.pthread_sigmask(signal.SIG_BLOCK, {number} & _OURS)


def _pass_on(pid: int, is_over: Callable[[], bool]) -> None:
    """Pass signals on to the vendor CLI until it is over."""
    while True:
        number, is_news = _next_signal(pid)
        if is_over():
            break
        if is_news:
            _send(pid, number)
    while signal.sigpending() & _OURS:  # what arrived with its end was meant for it
        signal.sigwait(_OURS)


def _next_signal(pid: int) -> tuple[int, bool]:
    """Take one signal that was sent to aiwrap; False if `pid` has got it already."""
    if sys.platform == "darwin":  # no sigwaitinfo
        number = signal.sigwait(_OURS)
        return number, number not in _KEYS or not _has_terminal()
    info = signal.sigwaitinfo(_OURS)
    typed = info.si_signo in _KEYS and info.si_code == _SENT_BY_KERNEL
    return info.si_signo, not typed and info.si_pid != pid


def _has_terminal() -> bool:
    """Say whether our process group is in the foreground of a terminal."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


def _send(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # it has just ended
        os.kill(pid, number)


def _ending(status: int) -> Ending:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return Ending(128 + number, number)
    return Ending(os.WEXITSTATUS(status), None)


def _die_of(number: int) -> NoReturn:
    import resource  # on use: hardly any session ends like this

    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))  # the core is the child's
    sys.stdout.flush()
    sys.stderr.flush()
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    os.kill(os.getpid(), number)
    os._exit(128 + number)
