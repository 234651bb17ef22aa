"""The revisions of a StatefulSet or a DaemonSet: ControllerRevisions, each a patch with the whole template.

Source: `rollout history` and `rollout undo` in kubectl/pkg/polymorphichelpers/{history,rollback}.go: the one
with the highest number is the present template's, and a template that comes back is numbered anew.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from alfred_tui.cluster.objects.ownership import controlled_by, images_of
from alfred_tui.cluster.objects.partial import ControllerRevision, DaemonSet, Pod, StatefulSet
from alfred_tui.cluster.objects.pod_status import epoch
from alfred_tui.cluster.rollouts.revisions import CHANGE_CAUSE
from alfred_tui.cluster.rollouts.set_rollouts import CONTROLLER_REVISION
from alfred_tui.domain.cluster.workloads import RevisionView


def revisions_of(uid: str, revisions: Iterable[ControllerRevision]) -> list[ControllerRevision]:
    """Those of the owner with that uid, newest first."""
    own = [one for one in revisions if controlled_by(one.metadata, uid)]
    return sorted(own, key=lambda one: -one.revision)


def set_history(
    workload: StatefulSet | DaemonSet, revisions: Iterable[ControllerRevision], pods: Sequence[Pod]
) -> tuple[RevisionView, ...]:
    """Its revisions, newest first. None is current while the controller has not seen the present spec."""
    own = revisions_of(workload.metadata.uid, revisions)
    seen = workload.status.observed_generation >= workload.metadata.generation
    return tuple(
        RevisionView(
            number=one.revision,
            name=one.metadata.name,
            images=images_of(one.data.spec.template),
            created_at=epoch(one.metadata.creation_timestamp),
            change_cause=one.metadata.annotations.get(CHANGE_CAUSE, ""),
            replicas=sum(_is_of(pod, one) for pod in pods),
            current=seen and one is own[0],
        )
        for one in own
    )


def _is_of(pod: Pod, revision: ControllerRevision) -> bool:
    """A StatefulSet's pods carry the revision's name, a DaemonSet's its hash."""
    label = pod.metadata.labels.get(CONTROLLER_REVISION, "")
    known = (revision.metadata.name, revision.metadata.labels.get(CONTROLLER_REVISION, ""))
    return bool(label) and label in known


def template_of(revision: dict[str, Any]) -> dict[str, Any]:
    """The pod template in a ControllerRevision as it came."""
    template = ((revision.get("data") or {}).get("spec") or {}).get("template") or {}
    return {field: value for field, value in template.items() if field != "$patch"}
