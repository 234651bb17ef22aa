"""Which kinds the live picture watches, where, and which rights that takes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.objects.resources import (
    DAEMON_SETS,
    DEPLOYMENTS,
    EVENTS,
    NODE_METRICS,
    NODES,
    POD_METRICS,
    PODS,
    REPLICA_SETS,
    STATEFUL_SETS,
    Resource,
)
from alfred_tui.cluster.store.watch import AnyWatch, Timing, Watch
from alfred_tui.domain.cluster.needs import ACTS, LOGS
from alfred_tui.domain.cluster.rights import Right

Taker = Callable[[Any], None]
"""Takes the changes of one kind."""
_WARNINGS = {"fieldSelector": "type!=Normal"}


@dataclass(frozen=True, kw_only=True)
class Takers:
    """Who takes which changes."""

    pods: Taker
    replicasets: Taker
    workloads: Taker
    events: Taker
    nodes: Taker


def watches_of(
    connection: Connection,
    namespaces: Iterable[str],
    takers: Takers,
    *,
    on_state: Callable[[], None],
    now: Callable[[], float],
    timing: Timing,
) -> list[AnyWatch]:
    """One for each kind in each namespace ("": all of them), not yet begun."""

    def watch(
        resource: Resource[Any], namespace: str, taker: Taker, query: Mapping[str, str] | None = None
    ) -> AnyWatch:
        return Watch(
            connection, resource, namespace, on_changes=taker, on_state=on_state, now=now, timing=timing,
            query=query,
        )  # fmt: skip

    watches = [watch(NODES, "", takers.nodes)]
    for namespace in namespaces:
        watches += [
            watch(REPLICA_SETS, namespace, takers.replicasets),
            watch(PODS, namespace, takers.pods),
            watch(DEPLOYMENTS, namespace, takers.workloads),
            watch(STATEFUL_SETS, namespace, takers.workloads),
            watch(DAEMON_SETS, namespace, takers.workloads),
            watch(EVENTS, namespace, takers.events, _WARNINGS),
        ]
    return watches


def wanted(watches: Sequence[AnyWatch], first: str) -> tuple[Right, ...]:
    """What the watches of the `first` namespace and the usage read, and what may be done from the screen."""
    read = [watch.rights() for watch in watches if watch.namespace in ("", first)]
    read += [one.rights("list", namespace=first) for one in (POD_METRICS, NODE_METRICS)]
    return (*(right for some in read for right in some), *LOGS, *ACTS)
