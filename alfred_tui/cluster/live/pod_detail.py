"""A pod in full: from the live store, and its events as the API server has them now."""

from collections.abc import Iterable, Sequence

import msgspec

from alfred_tui.cluster.access.errors import ClusterError
from alfred_tui.cluster.diagnosis.warnings import one_line, seen_at
from alfred_tui.cluster.live.live_cluster import LiveCluster
from alfred_tui.cluster.objects.partial import Container, ContainerStatus, Event, Pod, Terminated
from alfred_tui.cluster.objects.pod_status import epoch
from alfred_tui.cluster.objects.resources import EVENTS
from alfred_tui.cluster.store.reads import list_all
from alfred_tui.domain.cluster.pod_detail import (
    ContainerDetail,
    ContainerEnd,
    ContainerRole,
    PodCondition,
    PodDetail,
    PodEvent,
)
from alfred_tui.domain.cluster.workloads import Pod as Row
from alfred_tui.domain.errors import CockpitError


async def pod_detail(live: LiveCluster, namespace: str, name: str) -> PodDetail:
    """The pod as it was last heard of. Raises CockpitError when there is none of that name.

    Events that cannot be read are told in the answer, not raised.
    """
    pod, row = live.pod(namespace, name), live.row(namespace, name)
    if pod is None or row is None:
        raise CockpitError(f"There is no pod {name} in {namespace} (any more).")
    missing = ""
    events: Sequence[Event] = ()
    try:
        about = f"involvedObject.uid={pod.metadata.uid}"
        events = await list_all(live.connection, EVENTS, namespace, fields=about)
    except ClusterError as error:
        missing = f"Its events are not shown (list events in {namespace}): {error}"
    return describe(pod, row, events, missing)


def describe(pod: Pod, row: Row, events: Iterable[Event], missing: str = "") -> PodDetail:
    """The pod's parts as values."""
    nearest = [f"{one.kind}/{one.name}" for one in pod.metadata.owner_references if one.controller]
    owners = [*nearest, *([row.owner] if row.owner and row.owner not in nearest else [])]
    return PodDetail(
        row=row,
        containers=(*_containers(pod, init=True), *_containers(pod, init=False)),
        conditions=tuple(
            PodCondition(
                type=one.type, status=one.status, reason=one.reason, message=one_line(one.message),
                since=epoch(one.last_transition_time),
            )
            for one in pod.status.conditions
        ),
        events=told_once(events),
        owners=tuple(owners),
        missing=missing,
    )  # fmt: skip


def told_once(events: Iterable[Event]) -> tuple[PodEvent, ...]:
    """One for each type, reason and message, newest first."""
    found: dict[tuple[str, str, str], PodEvent] = {}
    for event in events:
        first, last = seen_at(event)
        times = max(event.count, event.series.count if event.series else 0, 1)
        key = (event.type, event.reason, one_line(event.message))
        if (known := found.get(key)) is not None:
            first, last, times = min(first, known.first_at), max(last, known.last_at), times + known.times
        found[key] = PodEvent(
            type=key[0], reason=key[1], message=key[2], times=times, first_at=first, last_at=last
        )
    return tuple(sorted(found.values(), key=lambda one: (-one.last_at, one.reason, one.message)))


def _containers(pod: Pod, *, init: bool) -> Iterable[ContainerDetail]:
    specs = pod.spec.init_containers if init else pod.spec.containers
    statuses = pod.status.init_container_statuses if init else pod.status.container_statuses
    known = {one.name: one for one in statuses}
    for spec in specs:
        role: ContainerRole = "container"
        if init:
            role = "sidecar" if spec.restart_policy == "Always" else "init"
        yield _container(spec, known.get(spec.name), role)


def _container(spec: Container, status: ContainerStatus | None, role: ContainerRole) -> ContainerDetail:
    detail = ContainerDetail(
        name=spec.name,
        role=role,
        image=spec.image,
        requests={name: str(value) for name, value in spec.resources.requests.items()},
        limits={name: str(value) for name, value in spec.resources.limits.items()},
    )
    return detail if status is None else _with_status(detail, status)


def _with_status(detail: ContainerDetail, status: ContainerStatus) -> ContainerDetail:
    fields: dict[str, object] = {"ready": status.ready, "restarts": status.restart_count}
    now, before = status.state, status.last_state.terminated
    if before is not None:
        fields["before"] = _end(before)
    if now.running is not None:
        fields |= {"state": "running", "since": epoch(now.running.started_at)}
    elif now.waiting is not None:
        waits = now.waiting
        fields |= {"state": "waiting", "reason": waits.reason, "message": one_line(waits.message)}
    elif now.terminated is not None:
        end = _end(now.terminated)
        fields |= {"state": "terminated", "reason": end.reason, "message": end.message, "ended": end}
    return msgspec.structs.replace(detail, **fields)


def _end(ended: Terminated) -> ContainerEnd:
    return ContainerEnd(
        exit_code=ended.exit_code,
        signal=ended.signal,
        reason=ended.reason,
        message=one_line(ended.message),
        started_at=epoch(ended.started_at),
        ended_at=epoch(ended.finished_at),
    )
