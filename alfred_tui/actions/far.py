"""Steps with `on: host`: the command runs there, detached, and its output comes into the attempt's folder.

The folder has the form of a local command's, so that what is expected of the command is judged by the same
code. A lost connection is told and made again; it is no failure.
"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from alfred_tui.actions.commands import not_on_path
from alfred_tui.actions.context import StepContext
from alfred_tui.actions.stopping import see_through
from alfred_tui.domain.command import CommandSpec, Result
from alfred_tui.domain.document.checklist import Host
from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.errors import CockpitError, NotAnswered, NotConfigured
from alfred_tui.process import Ended, Lost, SpoolCopy, far_shell_argv, find
from alfred_tui.remote import NotStarted, RemoteHost, RemoteRunning, Uncertain

_UNREACHED = 60.0
"""Seconds after which a command that is to be stopped on a host that does not answer is left, and told."""


async def run_far(ctx: StepContext, spec: CommandSpec) -> Result:
    """Runs the command on the step's host, or takes up the one that runs there already.

    Cancelled by a person or a timeout, it is stopped there; when the cockpit leaves, it is left to itself.
    Raises CockpitError when the host cannot be reached for the start. Once the command may have begun, a host
    that cannot be reached is waited for, and what cannot be known of it is `interrupted`.
    """
    if (ended := await asyncio.to_thread(_ended, ctx.folder)) is not None:
        return ended
    copy = SpoolCopy(ctx.folder, spec.secrets, spec.cap)
    told = _Told(ctx)
    far = RemoteHost(ctx.step.on, host_of(ctx), on_state=told)
    beginning = _Beginning(ctx, far, spec, copy)
    running: RemoteRunning | None = None
    try:
        running = await beginning.begun()
        return await running.wait()
    except asyncio.CancelledError:
        if not ctx.detached():
            await _stop(ctx, beginning, spec.grace, told)
        beginning.task.cancel()
        raise
    except CockpitError as error:
        if running or isinstance(error, Uncertain):
            return Result(status="interrupted", reason=f"{error} The command may still run there.")
        raise
    finally:
        copy.close()
        await far.close()


async def stop_far(ctx: StepContext) -> None:
    """Stops the command that another cockpit may have started there, and notes what became of it."""
    if (ended := await asyncio.to_thread(_ended, ctx.folder)) is not None:
        ctx.stop.told(ended)
        return
    spec = far_spec(ctx, "", {}, "")  # it is not started
    copy = SpoolCopy(ctx.folder, spec.secrets, spec.cap)
    told = _Told(ctx)
    far = RemoteHost(ctx.step.on, host_of(ctx), on_state=told)
    beginning = _Beginning(ctx, far, spec, copy)
    try:
        await _stop(ctx, beginning, spec.grace, told)
    finally:
        beginning.task.cancel()
        copy.close()
        await far.close()


def _ended(folder: Path) -> Result | None:
    """How the attempt ended, as far as it is known here."""
    match find(folder):
        case Ended(result=result):
            return result  # all of it was copied before
        case Lost(reason=reason):
            return Result(status="interrupted", reason=reason)
    return None


def far_spec(ctx: StepContext, command: str, env: dict[str, str], stdin: str) -> CommandSpec:
    """How the command is started there: in the login's environment, with the step's own and its secrets."""
    return CommandSpec(
        argv=far_shell_argv(command),
        cwd=ctx.step.cwd,
        env=env,
        stdin=stdin,
        secrets=dict(ctx.equipment.secrets),
        cap=ctx.checklist.limits.output_mib << 20,
    )


def host_of(ctx: StepContext) -> Host:
    """The step's host. Raises NotConfigured when the checklist does not name it."""
    host = ctx.checklist.hosts.get(ctx.step.on)
    if host is None:
        raise NotConfigured(f"The checklist names no host {ctx.step.on}.")
    return host


class _Beginning:
    """The command as it was started there before, or now. It is seen through when the step is cancelled."""

    def __init__(self, ctx: StepContext, far: RemoteHost, spec: CommandSpec, copy: SpoolCopy) -> None:
        self._ctx, self._far, self._spec, self._copy = ctx, far, spec, copy
        self.wanted = True
        self.ordered = copy.sent
        self.task = asyncio.ensure_future(self._begin())

    async def begun(self) -> RemoteRunning:
        """Raises NotConfigured when a program is missing there, and what `launch` raises."""
        return await asyncio.shield(self.task)

    async def _begin(self) -> RemoteRunning:
        ctx = self._ctx
        name = f"{ctx.state().started.run}/{ctx.step.id}/{ctx.attempt}"
        # Asked first: a cockpit that died may have started it, and its name is used once.
        if running := await self._found(name):
            return running
        path = self._spec.env.get("PATH", "")
        if self.wanted and (missing := await self._far.missing(ctx.step.requires, path)):
            raise NotConfigured(f"{not_on_path(missing)} on {_where(ctx)}.")
        if not self.wanted:
            raise NotStarted("It was cancelled before it began.")
        again, self.ordered = self.ordered, True
        await asyncio.to_thread(self._copy.sending)
        return await self._far.launch(name, self._spec, self._copy, again=again)

    async def _found(self, name: str) -> RemoteRunning | None:
        try:
            return await self._far.find(name, self._copy, patiently=self.ordered)
        except CockpitError as refused:
            if self.ordered:
                raise Uncertain(str(refused)) from refused
            raise


async def _stop(ctx: StepContext, beginning: _Beginning, grace: float, told: "_Told") -> None:
    """Stops what has begun there, or is about to: cancelled may not mean left running."""
    beginning.wanted = False
    patience = grace + _UNREACHED
    told.stopping(patience)

    async def stopped() -> Result:
        async with asyncio.timeout(patience):
            return await (await beginning.begun()).cancel(grace)

    try:
        ctx.stop.told(await see_through(ctx.detached, stopped()))
    except (NotStarted, NotAnswered, NotConfigured):
        return  # it was refused, or the host could not even be asked for the start: nothing runs there
    except (TimeoutError, CockpitError) as error:
        if not beginning.ordered:
            return
        why = str(error) or f"{_where(ctx)} did not answer"
        ctx.stop.uncertain = f"It could not be stopped ({why.rstrip('.')}); it may still run there."


def _where(ctx: StepContext) -> str:
    return f"{ctx.step.on} ({host_of(ctx).host})"


class _Told:
    """Tells in the step's line when the connection is lost, since when, and when it is back."""

    def __init__(self, ctx: StepContext) -> None:
        self._ctx = ctx
        self._since: float | None = None
        one = ctx.state().steps.get(ctx.step.id)
        self._last = one.note if one else ""  # a cockpit that died may have been reconnecting
        self._stopping = ""
        self._tasks: set[asyncio.Task[None]] = set()

    def stopping(self, patience: float) -> None:
        """From now on it is there to be stopped, and given up after so many seconds."""
        self._tell(f"being stopped on {_where(self._ctx)}, which has {patience:.0f} s to answer")
        self._stopping = "to be stopped: "

    def __call__(self, state: str, why: str) -> None:
        now = self._ctx.clock.now()
        if state == "reconnecting":
            self._since = now if self._since is None else self._since
            since = datetime.fromtimestamp(self._since, UTC)
            note = f"{self._stopping}reconnecting to {_where(self._ctx)} since {since:%H:%M:%S} (UTC): {why}"
        elif self._last:
            away = "" if self._since is None else f", after {format_elapsed(now - self._since)}"
            note = f"connected to {_where(self._ctx)} again{away}"
            self._since = None
        else:
            return
        self._tell(note)

    def _tell(self, note: str) -> None:
        if note != self._last:
            self._last = note
            task = asyncio.create_task(self._note(note))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _note(self, note: str) -> None:
        with suppress(CockpitError):  # a journal that cannot be written stops the engine by itself
            await self._ctx.progress(note, aloud=True)
