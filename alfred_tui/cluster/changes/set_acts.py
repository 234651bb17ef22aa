"""Going back with a StatefulSet or a DaemonSet: a ControllerRevision's template put back, once."""

from typing import Any

import msgspec

from alfred_tui.cluster.access.connect import JSON_PATCH, Connection
from alfred_tui.cluster.changes.acts import OURS, precondition, until_it_stands
from alfred_tui.cluster.changes.deployment_undo import Undone, change_cause
from alfred_tui.cluster.objects.ownership import images_of
from alfred_tui.cluster.objects.partial import ControllerRevision, DaemonSet, StatefulSet
from alfred_tui.cluster.objects.resources import CONTROLLER_REVISIONS, Resource
from alfred_tui.cluster.rollouts.revisions import CHANGE_CAUSE, plain_template
from alfred_tui.cluster.rollouts.set_revisions import revisions_of, template_of
from alfred_tui.cluster.store.reads import decode, list_all, read_raw
from alfred_tui.domain.errors import CockpitError


async def undo_set(
    connection: Connection, resource: Resource[Any], namespace: str, name: str, revision: int
) -> Undone:
    """Puts the template of a revision back. Raises CockpitError when the history does not hold it,
    ClusterError otherwise."""

    async def once() -> Undone:
        raw = await read_raw(connection, resource, namespace, name)
        workload: StatefulSet | DaemonSet = decode(msgspec.json.encode(raw), resource.type)
        found = await _revision(connection, namespace, name, workload.metadata.uid, revision)
        template = template_of(
            await read_raw(connection, CONTROLLER_REVISIONS, namespace, found.metadata.name)
        )
        if plain_template(raw["spec"]["template"]) == plain_template(template):
            return _undone(workload, workload, revision)
        patch = [
            precondition(workload),
            {"op": "replace", "path": "/spec/template", "value": template},
            *change_cause(workload, found.metadata.annotations.get(CHANGE_CAUSE, "")),
        ]
        answer = await connection.patch(resource.path(namespace, name), patch, OURS, content_type=JSON_PATCH)
        return _undone(workload, decode(answer.body, resource.type), revision)

    return await until_it_stands(name, once)


async def _revision(
    connection: Connection, namespace: str, name: str, uid: str, revision: int
) -> ControllerRevision:
    own = revisions_of(uid, await list_all(connection, CONTROLLER_REVISIONS, namespace))
    found = next((one for one in own if one.revision == revision), None)
    if found is None:
        known = ", ".join(str(one.revision) for one in own) or "none"
        raise CockpitError(
            f"Revision {revision} of {name} is not in its history any more (there are: {known}).",
            hint="Choose one of these.",
        )
    return found


def _undone(before: StatefulSet | DaemonSet, after: StatefulSet | DaemonSet, revision: int) -> Undone:
    return Undone(
        name=after.metadata.name,
        generation=after.metadata.generation,
        changed=after.metadata.generation != before.metadata.generation,
        revision=revision,
        images=images_of(after.spec.template),
    )
