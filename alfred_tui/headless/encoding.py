"""Where standard output goes, and in which letters it is written."""

import io
import sys

from alfred_tui.domain.errors import Usage


def on_terminal() -> bool:
    """Whether standard output is a terminal; it may be closed."""
    return sys.stdout is not None and sys.stdout.isatty()


def lossless() -> None:
    """Lets no letter that the terminal's encoding does not have end a command: it is written as an escape."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def utf_8() -> None:
    """JSON and documents are UTF-8, whatever the terminal speaks; what is no text at all is marked.

    Raises Usage when standard output is closed: they are all that the command is for.
    """
    if sys.stdout is None:
        raise Usage("The answer has nowhere to go: standard output is closed.")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
