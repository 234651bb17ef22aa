"""What Ctrl-C does before a command is at work and after it: the process ends, and Python prints nothing.

Raised in the middle of an import, or of what Python tidies up, KeyboardInterrupt ends as a traceback.
"""

import os
import signal
import sys
from types import FrameType

_INTERRUPTED = 130


def end_process() -> None:
    """From now on Ctrl-C ends the process at once. Where it is ignored (`nohup`) it stays so."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def raise_again() -> None:
    """From now on Ctrl-C is a KeyboardInterrupt for the command, which may have something to put right."""
    if signal.getsignal(signal.SIGINT) is _end:
        sys.unraisablehook = _not_lost
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(_number: int, _frame: FrameType | None) -> None:
    os._exit(_INTERRUPTED)


def _not_lost(what: "sys.UnraisableHookArgs") -> None:
    """One that came where Python could only print it, and go on, is heeded all the same."""
    if issubclass(what.exc_type, KeyboardInterrupt):
        os._exit(_INTERRUPTED)
    sys.__unraisablehook__(what)
