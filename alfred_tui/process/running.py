"""Commands from the cockpit's side: started, found again after a crash, waited for and cancelled.

What a folder says is never taken on its word: a supervisor is the one that is meant only if pid, start time,
boot and pid space agree, and without its result nothing is known of the command's success.
"""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import msgspec

import alfred_tui
from alfred_tui.domain.command import CommandSpec, Result
from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.redaction import unusable
from alfred_tui.process import identity
from alfred_tui.process.spec import REFUSED, STARTED, encode_order

_ROOT = str(Path(alfred_tui.__file__).parent.parent)
_CODE = (
    "import sys; sys.path.append(sys.argv.pop(1)); "
    "from alfred_tui.process.supervisor import main; main()"
)  # fmt: skip
_KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""What the interpreter itself may need; the command's environment is the order's."""
_FIRST_LOOK, _LAST_LOOK = 0.02, 0.25
"""Seconds between looks at a process whose end the system does not announce."""


class _State(msgspec.Struct, frozen=True, kw_only=True):
    """`state.json`: who supervises, and what."""

    version: int
    boot: str
    space: str
    pid: int
    start: str
    command_pid: int
    command_start: str
    started: float


class Running:
    """A command that runs under its supervisor. Dropping it changes nothing for the command."""

    def __init__(self, folder: Path, state: _State, child: "subprocess.Popen[bytes] | None" = None) -> None:
        self.folder = folder
        self.pid = state.command_pid
        """The command's own; also its process group and session."""
        self.started = state.started
        """Epoch seconds."""
        self._state = state
        self._child = child

    async def wait(self) -> Result:
        """How it ended. `interrupted`, with the reason, when its supervisor went without a result."""
        await _gone(self._state.pid, self._state.start)
        if self._child:
            self._child.poll()
        match await asyncio.to_thread(find, self.folder):
            case Ended(result=result):
                return result
            case Lost(reason=reason):
                return Result(status="interrupted", reason=reason, started=self.started)
            case _:
                reason = f"The record in {self.folder} is gone."
                return Result(status="interrupted", reason=reason, started=self.started)

    async def cancel(self, grace: float | None = None) -> Result:
        """Asks for its end and sees it through: SIGTERM to its group, and SIGKILL after `grace` seconds.

        Without `grace` the spec's counts. Asked again, the time can only become shorter. A command that has
        ended already has the result that it has.
        """
        if grace is not None:
            mine = self.folder / f"cancel.{os.getpid()}"
            mine.write_text(str(grace), encoding="ascii")
            mine.replace(self.folder / "cancel")
        _signal(self._state.pid, self._state.start)
        return await self.wait()


class Alive(msgspec.Struct, frozen=True):
    """The command runs."""

    running: Running


class Ended(msgspec.Struct, frozen=True):
    """The command has ended."""

    result: Result


class Lost(msgspec.Struct, frozen=True):
    """The command was started, and nobody saw it end."""

    reason: str
    alive: bool = False
    """Whether the command itself still runs, without its supervisor."""


class Absent(msgspec.Struct, frozen=True):
    """No command was started in the folder. To start it now in the same folder starts it once at most."""


Found = Alive | Ended | Lost | Absent


async def launch(folder: Path, spec: CommandSpec) -> Running:
    """Starts a command in `folder` (made if it is missing), where none was started before.

    Returns when its state is on disk and it is about to begin. Raises CockpitError when it cannot be
    started; then nothing was. Cancelled, it sees the start through first, so that `find` tells the truth.
    """
    _check(spec)
    starting = asyncio.ensure_future(asyncio.to_thread(_start, folder, spec))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        while not starting.done():
            with suppress(CockpitError, asyncio.CancelledError):
                await asyncio.shield(starting)
        starting.exception()  # told to nobody: who was to hear it has left
        raise


def find(folder: Path) -> Found:
    """What became of the command that was started in `folder`."""
    if ended := _result(folder):
        return ended
    try:
        state = msgspec.json.decode((folder / "state.json").read_bytes(), type=_State)
    except FileNotFoundError:
        return Absent()
    except (OSError, ValueError) as error:
        return Lost(f"{folder / 'state.json'} cannot be read ({error}).")
    if identity.boot_id() != state.boot:
        return Lost("The machine was restarted while the command ran, or it ran on another machine.")
    if identity.pid_space() != state.space:
        return Lost("The command was started in another container, whose processes cannot be seen from here.")
    if _lives(state.pid, state.start):
        return Alive(Running(folder, state))
    return _result(folder) or _lost(state)


def _lost(state: _State) -> Lost:
    told = f"The command's supervisor (process {state.pid}) ended without leaving a result"
    if _lives(state.command_pid, state.command_start):
        return Lost(f"{told}; the command itself (process {state.command_pid}) still runs.", alive=True)
    return Lost(f"{told}; the command (process {state.command_pid}) is gone, too.")


def _result(folder: Path) -> Ended | Lost | None:
    try:
        return Ended(msgspec.json.decode((folder / "result.json").read_bytes(), type=Result))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        return Lost(f"{folder / 'result.json'} cannot be read ({error}).")


def _check(spec: CommandSpec) -> None:
    for name, value in spec.secrets.items():
        if refusal := unusable(name, value):
            raise CockpitError(refusal)
    if not os.path.isdir(spec.cwd):
        raise CockpitError(f"The command cannot start in {spec.cwd}: there is no such folder.")


def _start(folder: Path, spec: CommandSpec) -> Running:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        child = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _CODE, _ROOT, str(folder.absolute())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            cwd="/",
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
        )
        with suppress(BrokenPipeError):
            _write(child, encode_order(spec))
        answer, trouble = _read(child)
    except (OSError, ValueError) as error:
        raise _not_started(folder, str(error)) from error
    if answer.startswith(STARTED):
        state = msgspec.json.decode((folder / "state.json").read_bytes(), type=_State)
        return Running(folder, state, child)
    child.wait()
    raise _not_started(folder, answer.removeprefix(REFUSED).decode() or trouble)


def _write(child: "subprocess.Popen[bytes]", order: bytes) -> None:
    assert child.stdin
    with child.stdin:
        child.stdin.write(order)


def _read(child: "subprocess.Popen[bytes]") -> tuple[bytes, str]:
    assert child.stdout
    assert child.stderr
    with child.stdout, child.stderr:
        answer = child.stdout.read()
        trouble = "" if answer else child.stderr.read().decode(errors="replace").strip()
        return answer, trouble.rpartition("\n")[2]


def _not_started(folder: Path, why: str) -> CockpitError:
    return CockpitError(
        f"The command's supervisor could not start in {folder}: {why or 'it said nothing'}.",
        hint="Nothing was run. See that the folder can be written and the disk has room, then retry.",
    )


def _lives(pid: int, start: str) -> bool:
    """Whether it is that process; one whose start could not be told is not known to be."""
    return bool(start) and identity.start_time(pid) == start


async def _gone(pid: int, start: str) -> None:
    """Until the process has ended."""
    descriptor = _handle(pid)
    if descriptor is None:
        pause = _FIRST_LOOK
        while _lives(pid, start):
            await asyncio.sleep(pause)
            pause = min(_LAST_LOOK, pause * 1.5)
        return
    try:
        if not _lives(pid, start):
            return
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        loop.add_reader(descriptor, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(descriptor)
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _handle(pid: int) -> int | None:
    """A descriptor of the process, readable at its end; -1 when it is gone, None where there are none."""
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return -1
    except OSError:
        return None


def _signal(pid: int, start: str) -> None:
    """SIGTERM to the process, and to no other that may have its pid by now."""
    descriptor = _handle(pid)
    try:
        if not _lives(pid, start):
            return
        with suppress(ProcessLookupError):
            if descriptor is None:
                os.kill(pid, signal.SIGTERM)
            else:
                signal.pidfd_send_signal(descriptor, signal.SIGTERM)
    finally:
        if descriptor is not None and descriptor >= 0:
            os.close(descriptor)
