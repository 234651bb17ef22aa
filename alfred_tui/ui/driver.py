"""The terminal's driver, mended: a process that was stopped without a word (SIGSTOP) goes on as it was.

Textual takes every SIGCONT for the end of a suspension that it began itself (SIGTSTP) and starts its input
and output a second time: keys get lost, the program hangs at its end, and the terminal stays raw.
"""

from textual.drivers.linux_driver import LinuxDriver


class SteadyDriver(LinuxDriver):
    """Resumes what it has suspended; else it only draws anew."""

    def _sigcont_application(self, *arguments: object) -> None:
        if self._must_signal_resume:
            super()._sigcont_application(*arguments)
        else:
            self._app.call_later(self._app.refresh, layout=True)
