"""A real terminal for a test: a pty, and the screen that a person would see."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Self

import pexpect
import pyte

ROWS, COLUMNS = 45, 110
INPUT_MARK = "\N{HEAVY RIGHT-POINTING ANGLE QUOTATION MARK ORNAMENT}"
"""What stands before the input box of Claude Code."""
POLL_SECONDS = 0.05


class Screen(pyte.Screen):
    """pyte's screen, which knows fewer private sequences than programs send."""

    def __init__(
        self, columns: int, lines: int, reply: Callable[[str], object]
    ) -> None:
        super().__init__(columns, lines)
        self._reply = reply

    def write_process_input(self, data: str) -> None:
        """Answer a question of the program, as a terminal does."""
        self._reply(data)

    def report_device_attributes(self, mode: int = 0, **kwargs: bool) -> None:
        """Answer only the plain question; `CSI > c` asks for a version."""
        if not kwargs.get("private"):
            super().report_device_attributes(mode)

    def select_graphic_rendition(self, *attrs: int, **kwargs: bool) -> None:
        """Ignore `CSI > m`, which is about the keyboard, not about colour."""
        if not kwargs.get("private"):
            super().select_graphic_rendition(*attrs)


class Terminal:
    """A program that runs in a terminal of its own; use as a context manager."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        cwd: str,
        environment: Mapping[str, str],
        rows: int = ROWS,
        columns: int = COLUMNS,
    ) -> None:
        with warnings.catch_warnings():
            # Python 3.12 warns of forkpty beside threads; pexpect execs at once.
            warnings.simplefilter("ignore", DeprecationWarning)
            self.process: pexpect.spawn[bytes] = pexpect.spawn(
                arguments[0],
                list(arguments[1:]),
                cwd=cwd,
                env={**environment, "TERM": "xterm-256color"},
                dimensions=(rows, columns),
                timeout=0,
            )
        self.process.delaybeforesend = None
        self.raw = b""
        self._screen = Screen(columns, rows, self.process.send)
        self._stream = pyte.ByteStream(self._screen)

    @property
    def text(self) -> str:
        """What stands on the screen now, right margins stripped."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    @property
    def input_box(self) -> str:
        """What stands in the TUI's input box: below the last rule but one."""
        lines = self.text.splitlines()
        rules = [i for i, line in enumerate(lines) if line.startswith("────")]
        inside = lines[rules[-2] + 1 : rules[-1]] if len(rules) > 1 else []
        return "\n".join(inside).replace(INPUT_MARK, " ").strip()

    def poll(self, seconds: float = POLL_SECONDS) -> bool:
        """Read what the program wrote; return whether it may write more."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                data = self.process.read_nonblocking(
                    1 << 16, timeout=max(0.0, deadline - time.monotonic())
                )
            except pexpect.TIMEOUT:
                return True
            except pexpect.EOF:
                return False
            self.raw += data
            self._stream.feed(data)

    def wait_until(
        self, holds: Callable[[str], bool], timeout_seconds: float = 60.0
    ) -> str:
        """Wait until `holds(screen text)`; return the screen's text."""
        deadline = time.monotonic() + timeout_seconds
        while not holds(self.text):
            is_alive = self.poll()
            if holds(self.text):
                break
            if not is_alive or time.monotonic() > deadline:
                ending = "still running" if is_alive else "ended"
                raise AssertionError(f"never on screen ({ending}):\n{self.text}")
        return self.text

    def wait_for(self, words: str, timeout_seconds: float = 60.0) -> str:
        """Wait until `words` stand on the screen, however they are wrapped."""
        return self.wait_until(
            lambda text: words in text or words in unwrapped(text), timeout_seconds
        )

    def settle(self, quiet_seconds: float = 0.7) -> str:
        """Wait until the program wrote nothing for so long; return the text."""
        seen = -1
        while seen != len(self.raw):
            seen = len(self.raw)
            if not self.poll(quiet_seconds):
                break
        return self.text

    def enter(self, text: str) -> None:
        """Type the text as a person does, without the Enter key."""
        self.process.send(text)

    def submit(self, text: str) -> None:
        """Type the text, see it, press Enter.

        Claude Code takes what arrives together for a paste, and the Enter key
        with it for a new line.
        """
        self.enter(text)
        self.settle(0.3)
        self.press("enter")

    def press(self, *keys: str) -> None:
        """Send keys, each read by the program before the next."""
        for key in keys:
            self.process.send(KEYS[key])
            self.settle(0.2)

    def resize(self, rows: int, columns: int) -> None:
        """Change the window's size, as a window manager does."""
        self.process.setwinsize(rows, columns)
        self._screen.resize(rows, columns)

    def wait(self, timeout_seconds: float = 60.0) -> int:
        """Wait for the end; return the exit code, or -signal."""
        deadline = time.monotonic() + timeout_seconds
        while self.poll():
            if time.monotonic() > deadline:
                raise AssertionError(f"the program did not end:\n{self.text}")
        self.process.wait()
        if self.process.signalstatus is not None:
            return -int(self.process.signalstatus)
        return int(self.process.exitstatus or 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.close(force=True)


KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "tab": "\t",
    "ctrl-c": "\x03",
    "ctrl-d": "\x04",
    "ctrl-u": "\x15",
    "ctrl-z": "\x1a",
}


def unwrapped(text: str) -> str:
    """Return the screen's text as one line, margins and wrapping undone."""
    return " ".join(text.replace("│", " ").split())
