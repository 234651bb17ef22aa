"""A terminal that was closed takes what is written to it in silence, so that the screen can end."""

import os
import pty

from alfred_tui.cli.terminal_out import TerminalOut
from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread


def test_what_is_written_reaches_the_terminal_while_it_is_there() -> None:
    ours, its = pty.openpty()
    with os.fdopen(its, "w") as terminal:
        out = TerminalOut(terminal)
        assert out.write("hello") == 5
        out.flush()
        assert os.read(ours, 100) == b"hello"
        assert out.isatty()
        assert not out.gone
    os.close(ours)


def test_the_screen_s_writer_ends_although_its_terminal_was_closed() -> None:
    ours, its = pty.openpty()
    out = TerminalOut(os.fdopen(os.dup(its), "w"))
    os.close(its)
    os.close(ours)
    writer = WriterThread(out)  # type: ignore[arg-type]
    writer.start()
    for _ in range(3 * MAX_QUEUED_WRITES):
        writer.write("x" * 100)
    writer.stop()
    assert out.gone
    assert not writer.is_alive()
