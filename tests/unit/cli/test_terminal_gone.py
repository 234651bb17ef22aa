"""A terminal that is closed."""

import os
import pty
import threading

from alfred_tui.cli.terminal_gone import when_gone


def test_a_terminal_that_hangs_up_is_told_although_no_signal_comes() -> None:
    master, terminal = pty.openpty()
    gone = threading.Event()
    with when_gone(terminal, gone.set):
        os.write(master, b"typed\n")
        assert not gone.is_set()
        os.close(master)
        assert gone.wait(20)
    os.close(terminal)


def test_a_terminal_that_stays_is_left_in_peace_and_the_thread_ends() -> None:
    master, terminal = pty.openpty()
    gone = threading.Event()
    before = threading.active_count()
    with when_gone(terminal, gone.set):
        assert threading.active_count() == before + 1
    assert threading.active_count() == before
    assert not gone.is_set()
    os.close(master)
    os.close(terminal)


def test_what_is_no_terminal_is_not_watched() -> None:
    reading, writing = os.pipe()
    before = threading.active_count()
    with when_gone(reading, lambda: None):
        assert threading.active_count() == before
    os.close(reading)
    os.close(writing)
