"""The Deployment controller: rolls ReplicaSets over, scales, pauses, and keeps the revision history.

The order of the decisions is that of Kubernetes' deployment controller; what a rollback brings back, when
a deadline is reported and which numbers kubectl shows in between all follow from it.
"""

from collections.abc import Iterable, Sequence

from alfred_tui.demo.kube.objects import Change, Obj, clone
from alfred_tui.demo.kube.store import ApiError
from alfred_tui.demo.sim.conditions import find
from alfred_tui.demo.sim.kinds import DEPLOYMENTS, PODS, REPLICA_SETS
from alfred_tui.demo.sim.ownership import claim, controller_of, owned
from alfred_tui.demo.sim.pods import is_finished
from alfred_tui.demo.sim.progress import (
    PROGRESSING,
    TIMED_OUT,
    condition,
    counted,
    deadline_of,
    has_deadline,
    is_complete,
    progressed,
    with_condition,
)
from alfred_tui.demo.sim.revisions import (
    REVISION,
    annotate,
    new_replica_set,
    newest_of,
    note_sizes,
    oldest_first,
    revision,
)
from alfred_tui.demo.sim.surge import (
    DESIRED,
    available,
    is_rolling,
    max_unavailable,
    new_size,
    proportions,
    replicas,
    room_to_scale_down,
)
from alfred_tui.demo.sim.world import Place, World, place

_COMPONENT = "deployment-controller"


class Deployments:
    """Reconciles Deployments."""

    watches = frozenset((DEPLOYMENTS, REPLICA_SETS, PODS))

    def __init__(self, world: World) -> None:
        self._world = world

    def touched(self, change: Change) -> Iterable[Place]:
        if change.key == DEPLOYMENTS:
            return [place(change)]
        owner = controller_of(change.obj)
        if owner is None:
            return []
        namespace = change.obj["metadata"]["namespace"]
        if change.key == REPLICA_SETS:
            return [(namespace, owner["name"])]
        # A Recreate rollout waits for the old pods to be gone.
        if change.type != "DELETED" or owner["kind"] != "ReplicaSet":
            return []
        replica_set = self._world.store.get(REPLICA_SETS, namespace, owner["name"])
        above = controller_of(replica_set) if replica_set is not None else None
        return [(namespace, above["name"])] if above is not None else []

    def reconcile(self, namespace: str, name: str) -> float | None:
        deployment = self._world.store.get(DEPLOYMENTS, namespace, name)
        if deployment is None or "deletionTimestamp" in deployment["metadata"]:
            return None
        return _Rollout(self._world, deployment).run()


class _Rollout:
    """One look at one Deployment."""

    def __init__(self, world: World, deployment: Obj) -> None:
        self._world = world
        self._deployment: Obj = clone(deployment)
        self._sets = {one["metadata"]["name"]: one for one in claim(world.store, REPLICA_SETS, deployment)}

    def run(self) -> float | None:
        """Takes the next step; when to look again for the progress deadline."""
        self._note_pause()
        if self._deployment["spec"].get("paused"):
            self._resize()
            self._clean_up()
        elif self._was_resized():
            self._resize()
        else:
            self._roll() if is_rolling(self._deployment) else self._recreate()
            due = deadline_of(self._deployment, self._deployment.get("status", {}))
            # A second later, since the times in conditions have whole seconds.
            return None if due is None else due + 1
        return None

    # What there is

    def _all(self) -> list[Obj]:
        return oldest_first(list(self._sets.values()))

    def _newest(self) -> Obj | None:
        return newest_of(self._deployment, self._all())

    def _old(self) -> list[Obj]:
        newest = self._newest()
        return [one for one in self._all() if one is not newest]

    # Revisions

    def _sync_revision(self, *, create: bool) -> Obj | None:
        """Finds or makes the newest ReplicaSet and keeps its revision and the Deployment's in step."""
        newest = self._newest()
        number = max((revision(one) for one in self._old()), default=0) + 1
        if newest is None:
            return self._create(number) if create else None
        changed = clone(newest)
        stale = annotate(self._deployment, changed, number, new=False)
        wanted = self._deployment["spec"].get("minReadySeconds", 0)
        if changed["spec"].get("minReadySeconds", 0) != wanted:
            changed["spec"]["minReadySeconds"] = wanted
            stale = True
        if stale:
            return self._keep(self._world.store.update(REPLICA_SETS, changed))
        name = newest["metadata"]["name"]
        noted = self._set_revision(revision(newest))
        if has_deadline(self._deployment) and self._progressing() is None:
            self._set_progressing("True", "FoundNewReplicaSet", f'Found new replica set "{name}"')
            noted = True
        if noted:
            self._write()
        return newest

    def _create(self, number: int) -> Obj | None:
        new = new_replica_set(self._deployment)
        name = new["metadata"]["name"]
        new["spec"]["replicas"] = new_size(self._deployment, [*self._all(), new], new)
        annotate(self._deployment, new, number, new=True)
        try:
            made = self._keep(self._world.store.create(REPLICA_SETS, new))
        except ApiError:
            # The name is taken by a ReplicaSet of another template: count the collision into the hash.
            status = self._deployment.setdefault("status", {})
            status["collisionCount"] = status.get("collisionCount", 0) + 1
            self._write()
            return None
        if replicas(made) > 0:
            self._tell(f"Scaled up replica set {name} from 0 to {replicas(made)}")
        self._set_revision(number)
        if has_deadline(self._deployment):
            self._set_progressing("True", "NewReplicaSetCreated", f'Created new replica set "{name}"')
        self._write()
        return made

    def _set_revision(self, number: int) -> bool:
        notes = self._deployment["metadata"].setdefault("annotations", {})
        if notes.get(REVISION) == str(number):
            return False
        notes[REVISION] = str(number)
        return True

    def _clean_up(self) -> None:
        """Deletes the oldest empty ReplicaSets beyond the history limit."""
        limit = self._deployment["spec"].get("revisionHistoryLimit")
        if limit is None:
            return
        old = sorted((one for one in self._old()), key=revision)
        for one in old[: max(0, len(old) - limit)]:
            status, meta = one.get("status", {}), one["metadata"]
            busy = status.get("replicas", 0) or replicas(one)
            if busy or meta["generation"] > status.get("observedGeneration", 0):
                continue
            self._world.store.delete(REPLICA_SETS, meta["namespace"], meta["name"])
            del self._sets[meta["name"]]

    # Scaling outside a rollout

    def _was_resized(self) -> bool:
        self._sync_revision(create=False)
        wanted = str(replicas(self._deployment))
        notes = [one["metadata"].get("annotations") or {} for one in self._all() if replicas(one) > 0]
        return any(DESIRED in each and each[DESIRED] != wanted for each in notes)

    def _resize(self) -> None:
        newest = self._sync_revision(create=False)
        self._spread(newest)
        self._write(counted(self._deployment, self._all(), self._newest(), self._world.now()))

    def _spread(self, newest: Obj | None) -> None:
        active = [one for one in self._all() if replicas(one) > 0]
        if len(active) <= 1:
            only = active[0] if active else newest or next(reversed(self._all()), None)
            if only is not None and replicas(only) != replicas(self._deployment):
                self._scale(only, replicas(self._deployment))
            return
        if newest is not None and self._is_saturated(newest):
            for one in active:
                if one["metadata"]["name"] != newest["metadata"]["name"]:
                    self._scale(one, 0)
            return
        if is_rolling(self._deployment):
            sizes = proportions(self._deployment, active)
            for name, size in sizes.items():
                self._scale(self._sets[name], size)

    def _is_saturated(self, newest: Obj) -> bool:
        wanted = replicas(self._deployment)
        noted = (newest["metadata"].get("annotations") or {}).get(DESIRED)
        return noted == str(wanted) and replicas(newest) == wanted and available(newest) == wanted

    # Rolling out

    def _roll(self) -> None:
        newest = self._sync_revision(create=True)
        if newest is None:
            return
        if not self._grow(newest) and not self._shrink(newest):
            self._finish()
        self._report()

    def _grow(self, newest: Obj) -> bool:
        wanted = replicas(self._deployment)
        if replicas(newest) == wanted:
            return False
        if replicas(newest) > wanted:
            return self._scale(newest, wanted)
        return self._scale(newest, new_size(self._deployment, self._all(), newest))

    def _shrink(self, newest: Obj) -> bool:
        old = [one for one in self._old() if replicas(one) > 0]
        room = room_to_scale_down(self._deployment, self._all(), newest) if old else 0
        if room <= 0:
            return False
        unhealthy = self._drop_unhealthy(old, room)
        fewest = replicas(self._deployment) - max_unavailable(self._deployment)
        spare = sum(available(one) for one in self._all()) - fewest
        dropped = unhealthy
        for one in (one for one in self._old() if replicas(one) > 0):
            if spare <= 0:
                break
            count = min(replicas(one), spare)
            spare -= count
            dropped += count
            self._scale(one, replicas(one) - count)
        return dropped > 0

    def _drop_unhealthy(self, old: Sequence[Obj], room: int) -> int:
        """Old pods that are not available go first: nobody loses anything by it."""
        dropped = 0
        for one in old:
            count = min(room - dropped, replicas(one) - available(one))
            if count > 0:
                self._scale(one, replicas(one) - count)
                dropped += count
        return dropped

    def _recreate(self) -> None:
        self._sync_revision(create=False)
        active = [one for one in self._old() if replicas(one) > 0]
        for one in active:
            self._scale(one, 0)
        if not active and not self._old_pods():
            newest = self._sync_revision(create=True)
            if newest is not None:
                self._scale(newest, replicas(self._deployment))
            self._finish()
        self._report()

    def _old_pods(self) -> bool:
        store = self._world.store
        return any(not is_finished(pod) for one in self._old() for pod in owned(store, PODS, one))

    def _finish(self) -> None:
        if is_complete(self._deployment, self._deployment.get("status", {})):
            self._clean_up()

    def _report(self) -> None:
        self._write(progressed(self._deployment, self._all(), self._newest(), self._world.now()))

    # Writing

    def _scale(self, one: Obj, size: int) -> bool:
        old = replicas(one)
        changed = clone(one)
        changed["spec"]["replicas"] = size
        if not note_sizes(self._deployment, changed) and size == old:
            return False
        self._keep(self._world.store.update(REPLICA_SETS, changed))
        if size == old:
            return False
        direction = "up" if size > old else "down"
        name = one["metadata"]["name"]
        self._tell(f"Scaled {direction} replica set {name} from {old} to {size}")
        return True

    def _keep(self, replica_set: Obj) -> Obj:
        self._sets[replica_set["metadata"]["name"]] = replica_set
        return replica_set

    def _tell(self, message: str) -> None:
        self._world.events.normal(self._deployment, _COMPONENT, "ScalingReplicaSet", message)

    def _progressing(self) -> Obj | None:
        return find(self._deployment.get("status", {}).get("conditions", ()), PROGRESSING)

    def _set_progressing(self, status: str, reason: str, message: str) -> None:
        held = self._deployment.setdefault("status", {})
        new = condition(PROGRESSING, status, reason, message, self._world.now())
        held["conditions"] = with_condition(held.get("conditions", []), new)

    def _note_pause(self) -> None:
        current = self._progressing()
        if not has_deadline(self._deployment) or (current is not None and current["reason"] == TIMED_OUT):
            return
        noted = current is not None and current["reason"] == "DeploymentPaused"
        paused = bool(self._deployment["spec"].get("paused"))
        if paused == noted:
            return
        if paused:
            self._set_progressing("Unknown", "DeploymentPaused", "Deployment is paused")
        else:
            self._set_progressing("Unknown", "DeploymentResumed", "Deployment is resumed")
        self._write()

    def _write(self, status: Obj | None = None) -> None:
        if status is not None:
            self._deployment["status"] = status
        written = self._world.store.update(DEPLOYMENTS, self._deployment, subresource="status")
        self._deployment = clone(written)
