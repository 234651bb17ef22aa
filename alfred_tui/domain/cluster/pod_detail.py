"""One pod in full, as values: what `kubectl describe pod` tells, and the sentence why it is not well.

Times are epoch seconds, 0 where there is none.
"""

from typing import Literal

import msgspec

from alfred_tui.domain.cluster.workloads import Pod

ContainerRole = Literal["container", "init", "sidecar"]


class ContainerEnd(msgspec.Struct, frozen=True, kw_only=True):
    """How a container's process ended. `signal` 0: by itself."""

    exit_code: int
    signal: int = 0
    reason: str = ""
    message: str = ""
    started_at: float = 0.0
    ended_at: float = 0.0


class ContainerDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One container: what it is, what it does now, and how it ended before."""

    name: str
    role: ContainerRole
    image: str
    state: Literal["running", "waiting", "terminated", "unknown"] = "unknown"
    reason: str = ""
    """Why it waits or ended, Kubernetes' word."""
    message: str = ""
    since: float = 0.0
    """When it started running."""
    ready: bool = False
    restarts: int = 0
    ended: ContainerEnd | None = None
    """Where it is terminated now."""
    before: ContainerEnd | None = None
    """How it ended the last time before this."""
    requests: dict[str, str] = {}
    limits: dict[str, str] = {}


class PodCondition(msgspec.Struct, frozen=True, kw_only=True):
    """A condition, as Kubernetes has it."""

    type: str
    status: str
    reason: str = ""
    message: str = ""
    since: float = 0.0


class PodEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What was told about the pod, once however often it was."""

    type: str
    reason: str
    message: str
    times: int
    first_at: float
    last_at: float


class PodDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A pod in full."""

    row: Pod
    containers: tuple[ContainerDetail, ...] = ()
    """Init containers first, as they run."""
    conditions: tuple[PodCondition, ...] = ()
    events: tuple[PodEvent, ...] = ()
    """Newest first."""
    owners: tuple[str, ...] = ()
    """`kind/name` from the nearest to the top: ReplicaSet/a-5d8f, Deployment/a."""
    missing: str = ""
    """What could not be read, and why."""
