"""Changes to the cluster, each written so that a repeat is harmless: read, compare, then patch what was read.

Every patch carries the resourceVersion that was read, so that what someone else changed meanwhile is never
overwritten unseen.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from alfred_tui.cluster.connect import APPLY, JSON_PATCH, MERGE, STRATEGIC, Connection
from alfred_tui.cluster.errors import Absent, Conflict
from alfred_tui.cluster.objects import Deployment, ReplicaSet
from alfred_tui.cluster.ownership import images_of
from alfred_tui.cluster.reads import decode, list_all, read, read_raw
from alfred_tui.cluster.resources import AUTOSCALERS, DEPLOYMENTS, REPLICA_SETS, SECRETS, Resource
from alfred_tui.cluster.revisions import new_replicaset, owned, revision_of
from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.rollback_point import WorkloadPoint

FIELD_MANAGER = "alfred-cockpit"
_HASH = "pod-template-hash"
_TRIES = 5


class Undone(msgspec.Struct, frozen=True, kw_only=True):
    """What an undo did. `generation` is that of the spec it leaves; a rollout is waited for from there."""

    name: str
    generation: int
    changed: bool
    revision: int
    images: dict[str, str]
    rebuilt: bool = False
    """Whether the history had lost the revision, and the point's own template was put back."""


async def undo(connection: Connection, point: WorkloadPoint, revision: int = 0) -> Undone:
    """Puts a pinned revision's template back: `revision`, or the point's own. Never the "previous" one.

    Raises CockpitError when the Deployment is paused, or when the revision is neither in the history nor in
    the point; ClusterError otherwise.
    """
    wanted = revision or point.revision
    for _ in range(_TRIES):
        deployment = await read(connection, DEPLOYMENTS, point.namespace, point.name)
        if deployment.spec.paused:
            raise CockpitError(
                f"The Deployment {point.name} is paused, and an undo would wait until it is resumed.",
                hint=f"Resume it first: kubectl rollout resume deployment/{point.name}",
            )
        template, rebuilt = await _template(connection, deployment, point, wanted)
        now = (await read_raw(connection, DEPLOYMENTS, point.namespace, point.name))["spec"]["template"]
        if _same(now, template):
            return _undone(deployment, point, wanted, changed=False, rebuilt=rebuilt)
        patch = [
            {
                "op": "test",
                "path": "/metadata/resourceVersion",
                "value": deployment.metadata.resource_version,
            },
            {"op": "replace", "path": "/spec/template", "value": template},
        ]
        path = DEPLOYMENTS.path(point.namespace, point.name)
        try:
            answer = await connection.patch(
                path, patch, {"fieldManager": FIELD_MANAGER}, content_type=JSON_PATCH
            )
        except CockpitError as error:
            if _changed_meanwhile(error):
                continue
            raise
        return _undone(decode(answer.body, Deployment), point, wanted, changed=True, rebuilt=rebuilt)
    raise CockpitError(f"The Deployment {point.name} keeps changing; the undo was tried {_TRIES} times.")


def _changed_meanwhile(error: CockpitError) -> bool:
    return isinstance(error, Conflict) or "test failed" in str(error) or "testing value" in str(error)


def _undone(
    deployment: Deployment, point: WorkloadPoint, wanted: int, *, changed: bool, rebuilt: bool
) -> Undone:
    return Undone(
        name=point.name,
        generation=deployment.metadata.generation,
        changed=changed,
        revision=wanted,
        images=images_of(deployment.spec.template),
        rebuilt=rebuilt,
    )


async def _template(
    connection: Connection, deployment: Deployment, point: WorkloadPoint, wanted: int
) -> tuple[dict[str, Any], bool]:
    """The pod template of a revision. A rolled-back revision's number moves: then its hash still finds it."""
    sets = owned(deployment, await list_all(connection, REPLICA_SETS, point.namespace))
    found = next((one for one in sets if revision_of(one) == wanted), None)
    if wanted == point.revision and point.template_hash:
        by_hash = next((one for one in sets if one.metadata.labels.get(_HASH) == point.template_hash), None)
        found = by_hash
    if found is not None:
        raw = await read_raw(connection, REPLICA_SETS, point.namespace, found.metadata.name)
        return _without_hash(raw["spec"]["template"]), False
    if wanted == point.revision and point.template:
        return point.template, True
    known = ", ".join(str(revision_of(one)) for one in sets) or "none"
    raise CockpitError(
        f"Revision {wanted} of {point.name} is not in its history any more (there are: {known}).",
        hint="Choose one of these on the rollback screen.",
    )


def _without_hash(template: dict[str, Any]) -> dict[str, Any]:
    """As the Deployment holds it: the ReplicaSet's own label taken off."""
    metadata = dict(template.get("metadata") or {})
    labels = {key: value for key, value in (metadata.get("labels") or {}).items() if key != _HASH}
    return {**template, "metadata": {**metadata, "labels": labels}}


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    def plain(template: dict[str, Any]) -> dict[str, Any]:
        metadata = {
            key: value for key, value in (template.get("metadata") or {}).items() if value is not None
        }
        return {**template, "metadata": metadata}

    return plain(one) == plain(other)


async def capture_point(
    connection: Connection, namespace: str, names: Sequence[str]
) -> tuple[WorkloadPoint, ...]:
    """What the deployments are now. Raises Absent when one is not there."""
    sets, scalers = await asyncio.gather(
        list_all(connection, REPLICA_SETS, namespace), list_all(connection, AUTOSCALERS, namespace)
    )
    bounds = {
        one.spec.scale_target_ref.name: (one.spec.min_replicas or 1, one.spec.max_replicas)
        for one in scalers
        if one.spec.scale_target_ref.kind == "Deployment"
    }
    return tuple(
        await asyncio.gather(
            *(_point(connection, namespace, name, sets, bounds.get(name, (0, 0))) for name in names)
        )
    )


async def _point(
    connection: Connection, namespace: str, name: str, sets: Sequence[ReplicaSet], bounds: tuple[int, int]
) -> WorkloadPoint:
    raw = await read_raw(connection, DEPLOYMENTS, namespace, name)
    deployment = decode(msgspec.json.encode(raw), Deployment)
    newest = new_replicaset(deployment, sets)
    return WorkloadPoint(
        namespace=namespace,
        name=name,
        revision=revision_of(deployment),
        template_hash=newest.metadata.labels.get(_HASH, "") if newest else "",
        images=images_of(deployment.spec.template),
        replicas=1 if deployment.spec.replicas is None else deployment.spec.replicas,
        hpa_min=bounds[0],
        hpa_max=bounds[1],
        template=raw["spec"]["template"],
    )


async def scale(connection: Connection, namespace: str, name: str, replicas: int) -> tuple[int, bool]:
    """Sets a Deployment's replicas. The generation it leaves, and whether anything changed."""
    deployment = await read(connection, DEPLOYMENTS, namespace, name)
    now = 1 if deployment.spec.replicas is None else deployment.spec.replicas
    if now == replicas:
        return deployment.metadata.generation, False
    body = {
        "metadata": {"resourceVersion": deployment.metadata.resource_version},
        "spec": {"replicas": replicas},
    }
    path = DEPLOYMENTS.path(namespace, name)
    answer = await connection.patch(path, body, {"fieldManager": FIELD_MANAGER}, content_type=MERGE)
    return decode(answer.body, Deployment).metadata.generation, True


async def set_images(
    connection: Connection, namespace: str, name: str, images: dict[str, str]
) -> tuple[int, bool]:
    """Sets containers' images by name. The generation it leaves, and whether anything changed."""
    deployment = await read(connection, DEPLOYMENTS, namespace, name)
    now = images_of(deployment.spec.template)
    unknown = sorted(set(images) - set(now))
    if unknown:
        raise CockpitError(
            f"The Deployment {name} has no container {unknown[0]}; it has {', '.join(sorted(now))}."
        )
    if all(now[container] == image for container, image in images.items()):
        return deployment.metadata.generation, False
    body = {
        "metadata": {"resourceVersion": deployment.metadata.resource_version},
        "spec": {"template": {"spec": {"containers": [{"name": c, "image": i} for c, i in images.items()]}}},
    }
    path = DEPLOYMENTS.path(namespace, name)
    answer = await connection.patch(path, body, {"fieldManager": FIELD_MANAGER}, content_type=STRATEGIC)
    return decode(answer.body, Deployment).metadata.generation, True


async def delete_deployment(connection: Connection, namespace: str, name: str) -> bool:
    """Asks for a Deployment's deletion, its pods with it. False when there is none."""
    try:
        await connection.delete(DEPLOYMENTS.path(namespace, name), {"propagationPolicy": "Foreground"})
    except Absent:
        return False
    return True


async def apply_secret(connection: Connection, namespace: str, name: str, data: dict[str, str]) -> None:
    """Creates or updates a Secret by server-side apply. Values are only ever in the request's body."""
    await apply_object(
        connection,
        SECRETS,
        namespace,
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": namespace},
            "type": "Opaque",
            "stringData": data,
        },
    )


async def apply_object(
    connection: Connection,
    resource: Resource[Any],
    namespace: str,
    body: dict[str, Any],
    *,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Server-side apply of one object, with force: our fields become ours. What the server made of it."""
    query: dict[str, str | int | bool] = {"fieldManager": FIELD_MANAGER, "force": "true"}
    if dry_run:
        query["dryRun"] = "All"
    path = resource.path(namespace, str(body["metadata"]["name"]))
    answer = await connection.patch(path, body, query, content_type=APPLY)
    return decode(answer.body, dict[str, Any])
