"""Changes to the cluster, each written so that a repeat is harmless: read, compare, then patch what was read.

Every patch carries the resourceVersion that was read, so that what someone else changed meanwhile is never
overwritten unseen.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from alfred_tui.cluster.access.connect import APPLY, STRATEGIC, Connection
from alfred_tui.cluster.access.errors import Absent, Conflict
from alfred_tui.cluster.objects.ownership import images_of
from alfred_tui.cluster.objects.partial import Deployment, Workload
from alfred_tui.cluster.objects.resources import DEPLOYMENTS, SECRETS, Resource
from alfred_tui.cluster.store.reads import decode, read
from alfred_tui.domain.errors import CockpitError

FIELD_MANAGER = "alfred-cockpit"
RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
R = TypeVar("R")
W = TypeVar("W", bound=Workload)
OURS: dict[str, str | int | bool] = {"fieldManager": FIELD_MANAGER}
_TRIES = 5
_PAUSE = 0.05


def precondition(workload: Workload) -> dict[str, Any]:
    """Answered with a conflict when the object is another one by now."""
    version = workload.metadata.resource_version
    return {"op": "replace", "path": "/metadata/resourceVersion", "value": version}


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
