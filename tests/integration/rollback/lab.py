"""A release on the embedded platform, and a lead who goes back from it by the shipped procedures."""

import asyncio
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from alfred_tui.cli.demo import _SECRETS, _kubectl_folder
from alfred_tui.cli.given import load
from alfred_tui.cli.opening import DemoRun, open_session
from alfred_tui.cli.options import Options, checklist_path
from alfred_tui.cli.session import Session
from alfred_tui.cluster.objects.partial import Deployment
from alfred_tui.cluster.objects.resources import DEPLOYMENTS
from alfred_tui.cluster.store.reads import read
from alfred_tui.demo.process import DemoEndpoints, embedded
from alfred_tui.demo.scenarios import SERVICES
from alfred_tui.documents import Loaded
from alfred_tui.domain.document.actions import AnyAction, History, Rollout, Scale, Undo
from alfred_tui.domain.document.checklist import Checklist, Phase, Section, Step
from alfred_tui.domain.run.intents import Answer, RollBack
from alfred_tui.domain.run.state import RunState
from alfred_tui.headless.lead import HeadlessLead

SPEED = 100.0
GOOD, BAD = "2.4.0", "2.5.0"
RELEASE = ("database-backup", "rollback-point", "apply-migrations", "deploy-manifests", "monitor-rollout")
"""The steps of the shipped checklist that make a release; with `deploy-canary` a canary stands too."""
VALUES = {"problematic-resource": "terraform_data.queue"}
TERRAFORM = Path("infra/terraform/environments/prod")


def shortened(loaded: Loaded, keep: Collection[str]) -> Loaded:
    """The shipped checklist with these steps alone, and its procedures whole."""
    steps = [_alone(step) for step in loaded.checklist.steps() if step.id in keep]
    section = Section(id="release", title="Release", steps=tuple(steps))
    phases = (Phase(id="release", title="Release", sections=(section,)),)
    checklist: Checklist = msgspec.structs.replace(loaded.checklist, phases=phases)
    return msgspec.structs.replace(loaded, checklist=checklist)


def _alone(step: Step) -> Step:
    return msgspec.structs.replace(step, needs=(), when=None)


@dataclass
class Release:
    """A run over a platform, and what stands there."""

    demo: DemoEndpoints
    options: Options
    loaded: Loaded
    session: Session
    values: Mapping[str, str] = field(default_factory=lambda: VALUES)

    @property
    def state(self) -> RunState:
        return self.session.engine.state

    @property
    def workspace(self) -> Path:
        return Path(self.demo.workspace)

    async def led(self, seconds: float = 60) -> RunState:
        """Drives until the run has a result; everything that a person would sign is signed."""
        who = HeadlessLead(
            self.session.engine, "ann", attestations={}, values=self.values, signs_all=True,
            now=self.session.clock.now,
        )  # fmt: skip
        return await asyncio.wait_for(who.lead(), seconds)

    async def roll_back(self, procedure: str, targets: dict[str, int] | None = None) -> RunState:
        """Starts a procedure and drives it to a result."""
        assert (await self.start(procedure, targets)).accepted
        return await self.led()

    async def start(self, procedure: str, targets: dict[str, int] | None = None) -> Answer:
        intent = RollBack(by="ann", procedure=procedure, word="rollback", targets=targets or {})
        return await self.session.engine.submit(intent)

    async def deployment(self, name: str) -> Deployment:
        connection = self.session.connection
        assert connection is not None
        return await read(await connection(), DEPLOYMENTS, self.demo.namespace, name)

    async def tags(self) -> dict[str, str]:
        """Service → the tag of its template's image."""
        found = [(name, await self.deployment(name)) for name in SERVICES]
        return {name: one.spec.template.spec.containers[0].image.rpartition(":")[2] for name, one in found}

    async def replicas(self) -> dict[str, int | None]:
        return {name: (await self.deployment(name)).spec.replicas for name in SERVICES}

    async def patch(self, name: str, body: object) -> None:
        connection = self.session.connection
        assert connection is not None
        await (await connection()).patch(DEPLOYMENTS.path(self.demo.namespace, name), body)

    def schema(self) -> set[str]:
        """The migrations that the database has."""
        with closing(sqlite3.connect(self.workspace / "data" / "alfred.db")) as database:
            return {version for (version,) in database.execute("SELECT version FROM schema_migrations")}

    def fact(self, step: str, label: str) -> str:
        """What a step's evidence says under a label."""
        return next(one.value for one in self.state.steps[step].evidence if one.label == label)


def demo_run(demo: DemoEndpoints) -> DemoRun:
    return DemoRun(
        scenario=demo.scenario,
        speed=demo.speed,
        started_at=demo.started_at,
        wall_started_at=demo.wall_started_at,
        simulated=("terraform",) if demo.terraform == "simulated" else (),
        path_dirs=(*demo.path_dirs, *_kubectl_folder()),
        secrets=_SECRETS,
    )


def options_of(demo: DemoEndpoints, folder: Path) -> Options:
    return Options(
        kubeconfig=demo.kubeconfig,
        context=demo.context,
        namespace=demo.namespace,
        prometheus=demo.prometheus,
        workdir=demo.workspace,
        variables=(f"service_url={demo.service_url}",),
        lead="ann",
        state_dir=str(folder / "state"),
    )


@asynccontextmanager
async def platform(
    folder: Path, scenario: str = "healthy", speed: float = SPEED
) -> AsyncIterator[DemoEndpoints]:
    async with embedded(scenario, speed, folder=folder) as demo:
        yield demo


@asynccontextmanager
async def driven(session: Session) -> AsyncIterator[Session]:
    """The engine runs for as long as the block lasts."""
    driving = asyncio.create_task(session.drive())
    try:
        yield session
    finally:
        session.engine.close()
        await asyncio.gather(driving, return_exceptions=True)
        await session.close()


@asynccontextmanager
async def released(
    folder: Path,
    keep: Collection[str] = RELEASE,
    *,
    scenario: str = "healthy",
    change: Callable[[Checklist], Checklist] = lambda one: one,
    prepare: Callable[[Session], None] = lambda session: None,
    result: str = "done",
) -> AsyncIterator[Release]:
    """The platform after the release went out."""
    async with platform(folder, scenario) as demo:
        options = options_of(demo, folder)
        loaded, _ = load(checklist_path("production"), options)
        loaded = shortened(loaded, keep)
        loaded = msgspec.structs.replace(loaded, checklist=change(loaded.checklist))
        session = await open_session(loaded, {}, options, demo=demo_run(demo))
        prepare(session)
        async with driven(session):
            release = Release(demo, options, loaded, session)
            state = await release.led()
            assert state.result == result, state.result_why
            yield release


def with_procedures(change: Callable[[AnyAction], AnyAction]) -> Callable[[Checklist], Checklist]:
    """The checklist with other actions in its procedures."""

    def changed(checklist: Checklist) -> Checklist:
        procedures = tuple(
            msgspec.structs.replace(
                one,
                steps=tuple(msgspec.structs.replace(step, action=change(step.action)) for step in one.steps),
            )
            for one in checklist.rollback.procedures
        )
        rollback = msgspec.structs.replace(checklist.rollback, procedures=procedures)
        return msgspec.structs.replace(checklist, rollback=rollback)

    return changed


def with_another(name: str) -> Callable[[Checklist], Checklist]:
    """The checklist whose procedures stop, start and put back one more deployment."""

    def more(action: AnyAction) -> AnyAction:
        if isinstance(action, Scale | Undo | History | Rollout):
            return msgspec.structs.replace(action, deployments=(*action.deployments, name))
        return action

    return with_procedures(more)


def kubectl(session: Session, *arguments: str, given: str = "") -> None:
    """As a person beside the cockpit would."""
    subprocess.run(
        ["kubectl", *arguments], input=given, text=True, check=True, capture_output=True,
        env=dict(session.engine._equipment.environ),
    )  # fmt: skip


COUPONS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: coupons}
spec:
  replicas: 2
  selector: {matchLabels: {app: coupons}}
  template:
    metadata: {labels: {app: coupons}}
    spec: {containers: [{name: coupons, image: "registry.local/coupons:1"}]}
"""
"""A service that the release brings."""


def with_steps(change: Callable[[Step], Step], **section: Any) -> Callable[[Checklist], Checklist]:
    """The shortened checklist with other steps, and other fields of its section."""

    def changed(checklist: Checklist) -> Checklist:
        (phase,) = checklist.phases
        (only,) = phase.sections
        only = msgspec.structs.replace(only, steps=tuple(map(change, only.steps)), **section)
        phases = (msgspec.structs.replace(phase, sections=(only,)),)
        return msgspec.structs.replace(checklist, phases=phases)

    return changed


def good_everywhere() -> dict[str, str]:
    return dict.fromkeys(SERVICES, GOOD)


def bad_everywhere() -> dict[str, str]:
    return dict.fromkeys(SERVICES, BAD)
