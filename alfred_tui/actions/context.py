"""What an action may use: its step, the run so far, and the adapters that the composition root built."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from alfred_tui.actions.clock import Clock
from alfred_tui.actions.stopping import Stop
from alfred_tui.domain.canary import Measurement
from alfred_tui.domain.cluster.workloads import Target
from alfred_tui.domain.document.checklist import Checklist, Step
from alfred_tui.domain.errors import NotConfigured
from alfred_tui.domain.evidence import Outcome
from alfred_tui.domain.rollback.point import RollbackPoint
from alfred_tui.domain.run.events import WorkloadActBegun
from alfred_tui.domain.run.state import RunState

if TYPE_CHECKING:
    from alfred_tui.cluster.access.connect import Connection
    from alfred_tui.cluster.live.consistent_reads import ConsistentReads
    from alfred_tui.cluster.live.live_cluster import LiveCluster
    from alfred_tui.metrics.source import MetricsSource


@dataclass(frozen=True, kw_only=True)
class Equipment:
    """What this run's steps work with. None where it is not configured."""

    clock: Clock
    workdir: Path
    environ: Mapping[str, str]
    """The environment that commands start from, PATH and the pinned KUBECONFIG in it, secrets taken out."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    target: Target | None = None
    no_target: str = ""
    """Why there is no cluster, in a sentence."""
    connect: "Callable[[], Awaitable[Connection]] | None" = None
    """Gives the one connection to the cluster, opening it the first time."""
    live: "Callable[[], Awaitable[LiveCluster]] | None" = None
    """Gives the one live cluster, which the panels show too, starting it the first time."""
    metrics: "MetricsSource | None" = None
    simulated: frozenset[str] = frozenset()
    """Programs that a stand-in replaces, so that evidence can say so."""


class Progress(Protocol):
    """Records what a running step is at; `aloud`, also where there is no screen."""

    async def __call__(
        self, note: str, measurements: Sequence[Measurement] = (), *, mark: str = "", aloud: bool = False
    ) -> None: ...


@dataclass(frozen=True, kw_only=True)
class StepContext:
    """One attempt of one step."""

    step: Step
    attempt: int
    folder: Path
    """Of this attempt: a command's spool and result live there."""
    checklist: Checklist
    state: Callable[[], RunState]
    equipment: Equipment
    progress: Progress
    capture: Callable[[RollbackPoint], Awaitable[None]]
    detached: Callable[[], bool]
    """Whether the cockpit is leaving: then a running command is left alone instead of cancelled."""
    taken_up: bool = False
    """Whether another cockpit began the attempt: its timeout counts from the resumption."""
    stop: Stop = field(default_factory=Stop)

    @property
    def clock(self) -> Clock:
        """The run's clock."""
        return self.equipment.clock

    async def connection(self) -> "Connection":
        """The cluster, or NotConfigured."""
        if self.equipment.connect is None:
            raise NotConfigured(self.equipment.no_target or "No cluster is connected.")
        return await self.equipment.connect()

    async def live(self) -> "LiveCluster":
        """What is watched of the cluster, or NotConfigured."""
        if self.equipment.live is None:
            raise NotConfigured(self.equipment.no_target or "No cluster is connected.")
        return await self.equipment.live()

    async def reads(self) -> "ConsistentReads":
        """Reads of the pinned namespace that the panels share, or NotConfigured."""
        from alfred_tui.cluster.live.consistent_reads import ConsistentReads

        live = await self.live() if self.equipment.live is not None else None
        return ConsistentReads(await self.connection(), self.namespace(), live)

    def namespace(self) -> str:
        """The pinned namespace."""
        if self.equipment.target is None:
            raise NotConfigured(self.equipment.no_target or "No cluster is connected.")
        return self.equipment.target.namespace

    def metrics(self) -> "MetricsSource":
        """Prometheus, or NotConfigured."""
        if self.equipment.metrics is None:
            raise NotConfigured("No Prometheus is configured (--prometheus URL).")
        return self.equipment.metrics


class Performer(Protocol):
    """Performs one kind of action. Raises NotConfigured, NotAnswered or another CockpitError."""

    async def __call__(self, ctx: StepContext) -> Outcome: ...


class WorkloadPerformer(Protocol):
    """Performs an act on a workload. Raises CockpitError when nothing was changed; what may have been done
    is an outcome with status `error`."""

    async def __call__(self, act: WorkloadActBegun, equipment: Equipment) -> Outcome: ...
