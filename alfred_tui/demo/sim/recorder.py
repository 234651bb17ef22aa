"""Events: what the cluster's components tell of their work, repeated ones counted up instead of repeated."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count

from alfred_tui.demo.kube.objects import Obj, clone, timestamp
from alfred_tui.demo.kube.store import Store
from alfred_tui.demo.sim.correlation import Correlator
from alfred_tui.demo.sim.kinds import EVENTS

TIME_TO_LIVE = 3600.0
"""Seconds after its last occurrence for which an event is kept, as in Kubernetes."""

_SCHEDULER = "default-scheduler"


class Recorder:
    """Writes events into the store. `now` gives epoch seconds."""

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now
        self._known: dict[tuple[str, ...], tuple[str, str]] = {}
        self._order = count()
        self._correlator = Correlator()

    def normal(self, about: Obj, component: str, reason: str, message: str) -> None:
        self._record(about, ("Normal", component, "", reason, message, ""))

    def warning(self, about: Obj, component: str, reason: str, message: str) -> None:
        self._record(about, ("Warning", component, "", reason, message, ""))

    def kubelet(self, kind: str, pod: Obj, reason: str, message: str, container: str = "") -> None:
        """An event of the kubelet of the pod's node; `kind` is Normal or Warning."""
        field = f"spec.containers{{{container}}}" if container else ""
        self._record(pod, (kind, "kubelet", pod["spec"]["nodeName"], reason, message, field))

    def scheduler(self, kind: str, pod: Obj, reason: str, message: str, action: str) -> None:
        """An event in the scheduler's newer form: eventTime and series instead of counts."""
        key = (pod["metadata"]["uid"], kind, _SCHEDULER, "", reason, message, "")
        old = self._repeated(key)
        moment = datetime.fromtimestamp(self._now(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        if old is not None:
            new = clone(old)
            times = old.get("series", {}).get("count", 1) + 1
            new["series"] = {"count": times, "lastObservedTime": moment}
            self._store.update(EVENTS, new)
            return
        body: Obj = {
            "reason": reason,
            "message": message,
            "source": {},
            "firstTimestamp": None,
            "lastTimestamp": None,
            "type": kind,
            "eventTime": moment,
            "action": action,
            "reportingComponent": _SCHEDULER,
            "reportingInstance": f"{_SCHEDULER}-control-plane",
        }
        self._create(key, pod, body, "")

    def forget(self, event: Obj) -> None:
        """Drops what is remembered of an event that is gone."""
        place = (event["metadata"]["namespace"], event["metadata"]["name"])
        self._known = {key: known for key, known in self._known.items() if known != place}

    def _record(self, about: Obj, what: tuple[str, str, str, str, str, str]) -> None:
        kind, component, host, reason, message, field = what
        uid, now = about["metadata"]["uid"], self._now()
        key: tuple[str, ...] = (uid, *what)
        group = (uid, kind, component, host, reason)
        if self._correlator.is_one_of_many(group, message, now):
            key, message = group, f"(combined from similar events): {message}"
        if not self._correlator.allows((uid, kind, component, host), now):
            return
        old = self._repeated(key)
        stamp = timestamp(now)
        if old is not None:
            counted = {"count": old["count"] + 1, "lastTimestamp": stamp, "message": message}
            self._store.update(EVENTS, {**clone(old), **counted})
            return
        body = {
            "reason": reason,
            "message": message,
            "source": {"component": component, **({"host": host} if host else {})},
            "firstTimestamp": stamp,
            "lastTimestamp": stamp,
            "count": 1,
            "type": kind,
            "eventTime": None,
            "reportingComponent": component,
            "reportingInstance": host,
        }
        self._create(key, about, body, field)

    def _repeated(self, key: tuple[str, ...]) -> Obj | None:
        known = self._known.get(key)
        return None if known is None else self._store.get(EVENTS, *known)

    def _create(self, key: tuple[str, ...], about: Obj, body: Obj, field: str) -> None:
        meta = about["metadata"]
        namespace = meta.get("namespace", "default")
        involved = {
            "kind": about["kind"],
            **({"namespace": meta["namespace"]} if "namespace" in meta else {}),
            "name": meta["name"],
            "uid": meta["uid"],
            "apiVersion": about["apiVersion"],
            "resourceVersion": meta["resourceVersion"],
            **({"fieldPath": field} if field else {}),
        }
        # Kubernetes ends the name with the nanosecond; the count keeps two in one moment apart.
        name = f"{meta['name']}.{int(self._now() * 1e9) + next(self._order):x}"
        event = {
            "kind": "Event",
            "apiVersion": "v1",
            "metadata": {"name": name, "namespace": namespace},
            "involvedObject": involved,
            **body,
        }
        self._store.create(EVENTS, event)
        self._known[key] = (namespace, name)
