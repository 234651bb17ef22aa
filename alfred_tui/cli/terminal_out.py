"""What the screen writes to, gone quiet when its terminal is gone.

Textual writes from a thread that ends at the first error. With nobody to take from its queue the next writes
wait for ever, in the event loop: a cockpit whose terminal was closed would neither end nor let go of the run.
"""

from typing import Any, TextIO


class TerminalOut:
    """A text file that takes what cannot be written any more as written."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.gone = False
        """Whether the terminal has been closed."""

    def write(self, text: str) -> int:
        """Writes, or does nothing when there is nobody to read it."""
        if not self.gone:
            try:
                return self._file.write(text)
            except OSError:
                self.gone = True
        return len(text)

    def flush(self) -> None:
        """Flushes, or does nothing."""
        if not self.gone:
            try:
                self._file.flush()
            except OSError:
                self.gone = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
