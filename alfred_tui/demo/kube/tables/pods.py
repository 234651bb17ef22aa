"""The pod printer: what STATUS says is worked out from phase, container states and deletion."""

from typing import Any, NamedTuple

from alfred_tui.demo.kube.objects import Key, Obj
from alfred_tui.demo.kube.tables.model import NONE, Printer, age, columns, name, since


class PodSummary(NamedTuple):
    """What a pod's row says: STATUS, ready and all containers, restarts and when the last one was."""

    status: str
    ready: int
    total: int
    restarts: int
    last_restart: str


def summary(pod: Obj) -> PodSummary:
    """A pod's row as `kubectl get pods` works it out (the printer of Kubernetes' internal API)."""
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    reason = str(status.get("reason") or status.get("phase") or "")
    if _condition(status, "PodScheduled").get("reason") == "SchedulingGated":
        reason = "SchedulingGated"
    sidecars = {c["name"] for c in spec.get("initContainers") or () if c.get("restartPolicy") == "Always"}
    starting = _initializing(status, spec, sidecars)
    total = len(spec.get("containers") or ()) + len(sidecars)
    statuses = status.get("containerStatuses") or []
    first = status.get("initContainerStatuses") or []
    ready = sum(1 for c in first if c.get("name") in sidecars and c.get("ready"))
    if starting and _condition(status, "Initialized").get("status") != "True":
        reason, counted = starting, first
    else:
        counted = [*(c for c in first if c.get("name") in sidecars), *statuses]
        ready += sum(1 for c in statuses if c.get("ready") and "running" in (c.get("state") or {}))
        reason = _containers_reason(status, statuses, reason)
    if pod["metadata"].get("deletionTimestamp"):
        if status.get("reason") == "NodeLost":
            reason = "Unknown"
        elif status.get("phase") not in ("Succeeded", "Failed"):
            reason = "Terminating"
    restarts = sum(int(c.get("restartCount", 0)) for c in counted)
    return PodSummary(reason, ready, total, restarts, _last_restart(counted))


def _condition(status: Obj, kind: str) -> Obj:
    return next((c for c in status.get("conditions") or () if c.get("type") == kind), {})


def _last_restart(statuses: list[Obj]) -> str:
    ended = (((c.get("lastState") or {}).get("terminated") or {}).get("finishedAt") for c in statuses)
    return max((str(stamp) for stamp in ended if stamp), default="")


def _ended(terminated: Obj) -> str:
    if terminated.get("reason"):
        return str(terminated["reason"])
    if terminated.get("signal"):
        return f"Signal:{terminated['signal']}"
    return f"ExitCode:{terminated.get('exitCode', 0)}"


def _initializing(status: Obj, spec: Obj, sidecars: set[str]) -> str:
    """`Init:…` while an init container has yet to finish; "" afterwards."""
    for at, container in enumerate(status.get("initContainerStatuses") or ()):
        state = container.get("state") or {}
        terminated, waiting = state.get("terminated"), state.get("waiting") or {}
        if terminated is not None and terminated.get("exitCode", 0) == 0:
            continue
        if container.get("name") in sidecars and container.get("started"):
            continue
        if terminated is not None:
            return f"Init:{_ended(terminated)}"
        if waiting.get("reason") and waiting["reason"] != "PodInitializing":
            return f"Init:{waiting['reason']}"
        return f"Init:{at}/{len(spec.get('initContainers') or ())}"
    return ""


def _containers_reason(status: Obj, statuses: list[Obj], reason: str) -> str:
    running = False
    for container in reversed(statuses):
        state = container.get("state") or {}
        waiting, terminated = state.get("waiting") or {}, state.get("terminated")
        if waiting.get("reason"):
            reason = str(waiting["reason"])
        elif terminated is not None:
            reason = _ended(terminated)
        elif container.get("ready") and "running" in state:
            running = True
    if reason == "Completed" and running:
        return "Running" if _condition(status, "Ready").get("status") == "True" else "NotReady"
    return reason


def _cells(pod: Obj, now: float) -> list[Any]:
    row = summary(pod)
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    restarts = str(row.restarts)
    if row.restarts and row.last_restart:
        restarts = f"{row.restarts} ({since(row.last_restart, now)} ago)"
    addresses = status.get("podIPs") or []
    return [
        name(pod),
        f"{row.ready}/{row.total}",
        row.status,
        restarts,
        age(pod, now),
        (addresses[0].get("ip") if addresses else status.get("podIP")) or NONE,
        spec.get("nodeName") or NONE,
        status.get("nominatedNodeName") or NONE,
        _gates(spec, status),
    ]


def _gates(spec: Obj, status: Obj) -> str:
    gates = spec.get("readinessGates") or []
    if not gates:
        return NONE
    met = sum(
        1 for gate in gates if _condition(status, gate.get("conditionType", "")).get("status") == "True"
    )
    return f"{met}/{len(gates)}"


PRINTERS = {
    Key("", "pods"): Printer(
        columns("Name,Ready,Status,Restarts,Age", "IP,Node,Nominated Node,Readiness Gates"), _cells
    )
}
