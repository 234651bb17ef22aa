"""How far the rollout of a StatefulSet or a DaemonSet is.

Source: `StatefulSetStatusViewer` and `DaemonSetStatusViewer` in
kubectl/pkg/polymorphichelpers/rollout_status.go. kubectl refuses the OnDelete strategy; here it is counted.
"""

from collections.abc import Iterable, Sequence

from alfred_tui.cluster.objects.ownership import images_of, live_pods_of
from alfred_tui.cluster.objects.partial import DaemonSet, Pod, StatefulSet, UpdateStrategy
from alfred_tui.cluster.objects.pod_status import condition_is_true, epoch
from alfred_tui.domain.cluster.workloads import RolloutPhase, RolloutView

CONTROLLER_REVISION = "controller-revision-hash"


def _split(uid: str, revision: str, pods: Iterable[Pod]) -> tuple[list[Pod], list[Pod]]:
    """Its pods of that revision, and the others."""
    own = live_pods_of(uid, pods)
    new = [pod for pod in own if revision and pod.metadata.labels.get(CONTROLLER_REVISION) == revision]
    return new, [pod for pod in own if pod not in new]


def _running_images(pods: Iterable[Pod]) -> dict[str, str]:
    return {one.name: one.image for pod in pods for one in (*pod.spec.containers, *pod.spec.init_containers)}


def stateful_set_rollout(sts: StatefulSet, pods: Sequence[Pod]) -> tuple[RolloutView, Sequence[Pod]]:
    """The StatefulSet as a row, and the pods of its newest revision."""
    meta, status = sts.metadata, sts.status
    desired = 1 if sts.spec.replicas is None else sts.spec.replicas
    new, old = _split(meta.uid, status.update_revision, pods)
    phase, message = _stateful_set_phase(sts)
    view = RolloutView(
        kind="StatefulSet",
        namespace=meta.namespace,
        name=meta.name,
        phase=phase,
        message=message,
        desired=desired,
        updated=status.updated_replicas,
        ready=status.ready_replicas,
        available=status.available_replicas,
        replicas=status.replicas,
        generation=meta.generation,
        observed=status.observed_generation,
        images=images_of(sts.spec.template),
        from_images=_running_images(old),
        newest=status.update_revision,
        on_delete=sts.spec.update_strategy.type == "OnDelete",
        kept=min(desired, _partition(sts.spec.update_strategy)),
        one_by_one=sts.spec.pod_management_policy != "Parallel",
    )
    return view, new


def blocked_by(sts: StatefulSet, pods: Iterable[Pod]) -> list[Pod]:
    """Pods of an older revision that are not ready, and for which the controller waits for ever.

    With OrderedReady it does nothing more while any pod is not ready, and so does not replace the one that a
    new template would mend: `processReplica` in kubernetes/pkg/controller/statefulset/
    stateful_set_control.go; "Forced rollback" in Kubernetes' page on StatefulSets.
    """
    if sts.spec.pod_management_policy == "Parallel" or sts.spec.update_strategy.type == "OnDelete":
        return []
    _, old = _split(sts.metadata.uid, sts.status.update_revision, pods)
    return [pod for pod in old if not condition_is_true(pod, "Ready")]


def kept_by_partition(sts: StatefulSet, pod: Pod) -> bool:
    """Whether the pod has the revision before, and gets it again when it is deleted: its ordinal is below
    the partition (`newVersionedStatefulSetPod` in pkg/controller/statefulset/stateful_set_utils.go)."""
    ordinal = pod.metadata.name.rpartition("-")[2]
    above = sts.spec.ordinals.start + _partition(sts.spec.update_strategy)
    return ordinal.isdigit() and int(ordinal) < above


def _partition(strategy: UpdateStrategy) -> int:
    rolling = strategy.rolling_update if strategy.type != "OnDelete" else None
    return (rolling.partition if rolling is not None else 0) or 0


def _stateful_set_phase(sts: StatefulSet) -> tuple[RolloutPhase, str]:
    spec, status = sts.spec, sts.status
    desired = 1 if spec.replicas is None else spec.replicas
    if status.observed_generation == 0 or sts.metadata.generation > status.observed_generation:
        return "progressing", "Waiting for statefulset spec update to be observed..."
    if spec.update_strategy.type == "OnDelete" and status.updated_replicas < desired:
        left = desired - status.updated_replicas
        return (
            "progressing",
            f"{left} of {desired} pods run the old revision until they are deleted (OnDelete).",
        )
    if status.ready_replicas < desired:
        return "progressing", f"Waiting for {desired - status.ready_replicas} pods to be ready..."
    if status.replicas > desired:
        # kubectl calls this done, but what is being stopped still serves.
        return "progressing", f"Waiting for {status.replicas - desired} pods to be terminated..."
    if spec.update_strategy.type == "OnDelete":
        # With this strategy the controller never moves its current revision on.
        return "complete", f"{status.updated_replicas} pods run revision {status.update_revision} (OnDelete)."
    rolling = spec.update_strategy.rolling_update
    if rolling is not None:
        wanted = desired - (rolling.partition or 0)
        if status.updated_replicas < wanted:
            return "progressing", (
                f"Waiting for partitioned roll out to finish: {status.updated_replicas} out of {wanted} "
                "new pods have been updated..."
            )
        return (
            "complete",
            f"partitioned roll out complete: {status.updated_replicas} new pods have been updated...",
        )
    if status.update_revision != status.current_revision and status.updated_replicas < desired:
        return "progressing", (
            f"waiting for statefulset rolling update to complete {status.updated_replicas} pods at revision "
            f"{status.update_revision}..."
        )
    return "complete", (
        f"statefulset rolling update complete {status.current_replicas} pods at revision "
        f"{status.current_revision}..."
    )


def daemon_set_rollout(daemon: DaemonSet, pods: Sequence[Pod]) -> tuple[RolloutView, Sequence[Pod]]:
    """The DaemonSet as a row, and the pods of its newest revision."""
    meta, status = daemon.metadata, daemon.status
    revision = _newest_revision(daemon, pods)
    new, old = _split(meta.uid, revision, pods)
    phase, message = _daemon_set_phase(daemon)
    view = RolloutView(
        kind="DaemonSet",
        namespace=meta.namespace,
        name=meta.name,
        phase=phase,
        message=message,
        desired=status.desired_number_scheduled,
        updated=status.updated_number_scheduled,
        ready=status.number_ready,
        available=status.number_available,
        replicas=status.current_number_scheduled,
        generation=meta.generation,
        observed=status.observed_generation,
        images=images_of(daemon.spec.template),
        from_images=_running_images(old) if phase != "complete" else {},
        newest=revision,
        on_delete=daemon.spec.update_strategy.type == "OnDelete",
    )
    return view, new


def _newest_revision(daemon: DaemonSet, pods: Iterable[Pod]) -> str:
    """The revision of the youngest pod that runs the current images: a DaemonSet's status does not name it,
    but says when there is no pod of it yet, which images alone do not (a change of the environment)."""
    if daemon.metadata.generation > daemon.status.observed_generation:
        return ""
    if not daemon.status.updated_number_scheduled:
        return ""
    wanted = images_of(daemon.spec.template)
    own = live_pods_of(daemon.metadata.uid, pods)
    matching = [pod for pod in own if _running_images([pod]) == wanted]
    newest = max(matching, key=lambda pod: epoch(pod.metadata.creation_timestamp), default=None)
    return newest.metadata.labels.get(CONTROLLER_REVISION, "") if newest else ""


def _daemon_set_phase(daemon: DaemonSet) -> tuple[RolloutPhase, str]:
    status, name = daemon.status, daemon.metadata.name
    desired, updated = status.desired_number_scheduled, status.updated_number_scheduled
    if daemon.metadata.generation > status.observed_generation:
        return "progressing", "Waiting for daemon set spec update to be observed..."
    if daemon.spec.update_strategy.type == "OnDelete" and updated < desired:
        left = desired - updated
        return (
            "progressing",
            f"{left} of {desired} pods run the old revision until they are deleted (OnDelete).",
        )
    waiting = f'Waiting for daemon set "{name}" rollout to finish:'
    if updated < desired:
        return "progressing", f"{waiting} {updated} out of {desired} new pods have been updated..."
    if status.number_available < desired:
        return (
            "progressing",
            f"{waiting} {status.number_available} of {desired} updated pods are available...",
        )
    return "complete", f'daemon set "{name}" successfully rolled out'
