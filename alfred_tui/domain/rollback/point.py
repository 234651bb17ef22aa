"""What a rollback returns to, captured before the first change."""

from typing import Any

import msgspec


class WorkloadPoint(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One deployment as it was. `template` is its pod template as JSON, so that a revision which the
    history has lost can be rebuilt."""

    namespace: str
    name: str
    kind: str = "Deployment"
    revision: int = 0
    template_hash: str = ""
    images: dict[str, str] = {}
    """Container → image."""
    digests: dict[str, str] = {}
    """Container → `sha256:…` of what its pods ran, as far as all of them ran the same."""
    replicas: int = 0
    hpa_min: int = 0
    hpa_max: int = 0
    """0: no autoscaler."""
    paused: bool = False
    configs: dict[str, str] = {}
    """`Secret/NAME` or `ConfigMap/NAME` that the template reads → resourceVersion; `absent`, `forbidden`."""
    template: dict[str, Any] = {}


class Needed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an earlier step left that a procedure asks for: a backup's name, size and checksum."""

    step: str
    title: str
    values: dict[str, str]


class RollbackPoint(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The whole point: per workload, and what the other procedures need."""

    at: float
    workloads: tuple[WorkloadPoint, ...] = ()
    absent: tuple[str, ...] = ()
    """Deployments that were not there: nothing can be returned to what was not."""
    counts: dict[str, int] = {}
    """Replicas of deployments that the point does not have, as they were before they were stopped."""
    terraform: dict[str, int] = {}
    """Folder → serial of the state that lies there."""
    no_serial: dict[str, str] = {}
    """Folder → why the serial of its state is not known."""
    needs: tuple[Needed, ...] = ()

    def workload(self, name: str) -> WorkloadPoint | None:
        """The deployment of that name."""
        return next((one for one in self.workloads if one.name == name), None)

    def replicas(self, name: str) -> int | None:
        """How many pods that deployment is to have again; None when that is not known."""
        found = self.workload(name)
        return found.replicas if found else self.counts.get(name)

    def knows(self, name: str) -> bool:
        """Whether it says what that deployment was, or that it was not there."""
        return name in self.absent or self.workload(name) is not None
