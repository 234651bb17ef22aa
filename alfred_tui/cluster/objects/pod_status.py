"""What `kubectl get pods` prints of a pod, computed exactly as the API server's printer does.

Source: `printPod` in kubernetes/pkg/printers/internalversion/printers.go (1.36). The lead compares our table
with kubectl's; a different word for the same state would cost trust.
"""

from datetime import datetime
from typing import NamedTuple

from alfred_tui.cluster.objects.partial import Condition, ContainerStatus, Pod, Terminated


class Shown(NamedTuple):
    """kubectl's STATUS, READY (two numbers) and RESTARTS."""

    status: str
    ready: int
    containers: int
    restarts: int


def epoch(time: datetime | None) -> float:
    """Epoch seconds; 0 for no time."""
    return time.timestamp() if time is not None else 0.0


def condition_of(pod: Pod, kind: str) -> Condition | None:
    """The pod's condition of that type."""
    return next((one for one in pod.status.conditions if one.type == kind), None)


def condition_is_true(pod: Pod, kind: str) -> bool:
    """Whether the pod has the condition with status True."""
    for one in pod.status.conditions:  # asked of each of ten thousand pods
        if one.type == kind:
            return one.status == "True"
    return False


def shown(pod: Pod) -> Shown:
    """The four values of a pod's row."""
    status = pod.status
    reason = status.reason or status.phase
    # What has a node is held back by no gate any more.
    if not pod.spec.node_name and any(
        c.type == "PodScheduled" and c.reason == "SchedulingGated" for c in status.conditions
    ):
        reason = "SchedulingGated"
    total = len(pod.spec.containers)
    ready = restarts = 0
    initializing = False
    if pod.spec.init_containers:
        init = _init(pod)
        total += init.sidecars
        ready, restarts, initializing = init.ready, init.restarts, init.reason is not None
        reason = init.reason if init.reason is not None else reason
    if not initializing or condition_is_true(pod, "Initialized"):
        restarts = _sidecar_restarts(pod) if pod.spec.init_containers else 0
        running = False
        for container in reversed(status.container_statuses):
            restarts += container.restart_count
            state = container.state
            if state.waiting is not None and state.waiting.reason:
                reason = state.waiting.reason
            elif state.terminated is not None:
                reason = state.terminated.reason or _end(state.terminated)
            elif container.ready and state.running is not None:
                running = True
                ready += 1
        if reason == "Completed" and running:
            reason = "Running" if condition_is_true(pod, "Ready") else "NotReady"
    if pod.metadata.deletion_timestamp is not None:
        if status.reason == "NodeLost":
            reason = "Unknown"
        elif status.phase not in ("Succeeded", "Failed"):
            reason = "Terminating"
    return Shown(reason, ready, total, restarts)


def status_text(pod: Pod) -> str:
    """kubectl's STATUS."""
    return shown(pod).status


class _Init(NamedTuple):
    reason: str | None
    ready: int
    sidecars: int
    restarts: int


def _sidecars(pod: Pod) -> set[str]:
    return {one.name for one in pod.spec.init_containers if one.restart_policy == "Always"}


def _init(pod: Pod) -> _Init:
    sidecars = _sidecars(pod)
    ready = restarts = 0
    for index, container in enumerate(pod.status.init_container_statuses):
        restarts += container.restart_count
        end = container.state.terminated
        if end is not None and end.exit_code == 0:
            continue
        if container.name in sidecars and container.started:
            ready += container.ready
            continue
        return _Init(
            _init_reason(container, index, len(pod.spec.init_containers)), ready, len(sidecars), restarts
        )
    return _Init(None, ready, len(sidecars), restarts)


def _init_reason(container: ContainerStatus, index: int, count: int) -> str:
    end, waiting = container.state.terminated, container.state.waiting
    if end is not None:
        return f"Init:{end.reason or _end(end)}"
    if waiting is not None and waiting.reason not in ("", "PodInitializing"):
        return f"Init:{waiting.reason}"
    return f"Init:{index}/{count}"


def _sidecar_restarts(pod: Pod) -> int:
    sidecars = _sidecars(pod)
    return sum(one.restart_count for one in pod.status.init_container_statuses if one.name in sidecars)


def _end(terminated: Terminated) -> str:
    return f"Signal:{terminated.signal}" if terminated.signal else f"ExitCode:{terminated.exit_code}"
