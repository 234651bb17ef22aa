"""The StatefulSet controller: numbered pods, one after the other, updated from the highest number down."""

from collections.abc import Iterable

from alfred_tui.demo.kube.limits import fill_limits
from alfred_tui.demo.kube.objects import Change, Obj, clone
from alfred_tui.demo.sim.kinds import CLAIMS, PODS, STATEFUL_SETS
from alfred_tui.demo.sim.ownership import claim, controller_of
from alfred_tui.demo.sim.pods import available_at, evict, is_finished, is_ready, is_terminating, new_pod
from alfred_tui.demo.sim.surge import replicas
from alfred_tui.demo.sim.templates import HASH_LABEL, clean_up, current_revision, template_of
from alfred_tui.demo.sim.world import Place, World, place

_COMPONENT = "statefulset-controller"


class StatefulSets:
    """Reconciles StatefulSets."""

    watches = frozenset((STATEFUL_SETS, PODS))

    def __init__(self, world: World) -> None:
        self._world = world

    def touched(self, change: Change) -> Iterable[Place]:
        if change.key == STATEFUL_SETS:
            return [place(change)]
        owner = controller_of(change.obj)
        if owner is None or owner["kind"] != "StatefulSet":
            return []
        return [(change.obj["metadata"]["namespace"], owner["name"])]

    def reconcile(self, namespace: str, name: str) -> float | None:
        store = self._world.store
        one = store.get(STATEFUL_SETS, namespace, name)
        if one is None or "deletionTimestamp" in one["metadata"]:
            return None
        update = current_revision(store, one)["metadata"]["name"]
        current = one.get("status", {}).get("currentRevision") or update
        pods = {_ordinal(pod): pod for pod in claim(store, PODS, one)}
        self._step(one, pods, current, update)
        status = self._status(one, pods, current, update)
        if status != one.get("status"):
            store.update(STATEFUL_SETS, {**clone(one), "status": status}, subresource="status")
        clean_up(store, one, {update, current, *(_revision(one, pod) for pod in pods.values())})
        minimum = one["spec"].get("minReadySeconds", 0)
        now = self._world.now()
        coming = [at for pod in pods.values() if now < (at := available_at(pod, minimum)) < now + 1e6]
        return min(coming, default=None)

    def _step(self, one: Obj, pods: dict[int, Obj], current: str, update: str) -> None:
        """Makes the next missing pod, removes one too many, or updates one; only when the rest is well."""
        wanted, in_order = replicas(one), one["spec"].get("podManagementPolicy") != "Parallel"
        for ordinal in range(wanted):
            pod = pods.get(ordinal)
            if pod is not None and is_finished(pod) and not is_terminating(pod):
                evict(self._world.store, pod)
            elif pod is None:
                self._create(one, ordinal, current, update)
            elif not in_order or (is_ready(pod) and not is_terminating(pod)):
                continue
            if in_order:
                return
        extra = sorted((ordinal for ordinal in pods if ordinal >= wanted), reverse=True)
        for ordinal in extra:
            if not is_terminating(pods[ordinal]):
                self._delete(one, pods[ordinal])
            if in_order:
                return
        if not extra:
            self._update(one, pods, update)

    def _update(self, one: Obj, pods: dict[int, Obj], update: str) -> None:
        strategy = one["spec"].get("updateStrategy") or {}
        if strategy.get("type", "RollingUpdate") != "RollingUpdate":
            return
        partition = (strategy.get("rollingUpdate") or {}).get("partition", 0)
        for ordinal in range(replicas(one) - 1, partition - 1, -1):
            pod = pods.get(ordinal)
            if pod is None or is_terminating(pod):
                return
            if _revision(one, pod) != update:
                self._delete(one, pod)
                return
            if not is_ready(pod):
                return

    def _create(self, one: Obj, ordinal: int, current: str, update: str) -> None:
        store, meta = self._world.store, one["metadata"]
        partition = ((one["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}).get("partition", 0)
        # Above the partition a pod is made anew from the update; below it stays what it was.
        chosen = update if ordinal >= partition else current
        name = f"{meta['name']}-{ordinal}"
        pod = new_pod(one, template_of(store, one, chosen), self._world.random, name)
        labels = pod["metadata"].setdefault("labels", {})
        labels[HASH_LABEL] = chosen
        labels["statefulset.kubernetes.io/pod-name"] = name
        labels["apps.kubernetes.io/pod-index"] = str(ordinal)
        pod["spec"].update(hostname=name, subdomain=one["spec"].get("serviceName", ""))
        for template in one["spec"].get("volumeClaimTemplates") or ():
            self._mount(one, pod, template, name)
        fill_limits(store, pod)
        store.create(PODS, pod)
        message = f"Create Pod {name} in StatefulSet {meta['name']} successful"
        self._world.events.normal(one, _COMPONENT, "SuccessfulCreate", message)

    def _mount(self, one: Obj, pod: Obj, template: Obj, name: str) -> None:
        volume, namespace = template["metadata"]["name"], one["metadata"]["namespace"]
        claimed = f"{volume}-{name}"
        source = {"name": volume, "persistentVolumeClaim": {"claimName": claimed}}
        pod["spec"].setdefault("volumes", []).append(source)
        if self._world.store.get(CLAIMS, namespace, claimed) is None:
            new = {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {"name": claimed, "namespace": namespace, "labels": _labels(one)},
                "spec": clone(template["spec"]),
                "status": {"phase": "Pending"},
            }
            self._world.store.create(CLAIMS, new)

    def _delete(self, one: Obj, pod: Obj) -> None:
        evict(self._world.store, pod)
        name = one["metadata"]["name"]
        message = f"Delete Pod {pod['metadata']['name']} in StatefulSet {name} successful"
        self._world.events.normal(one, _COMPONENT, "SuccessfulDelete", message)

    def _status(self, one: Obj, pods: dict[int, Obj], current: str, update: str) -> Obj:
        # As in Kubernetes, a pod that ends counts among the replicas until it is gone, but for no revision.
        there = list(pods.values())
        live = [pod for pod in there if not is_terminating(pod)]
        minimum, now = one["spec"].get("minReadySeconds", 0), self._world.now()
        updated = sum(_revision(one, pod) == update for pod in live)
        ready = sum(map(is_ready, there))
        if updated == len(there) == ready == replicas(one):
            current = update
        numbers = {
            "readyReplicas": ready,
            "currentReplicas": sum(_revision(one, pod) == current for pod in live),
            "updatedReplicas": updated,
        }
        return {
            "observedGeneration": one["metadata"]["generation"],
            "replicas": len(there),
            **{name: value for name, value in numbers.items() if value},
            "currentRevision": current,
            "updateRevision": update,
            "collisionCount": 0,
            "availableReplicas": sum(available_at(pod, minimum) <= now for pod in there),
        }


def _ordinal(pod: Obj) -> int:
    tail = pod["metadata"]["name"].rpartition("-")[2]
    return int(tail) if tail.isdigit() else -1


def _revision(one: Obj, pod: Obj) -> str:
    """The name of the revision a pod was made from."""
    return str((pod["metadata"].get("labels") or {}).get(HASH_LABEL, one["metadata"]["name"]))


def _labels(one: Obj) -> dict[str, str]:
    return dict(one["spec"]["selector"].get("matchLabels") or {})
