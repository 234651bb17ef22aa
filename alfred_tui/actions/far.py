"""Steps with `on: host`: the command runs there, detached, and its output comes into the attempt's folder.

The folder has the form of a local command's, so that what is expected of the command is judged by the same
code. A lost connection is told and made again; it is no failure.
"""

import asyncio
from contextlib import suppress

from alfred_tui.actions.commands import not_on_path
from alfred_tui.actions.context import StepContext
from alfred_tui.actions.stopping import see_through
from alfred_tui.domain.checklist import Host
from alfred_tui.domain.command import CommandSpec, Result
from alfred_tui.domain.errors import CockpitError, NotAnswered, NotConfigured
from alfred_tui.process import Ended, Lost, SpoolCopy, far_shell_argv, find
from alfred_tui.remote import NotStarted, RemoteHost, RemoteRunning

_UNREACHED = 60.0
"""Seconds after which a command that is to be stopped on a host that does not answer is left, and told."""


async def run_far(ctx: StepContext, spec: CommandSpec) -> Result:
    """Runs the command on the step's host, or takes up the one that runs there already.

    Cancelled by a person or a timeout, it is stopped there; when the cockpit leaves, it is left to itself.
    Raises CockpitError when the host cannot be reached for the start.
    """
    match await asyncio.to_thread(find, ctx.folder):
        case Ended(result=result):
            return result  # all of it was copied before
        case Lost(reason=reason):
            return Result(status="interrupted", reason=reason)
    name = ctx.step.on
    far = RemoteHost(name, host_of(ctx), on_state=_Told(ctx, host_of(ctx).host))
    copy = SpoolCopy(ctx.folder, spec.secrets, spec.cap)
    try:
        running = await _begun(ctx, far, spec, copy)
        return await _follow(ctx, running, spec.grace)
    finally:
        copy.close()
        await far.close()


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


async def _begun(ctx: StepContext, far: RemoteHost, spec: CommandSpec, copy: SpoolCopy) -> RemoteRunning:
    """The command as it was started there before, or now. Raises NotConfigured when a program is missing."""
    name = f"{ctx.state().started.run}/{ctx.step.id}/{ctx.attempt}"
    # Asked first: a cockpit that died may have started it, and its name is used once.
    if running := await far.find(name, copy):
        return running
    if missing := await far.missing(ctx.step.requires, spec.env.get("PATH", "")):
        raise NotConfigured(f"{not_on_path(missing)} on {ctx.step.on} ({host_of(ctx).host}).")
    launching = asyncio.ensure_future(far.launch(name, spec, copy))
    try:
        return await asyncio.shield(launching)
    except asyncio.CancelledError:
        if not ctx.detached():
            await _stop(ctx, launching, spec.grace)
        launching.cancel()
        raise


async def _follow(ctx: StepContext, running: RemoteRunning, grace: float) -> Result:
    try:
        return await running.wait()
    except asyncio.CancelledError:
        if not ctx.detached():
            begun: asyncio.Future[RemoteRunning] = asyncio.get_running_loop().create_future()
            begun.set_result(running)
            await _stop(ctx, begun, grace)
        raise


async def _stop(ctx: StepContext, begun: "asyncio.Future[RemoteRunning]", grace: float) -> None:
    """Stops what has begun there, or is about to: cancelled may not mean left running."""

    async def stopped() -> Result:
        async with asyncio.timeout(grace + _UNREACHED):
            return await (await asyncio.shield(begun)).cancel(grace)

    try:
        ctx.stop.told(await see_through(ctx.detached, stopped()))
    except (NotStarted, NotAnswered):
        return  # `launch` could not even connect, or was refused: nothing runs there
    except (TimeoutError, CockpitError) as error:
        why = str(error) or f"{host_of(ctx).host} did not answer"
        ctx.stop.uncertain = f"It could not be stopped ({why}); it may still run there."


class _Told:
    """Tells in the step's line when the connection is lost and when it is back."""

    def __init__(self, ctx: StepContext, address: str) -> None:
        self._ctx = ctx
        self._address = address
        self._last = ""
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, state: str, why: str) -> None:
        if state == "reconnecting":
            note = f"reconnecting to {self._address}: {why}"
        elif self._last:
            note = f"connected to {self._address} again"
        else:
            return
        if note != self._last:
            self._last = note
            task = asyncio.create_task(self._note(note))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _note(self, note: str) -> None:
        with suppress(CockpitError):  # a journal that cannot be written stops the engine by itself
            await self._ctx.progress(note)
