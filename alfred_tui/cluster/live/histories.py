"""A workload's history and what differs between two of its revisions, whatever its kind."""

import asyncio
from typing import Any

from alfred_tui.cluster.live.live_cluster import LiveCluster
from alfred_tui.cluster.objects.partial import Deployment
from alfred_tui.cluster.objects.resources import CONTROLLER_REVISIONS, REPLICA_SETS, WORKLOADS
from alfred_tui.cluster.rollouts.revisions import diff_templates
from alfred_tui.cluster.rollouts.revisions import history as deployment_history
from alfred_tui.cluster.rollouts.set_revisions import set_history, template_of
from alfred_tui.cluster.store.reads import list_all, read, read_raw
from alfred_tui.domain.cluster.workloads import RevisionView
from alfred_tui.domain.errors import CockpitError


async def history(live: LiveCluster, kind: str, namespace: str, name: str) -> tuple[RevisionView, ...]:
    """The revisions that it can go back to, newest first. Raises ClusterError."""
    found = live.workload(kind, namespace, name)
    if kind == "Deployment":
        if found is not None and isinstance(found[0], Deployment) and live.complete(REPLICA_SETS):
            return deployment_history(found[0], found[1])
        deployment, sets = await asyncio.gather(
            read(live.connection, WORKLOADS[kind], namespace, name),
            list_all(live.connection, REPLICA_SETS, namespace),
        )
        return deployment_history(deployment, sets)
    workload: Any = found[0] if found else await read(live.connection, WORKLOADS[kind], namespace, name)
    revisions = await list_all(live.connection, CONTROLLER_REVISIONS, namespace)
    return set_history(workload, revisions, live.pods_of(workload.metadata.uid))


async def template_diff(
    live: LiveCluster, kind: str, namespace: str, name: str, before: int, after: int
) -> tuple[str, ...]:
    """What differs between two revisions' pod templates, as unified diff lines. Raises CockpitError."""
    names = {one.number: one.name for one in await history(live, kind, namespace, name)}
    missing = [str(number) for number in (before, after) if number not in names]
    if missing:
        there = ", ".join(str(number) for number in sorted(names)) or "none"
        raise CockpitError(f"Revision {missing[0]} of {name} is not in its history; there are: {there}.")
    old, new = await asyncio.gather(
        *(_template(live, kind, namespace, names[number]) for number in (before, after))
    )
    return diff_templates(old, new, live.connection.hide)


async def _template(live: LiveCluster, kind: str, namespace: str, revision: str) -> dict[str, Any]:
    if kind == "Deployment":
        found = await read_raw(live.connection, REPLICA_SETS, namespace, revision)
        template: dict[str, Any] = found["spec"]["template"]
        return template
    return template_of(await read_raw(live.connection, CONTROLLER_REVISIONS, namespace, revision))
