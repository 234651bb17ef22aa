"""What Deployments are before the first change, so that there is a way back to it."""

import asyncio
from collections.abc import Sequence

import msgspec

from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.errors import Absent
from alfred_tui.cluster.changes.config_versions import config_versions, referred
from alfred_tui.cluster.changes.digests import ImagePod, digests, image_pods
from alfred_tui.cluster.objects.ownership import images_of
from alfred_tui.cluster.objects.partial import Deployment, ReplicaSet
from alfred_tui.cluster.objects.resources import AUTOSCALERS, DEPLOYMENTS, REPLICA_SETS
from alfred_tui.cluster.rollouts.deployment_rollout import TEMPLATE_HASH, new_replicaset, revision_of
from alfred_tui.cluster.store.reads import decode, list_all, read_raw
from alfred_tui.domain.rollback.point import WorkloadPoint


async def capture_point(
    connection: Connection, namespace: str, names: Sequence[str]
) -> tuple[WorkloadPoint, ...]:
    """What the deployments are now; one that is not there is not among them. Raises ClusterError."""
    sets, scalers, pods = await asyncio.gather(
        list_all(connection, REPLICA_SETS, namespace),
        list_all(connection, AUTOSCALERS, namespace),
        image_pods(connection, namespace),
    )
    bounds = {
        one.spec.scale_target_ref.name: (
            1 if one.spec.min_replicas is None else one.spec.min_replicas,
            one.spec.max_replicas,
        )
        for one in scalers
        if one.spec.scale_target_ref.kind == "Deployment"
    }
    found = await asyncio.gather(
        *(_point(connection, namespace, name, sets, bounds.get(name, (0, 0)), pods) for name in names)
    )
    return tuple(one for one in found if one is not None)


async def _point(
    connection: Connection,
    namespace: str,
    name: str,
    sets: Sequence[ReplicaSet],
    bounds: tuple[int, int],
    pods: Sequence[ImagePod],
) -> WorkloadPoint | None:
    try:
        raw = await read_raw(connection, DEPLOYMENTS, namespace, name)
    except Absent:
        return None
    deployment = decode(msgspec.json.encode(raw), Deployment)
    template = raw["spec"]["template"]
    newest = new_replicaset(deployment, sets)
    return WorkloadPoint(
        namespace=namespace,
        name=name,
        revision=revision_of(deployment),
        template_hash=newest.metadata.labels.get(TEMPLATE_HASH, "") if newest else "",
        images=images_of(deployment.spec.template),
        digests=digests(pods, newest.metadata.uid) if newest else {},
        replicas=1 if deployment.spec.replicas is None else deployment.spec.replicas,
        hpa_min=bounds[0],
        hpa_max=bounds[1],
        paused=deployment.spec.paused,
        configs=await config_versions(connection, namespace, referred(template)),
        template=template,
    )
