"""The screen never waits for its terminal: not for one that does not read, and not for a closed one."""

import os
import pty
import threading
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from alfred_tui.cli.terminal_out import TerminalOut
from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread

SECONDS = 20


@contextmanager
def a_terminal() -> Iterator[tuple[int, TextIO]]:
    """Our end and the program's."""
    ours, its = pty.openpty()
    tty.setraw(its)
    with os.fdopen(its, "w") as terminal:
        yield ours, terminal
    os.close(ours)


def read_until(ours: int, mark: bytes) -> bytes:
    seen, end = b"", time.monotonic() + SECONDS
    while mark not in seen and time.monotonic() < end:
        seen += os.read(ours, 65536)
    return seen


def test_what_is_written_reaches_the_terminal_while_it_is_there() -> None:
    with a_terminal() as (ours, terminal):
        out = TerminalOut(terminal, lambda: None)
        assert out.write("hello") == 5
        assert out.drain(SECONDS)
        assert os.read(ours, 100) == b"hello"
        assert out.isatty()
        assert not out.gone


def test_the_screen_s_writer_ends_although_its_terminal_was_closed() -> None:
    ours, its = pty.openpty()
    with os.fdopen(its, "w") as terminal:
        os.close(ours)
        out = TerminalOut(terminal, lambda: None)
        written(out, MAX_QUEUED_WRITES * 3)
        assert out.drain(SECONDS)
        assert out.gone


def test_a_terminal_that_does_not_read_holds_nobody_up() -> None:
    with a_terminal() as (ours, terminal):
        out = TerminalOut(terminal, lambda: None)
        written(out, MAX_QUEUED_WRITES * 30)
        assert not out.drain(0)
        out.write("THE LAST")
        assert read_until(ours, b"THE LAST").endswith(b"THE LAST")


def test_what_a_terminal_left_lying_is_dropped_as_whole_writes_and_the_screen_is_drawn_anew() -> None:
    anew = threading.Event()
    with a_terminal() as (ours, terminal):
        out = TerminalOut(terminal, anew.set, held=1000)
        for number in range(5000):
            out.write(f"<{number:0100}>")
        seen = read_until(ours, b"04999>")
        assert len(seen) < 5000 * 102
        assert all(len(one) == 101 for one in seen.split(b">") if one)
        assert anew.wait(SECONDS)


def test_nothing_is_drawn_anew_when_nothing_was_dropped() -> None:
    anew = threading.Event()
    with a_terminal() as (ours, terminal):
        out = TerminalOut(terminal, anew.set)
        out.write("a")
        assert out.drain(SECONDS)
        assert os.read(ours, 10) == b"a"
        assert not anew.is_set()


def test_a_terminal_that_another_program_made_non_blocking_is_not_taken_for_closed() -> None:
    with a_terminal() as (ours, terminal):
        os.set_blocking(terminal.fileno(), False)
        out = TerminalOut(terminal, lambda: None)
        out.write("x" * 500_000 + "end")
        assert not out.drain(0.2)
        assert not out.gone
        assert read_until(ours, b"end").endswith(b"xend")
        assert out.drain(SECONDS)


def written(out: TerminalOut, count: int) -> None:
    """Writes through Textual's own writer, and waits until it has ended."""
    writer = WriterThread(out)  # type: ignore[arg-type]
    writer.start()
    for _ in range(count):
        writer.write("x" * 1000)
    writer.stop()
    assert not writer.is_alive()
