"""What the screen writes to: it never makes the screen wait, and goes quiet when its terminal is gone.

Textual queues at most thirty writes and then waits in the event loop until the terminal takes one. A terminal
that is not read any more (a network that stalls under SSH, a stopped viewer) would hold up the run, and a
closed one would keep the cockpit for ever. Here a thread of its own writes; what a terminal leaves lying is
dropped, oldest first and as whole writes, and the screen is drawn anew once the terminal reads again.
"""

import os
import select
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, TextIO

_HELD = 2 * 1024 * 1024
"""Characters kept for a terminal that does not read: some hundred whole screens."""


_LOOK = 1.0
"""Seconds between two tries to write to a terminal that says that it takes nothing."""


class TerminalOut:
    """A text file that takes everything at once and writes it as the terminal reads.

    `redraw` is called, from another thread, after something was dropped and the rest was written.
    """

    def __init__(self, file: TextIO, redraw: Callable[[], object], *, held: int = _HELD) -> None:
        self._file = file
        self._descriptor = file.fileno()
        self._redraw = redraw
        self._held = held
        self._pending: deque[str] = deque()
        self._size = 0
        self._dropped = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._writing = False
        self.gone = False
        """Whether the terminal has been closed."""

    def write(self, text: str) -> int:
        """Takes the text to be written."""
        with self._changed:
            if self.gone or not text:
                return len(text)
            self._pending.append(text)
            self._size += len(text)
            while self._size > self._held and len(self._pending) > 1:
                self._size -= len(self._pending.popleft())
                self._dropped = True
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="terminal-out", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return len(text)

    def flush(self) -> None:
        """Nothing to do: what was taken is written as soon as the terminal takes it."""

    def drain(self, within: float) -> bool:
        """Waits at most `within` seconds until all is written; whether it is."""
        with self._changed:
            return self._changed.wait_for(self._idle, within)

    def _idle(self) -> bool:
        return self.gone or not (self._pending or self._writing)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._pending)
                text = "".join(self._pending)
                self._pending.clear()
                self._size = 0
                self._writing = True
            try:
                self._put(text.encode(errors="replace"))
            except OSError:
                self._end()
                return
            if self._written():
                self._redraw()

    def _put(self, data: bytes) -> None:
        # Past the file's own buffer: a write that hangs would hold its lock, and the program could not end.
        while data:
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:
                # Another program on this terminal has set it so; it may be set back at any time.
                select.select((), (self._descriptor,), (), _LOOK)

    def _end(self) -> None:
        with self._changed:
            self.gone = True
            self._pending.clear()
            self._changed.notify_all()

    def _written(self) -> bool:
        """Notes that a write is done; whether the screen must be drawn anew."""
        with self._changed:
            self._writing = False
            anew = self._dropped and not self._pending
            if anew:
                self._dropped = False
            self._changed.notify_all()
            return anew

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
