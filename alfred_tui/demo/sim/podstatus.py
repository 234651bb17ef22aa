"""A pod's status as its kubelet reports it: phase and conditions from the states of its containers."""

from collections.abc import Sequence

from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.sim.conditions import find, transitioned
from alfred_tui.demo.sim.containers import Container
from alfred_tui.demo.sim.pods import is_sidecar

_ORDER = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")


def phase(inits: Sequence[Container], containers: Sequence[Container], policy: str) -> str:
    """Pending until every container has started once; finished when none will run again."""
    if any(container.has_failed for container in inits) and policy == "Never":
        return "Failed"
    if not all(container.lives for container in containers):
        return "Pending"
    if containers and all(container.has_ended for container in containers):
        return "Failed" if any(container.has_failed for container in containers) else "Succeeded"
    return "Running"


def conditions(
    held: Sequence[Obj],
    inits: Sequence[Container],
    containers: Sequence[Container],
    *,
    sandbox: bool,
    finished: bool,
    stamp: str,
) -> list[Obj]:
    """The conditions, in a kubelet's order; `held` are the present ones, `sandbox` whether it stands."""
    waiting = [container.name for container in inits if not container.lets_next_start]
    lasting = [*(container for container in inits if is_sidecar(container.spec)), *containers]
    unready = [container.name for container in lasting if not container.ready]
    initialized = _cause("ContainersNotInitialized", "containers with incomplete status", waiting)
    if finished:
        ready: Obj = {"status": "False", "reason": "PodCompleted"}
    else:
        ready = _cause("ContainersNotReady", "containers with unready status", unready)
    new: dict[str, Obj] = {
        "PodReadyToStartContainers": {"status": "True" if sandbox else "False"},
        "Initialized": initialized,
        "Ready": ready,
        "ContainersReady": ready,
        "PodScheduled": {"status": "True"},
    }
    found = list(held)
    for kind, outcome in new.items():
        times = {"lastProbeTime": None, "lastTransitionTime": stamp}
        found = transitioned(found, {"type": kind, "status": outcome["status"], **times, **outcome})
    ordered = [condition for kind in _ORDER if (condition := find(found, kind)) is not None]
    return [*ordered, *(condition for condition in found if condition["type"] not in _ORDER)]


def _cause(reason: str, message: str, names: Sequence[str]) -> Obj:
    if not names:
        return {"status": "True"}
    return {"status": "False", "reason": reason, "message": f"{message}: [{' '.join(names)}]"}
