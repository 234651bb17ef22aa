"""One workload in full: pods of its new and of its old revision apart, their troubles, how fast it goes."""

from collections.abc import Iterable, Sequence

import msgspec

from alfred_tui.domain.cluster.workloads import ClusterView, Pod, RolloutView


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """One cause, and how many pods of the new and of the old revision have it."""

    group: str
    sentence: str
    """Of the pod that has had it longest, with its last words."""
    look_at: str
    new: int
    old: int
    began_at: float
    doomed: bool


class WorkloadDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A workload and what is known of its pods."""

    rollout: RolloutView
    new: tuple[Pod, ...] = ()
    old: tuple[Pod, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    """The most pods first."""
    pace: float = 0.0
    """New pods that became ready in a second, since the first of them was made; 0: not known."""
    left: float | None = None
    """Seconds until the rest are, at that pace; None: not known."""


def workload_detail(
    view: ClusterView, kind: str, namespace: str, name: str, now: float
) -> WorkloadDetail | None:
    """The workload as the cluster's view has it; None when it is not there."""
    found = (one for one in view.rollouts if (one.kind, one.namespace, one.name) == (kind, namespace, name))
    rollout = next(found, None)
    if rollout is None:
        return None
    owner = f"{kind}/{name}"
    pods = [one for one in view.pods if one.owner == owner and one.namespace == namespace]
    new = tuple(one for one in pods if is_new(one, rollout))
    old = tuple(one for one in pods if not is_new(one, rollout))
    pace = _pace(rollout, new, now)
    return WorkloadDetail(
        rollout=rollout, new=new, old=old, troubles=troubles(new, old), pace=pace,
        left=_missing(rollout, new) / pace if pace else None,
    )  # fmt: skip


def is_new(pod: Pod, rollout: RolloutView) -> bool:
    """Whether it is a pod of the newest revision."""
    return bool(rollout.newest) and pod.revision == rollout.newest


def ready(pods: Iterable[Pod]) -> int:
    """How many of them are ready."""
    return sum(bool(one.containers) and one.ready == one.containers for one in pods)


def share(rollout: RolloutView) -> float:
    """How much of what it is to replace is replaced and available, from 0 to 1."""
    goal = rollout.desired - rollout.kept
    there = min(rollout.updated, rollout.available - rollout.kept)
    return min(1.0, max(0, there) / goal) if goal > 0 else 1.0


def _missing(rollout: RolloutView, new: Sequence[Pod]) -> int:
    # With OnDelete nobody knows how many somebody will delete.
    return 0 if rollout.on_delete else rollout.desired - rollout.kept - ready(new)


def _pace(rollout: RolloutView, new: Sequence[Pod], now: float) -> float:
    """Known only while it moves by itself and some new pod has become ready: everything else is a guess."""
    missing = _missing(rollout, new)
    # Those from before the change say nothing of how fast it goes: an undo finds pods of its revision there.
    new = [one for one in new if one.created_at > rollout.began_at - 1]
    done, began = ready(new), min((one.created_at for one in new), default=0.0)
    if rollout.phase != "progressing" or not done or not began or now <= began:
        return 0.0
    return done / (now - began) if missing > 0 else 0.0


def troubles(new: Sequence[Pod], old: Sequence[Pod]) -> tuple[Trouble, ...]:
    """The causes for which pods are not well, each once."""
    found: dict[str, list[tuple[Pod, bool]]] = {}
    for pods, is_new_one in ((new, True), (old, False)):
        for pod in pods:
            if pod.diagnosis is not None:
                key = pod.diagnosis.group or pod.diagnosis.cause
                found.setdefault(key, []).append((pod, is_new_one))
    told = [_trouble(group, members) for group, members in found.items()]
    return tuple(sorted(told, key=lambda one: (-(one.new + one.old), one.group)))


def _trouble(group: str, members: Sequence[tuple[Pod, bool]]) -> Trouble:
    diagnoses = [pod.diagnosis for pod, _ in members if pod.diagnosis is not None]
    first = min(diagnoses, key=lambda one: one.began_at or float("inf"))
    return Trouble(
        group=group,
        sentence=first.whole,
        look_at=first.look_at,
        new=sum(new for _, new in members),
        old=sum(not new for _, new in members),
        began_at=first.began_at,
        doomed=any(one.doomed for one in diagnoses),
    )
