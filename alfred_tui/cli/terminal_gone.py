"""Whether the terminal is still there.

The kernel tells a closed terminal to the leader of its session alone. Where that is a `make` or a script,
which then waits for us, no SIGHUP comes here: the cockpit would go on without a screen, and read the end of
its input again and again.
"""

import os
import select
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LOOK = 2_000
"""Milliseconds: not every hang-up of every kind of terminal wakes one who waits for it."""


@contextmanager
def when_gone(terminal: int, then: Callable[[], object]) -> Iterator[None]:
    """Calls `then` once, from a thread, if the terminal with that descriptor hangs up meanwhile."""
    if not os.isatty(terminal):
        yield
        return
    ended, end = os.pipe()

    def wait() -> None:
        poll = select.poll()
        poll.register(terminal, 0)  # a hang-up is told unasked; what is typed is not ours
        poll.register(ended, 0)
        while not (found := poll.poll(_LOOK)):
            pass
        if all(which != ended for which, _ in found):
            then()

    waiting = threading.Thread(target=wait, name="terminal", daemon=True)
    waiting.start()
    try:
        yield
    finally:
        os.close(end)
        waiting.join()
        os.close(ended)


def let_go() -> None:
    """Drops what is still said to a terminal that is gone: writing to it would spoil the exit code."""
    for stream in (1, 2):
        poll = select.poll()
        poll.register(stream, 0)
        if poll.poll(0):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream)
            os.close(nowhere)
