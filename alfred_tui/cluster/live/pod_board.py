"""All pods as rows, each made again only when something that it tells has changed.

Rows are the same objects while nothing about them changed, so that what draws them can compare by identity.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from alfred_tui.cluster.diagnosis.last_words import LastWords
from alfred_tui.cluster.diagnosis.pods import diagnose
from alfred_tui.cluster.objects.ownership import controller_uid
from alfred_tui.cluster.objects.partial import Event, Node, Pod, ReplicaSet
from alfred_tui.cluster.objects.pod_status import epoch, shown
from alfred_tui.cluster.store.kind_store import Change, Key, drop
from alfred_tui.domain.cluster.workloads import Diagnosis
from alfred_tui.domain.cluster.workloads import Pod as Row
from alfred_tui.domain.run.redacted import told_without

RETOLD = 300
"""How many unsettled rows are looked at again in one go: some sentences depend on the time alone."""


def node_is_ready(node: Node) -> bool:
    """By its Ready condition; Unknown (nobody has heard of it) is not ready."""
    return any(one.type == "Ready" and one.status == "True" for one in node.status.conditions)


class PodBoard:
    """Rows by namespace and name. `began_at` is when the run began, 0 when there is none.

    `last_words` adds to diagnoses what crashed containers wrote last.
    """

    def __init__(
        self,
        now: Callable[[], float],
        began_at: float = 0.0,
        last_words: LastWords | None = None,
        hide: Callable[[str], str] = str,
    ) -> None:
        self.rows: dict[Key, Row] = {}
        self.diagnoses: dict[str, Diagnosis] = {}
        """Of unwell pods, by uid."""
        self.touched: set[str] = set()
        """Uids of controllers whose pods changed since somebody emptied this."""
        self.counting = False
        """Whether pods that come now are new to the run: their restarts then all count as new."""
        self.uncounted: set[str] = set()
        """Uids of pods that had restarted in the run before they were seen: at least as often as is told."""
        self._now = now
        self._began_at = began_at
        self._last_words = last_words
        self._hide = hide
        self._pods: dict[Key, Pod] = {}
        self._keys: dict[str, Key] = {}
        self._by_controller: dict[str, dict[Key, Pod]] = {}
        self._events: dict[str, dict[Key, Event]] = {}
        self._claim_events: dict[Key, dict[Key, Event]] = {}
        self._nodes: dict[str, bool] = {}
        self._owners: dict[str, str] = {}
        self._unsettled: dict[Key, None] = {}
        self._restarts_before: dict[str, int] = {}

    def pod(self, key: Key) -> Pod | None:
        """The pod of that namespace and name."""
        return self._pods.get(key)

    def pods_of(self, uid: str) -> Sequence[Pod]:
        """The pods that the controller with that uid has."""
        return list(self._by_controller.get(uid, {}).values())

    def pods(self, changes: Iterable[Change[Pod]]) -> bool:
        """Takes changed pods. Whether any row changed: most of what a controller writes is not shown."""
        told = False
        for key, old, new in changes:
            if old is not None:
                self._forget(key, old, new)
            told |= self._take(key, new) if new is not None else True
        return told

    def _forget(self, key: Key, old: Pod, new: Pod | None) -> None:
        uid = old.metadata.uid
        owner = controller_uid(old.metadata)
        self.touched.add(owner)
        drop(self._by_controller, owner, key)
        if new is None or new.metadata.uid != uid:
            for known in (self._keys, self._restarts_before, self.diagnoses, self._events):
                known.pop(uid, None)
            self.uncounted.discard(uid)
            if self._last_words is not None:
                self._last_words.forget(uid)
        if new is None:
            self._pods.pop(key, None)
            self.rows.pop(key, None)
            self._unsettled.pop(key, None)

    def _take(self, key: Key, pod: Pod) -> bool:
        self._pods[key] = pod
        self._keys[pod.metadata.uid] = key
        self._by_controller.setdefault(controller_uid(pod.metadata), {})[key] = pod
        return self._tell(key)

    def events(self, changes: Iterable[Change[Event]]) -> bool:
        """Takes changed warnings. Whether any row changed."""
        about: set[Key] = set()
        for key, old, new in changes:
            self._claim_event(key, old, new)
            if old is not None:
                drop(self._events, old.involved_object.uid, key)
            if new is not None and new.involved_object.kind == "Pod":
                self._events.setdefault(new.involved_object.uid, {})[key] = new
            subject = new or old
            pod = self._keys.get(subject.involved_object.uid) if subject is not None else None
            if pod is not None:
                about.add(pod)
        return self._tell_all(about)

    def _claim_event(self, key: Key, old: Event | None, new: Event | None) -> None:
        """Why a claim has no volume: a pod that waits for it is looked at again by time alone."""
        for event in (old, new):
            if event is None or event.involved_object.kind != "PersistentVolumeClaim":
                continue
            claim = (event.metadata.namespace, event.involved_object.name)
            if event is new:
                self._claim_events.setdefault(claim, {})[key] = event
            else:
                drop(self._claim_events, claim, key)

    def _events_of(self, pod: Pod) -> list[Event]:
        """Those about it, and about its claims while it has no node."""
        told = list(self._events.get(pod.metadata.uid, {}).values())
        if not pod.spec.node_name and self._claim_events:
            for volume in pod.spec.volumes:
                if (ref := volume.persistent_volume_claim) is not None:
                    told += self._claim_events.get((pod.metadata.namespace, ref.claim_name), {}).values()
        return told

    def replicasets(self, changes: Iterable[Change[ReplicaSet]]) -> None:
        """Takes changed ReplicaSets: through them a pod belongs to its Deployment."""
        for _, old, new in changes:
            if new is None:
                if old is not None:
                    self._owners.pop(old.metadata.uid, None)
                continue
            uid, owner = new.metadata.uid, _top(new.metadata.owner_references)
            if owner and self._owners.get(uid) != owner:
                self._owners[uid] = owner
                for key in self._by_controller.get(uid, ()):
                    self.rows[key] = msgspec.structs.replace(self.rows[key], owner=owner)

    def nodes(self, changes: Iterable[Change[Node]]) -> bool:
        """Takes changed nodes. Whether one came, went, or changed whether it is ready."""
        turned = set()
        for (_, name), _, new in changes:
            ready = node_is_ready(new) if new is not None else False
            if self._nodes.get(name) != ready:
                self._nodes[name] = ready
                turned.add(name)
        if turned:
            self._tell_all([key for key, pod in self._pods.items() if pod.spec.node_name in turned])
        return bool(turned)

    def retell(self) -> bool:
        """Looks again at rows that time alone may change. Whether any did."""
        keys = list(self._unsettled)[:RETOLD]
        changed = False
        for key in keys:
            # To the end of the queue: with more of them than one look takes, each has its turn.
            self._unsettled.pop(key, None)
            changed |= self._tell(key)
        return changed

    def tell_again(self, key: Key) -> bool:
        """Looks again at a pod of which more is known now. Whether its row changed."""
        return key in self._pods and self._tell(key)

    def _tell_all(self, keys: Iterable[Key]) -> bool:
        changed = [self._tell(key) for key in keys]
        return any(changed)

    def _tell(self, key: Key) -> bool:
        pod = self._pods[key]
        row, diagnosis = self._row(pod)
        uid = pod.metadata.uid
        self.touched.add(controller_uid(pod.metadata))
        if diagnosis is None:
            self.diagnoses.pop(uid, None)
        else:
            self.diagnoses[uid] = diagnosis
        if row.well:
            self._unsettled.pop(key, None)
        else:
            self._unsettled[key] = None
        if self.rows.get(key) == row:
            return False
        self.rows[key] = row
        return True

    def _row(self, pod: Pod) -> tuple[Row, Diagnosis | None]:
        meta, spec = pod.metadata, pod.spec
        now = shown(pod)
        diagnosis = diagnose(
            pod,
            self._events_of(pod),
            now=self._now(),
            node_ready=self._nodes.get(spec.node_name),
        )
        if diagnosis is not None and self._last_words is not None:
            diagnosis = self._last_words.added(pod, diagnosis)
        if diagnosis is not None:
            diagnosis = told_without(self._hide, diagnosis)
        labels = meta.labels
        done = pod.status.phase == "Succeeded"
        row = Row(
            namespace=meta.namespace,
            name=meta.name,
            uid=meta.uid,
            status=now.status,
            ready=now.ready,
            containers=now.containers,
            restarts=now.restarts,
            new_restarts=max(0, now.restarts - self._before(pod, now.restarts)),
            created_at=epoch(meta.creation_timestamp),
            node=spec.node_name,
            ip=pod.status.pod_ip,
            owner=self._owner(pod),
            revision=labels.get("pod-template-hash") or labels.get("controller-revision-hash", ""),
            track=labels.get("track", ""),
            labels=labels,
            images=tuple(one.image for one in spec.containers),
            well=diagnosis is None and (done or now.ready == now.containers) and now.status != "Terminating",
            diagnosis=diagnosis,
        )
        return row, diagnosis

    def _before(self, pod: Pod, restarts: int) -> int:
        """How often it had restarted when the run began."""
        uid = pod.metadata.uid
        before = self._restarts_before.get(uid)
        if before is None:
            before = 0 if self.counting else restarts - self._missed(pod, restarts)
            self._restarts_before[uid] = before
        return before

    def _missed(self, pod: Pod, restarts: int) -> int:
        """Restarts since the run began of a pod that is only seen now (a resumed run): at least that many."""
        if not self._began_at:
            return 0
        if epoch(pod.metadata.creation_timestamp) >= self._began_at:
            return restarts
        ends = [one.last_state.terminated for one in pod.status.container_statuses]
        known = sum(1 for end in ends if end is not None and epoch(end.finished_at) >= self._began_at)
        if known:
            self.uncounted.add(pod.metadata.uid)
        return known

    def _owner(self, pod: Pod) -> str:
        known = self._owners.get(controller_uid(pod.metadata))
        return known or _top(pod.metadata.owner_references)


def _top(owners: Iterable[Any]) -> str:
    return next((f"{one.kind}/{one.name}" for one in owners if one.controller), "")
