"""The way back of a Deployment: to a revision that was pinned, never to whatever was there before."""

from dataclasses import dataclass
from typing import Any

import msgspec

from alfred_tui.cluster.access.connect import JSON_PATCH, Connection
from alfred_tui.cluster.access.errors import Absent
from alfred_tui.cluster.changes.acts import OURS, precondition, until_it_stands
from alfred_tui.cluster.objects.ownership import images_of
from alfred_tui.cluster.objects.partial import Deployment, Workload
from alfred_tui.cluster.objects.pod_status import epoch
from alfred_tui.cluster.objects.resources import DEPLOYMENTS, REPLICA_SETS
from alfred_tui.cluster.rollouts.deployment_rollout import TEMPLATE_HASH, owned, revision_of
from alfred_tui.cluster.rollouts.revisions import CHANGE_CAUSE, plain_template
from alfred_tui.cluster.store.reads import decode, list_all, read_raw
from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.rollback.point import WorkloadPoint


class Gone(CockpitError):
    """There is no such Deployment (any more)."""


class Undone(msgspec.Struct, frozen=True, kw_only=True):
    """What an undo did. `generation` is that of the spec it leaves; a rollout is waited for from there."""

    name: str
    generation: int
    changed: bool
    revision: int
    images: dict[str, str]
    ran: int = 0
    """The revision that it left; 0 when that is not known, or nothing was changed."""
    ran_images: dict[str, str] = {}
    rebuilt: bool = False
    """Whether the history had lost the revision, and the point's own template was put back."""
    resumed: bool = False
    """Whether the Deployment was paused, and the same patch resumed it."""
    condition_before: float = 0.0
    """When the Progressing condition that stood before was renewed last; epoch seconds, 0 for never. What it
    says is about the rollout that was left."""


async def undo(
    connection: Connection,
    point: WorkloadPoint,
    revision: int = 0,
    *,
    resume: bool = False,
    rehearse: bool = False,
) -> Undone:
    """Puts a pinned revision's template back: `revision`, or the point's own. Never the "previous" one. With
    `rehearse` the server goes through all of it, admission too, and changes nothing.

    A paused Deployment is refused, or with `resume` resumed by the same patch, so that it never rolls towards
    what it was paused with. Raises CockpitError when it is refused, or when the revision is neither in the
    history nor in the point, Gone when there is no Deployment; ClusterError otherwise.
    """
    wanted = revision or point.revision

    async def once() -> Undone:
        try:
            raw = await read_raw(connection, DEPLOYMENTS, point.namespace, point.name)
        except Absent as error:
            raise Gone(str(error)) from error
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
        query = {**OURS, "dryRun": "All"} if rehearse else OURS
        answer = await connection.patch(path, patch, query, content_type=JSON_PATCH)
        return _undone(deployment, decode(answer.body, Deployment), point, wanted, found)

    return await until_it_stands(point.name, once)


def change_cause(workload: Workload, cause: str) -> list[dict[str, Any]]:
    """The revision's own change cause; left as it is, the history would give it that of the bad release."""
    path = f"/metadata/annotations/{CHANGE_CAUSE.replace('/', '~1')}"
    if cause and workload.metadata.annotations:
        return [{"op": "add", "path": path, "value": cause}]
    if CHANGE_CAUSE in workload.metadata.annotations:
        return [{"op": "remove", "path": path}]
    return []


@dataclass(frozen=True)
class _Found:
    template: dict[str, Any]
    change_cause: str = ""
    rebuilt: bool = False


def _undone(
    before: Deployment, after: Deployment, point: WorkloadPoint, wanted: int, found: _Found
) -> Undone:
    changed = after.metadata.generation != before.metadata.generation
    return Undone(
        name=point.name,
        generation=after.metadata.generation,
        changed=changed,
        revision=wanted,
        ran=revision_of(before) if changed else 0,
        ran_images=images_of(before.spec.template),
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
