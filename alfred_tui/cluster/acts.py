"""Changes to the cluster, each written so that a repeat is harmless: read, compare, then patch what was read.

Every patch carries the resourceVersion that was read, so that what someone else changed meanwhile is never
overwritten unseen.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from alfred_tui.cluster.config_versions import config_versions, referred
from alfred_tui.cluster.connect import APPLY, JSON_PATCH, STRATEGIC, Connection
from alfred_tui.cluster.deployment_rollout import TEMPLATE_HASH, new_replicaset, owned, revision_of
from alfred_tui.cluster.digests import ImagePod, digests, image_pods
from alfred_tui.cluster.errors import Absent, Conflict
from alfred_tui.cluster.objects import Deployment, ReplicaSet, Workload
from alfred_tui.cluster.ownership import images_of
from alfred_tui.cluster.pod_status import epoch
from alfred_tui.cluster.reads import decode, list_all, read, read_raw
from alfred_tui.cluster.resources import AUTOSCALERS, DEPLOYMENTS, REPLICA_SETS, SECRETS, Resource
from alfred_tui.cluster.revisions import CHANGE_CAUSE, plain_template
from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.rollback_point import WorkloadPoint

FIELD_MANAGER = "alfred-cockpit"
RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
R = TypeVar("R")
W = TypeVar("W", bound=Workload)
OURS: dict[str, str | int | bool] = {"fieldManager": FIELD_MANAGER}
_TRIES = 5
_PAUSE = 0.05


class Undone(msgspec.Struct, frozen=True, kw_only=True):
    """What an undo did. `generation` is that of the spec it leaves; a rollout is waited for from there."""

    name: str
    generation: int
    changed: bool
    revision: int
    images: dict[str, str]
    rebuilt: bool = False
    """Whether the history had lost the revision, and the point's own template was put back."""
    resumed: bool = False
    """Whether the Deployment was paused, and the same patch resumed it."""
    condition_before: float = 0.0
    """When the Progressing condition that stood before was renewed last; epoch seconds, 0 for never. What it
    says is about the rollout that was left."""


async def undo(
    connection: Connection, point: WorkloadPoint, revision: int = 0, *, resume: bool = False
) -> Undone:
    """Puts a pinned revision's template back: `revision`, or the point's own. Never the "previous" one.

    A paused Deployment is refused, or with `resume` resumed by the same patch, so that it never rolls towards
    what it was paused with. Raises CockpitError when it is refused, or when the revision is neither in the
    history nor in the point; ClusterError otherwise.
    """
    wanted = revision or point.revision

    async def once() -> Undone:
        raw = await read_raw(connection, DEPLOYMENTS, point.namespace, point.name)
        deployment = decode(msgspec.json.encode(raw), Deployment)
        if deployment.spec.paused and not resume:
            raise CockpitError(
                f"The Deployment {point.name} is paused, and an undo would wait until it is resumed.",
                hint=f"Resume it first: kubectl rollout resume deployment/{point.name}",
            )
        found = await _template(connection, deployment, point, wanted)
        same = plain_template(raw["spec"]["template"]) == plain_template(found.template)
        if same and not deployment.spec.paused:
            return _undone(deployment, deployment, point, wanted, found)
        patch = [
            precondition(deployment),
            *([{"op": "replace", "path": "/spec/paused", "value": False}] if deployment.spec.paused else []),
            {"op": "replace", "path": "/spec/template", "value": found.template},
            *change_cause(deployment, found.change_cause),
        ]
        path = DEPLOYMENTS.path(point.namespace, point.name)
        answer = await connection.patch(path, patch, OURS, content_type=JSON_PATCH)
        return _undone(deployment, decode(answer.body, Deployment), point, wanted, found)

    return await until_it_stands(point.name, once)


def precondition(workload: Workload) -> dict[str, Any]:
    """Answered with a conflict when the object is another one by now."""
    version = workload.metadata.resource_version
    return {"op": "replace", "path": "/metadata/resourceVersion", "value": version}


def change_cause(workload: Workload, cause: str) -> list[dict[str, Any]]:
    """The revision's own change cause; left as it is, the history would give it that of the bad release."""
    path = f"/metadata/annotations/{CHANGE_CAUSE.replace('/', '~1')}"
    if cause and workload.metadata.annotations:
        return [{"op": "add", "path": path, "value": cause}]
    if CHANGE_CAUSE in workload.metadata.annotations:
        return [{"op": "remove", "path": path}]
    return []


async def until_it_stands(name: str, once: Callable[[], Awaitable[R]]) -> R:
    """Reads and changes again when someone else wrote in between: controllers write statuses all the time."""
    for attempt in range(1, _TRIES + 1):
        try:
            return await once()
        except Conflict as problem:
            if attempt == _TRIES:
                raise Conflict(
                    f"{name} keeps being changed by others; it was tried {_TRIES} times.",
                    hint="See who changes it, then try again.",
                    temporary=True,
                    status=problem.status,
                ) from problem
            await asyncio.sleep(_PAUSE * attempt)
    raise AssertionError("the loop returns or raises")


@dataclass(frozen=True)
class _Found:
    template: dict[str, Any]
    change_cause: str = ""
    rebuilt: bool = False


def _undone(
    before: Deployment, after: Deployment, point: WorkloadPoint, wanted: int, found: _Found
) -> Undone:
    return Undone(
        name=point.name,
        generation=after.metadata.generation,
        changed=after.metadata.generation != before.metadata.generation,
        revision=wanted,
        images=images_of(after.spec.template),
        rebuilt=found.rebuilt,
        resumed=before.spec.paused,
        condition_before=progressed_at(before),
    )


def progressed_at(deployment: Deployment) -> float:
    """When its Progressing condition was renewed last; epoch seconds, 0 for never."""
    conditions = [one for one in deployment.status.conditions if one.type == "Progressing"]
    return max((epoch(one.last_update_time) for one in conditions), default=0.0)


async def _template(
    connection: Connection, deployment: Deployment, point: WorkloadPoint, wanted: int
) -> _Found:
    """The pod template of a revision. A rolled-back revision's number moves: then its hash still finds it."""
    sets = owned(deployment, await list_all(connection, REPLICA_SETS, point.namespace))
    found = next((one for one in sets if revision_of(one) == wanted), None)
    if wanted == point.revision and point.template_hash:
        hashes = {one.metadata.labels.get(TEMPLATE_HASH): one for one in sets}
        found = hashes.get(point.template_hash)
    if found is not None:
        raw = await read_raw(connection, REPLICA_SETS, point.namespace, found.metadata.name)
        cause = found.metadata.annotations.get(CHANGE_CAUSE, "")
        return _Found(plain_template(raw["spec"]["template"]), cause)
    if wanted == point.revision and point.template:
        return _Found(plain_template(point.template), rebuilt=True)
    known = ", ".join(str(revision_of(one)) for one in sets) or "none"
    raise CockpitError(
        f"Revision {wanted} of {point.name} is not in its history any more (there are: {known}).",
        hint="Choose one of these on the rollback screen.",
    )


async def capture_point(
    connection: Connection, namespace: str, names: Sequence[str]
) -> tuple[WorkloadPoint, ...]:
    """What the deployments are now. Raises Absent when one is not there."""
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
    return tuple(
        await asyncio.gather(
            *(_point(connection, namespace, name, sets, bounds.get(name, (0, 0)), pods) for name in names)
        )
    )


async def _point(
    connection: Connection,
    namespace: str,
    name: str,
    sets: Sequence[ReplicaSet],
    bounds: tuple[int, int],
    pods: Sequence[ImagePod],
) -> WorkloadPoint:
    raw = await read_raw(connection, DEPLOYMENTS, namespace, name)
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


async def scale(connection: Connection, namespace: str, name: str, replicas: int) -> tuple[int, bool]:
    """Sets a Deployment's replicas. The generation it leaves, and whether anything changed."""

    def change(deployment: Deployment) -> dict[str, Any] | None:
        now = 1 if deployment.spec.replicas is None else deployment.spec.replicas
        return None if now == replicas else {"replicas": replicas}

    return await _change(connection, namespace, name, change)


async def set_images(
    connection: Connection, namespace: str, name: str, images: dict[str, str]
) -> tuple[int, bool]:
    """Sets containers' images by name. The generation it leaves, and whether anything changed."""

    def change(deployment: Deployment) -> dict[str, Any] | None:
        now = images_of(deployment.spec.template)
        unknown = sorted(set(images) - set(now))
        if unknown:
            raise CockpitError(
                f"The Deployment {name} has no container {unknown[0]}; it has {', '.join(sorted(now))}."
            )
        if all(now[container] == image for container, image in images.items()):
            return None
        spec = deployment.spec.template.spec
        groups = {"containers": spec.containers, "initContainers": spec.init_containers}
        patched = {
            group: [{"name": one.name, "image": images[one.name]} for one in members if one.name in images]
            for group, members in groups.items()
        }
        return {"template": {"spec": {group: listed for group, listed in patched.items() if listed}}}

    return await _change(connection, namespace, name, change)


async def restart(
    connection: Connection,
    namespace: str,
    name: str,
    at: float,
    resource: Resource[Any] = DEPLOYMENTS,
) -> tuple[int, bool]:
    """Replaces all pods, as `kubectl rollout restart` does. `at` names the restart: twice is once."""
    stamp = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def change(workload: Workload) -> dict[str, Any] | None:
        if isinstance(workload, Deployment) and workload.spec.paused:
            raise CockpitError(
                f"The Deployment {name} is paused, and a restart would wait until it is resumed.",
                hint=f"Resume it first: kubectl rollout resume deployment/{name}",
            )
        annotations = workload.spec.template.metadata.annotations
        if annotations.get(RESTARTED_AT) == stamp:
            return None
        return {"template": {"metadata": {"annotations": {RESTARTED_AT: stamp}}}}

    return await _change(connection, namespace, name, change, resource)


async def pause(connection: Connection, namespace: str, name: str, paused: bool) -> tuple[int, bool]:
    """Pauses or resumes a Deployment's rollouts. The generation it leaves, and whether anything changed."""

    def change(deployment: Deployment) -> dict[str, Any] | None:
        return None if deployment.spec.paused == paused else {"paused": paused}

    return await _change(connection, namespace, name, change)


async def _change(
    connection: Connection,
    namespace: str,
    name: str,
    change: Callable[[W], dict[str, Any] | None],
    resource: Resource[W] = DEPLOYMENTS,  # type: ignore[assignment]
) -> tuple[int, bool]:
    """Merges what `change` makes of the spec that is there; None: it is as wanted already."""

    async def once() -> tuple[int, bool]:
        workload = await read(connection, resource, namespace, name)
        spec = change(workload)
        if spec is None:
            return workload.metadata.generation, False
        body = {"metadata": {"resourceVersion": workload.metadata.resource_version}, "spec": spec}
        path = resource.path(namespace, name)
        answer = await connection.patch(path, body, OURS, content_type=STRATEGIC)
        return decode(answer.body, resource.type).metadata.generation, True

    return await until_it_stands(name, once)


async def delete_deployment(connection: Connection, namespace: str, name: str) -> bool:
    """Asks for a Deployment's deletion, its pods with it. False when there is none."""
    try:
        await connection.delete(DEPLOYMENTS.path(namespace, name), {"propagationPolicy": "Foreground"})
    except Absent:
        return False
    return True


async def apply_secret(
    connection: Connection, namespace: str, name: str, data: dict[str, str]
) -> tuple[str, ...]:
    """Creates or updates a Secret by server-side apply. Values are only ever in the request's body.

    Returns the fields that another field manager held and that are ours now, in the server's words.
    """
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "type": "Opaque",
        "data": encoded,
    }
    try:
        await apply_object(connection, SECRETS, namespace, body, force=False)
    except Conflict as problem:
        # Made by kubectl before, or by us under another name: what the checklist says holds, and is told.
        await apply_object(connection, SECRETS, namespace, body)
        return problem.causes or (problem.message,)
    return ()


async def apply_object(
    connection: Connection,
    resource: Resource[Any],
    namespace: str,
    body: dict[str, Any],
    *,
    dry_run: bool = False,
    force: bool = True,
) -> dict[str, Any]:
    """Server-side apply of one object; with `force` our fields become ours. What the server made of it."""
    query: dict[str, str | int | bool] = {**OURS, "force": force}
    if dry_run:
        query["dryRun"] = "All"
    path = resource.path(namespace, str(body["metadata"]["name"]))
    answer = await connection.patch(path, body, query, content_type=APPLY)
    return decode(answer.body, dict[str, Any])
