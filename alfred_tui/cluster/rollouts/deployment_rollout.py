"""How far a Deployment's rollout is.

Source: `DeploymentStatusViewer` in kubectl/pkg/polymorphichelpers/rollout_status.go, whose conditions and
words are kept; the two places that differ from it say why.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from alfred_tui.cluster.objects.ownership import Since, images_of, live_pods_of
from alfred_tui.cluster.objects.partial import Condition, Deployment, Pod, ReplicaSet
from alfred_tui.cluster.objects.pod_status import epoch
from alfred_tui.domain.cluster.workloads import RolloutPhase, RolloutView

TEMPLATE_HASH = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
_HISTORY = "deployment.kubernetes.io/revision-history"
"""The revisions that a ReplicaSet was before: only one that an undo took up again has it."""
_DONE = "NewReplicaSetAvailable"
"""Why the Progressing condition is true once a rollout is through."""
_DEFAULT_DEADLINE = 600.0


def revision_of(object_: Deployment | ReplicaSet) -> int:
    """The revision in its annotation; 0 when there is none yet."""
    text = object_.metadata.annotations.get(REVISION, "")
    return int(text) if text.isdigit() else 0


def owned(deployment: Deployment, replicasets: Iterable[ReplicaSet]) -> list[ReplicaSet]:
    """Its ReplicaSets, oldest revision first."""
    uid = deployment.metadata.uid
    own = [
        one
        for one in replicasets
        if any(o.controller and o.uid == uid for o in one.metadata.owner_references)
    ]
    return sorted(own, key=revision_of)


def new_replicaset(deployment: Deployment, replicasets: Iterable[ReplicaSet]) -> ReplicaSet | None:
    """The ReplicaSet of the current template, None while the controller has not made or chosen it."""
    if deployment.status.observed_generation < deployment.metadata.generation:
        return None
    revision = revision_of(deployment)
    return next(
        (one for one in owned(deployment, replicasets) if revision and revision_of(one) == revision), None
    )


@dataclass
class _Counts:
    desired: int
    updated: int
    ready: int
    available: int
    replicas: int


def _counts(deployment: Deployment) -> _Counts:
    status = deployment.status
    desired = 1 if deployment.spec.replicas is None else deployment.spec.replicas
    return _Counts(
        desired, status.updated_replicas, status.ready_replicas, status.available_replicas, status.replicas
    )


def only_paused_or_resumed(before: Deployment, after: Deployment) -> bool:
    """Whether nothing but `paused` has changed of a Deployment that had nothing left to roll out."""
    unseen = before.status.observed_generation < before.metadata.generation
    if unseen or before.spec.paused == after.spec.paused:
        return False
    same = msgspec.structs.replace(before.spec, paused=after.spec.paused) == after.spec
    return same and not _deployment_waits(before.metadata.name, _counts(before))


def deployment_rollout(
    deployment: Deployment, replicasets: Sequence[ReplicaSet], pods: Sequence[Pod], now: float, change: Since
) -> tuple[RolloutView, Sequence[Pod]]:
    """The Deployment as a row, and the pods of its newest revision."""
    spec, meta = deployment.spec, deployment.metadata
    counts = _counts(deployment)
    progressing = next((one for one in deployment.status.conditions if one.type == "Progressing"), None)
    phase, message = _deployment_phase(deployment, counts, progressing, now, change)
    newest = new_replicaset(deployment, replicasets)
    before = _before(deployment, newest, replicasets)
    began = max(_made_for_it(newest), change.changed_at)
    # Pausing and resuming renew the condition, too, under other reasons.
    done = phase == "complete" and progressing is not None and progressing.reason == _DONE
    view = RolloutView(
        kind="Deployment",
        namespace=meta.namespace,
        name=meta.name,
        phase=phase,
        message=message,
        desired=counts.desired,
        updated=counts.updated,
        ready=counts.ready,
        available=counts.available,
        replicas=counts.replicas,
        generation=meta.generation,
        observed=deployment.status.observed_generation,
        revision=revision_of(deployment),
        from_revision=revision_of(before) if before else 0,
        images=images_of(spec.template),
        from_images=images_of(before.spec.template) if before else {},
        began_at=began,
        paused=spec.paused,
        ended_at=max(began, epoch(progressing.last_update_time)) if done and progressing else 0.0,
        newest=newest.metadata.labels.get(TEMPLATE_HASH, "") if newest else "",
    )
    return view, live_pods_of(newest.metadata.uid, pods) if newest else ()


def _made_for_it(newest: ReplicaSet | None) -> float:
    """When the newest ReplicaSet was made; 0 for one of an older revision that was taken up again."""
    if newest is None or _HISTORY in newest.metadata.annotations:
        return 0.0
    return epoch(newest.metadata.creation_timestamp)


def _before(
    deployment: Deployment, newest: ReplicaSet | None, replicasets: Sequence[ReplicaSet]
) -> ReplicaSet | None:
    """What it comes from: the highest other revision that still has pods, else the highest other one."""
    others = [one for one in owned(deployment, replicasets) if newest is None or one is not newest]
    if newest is None and not deployment.metadata.generation > deployment.status.observed_generation:
        return None
    running = [one for one in others if one.status.replicas or one.spec.replicas]
    candidates = running or others
    return candidates[-1] if candidates else None


def _deployment_phase(
    deployment: Deployment, counts: _Counts, progressing: Condition | None, now: float, change: Since
) -> tuple[RolloutPhase, str]:
    meta, status = deployment.metadata, deployment.status
    if meta.generation > status.observed_generation:
        return "progressing", "Waiting for deployment spec update to be observed..."
    if (
        progressing is not None
        and progressing.reason == "ProgressDeadlineExceeded"
        and _deadline_is_ours(deployment, progressing, now, change)
    ):
        return "failed", f'deployment "{meta.name}" exceeded its progress deadline'
    waits = _deployment_waits(meta.name, counts)
    if not waits:
        return "complete", f'deployment "{meta.name}" successfully rolled out'
    if deployment.spec.paused:
        return "paused", f"Paused. {waits}"
    return "progressing", waits


def _deadline_is_ours(deployment: Deployment, condition: Condition, now: float, change: Since) -> bool:
    """Whether a passed deadline is about the change that is watched.

    Rolling back to a ReplicaSet that exists leaves the old condition in place until there is progress, and it
    is then read with the new generation. It is believed when it was renewed since, or when the deadline has
    passed once more since our change. Without a known change kubectl's answer holds.
    """
    if not change.changed_at:
        return True
    updated = epoch(condition.last_update_time)
    renewed = updated > (change.condition_before or change.changed_at)
    deadline = deployment.spec.progress_deadline_seconds
    return renewed or now - change.changed_at >= (_DEFAULT_DEADLINE if deadline is None else deadline)


def _deployment_waits(name: str, counts: _Counts) -> str:
    waiting = f'Waiting for deployment "{name}" rollout to finish:'
    if counts.updated < counts.desired:
        return f"{waiting} {counts.updated} out of {counts.desired} new replicas have been updated..."
    if counts.replicas > counts.updated:
        return f"{waiting} {counts.replicas - counts.updated} old replicas are pending termination..."
    if counts.replicas > counts.desired:
        # kubectl calls this done, but a service that is being stopped still serves.
        return f"{waiting} {counts.replicas - counts.desired} replicas are pending termination..."
    if counts.available < counts.updated:
        return f"{waiting} {counts.available} of {counts.updated} updated replicas are available..."
    return ""
