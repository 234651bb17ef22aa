"""The tiny program that runs one command and outlives the cockpit.

Started as `python -I -S -c … FOLDER` in a session of its own, the order on its standard input. It claims
the folder and puts its state on disk before the command begins (`state.json`), spools what the command
prints, stops it when it gets SIGTERM, and puts the result on disk when it has ended (`result.json`).

The folder can be claimed once: of two supervisors started for the same attempt, one gives way. What ends
here is started once, and its start-up is a part of every step: only what costs nothing is imported.
"""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]  # `signal` builds enums: 5 ms of every step
import os
import select
import sys
import time

from alfred_tui.domain.redaction import Redactor
from alfred_tui.process import identity, kin
from alfred_tui.process.spec import REFUSED, STARTED, Order, read_order
from alfred_tui.process.writing import STDERR, STDOUT, SpoolWriter

_IGNORED = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE)
_CHUNK = 1 << 18
_PIPE = 1 << 20
"""Bytes that Linux keeps in a pipe for us, so that the command need not wait for each write."""
_F_SETPIPE_SZ = 1031
_QUIET, _DRAIN = 0.25, 2.0
"""After the command's end: seconds without output, and in all, until what still holds its pipes is left."""
_DYING = 2.0
"""Seconds that a group has to go after SIGKILL."""
_CANNOT_START = 127


def main() -> None:
    """Carries out the order; never returns."""
    order = read_order(0)
    if order is None:
        os._exit(2)
    os._exit(Supervision(sys.argv[1], order).run())


class Supervision:
    """One command from its start to its result."""

    def __init__(self, folder: str, order: Order) -> None:
        self._folder = folder
        self._order = order
        self._umask = os.umask(0o077)
        self._poll = select.poll()
        self._streams: dict[int, tuple[int, Redactor]] = {}
        self._input = -1
        self._pid = 0
        self._status: int | None = None
        self._trouble = ""
        self._cancelled = ""
        self._deadline = 0.0
        self._ended = (0.0, 0.0)

    def run(self) -> int:
        """The supervisor's own exit code: 0 when a result is on disk, 3 when it was not to run."""
        try:
            self._prepare()
            self._start()
        except (OSError, ValueError) as error:
            _answer(REFUSED + str(error).encode())
            return 3
        self._begin()
        self._watch()
        self._drain()
        self._finish()
        return 0

    def _prepare(self) -> None:
        # A disk that is full when the command ends must not cost the result: its room is taken now.
        self._result = os.open(f"{self._folder}/result.json.{os.getpid()}", os.O_WRONLY | os.O_CREAT, 0o600)
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(self._result, 0, 4096)
        self._redactor = Redactor(self._order.secrets)
        self._unseen = kin.adopt_orphans()
        self._wake, wake = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(self._wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        for number in _IGNORED:
            signal.signal(number, signal.SIG_IGN)
        for number in (signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, _noted)
        self._poll.register(self._wake, select.POLLIN)

    def _start(self) -> None:
        """Forks the command up to its gate, and claims the folder with what is known of it."""
        out, err, given, gate, trouble = _pipe(), _pipe(), os.pipe(), os.pipe(), os.pipe()
        self._pid = os.fork()
        if not self._pid:
            os.close(gate[1])
            self._become(given[0], out[1], err[1], gate[0], trouble[1])
        for end in (out[1], err[1], given[0], gate[0], trouble[1]):
            os.close(end)
        self._gate, self._told, self._input = gate[1], trouble[0], given[1]
        claimed = False
        try:
            claimed = self._claim()
        finally:
            if not claimed:
                os.close(self._gate)
                os.unlink(f"{self._folder}/result.json.{os.getpid()}")
        if not claimed:
            raise OSError("another supervisor has this folder already")
        self._writer = SpoolWriter(self._folder, self._order.cap)
        for descriptor, stream in ((out[0], STDOUT), (err[0], STDERR)):
            self._streams[descriptor] = (stream, self._redactor.twin())
            self._poll.register(descriptor, select.POLLIN)

    def _become(self, given: int, out: int, err: int, gate: int, trouble: int) -> None:
        """In the forked child: waits at the gate, then becomes the command."""
        try:
            os.setsid()
            os.umask(self._umask)
            signal.set_wakeup_fd(-1)
            for number in (*_IGNORED, signal.SIGTERM, signal.SIGCHLD, signal.SIGXFSZ):
                signal.signal(number, signal.SIG_DFL)
            for descriptor, number in ((given, 0), (out, 1), (err, 2)):
                os.dup2(descriptor, number)
            if os.read(gate, 1):
                os.chdir(self._order.cwd)
                os.execvpe(self._order.argv[0], self._order.argv, self._order.env)  # noqa: S606
        except OSError as error:
            what = self._order.cwd if error.filename == self._order.cwd else self._order.argv[0]
            os.write(trouble, b"%s: %s" % (what, (error.strerror or "").encode()))
        finally:
            os._exit(_CANNOT_START)

    def _claim(self) -> bool:
        """Puts the state on disk; False when the folder has one already."""
        mine = f"{self._folder}/state.json.{os.getpid()}"
        self._started = (time.time(), time.monotonic())
        with open(mine, "w", encoding="utf-8") as file:
            file.write(
                f'{{"version":1,"boot":{_text(identity.boot_id())},"space":{_text(identity.pid_space())},'
                f'"pid":{os.getpid()},"start":{_text(identity.start_time(os.getpid()))},'
                f'"command_pid":{self._pid},"command_start":{_text(identity.start_time(self._pid))},'
                f'"started":{self._started[0]:.6f}}}\n'
            )
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(mine, f"{self._folder}/state.json")
        except FileExistsError:
            return False
        finally:
            os.unlink(mine)
        self._sync_folder()
        return True

    def _begin(self) -> None:
        """Tells the cockpit, which may be gone by now, and opens the gate."""
        _answer(STARTED)
        if self._order.stdin:
            os.set_blocking(self._input, False)
            self._poll.register(self._input, select.POLLOUT)
        else:
            os.close(self._input)
        try:  # noqa: SIM105 - contextlib is an import more
            os.write(self._gate, b"+")
        except OSError:
            pass  # it was killed at the gate: its status says so
        os.close(self._gate)
        self._trouble = os.read(self._told, 4096).decode("utf-8", "replace")
        os.close(self._told)

    def _watch(self) -> None:
        """Until the command has ended and, if it was cancelled, its group with it."""
        while self._status is None or (self._cancelled and self._group_lives()):
            left = self._deadline - time.monotonic() if self._cancelled else None
            if left is not None and left <= 0:
                if self._cancelled == "SIGKILL":
                    return
                self._cancelled = "SIGKILL"
                self._signal_group(signal.SIGKILL)
                self._deadline = time.monotonic() + _DYING
                left = _DYING
            self._pump(None if left is None else min(left, 0.05))

    def _drain(self) -> None:
        """What is in the pipes yet. A process that was left running may hold them open for ever."""
        until = time.monotonic() + _DRAIN
        while self._streams and time.monotonic() < until and self._pump(_QUIET):
            pass
        for stream, redactor in self._streams.values():
            if rest := redactor.flush():
                self._writer.write(stream, rest, time.time())

    def _pump(self, timeout: float | None) -> bool:
        """Handles what is ready; False when nothing was within `timeout` seconds."""
        ready = self._poll.poll(None if timeout is None else timeout * 1000)
        for descriptor, _ in ready:
            if descriptor == self._wake:
                self._woken()
            elif descriptor == self._input:
                self._give()
            else:
                self._take(descriptor)
        return bool(ready)

    def _take(self, descriptor: int) -> None:
        data = os.read(descriptor, _CHUNK)
        stream, redactor = self._streams[descriptor]
        done = redactor.feed(data) if data else redactor.flush()
        if done:
            self._writer.write(stream, done, time.time())
        if not data:
            del self._streams[descriptor]
            self._poll.unregister(descriptor)
            os.close(descriptor)

    def _give(self) -> None:
        """Feeds the command's standard input; a command that does not read it is its own affair."""
        try:
            self._order.stdin = self._order.stdin[os.write(self._input, self._order.stdin) :]
        except BlockingIOError:
            return
        except OSError:
            self._order.stdin = b""
        if not self._order.stdin:
            self._poll.unregister(self._input)
            os.close(self._input)
            self._input = -1

    def _woken(self) -> None:
        """A child ended, or somebody asks for the end."""
        signals = os.read(self._wake, 4096)
        self._reap()
        if signal.SIGTERM in signals and (self._status is None or self._cancelled):
            self._cancel()

    def _reap(self) -> None:
        """Buries the children that ended, adopted ones too."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if not pid:
                break
            if pid == self._pid:
                self._status = status
                self._ended = (time.time(), time.monotonic())

    def _cancel(self) -> None:
        """SIGTERM to the group, and its time to go. Asked again, it may be shorter but not longer."""
        try:
            with open(f"{self._folder}/cancel", encoding="ascii") as file:
                grace = float(file.read())
        except (OSError, ValueError):
            grace = self._order.grace
        deadline = time.monotonic() + grace
        if self._cancelled:
            self._deadline = min(self._deadline, deadline)
            return
        self._cancelled, self._deadline = "SIGTERM", deadline
        self._signal_group(signal.SIGTERM)
        self._signal_group(signal.SIGCONT)  # one that is stopped could not act on it

    def _signal_group(self, number: int) -> bool:
        try:
            os.killpg(self._pid, number)
        except ProcessLookupError:
            return False
        except PermissionError:  # what is left of it belongs to another user
            return True
        return True

    def _group_lives(self) -> bool:
        return self._signal_group(0)

    def _finish(self) -> None:
        """Puts the result on disk."""
        names = self._left_behind()
        self._writer.close()
        text = self._told_result([self._redactor.text(name, cut=True) for name in names]).encode()
        os.pwrite(self._result, text, 0)
        os.ftruncate(self._result, len(text))
        os.fsync(self._result)
        os.rename(f"{self._folder}/result.json.{os.getpid()}", f"{self._folder}/result.json")
        self._sync_folder()

    def _left_behind(self) -> list[str]:
        """Who still runs; one that is just about to end is given the time for it."""
        for wait in (0.0, 0.02, 0.1):
            time.sleep(wait)
            self._reap()
            if not self._unseen and not self._has_children():
                return []
            names, unseen = kin.left_behind(self._pid)
            self._unseen = unseen or self._unseen
            if not names:
                return []
        return names

    def _has_children(self) -> bool:
        """Whether any process, own or adopted, is left; as nothing escapes adoption, no means nobody."""
        try:
            return os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
        except ChildProcessError:
            return False

    def _told_result(self, names: list[str]) -> str:
        ended, duration = self._ended[0], self._ended[1] - self._started[1]
        reason = self._trouble and f"The command could not be started ({self._redactor.text(self._trouble)})."
        if self._status is None:
            how = '"status":"interrupted"'
            ended, duration = time.time(), time.monotonic() - self._started[1]
            reason = f"The command (process {self._pid}) did not end, not even by SIGKILL."
        elif (code := os.waitstatus_to_exitcode(self._status)) < 0:
            how = f'"status":"signalled","signal":{_text(_signal_name(-code))}'
        else:
            how = f'"status":"exited","exit_code":{code}'
        if self._writer.trouble:
            reason = f"{reason} Output could not be written ({self._writer.trouble}).".strip()
        return (
            f'{{{how},"reason":{_text(reason)},"started":{self._started[0]:.6f},"ended":{ended:.6f},'
            f'"duration":{duration:.6f},"cancelled":{_text(self._cancelled)},'
            f'"left_behind":[{",".join(map(_text, names))}],"unseen":{_text(self._unseen)},'
            f'"output":{self._writer.size},"dropped":{self._writer.dropped}}}\n'
        )

    def _sync_folder(self) -> None:
        folder = os.open(self._folder, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def _noted(_number: int, _frame: object) -> None:
    """The wake-up pipe says it."""


def _answer(message: bytes) -> None:
    """To the cockpit, once; then nothing of ours is tied to it any more."""
    try:  # noqa: SIM105 - contextlib is an import more
        os.write(1, message)
    except OSError:
        pass
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _pipe() -> tuple[int, int]:
    reading, writing = os.pipe()
    try:
        import fcntl

        fcntl.fcntl(writing, _F_SETPIPE_SZ, _PIPE)
    except (ImportError, OSError):
        pass  # slower, and that is all
    return reading, writing


def _signal_name(number: int) -> str:
    names = (name for name in dir(signal) if name.startswith("SIG") and getattr(signal, name) == number)
    return next(names, f"signal {number}")


def _text(text: str) -> str:
    """As a JSON string."""
    units = text.encode("utf-16-be", "surrogatepass")
    codes = (int.from_bytes(units[i : i + 2], "big") for i in range(0, len(units), 2))
    return '"' + "".join(chr(c) if 32 <= c < 127 and c not in b'"\\' else f"\\u{c:04x}" for c in codes) + '"'
