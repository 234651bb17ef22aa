"""One run, put together: the checklist, the journal, the engine and what its steps work with."""

import asyncio
import os
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alfred_tui.actions.clock import Clock
from alfred_tui.actions.context import Equipment
from alfred_tui.actions.registry import performers
from alfred_tui.cli.leading import keep, may_start, silent, take_lease, unguarded, waits
from alfred_tui.cli.options import Options, host_name, parse_vars
from alfred_tui.cli.resuming import as_begun, same_target
from alfred_tui.cli.secrets import read_secrets, without_secrets
from alfred_tui.cli.shared import SharedConnection, SharedLive
from alfred_tui.documents import Loaded, load_checklist
from alfred_tui.domain.checklist import Checklist
from alfred_tui.domain.errors import CockpitError, Usage
from alfred_tui.domain.events import AnyEvent, RunResumed, RunStarted, StepSkipped
from alfred_tui.domain.log_rule import error_rule
from alfred_tui.domain.planning import PLACEHOLDER
from alfred_tui.domain.redacted import redacting, refuse_secrets
from alfred_tui.domain.redaction import Redactor
from alfred_tui.domain.state import RunState, begin
from alfred_tui.domain.workloads import Target
from alfred_tui.engine.engine import Engine
from alfred_tui.engine.heartbeat import beat
from alfred_tui.engine.trigger_watch import watch_triggers
from alfred_tui.journal import Journal, RunFolder, RunLock, new_run_id, read_checklist
from alfred_tui.journal import state_dir as where
from alfred_tui.present.workload_acts import act_told

if TYPE_CHECKING:
    from alfred_tui.cluster.lease import LeadLease
    from alfred_tui.metrics.source import MetricsSource


@dataclass(frozen=True, kw_only=True)
class DemoRun:
    """What makes a run a demo: its scenario and clock, and which parts are simulated."""

    scenario: str
    speed: float
    started_at: float
    wall_started_at: float
    simulated: tuple[str, ...] = ()
    path_dirs: tuple[str, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class Session:
    """A run that can be driven. `close` lets go of everything, in whatever state it is."""

    folder: RunFolder
    lock: RunLock
    journal: Journal
    engine: Engine
    equipment: Equipment
    clock: Clock
    target: Target | None
    metrics: "MetricsSource | None"
    values: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict)
    connection: SharedConnection | None = None
    live: SharedLive | None = None
    lease: "LeadLease | None" = None
    tell: Callable[[str], None] = lambda _: None
    """Says a sentence to the lead at once."""
    notices: list[str] = field(default_factory=list)

    async def drive(self) -> None:
        """Runs the engine, and the watch over the triggers beside it, until the engine is left."""
        works: dict[str, Coroutine[Any, Any, None]] = {
            "The watch over the rollback triggers": watch_triggers(self.engine, self.metrics, self.clock),
            "The look at the machine's clocks": beat(self.engine.note, self.clock.slept),
        }
        if self.lease:
            works["The renewal of the Lease"] = keep(self.lease, self.engine, self.tell)
        beside = [asyncio.create_task(self._told(*one)) for one in works.items()]
        try:
            await self.engine.run()
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    async def _told(self, what: str, work: Coroutine[Any, Any, None]) -> None:
        """Does it until it is cancelled; should it break, that is said: nothing else would show it."""
        try:
            await work
        except Exception as error:  # noqa: BLE001 - a task boundary
            if self.engine.failure is None:
                told = str(error) if isinstance(error, CockpitError) else f"{type(error).__name__}: {error}"
                self.tell(f"{what} has ended ({told}). Quit and resume the run to have it again.")

    def unguarded(self) -> bool:
        """Whether nothing but the lock on this machine keeps a second lead of this cluster off."""
        return bool(unguarded(self.lease))

    def silent(self) -> bool:
        """Whether no step is started, because the Lease cannot be renewed."""
        return silent(self.lease)

    async def close(self) -> None:
        """Closes the connection and the journal, and lets go of the Lease and the lock."""
        if self.lease and not any(one.status == "running" for one in self.engine.state.steps.values()):
            await self.lease.release()  # while a command goes on, nobody else shall lead at once
        if self.live:
            await self.live.close()
        if self.connection:
            await self.connection.close()
        await asyncio.to_thread(self.journal.close)
        self.lock.release()


def load(path: Path, options: Options) -> tuple[Loaded, dict[str, str]]:
    """The checklist, and those of `--var` that are values of its `<placeholders>`. Raises Invalid, Usage."""
    given = parse_vars(options.variables)
    try:
        holes = set(PLACEHOLDER.findall(path.read_text(encoding="utf-8", errors="replace")))
    except OSError:
        holes = set()  # the reader tells what is wrong with the file
    values = {name: value for name, value in given.items() if name in holes}
    overrides = {name: value for name, value in given.items() if name not in holes}
    # What the checklist calls the namespace is the one that is pinned.
    offers = {**options.offers, **({"namespace": options.namespace} if options.namespace else {})}
    loaded = load_checklist(path, overrides=overrides, offers=offers, environ=os.environ)
    return loaded, values


def find_target(options: Options) -> tuple[Target | None, str]:
    """The cluster that is meant, or the sentence why there is none.

    Raises Usage when one was named that cannot be had: then to go on without it would be a lie.
    """
    from alfred_tui.cluster.target import read_target

    try:
        return read_target(options.kubeconfig, options.context, options.namespace), ""
    except CockpitError as error:
        if options.kubeconfig or options.context:
            raise Usage(error.message, hint=error.hint) from error
        return None, f"{error} Checks of the cluster ask for an attestation instead."


async def open_session(
    loaded: Loaded | None,
    values: Mapping[str, str],
    options: Options,
    *,
    resume: str = "",
    demo: DemoRun | None = None,
    scope: Mapping[str, str] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Session:
    """A new run, or one to go on with. `scope` names steps that are not part of it, each with the reason.
    `tell` says a sentence to the lead, now and for as long as the session lasts.

    Raises Refused when another lead holds it, Usage when its cluster has no such namespace, CockpitError
    when it cannot be written.
    """
    state_folder = where(options.state_dir, os.environ)
    clock = _clock(demo)
    found = RunFolder.find(state_folder, resume) if resume else None
    begun = await asyncio.to_thread(found.started) if found else None
    options = as_begun(options, begun) if begun and demo is None else options
    _refuse_absent_workdir(options)
    target, why_not = find_target(options)
    if begun:
        same_target(begun, target)
    secrets = await _secrets(read_checklist(found.journal) if found else _loaded(loaded).checklist, demo)
    lead, host = options.lead_name(), host_name()
    run = found.run if found else new_run_id(clock.now())
    async with AsyncExitStack() as undo:  # what was taken is let go when the opening fails, or is left
        lock = _lock(found, lead, host, clock.now(), undo) if found else None
        shared = SharedConnection(target) if target else None
        lease, taken, unsure = None, list[AnyEvent](), ""
        if shared and target:
            undo.push_async_callback(shared.close)
            lease, taken, unsure = await take_lease(shared, target, f"{lead}@{host}/{run}", options, tell)
            undo.push_async_callback(lease.release)
        folder = found or RunFolder.create(state_folder, run)
        lock = lock or _lock(folder, lead, host, clock.now(), undo)
        redact = redacting(secrets)
        if found:
            journal, state, events = await _resumed(folder, lead, host, clock)
        else:
            started = redact(_started(run, _loaded(loaded), options, target, demo))
            journal, state, events = await _new(folder, _loaded(loaded), started, scope or {}, clock)
        undo.push_async_callback(asyncio.to_thread, journal.close)
        metrics = _metrics(options)
        live = _live(shared, state, clock, secrets, options.shown(), tell) if shared else None
        equipment = _equipment(
            state.checklist, options, folder, clock, target, shared, live, metrics, demo, secrets
        )
        engine = Engine(
            state,
            journal,
            equipment,
            performers(),
            attempt_folder=folder.attempt,
            guard=_guard(target),
            may_start=may_start(lease),
            waits=waits(lease),
            confirm=lease.confirm if lease else None,
            redact=redact,
        )
        await engine.note([*taken, *events])
        undo.pop_all()
    unseen = [f"Not known how it ended: {act_told(one)}" for one in state.acts if one.outcome is None]
    return Session(
        folder=folder, lock=lock, journal=journal, engine=engine, equipment=equipment, clock=clock,
        target=target, metrics=metrics, values=values, secrets=secrets, connection=shared, live=live,
        lease=lease, tell=tell,
        notices=[one for one in (why_not, unsure, unguarded(lease), *unseen) if one],
    )  # fmt: skip


async def _resumed(
    folder: RunFolder, lead: str, host: str, clock: Clock
) -> tuple[Journal, RunState, list[AnyEvent]]:
    """The journal of a run that goes on, its state, and what is to be recorded first."""
    journal = await asyncio.to_thread(Journal.open, folder.journal)
    state, _ = await asyncio.to_thread(folder.read)
    gap = max(0.0, clock.now() - state.at)
    return journal, state, [RunResumed(lead=lead, host=host, gap=gap, torn=journal.torn)]


async def _new(
    folder: RunFolder, loaded: Loaded, started: AnyEvent, scope: Mapping[str, str], clock: Clock
) -> tuple[Journal, RunState, list[AnyEvent]]:
    """The journal of a new run, its state, and what is to be recorded next."""
    journal = await asyncio.to_thread(folder.create_journal, loaded.checklist)
    (entry,) = await journal.append([started], clock.now())
    skipped = [StepSkipped(step=step, reason=why, cause="scope") for step, why in scope.items()]
    return journal, begin(loaded.checklist, entry), list[AnyEvent](skipped)


def _refuse_absent_workdir(options: Options) -> None:
    if options.workdir and not Path(options.workdir).is_dir():
        raise Usage(f"There is no folder {options.workdir} to run in.", hint="Name one with --workdir.")


def _lock(folder: RunFolder, lead: str, host: str, now: float, undo: AsyncExitStack) -> RunLock:
    lock = RunLock(folder.path)
    try:
        lock.take(lead, host, now)
    except OSError as error:
        raise CockpitError(
            f"The run's lock in {folder.path} could not be written: {error.strerror}.",
            hint="Make room or give the right to write there, or name another folder with --state-dir.",
        ) from error
    undo.callback(lock.release)
    return lock


def _loaded(loaded: Loaded | None) -> Loaded:
    assert loaded is not None, "a new run needs its checklist"
    return loaded


async def _secrets(checklist: Checklist, demo: DemoRun | None) -> Mapping[str, str]:
    """The checklist's secrets, none of which stands in the checklist. Raises CockpitError."""
    found = await asyncio.to_thread(read_secrets, checklist.secrets, os.environ)
    secrets = dict(demo.secrets if demo else {}) | found
    refuse_secrets(checklist, secrets)
    return secrets


def _clock(demo: DemoRun | None) -> Clock:
    if demo is None:
        return Clock()
    return Clock(demo.speed, started_at=demo.started_at, wall_started_at=demo.wall_started_at)


def _started(
    run: str, loaded: Loaded, options: Options, target: Target | None, demo: DemoRun | None
) -> RunStarted:
    from importlib.metadata import version

    return RunStarted(
        run=run,
        title=loaded.checklist.title,
        digest=loaded.digest,
        lead=options.lead_name(),
        host=host_name(),
        mode="demo" if demo else "live",
        scenario=demo.scenario if demo else "",
        speed=demo.speed if demo else 1.0,
        simulated=demo.simulated if demo else (),
        target=target,
        prometheus=options.prometheus or "",
        workdir=str(Path(options.workdir or ".").absolute()),
        version=version("alfred-cockpit"),
    )


def _guard(target: Target | None) -> Callable[[], str | None]:
    """Says what changed under way in the cluster that is pinned; asked before each change."""
    if target is None:
        return lambda: None

    from alfred_tui.cluster.target import drifted

    return lambda: drifted(target)


def _metrics(options: Options) -> "MetricsSource | None":
    if not options.prometheus:
        return None
    from alfred_tui.metrics.source import MetricsSource

    return MetricsSource(options.prometheus)


def _live(
    shared: SharedConnection,
    state: RunState,
    clock: Clock,
    secrets: Mapping[str, str],
    namespaces: tuple[str, ...] | None,
    tell: Callable[[str], None],
) -> SharedLive:
    return SharedLive(
        shared,
        clock.now,
        speed=clock.speed,
        began_at=state.began_at,
        hide=Redactor(secrets).text,
        looks_bad=error_rule(state.checklist),
        namespaces=namespaces,
        tell=tell,
    )


def _equipment(
    checklist: Checklist,
    options: Options,
    folder: RunFolder,
    clock: Clock,
    target: Target | None,
    connect: SharedConnection | None,
    live: SharedLive | None,
    metrics: "MetricsSource | None",
    demo: DemoRun | None,
    secrets: Mapping[str, str],
) -> Equipment:
    environ = without_secrets(checklist.secrets, os.environ)
    if demo:
        environ["CHECKPOINT_DISABLE"] = "1"  # terraform would ask its maker for a newer version
        environ["PATH"] = os.pathsep.join((*demo.path_dirs, environ.get("PATH", "")))
    if target:
        from alfred_tui.cluster.target import pin_kubeconfig

        environ |= pin_kubeconfig(folder.path, target.kubeconfig, target)
    return Equipment(
        clock=clock,
        workdir=Path(options.workdir or ".").absolute(),
        environ=environ,
        secrets=secrets,
        target=target,
        connect=connect,
        live=live,
        metrics=metrics,
        simulated=frozenset(demo.simulated if demo else ()),
    )
