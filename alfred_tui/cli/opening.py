"""A run put together, new or to go on with: its cluster, its Lease and lock, its record, its engine."""

import asyncio
import os
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from alfred_tui.actions.clock import Clock
from alfred_tui.actions.context import Equipment
from alfred_tui.actions.registry import performers
from alfred_tui.cli.given import find_target
from alfred_tui.cli.leading import may_start, take_lease, unguarded, waits
from alfred_tui.cli.options import Options, host_name
from alfred_tui.cli.prometheus_access import KEPT, hidden, prometheus_headers, prometheus_source
from alfred_tui.cli.resuming import as_begun, same_target
from alfred_tui.cli.secrets import secrets_of, without_secrets
from alfred_tui.cli.session import Session
from alfred_tui.cli.shared import SharedConnection, SharedLive
from alfred_tui.documents import Loaded
from alfred_tui.domain.cluster.workloads import Target
from alfred_tui.domain.document.checklist import Checklist
from alfred_tui.domain.errors import CockpitError, Usage
from alfred_tui.domain.logs.rule import error_rule
from alfred_tui.domain.run.events import AnyEvent, RunResumed, RunStarted, StepSkipped
from alfred_tui.domain.run.folding import begin
from alfred_tui.domain.run.redacted import hiding, redacting, refuse_secrets
from alfred_tui.domain.run.state import RunState
from alfred_tui.engine.engine import Engine
from alfred_tui.journal import Journal, RunFolder, RunLock, new_run_id, read_checklist
from alfred_tui.journal import state_dir as where
from alfred_tui.present.workload_acts import act_told

if TYPE_CHECKING:
    from alfred_tui.cluster.lease.lead_lease import LeadLease
    from alfred_tui.metrics.source import MetricsSource

Tell = Callable[[str], None]
"""Says a sentence to the lead at once."""


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


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What is to be opened: looked at, with nothing taken and nothing written yet."""

    options: Options
    demo: DemoRun | None
    clock: Clock
    state_folder: Path
    run: str
    found: RunFolder | None
    """Of the run that goes on; None: it is a new one."""
    target: Target | None
    no_target: str
    """Why there is no cluster."""
    secrets: Mapping[str, str]
    headers: Mapping[str, str]
    """What is sent with each question to Prometheus."""

    @property
    def lead(self) -> str:
        return self.options.lead_name()


@dataclass(frozen=True, kw_only=True)
class _Record:
    """The run on disk, open for writing."""

    folder: RunFolder
    lock: RunLock
    journal: Journal
    state: RunState
    events: list[AnyEvent]
    """What is to be recorded next."""


@dataclass(frozen=True, kw_only=True)
class _Cluster:
    """What is held of the cluster; nothing of it where none is connected."""

    shared: SharedConnection | None = None
    lease: "LeadLease | None" = None
    taken: list[AnyEvent] = field(default_factory=list)
    """That the Lease was another's, if it was."""
    unsure: str = ""


async def open_session(
    loaded: Loaded | None,
    values: Mapping[str, str],
    options: Options,
    *,
    resume: str = "",
    demo: DemoRun | None = None,
    scope: Mapping[str, str] | None = None,
    tell: Tell = lambda _: None,
) -> Session:
    """A new run, or one to go on with. `scope` names steps that are not part of it, each with the reason.
    `tell` says a sentence to the lead, now and for as long as the session lasts.

    Raises Refused when another lead holds it, Usage when its cluster has no such namespace, CockpitError
    when it cannot be written.
    """
    asked = await _asked(loaded, options, resume, demo)
    async with AsyncExitStack() as undo:  # what was taken is let go when the opening fails, or is left
        lock = _lock(asked.found, asked, undo) if asked.found else None
        cluster = await _cluster(asked, undo, tell)
        record = await _record(asked, loaded, scope or {}, lock, undo)
        session = _session(asked, cluster, record, values, tell)
        await session.engine.note([*cluster.taken, *record.events])
        undo.pop_all()
    return session


async def _asked(loaded: Loaded | None, options: Options, resume: str, demo: DemoRun | None) -> _Asked:
    state_folder = where(options.state_dir, os.environ)
    clock = _clock(demo)
    found = RunFolder.find(state_folder, resume) if resume else None
    begun = await asyncio.to_thread(found.started) if found else None
    options = as_begun(options, begun) if begun and demo is None else options
    _refuse_absent_workdir(options)
    target, no_target = find_target(options)
    if begun:
        same_target(begun, target)
    checklist = read_checklist(found.journal) if found else _loaded(loaded).checklist
    url = options.prometheus if demo is None else None
    headers = await prometheus_headers(url, os.environ) if url else {}
    return _Asked(
        options=options, demo=demo, clock=clock, state_folder=state_folder,
        run=found.run if found else new_run_id(clock.now()), found=found,
        target=target, no_target=no_target, headers=headers,
        secrets=await _secrets(checklist, demo, hidden(headers)),
    )  # fmt: skip


async def _cluster(asked: _Asked, undo: AsyncExitStack, tell: Tell) -> _Cluster:
    if asked.target is None:
        return _Cluster()
    shared = SharedConnection(asked.target, hiding(asked.secrets))
    undo.push_async_callback(shared.close)
    holder = f"{asked.lead}@{host_name()}/{asked.run}"
    lease, taken, unsure = await take_lease(shared, asked.target, holder, asked.options, tell)
    undo.push_async_callback(lease.release)
    return _Cluster(shared=shared, lease=lease, taken=taken, unsure=unsure)


async def _record(
    asked: _Asked,
    loaded: Loaded | None,
    scope: Mapping[str, str],
    lock: RunLock | None,
    undo: AsyncExitStack,
) -> _Record:
    folder = asked.found or RunFolder.create(asked.state_folder, asked.run)
    lock = lock or _lock(folder, asked, undo)
    if asked.found:
        journal, state, events = await _resumed(folder, asked)
    else:
        journal, state, events = await _new(folder, _loaded(loaded), asked, scope)
    undo.push_async_callback(asyncio.to_thread, journal.close)
    return _Record(folder=folder, lock=lock, journal=journal, state=state, events=events)


async def _resumed(folder: RunFolder, asked: _Asked) -> tuple[Journal, RunState, list[AnyEvent]]:
    """The journal of a run that goes on, its state, and what is to be recorded first."""
    journal = await asyncio.to_thread(Journal.open, folder.journal)
    state, _ = await asyncio.to_thread(folder.read)
    gap = max(0.0, asked.clock.now() - state.at)
    return journal, state, [RunResumed(lead=asked.lead, host=host_name(), gap=gap, torn=journal.torn)]


async def _new(
    folder: RunFolder, loaded: Loaded, asked: _Asked, scope: Mapping[str, str]
) -> tuple[Journal, RunState, list[AnyEvent]]:
    """The journal of a new run, its state, and what is to be recorded next."""
    started = redacting(asked.secrets)(_started(loaded, asked))
    journal = await asyncio.to_thread(folder.create_journal, loaded.checklist)
    (entry,) = await journal.append([started], asked.clock.now())
    skipped = [StepSkipped(step=step, reason=why, cause="scope") for step, why in scope.items()]
    return journal, begin(loaded.checklist, entry), list[AnyEvent](skipped)


def _session(
    asked: _Asked, cluster: _Cluster, record: _Record, values: Mapping[str, str], tell: Tell
) -> Session:
    metrics = _metrics(asked)
    live = _live(asked, cluster.shared, record.state, tell) if cluster.shared else None
    equipment = _equipment(asked, record, cluster.shared, live, metrics)
    lease = cluster.lease
    engine = Engine(
        record.state,
        record.journal,
        equipment,
        performers(),
        attempt_folder=record.folder.attempt,
        guard=_guard(asked.target),
        may_start=may_start(lease),
        waits=waits(lease),
        confirm=lease.confirm if lease else None,
        redact=redacting(asked.secrets),
    )
    unseen = [f"Not known how it ended: {act_told(one)}" for one in record.state.acts if one.outcome is None]
    no_target = asked.no_target and f"{asked.no_target} Checks of the cluster ask for an attestation instead."
    notices = (no_target, cluster.unsure, unguarded(lease), *unseen)
    return Session(
        folder=record.folder, lock=record.lock, journal=record.journal, engine=engine, equipment=equipment,
        clock=asked.clock, target=asked.target, metrics=metrics, values=values, secrets=asked.secrets,
        connection=cluster.shared, live=live, lease=lease, tell=tell,
        notices=[one for one in notices if one],
    )  # fmt: skip


def _refuse_absent_workdir(options: Options) -> None:
    try:
        Path(options.workdir or ".").absolute()
    except FileNotFoundError:
        gone = "The current folder is not there any more, so nothing can run in it."
        raise Usage(gone, hint="Change to one that is, or name one with --workdir.") from None
    if options.workdir and not Path(options.workdir).is_dir():
        raise Usage(f"There is no folder {options.workdir} to run in.", hint="Name one with --workdir.")


def _lock(folder: RunFolder, asked: _Asked, undo: AsyncExitStack) -> RunLock:
    lock = RunLock(folder.path)
    try:
        lock.take(asked.lead, host_name(), asked.clock.now())
    except OSError as error:
        raise CockpitError(
            f"The run's lock in {folder.path} could not be taken: {error.strerror}.",
            hint="Make room or give the right to write there, or name a folder on a disk whose files can be "
            "locked with --state-dir.",
        ) from error
    undo.callback(lock.release)
    return lock


def _loaded(loaded: Loaded | None) -> Loaded:
    assert loaded is not None, "a new run needs its checklist"
    return loaded


async def _secrets(checklist: Checklist, demo: DemoRun | None, more: Mapping[str, str]) -> Mapping[str, str]:
    """The checklist's secrets and `more`, none of which stands in the checklist. Raises CockpitError."""
    found = await secrets_of(checklist.secrets, os.environ)
    secrets = {**(demo.secrets if demo else {}), **more, **found}
    refuse_secrets(checklist, secrets)
    return secrets


def _clock(demo: DemoRun | None) -> Clock:
    if demo is None:
        return Clock()
    return Clock(demo.speed, started_at=demo.started_at, wall_started_at=demo.wall_started_at)


def _started(loaded: Loaded, asked: _Asked) -> RunStarted:
    from importlib.metadata import version

    demo, options = asked.demo, asked.options
    return RunStarted(
        run=asked.run,
        title=loaded.checklist.title,
        digest=loaded.digest,
        lead=asked.lead,
        host=host_name(),
        mode="demo" if demo else "live",
        scenario=demo.scenario if demo else "",
        speed=demo.speed if demo else 1.0,
        began_at=demo.started_at if demo else 0.0,
        wall_began_at=demo.wall_started_at if demo else 0.0,
        simulated=demo.simulated if demo else (),
        target=asked.target,
        prometheus=options.prometheus or "",
        workdir=str(Path(options.workdir or ".").absolute()),
        version=version("alfred-cockpit"),
    )


def _guard(target: Target | None) -> Callable[[], str | None]:
    """Says what changed under way in the cluster that is pinned; asked before each change."""
    if target is None:
        return lambda: None

    from alfred_tui.cluster.access.target import drifted

    return lambda: drifted(target)


def _metrics(asked: _Asked) -> "MetricsSource | None":
    if not asked.options.prometheus:
        return None
    hide = hiding(asked.secrets)
    return prometheus_source(asked.options.prometheus, asked.headers, os.environ, hide)


def _live(asked: _Asked, shared: SharedConnection, state: RunState, tell: Tell) -> SharedLive:
    return SharedLive(
        shared,
        asked.clock.now,
        speed=asked.clock.speed,
        began_at=state.began_at,
        looks_bad=error_rule(state.checklist),
        namespaces=asked.options.shown(),
        tell=tell,
    )


def _equipment(
    asked: _Asked,
    record: _Record,
    connect: SharedConnection | None,
    live: SharedLive | None,
    metrics: "MetricsSource | None",
) -> Equipment:
    environ = without_secrets((*record.state.checklist.secrets, *KEPT), os.environ)
    if demo := asked.demo:
        environ["CHECKPOINT_DISABLE"] = "1"  # terraform would ask its maker for a newer version
        environ["PATH"] = os.pathsep.join((*demo.path_dirs, environ.get("PATH", "")))
    if asked.target:
        from alfred_tui.cluster.access.target import pin_kubeconfig

        environ |= pin_kubeconfig(record.folder.path, asked.target.kubeconfig, asked.target)
    return Equipment(
        clock=asked.clock,
        workdir=Path(asked.options.workdir or ".").absolute(),
        environ=environ,
        secrets=asked.secrets,
        target=asked.target,
        no_target=asked.no_target,
        connect=connect,
        live=live,
        metrics=metrics,
        simulated=frozenset(demo.simulated if demo else ()),
    )
