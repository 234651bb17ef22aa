"""Deletes events an hour after they last happened, as etcd's leases do."""

from collections.abc import Iterable

from alfred_tui.demo.kube.objects import Change, Obj, epoch
from alfred_tui.demo.sim.kinds import EVENTS
from alfred_tui.demo.sim.recorder import TIME_TO_LIVE
from alfred_tui.demo.sim.world import Place, World, place


class EventExpiry:
    """Reconciles events."""

    watches = frozenset((EVENTS,))

    def __init__(self, world: World) -> None:
        self._world = world

    def touched(self, change: Change) -> Iterable[Place]:
        if change.type == "DELETED":
            self._world.events.forget(change.obj)
        # One that is counted up is found to be younger when its first hour is over.
        return [place(change)] if change.type == "ADDED" else []

    def reconcile(self, namespace: str, name: str) -> float | None:
        event = self._world.store.get(EVENTS, namespace, name)
        if event is None:
            return None
        due = _last(event) + TIME_TO_LIVE
        if due > self._world.now():
            return due
        self._world.store.delete(EVENTS, namespace, name)
        return None


def _last(event: Obj) -> float:
    observed = (event.get("series") or {}).get("lastObservedTime")
    latest = observed or event.get("lastTimestamp") or event.get("eventTime")
    return epoch(latest or event["metadata"]["creationTimestamp"])
