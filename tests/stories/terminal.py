"""The program in a pseudo-terminal whose screen is kept by pyte: keys in, text out."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

import pyte

from tests.stories.when import DEFECTS

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "space": " ",
    "tab": "\t",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "pagedown": "\x1b[6~",
    "ctrl+c": "\x03",
    "ctrl+r": "\x12",
}
_ESCAPE_STANDS_ALONE = 0.2
"""Seconds after which an escape is the key."""

_MUCH = 200_000
"""Bytes that are fed to the screen at once; pyte takes half a second for them."""

_PRIVATE = re.compile(rb"\x1b\[[<=>?][0-9;]*[a-zA-Z$]+[a-z]?|\x1b\[[<=>][0-9;]*[a-zA-Z]")
"""Modes and queries that pyte would take for text or for other orders."""


class Terminal:
    """A program on a terminal of `columns` by `rows`: a context, at whose end what is left is killed."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        env: dict[str, str],
        cwd: Path,
        columns: int = 120,
        rows: int = 40,
    ) -> None:
        self._command = [str(one) for one in command]
        self._env = {**env, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self._cwd = cwd
        self._size = (columns, rows)
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._pending = b""
        self.raw = b""
        """All that was written, as it was written."""
        self.code: int | None = None
        """The exit code, once it has ended."""
        self._pid = 0
        self._terminal = -1

    def __enter__(self) -> "Terminal":
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.chdir(self._cwd)
            os.execve(self._command[0], self._command, self._env)
        self.resize(*self._size)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            error.add_note(f"The screen:\n{self.text}")
        if self.code is None:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        os.close(self._terminal)

    @property
    def pid(self) -> int:
        """The program's process."""
        return self._pid

    def resize(self, columns: int, rows: int) -> None:
        """Makes the terminal another size."""
        self._screen.resize(rows, columns)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    @property
    def lines(self) -> list[str]:
        """The screen, line by line."""
        return [line.rstrip() for line in self._screen.display]

    @property
    def text(self) -> str:
        """The screen."""
        return "\n".join(self.lines)

    def read(self, seconds: float = 0.05) -> bool:
        """Takes all that the program has written, waiting at most the time for it. Says whether it wrote."""
        data = b""
        while select.select([self._terminal], [], [], 0 if data else seconds)[0]:
            try:
                part = os.read(self._terminal, 65536)
            except OSError:
                part = b""
            if not part:
                self._collect()
                break
            data += part
            if len(data) > _MUCH:
                break
        self.raw += data
        self._feed(data)
        return bool(data)

    def _feed(self, data: bytes) -> None:
        data = self._pending + data
        # An order that is not whole yet waits for its rest.
        cut = data.rfind(b"\x1b")
        whole = cut < 0 or len(data) - cut > 32 or re.match(rb"\x1b(\[[^a-zA-Z]*[a-zA-Z]|[^\[])", data[cut:])
        self._pending = b"" if whole else data[cut:]
        self._stream.feed(_PRIVATE.sub(b"", data if whole else data[:cut]))

    def _collect(self) -> None:
        if self.code is None:
            _, status = os.waitpid(self._pid, 0)
            self.code = os.waitstatus_to_exitcode(status)

    def press(self, *keys: str) -> None:
        """Presses keys one after another: a name of `KEYS`, or the character itself."""
        for key in keys:
            os.write(self._terminal, KEYS.get(key, key).encode())
            # Apart, as a person's are: an escape and a key close behind it are one key to a terminal.
            self.read_for(_ESCAPE_STANDS_ALONE if key == "escape" else 0.03)

    def read_for(self, seconds: float) -> None:
        """Takes what is written within the time, however much."""
        end = time.monotonic() + seconds
        while (rest := end - time.monotonic()) > 0 and self.code is None:
            self.read(rest)

    def type(self, text: str) -> None:
        """Types a text."""
        os.write(self._terminal, text.encode())

    def wait(self, condition: Callable[[str], bool], seconds: float = 30, what: str = "") -> str:
        """Reads until the screen's text fulfils the condition; the text."""
        end = time.monotonic() + seconds
        while not condition(text := self.text):
            assert not [word for word in DEFECTS if word in text], text
            assert self.code is None, f"it ended with {self.code} before there was {what}\n{text}"
            assert time.monotonic() < end, f"no {what} within {seconds} s\n{text}"
            self.read()
        return text

    def wait_for(self, *words: str, seconds: float = 30) -> str:
        """Until all the words are on the screen, wherever its lines break; the screen's text."""
        return self.wait(
            lambda text: all(word in text or word in _flowing(text) for word in words),
            seconds,
            " and ".join(words),
        )

    def wait_gone(self, *words: str, seconds: float = 30) -> str:
        """Until none of the words is on the screen."""
        return self.wait(
            lambda text: not any(word in text for word in words), seconds, f"end of {' and '.join(words)}"
        )

    def wait_end(self, seconds: float = 30) -> int:
        """Until the program has ended; its exit code."""
        end = time.monotonic() + seconds
        while self.code is None:
            assert time.monotonic() < end, f"it did not end within {seconds} s\n{self.text}"
            self.read()
        assert not [word for word in DEFECTS if word in self.text], self.text
        return self.code

    def hang_up(self) -> None:
        """The terminal goes away, as when a connection is lost."""
        os.close(self._terminal)
        self._terminal = os.open(os.devnull, os.O_RDWR)

    def kill(self) -> None:
        """Kills the program."""
        os.kill(self._pid, signal.SIGKILL)
        self._collect()


def _flowing(text: str) -> str:
    """The text as if it stood on one line, without the frames around it."""
    return " ".join(text.replace("│", " ").split())
