"""One run, put together: the checklist, the journal, the engine and what its steps work with."""

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from alfred_tui.actions.clock import Clock
from alfred_tui.actions.context import Equipment
from alfred_tui.actions.registry import performers
from alfred_tui.cli.options import Options, host_name, parse_vars
from alfred_tui.cli.resuming import as_begun, same_target
from alfred_tui.cli.secrets import read_secrets, without_secrets
from alfred_tui.cli.shared import SharedConnection, SharedLive
from alfred_tui.documents import Loaded, load_checklist
from alfred_tui.domain.checklist import Checklist
from alfred_tui.domain.errors import CockpitError, Refused, Usage
from alfred_tui.domain.events import AnyEvent, LeadTakenOver, RunResumed, RunStarted, StepSkipped
from alfred_tui.domain.intents import Pause
from alfred_tui.domain.planning import PLACEHOLDER
from alfred_tui.domain.redacted import redacting, refuse_secrets
from alfred_tui.domain.state import begin
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
    clock: Clock
    target: Target | None
    metrics: "MetricsSource | None"
    values: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict)
    connection: SharedConnection | None = None
    live: SharedLive | None = None
    lease: "LeadLease | None" = None
    notices: list[str] = field(default_factory=list)

    async def drive(self) -> None:
        """Runs the engine, and the watch over the triggers beside it, until the engine is left."""
        beside = [asyncio.create_task(watch_triggers(self.engine, self.metrics, self.clock))]
        beside.append(asyncio.create_task(beat(self.engine.note, self.clock.slept)))
        if self.lease:
            beside.append(asyncio.create_task(self._keep(self.lease)))
        try:
            await self.engine.run()
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    async def _keep(self, lease: "LeadLease") -> None:
        """Renews the Lease; once somebody else has it, the run says so at once."""
        await lease.keep()
        if why := lease.lost():
            await self.engine.submit(Pause(by="the cockpit", reason=why))

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
) -> Session:
    """A new run, or one to go on with. `scope` names steps that are not part of it, each with the reason.

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
    secrets = await _secrets(read_checklist(found.journal) if found else _checklist(loaded), demo)
    redact = redacting(secrets)
    lead, host = options.lead_name(), host_name()
    run = found.run if found else new_run_id(clock.now())
    lock = _lock(found, lead, host, clock.now()) if found else None
    shared = SharedConnection(target) if target else None
    lease, taken, unsure = await _lease(shared, target, f"{lead}@{host}/{run}", options)
    folder = found or RunFolder.create(state_folder, run)
    lock = lock or _lock(folder, lead, host, clock.now())
    events: list[AnyEvent]
    if resume:
        journal = await asyncio.to_thread(Journal.open, folder.journal)
        state, _ = await asyncio.to_thread(folder.read)
        gap = max(0.0, clock.now() - state.at)
        events = [RunResumed(lead=lead, host=host, gap=gap, torn=journal.torn)]
    else:
        assert loaded is not None
        journal = await asyncio.to_thread(folder.create_journal, loaded.checklist)
        started = redact(_started(folder.run, loaded, options, target, demo))
        (entry,) = await journal.append([started], clock.now())
        state = begin(loaded.checklist, entry)
        events = [StepSkipped(step=step, reason=why, cause="scope") for step, why in (scope or {}).items()]
    metrics = _metrics(options)
    live = SharedLive(shared, clock.now, speed=clock.speed, began_at=state.began_at) if shared else None
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
        may_start=lease.lost if lease else lambda: None,
        redact=redact,
    )
    await engine.note([*taken, *events])
    unguarded = lease.unguarded if lease else ""
    unseen = [f"Not known how it ended: {act_told(one)}" for one in state.acts if one.outcome is None]
    return Session(
        folder=folder, lock=lock, journal=journal, engine=engine, clock=clock, target=target,
        metrics=metrics, values=values, secrets=secrets, connection=shared, live=live, lease=lease,
        notices=[one for one in (why_not, unsure, unguarded, *unseen) if one],
    )  # fmt: skip


def _refuse_absent_workdir(options: Options) -> None:
    if options.workdir and not Path(options.workdir).is_dir():
        raise Usage(f"There is no folder {options.workdir} to run in.", hint="Name one with --workdir.")


def _lock(folder: RunFolder, lead: str, host: str, now: float) -> RunLock:
    lock = RunLock(folder.path)
    try:
        lock.take(lead, host, now)
    except OSError as error:
        raise CockpitError(
            f"The run's lock in {folder.path} could not be written: {error.strerror}.",
            hint="Make room or give the right to write there, or name another folder with --state-dir.",
        ) from error
    return lock


async def _lease(
    shared: SharedConnection | None, target: Target | None, holder: str, options: Options
) -> tuple["LeadLease | None", list[AnyEvent], str]:
    """The cluster's Lease, taken as far as it can be; the event if it was somebody else's; a notice.

    Raises Refused when somebody else leads there, Usage when there is no such namespace.
    """
    if shared is None or target is None:
        return None, [], ""
    from alfred_tui.cluster.lease import NAME, LeadLease
    from alfred_tui.cluster.reads import namespace_there

    try:
        connection = await shared()
        unsure = await namespace_there(connection)
        lease = LeadLease(connection, target.namespace, holder)
        before = await lease.take(over=options.take_over)
    except (Refused, Usage):
        await shared.close()
        raise
    except CockpitError:
        return None, [], ""  # the panels tell why nothing can be asked of the cluster
    where = f"{target.namespace}/{NAME}"
    taken = [LeadTakenOver(by=options.lead_name(), before=before, where=where)] if before else []
    return lease, list[AnyEvent](taken), unsure


def _checklist(loaded: Loaded | None) -> Checklist:
    assert loaded is not None, "a new run needs its checklist"
    return loaded.checklist


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
