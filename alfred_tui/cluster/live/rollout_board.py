"""All Deployments, StatefulSets and DaemonSets as rows, and when each of their rollouts began."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from alfred_tui.cluster.objects.ownership import Since, controller_uid
from alfred_tui.cluster.objects.partial import Deployment, Event, Pod, ReplicaSet, Workload
from alfred_tui.cluster.objects.pod_status import epoch
from alfred_tui.cluster.rollouts.deployment_rollout import new_replicaset, only_paused_or_resumed
from alfred_tui.cluster.rollouts.progress import assess
from alfred_tui.cluster.store.kind_store import Change, Key, drop
from alfred_tui.domain.cluster.workloads import Diagnosis, RolloutView

Name = tuple[str, str, str]
"""Kind, namespace and name."""


@dataclass
class _Watched:
    """One workload and what was seen of its latest change."""

    workload: Workload
    since: Since = field(default_factory=Since)
    ended_at: float = 0.0
    row: RolloutView | None = None


class RolloutBoard:
    """Rows by kind, namespace and name, made when asked for."""

    def __init__(
        self,
        now: Callable[[], float],
        pods_of: Callable[[str], Sequence[Pod]],
        diagnoses: Mapping[str, Diagnosis],
        hide: Callable[[str], str] = str,
    ) -> None:
        self._now = now
        self._pods_of = pods_of
        self._diagnoses = diagnoses
        self._hide = hide
        self._watched: dict[str, _Watched] = {}
        self._uids: dict[Name, str] = {}
        self._pins: dict[Name, Since] = {}
        self._sets: dict[str, dict[Key, ReplicaSet]] = {}
        self._deployment_of: dict[str, str] = {}
        self._events: dict[str, dict[Key, Event]] = {}
        self._dirty: set[str] = set()

    def workloads(self, changes: Iterable[Change[Any]]) -> None:
        """Takes changed workloads."""
        for _, old, new in changes:
            if old is not None and (new is None or new.metadata.uid != old.metadata.uid):
                self._watched.pop(old.metadata.uid, None)
                self._uids.pop(_name(old), None)
                self._pins.pop(_name(old), None)
                self._dirty.discard(old.metadata.uid)
            if new is not None:
                self._take(new)

    def _take(self, new: Workload) -> None:
        uid = new.metadata.uid
        watched = self._watched.get(uid)
        self._dirty.add(uid)
        if watched is None:
            name = _name(new)
            self._uids[name] = uid
            self._watched[uid] = _Watched(new, since=self._pins.get(name, Since()))
            return
        before, generation = watched.workload, new.metadata.generation
        if generation > before.metadata.generation and not _is_idle_pause(before, new):
            watched.ended_at = 0.0
            # Who pinned this generation and knew when it was made knows it better than who sees it now.
            known = watched.since.changed_at and watched.since == self._pins.get(_name(new))
            if generation > watched.since.generation or not known:
                watched.since = replace(
                    watched.since, changed_at=self._now(), condition_before=_progressing_at(before)
                )
        watched.workload = new

    def pin(self, name: Name, since: Since) -> None:
        """Takes what somebody knows of a workload's latest change: nothing older counts for its row."""
        self._pins[name] = since
        watched = self._watched.get(self._uids.get(name, ""))
        if watched is None:
            return
        seen, generation = watched.since, watched.workload.metadata.generation
        if since.changed_at and (since.generation >= generation or since.changed_at >= seen.changed_at):
            watched.since = since
        elif since.generation > seen.generation:
            # Who only knows which generation counts knows less of the change than was seen here.
            watched.since = replace(seen, generation=since.generation)
        self._dirty.add(watched.workload.metadata.uid)

    def replicasets(self, changes: Iterable[Change[ReplicaSet]]) -> None:
        """Takes changed ReplicaSets."""
        for key, old, new in changes:
            known = new or old
            if known is None:
                continue
            deployment = controller_uid(known.metadata)
            self._dirty.add(deployment)
            if new is None:
                drop(self._sets, deployment, key)
                self._deployment_of.pop(known.metadata.uid, None)
            else:
                self._sets.setdefault(deployment, {})[key] = new
                self._deployment_of[new.metadata.uid] = deployment

    def events(self, changes: Iterable[Change[Event]]) -> bool:
        """Takes changed warnings: those about what creates pods. Whether a row is to be made again."""
        taken = False
        for key, old, new in changes:
            known = new or old
            if known is None or known.involved_object.kind not in ("StatefulSet", "DaemonSet"):
                continue
            taken = True
            uid = known.involved_object.uid
            self._dirty.add(uid)
            if new is None:
                drop(self._events, uid, key)
            else:
                self._events.setdefault(uid, {})[key] = new
        return taken

    def touched(self, controllers: Iterable[str]) -> None:
        """Takes the uids of controllers whose pods changed."""
        self._dirty.update(self._deployment_of.get(uid, uid) for uid in controllers)

    def refresh(self, limit: int | None = None) -> bool:
        """Makes up to `limit` rows again, or all. Whether there are more to make."""
        for uid in list(self._dirty)[:limit]:
            self._dirty.discard(uid)
            watched = self._watched.get(uid)
            if watched is not None:
                self._assess(uid, watched)
        return bool(self._dirty)

    def rows(self) -> tuple[RolloutView, ...]:
        """All rows made so far."""
        return tuple(one.row for one in self._watched.values() if one.row is not None)

    def find(self, kind: str, namespace: str, name: str) -> tuple[Workload, Sequence[ReplicaSet]] | None:
        """A workload and its ReplicaSets, None when it is not here."""
        uid = self._uids.get((kind, namespace, name), "")
        watched = self._watched.get(uid)
        return None if watched is None else (watched.workload, list(self._sets.get(uid, {}).values()))

    def row(self, name: Name) -> tuple[RolloutView | None, bool]:
        """One row as it is at this moment, and whether that differs from what was told last."""
        uid = self._uids.get(name, "")
        watched = self._watched.get(uid)
        if watched is None:
            return None, False
        before = watched.row
        self._dirty.discard(uid)
        self._assess(uid, watched)
        return watched.row, watched.row is not before

    def _assess(self, uid: str, watched: _Watched) -> None:
        sets = list(self._sets.get(uid, {}).values())
        row = self._view(watched.workload, sets, watched.since)
        if row.phase == "complete" and watched.since.changed_at:
            # The condition's time does not move when a rollout only scales; what was seen is what counts.
            watched.ended_at = watched.ended_at or self._now()
            row = msgspec.structs.replace(row, ended_at=watched.ended_at)
        row = msgspec.structs.replace(row, message=self._hide(row.message)) if row.message else row
        if row != watched.row:
            watched.row = row

    def _view(self, workload: Workload, sets: Sequence[ReplicaSet], since: Since) -> RolloutView:
        if isinstance(workload, Deployment):
            newest = new_replicaset(workload, sets)
            controllers = [newest.metadata.uid] if newest is not None else []
        else:
            controllers = [workload.metadata.uid]
        return assess(
            workload,
            sets,
            [pod for uid in controllers for pod in self._pods_of(uid)],
            now=self._now(),
            since=since,
            diagnoses=self._diagnoses,
            events=[event for uid in controllers for event in self._events.get(uid, {}).values()],
        )


def _name(workload: Workload) -> Name:
    return type(workload).__name__, workload.metadata.namespace, workload.metadata.name


def _is_idle_pause(before: Workload, after: Workload) -> bool:
    return (
        isinstance(before, Deployment)
        and isinstance(after, Deployment)
        and only_paused_or_resumed(before, after)
    )


def _progressing_at(workload: Workload) -> float:
    found = (one for one in workload.status.conditions if one.type == "Progressing")
    return next((epoch(one.last_update_time) for one in found), 0.0)
