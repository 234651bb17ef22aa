"""metrics.k8s.io: usage as `kubectl top` reads it, computed from the simulation when asked."""

from alfred_tui.demo.kube.errors import ApiError, not_found
from alfred_tui.demo.kube.listing import Lister, ListOptions
from alfred_tui.demo.kube.objects import Key, Obj, timestamp
from alfred_tui.demo.kube.routes import Target
from alfred_tui.demo.kube.sources import UsageSource

GROUP = "metrics.k8s.io"
_WINDOW = "20s"
_KI = 1024


def unavailable() -> ApiError:
    """The aggregator's answer when the metrics server does not."""
    message = "the server is currently unable to handle the request"
    return ApiError(503, "ServiceUnavailable", message, {"retryAfterSeconds": 1})


class Metrics:
    """The usage of the pods and nodes in a store."""

    def __init__(self, lister: Lister, usage: UsageSource) -> None:
        self._lister = lister
        self._usage = usage

    def list(self, target: Target, options: ListOptions, now: float) -> list[Obj]:
        """What is measured of the pods or nodes a target names; ApiError 503 when nothing measures."""
        if not self._usage.available:
            raise unavailable()
        key = Key("", target.kind.resource)
        objects = self._lister.matching(key, target.namespace if target.kind.namespaced else None, options)
        measured = (self._measured(target, obj, now) for obj in objects)
        return [entry for entry in measured if entry is not None]

    def get(self, target: Target, obj: Obj | None, now: float) -> Obj:
        """One pod's or node's usage; ApiError 404 while nothing is measured of it."""
        if not self._usage.available:
            raise unavailable()
        entry = None if obj is None else self._measured(target, obj, now)
        if entry is None:
            raise not_found(target.kind.key, target.name)
        return entry

    def _measured(self, target: Target, obj: Obj, now: float) -> Obj | None:
        meta = obj["metadata"]
        entry: Obj = {
            "metadata": {name: meta[name] for name in ("name", "namespace", "labels") if name in meta},
            "timestamp": timestamp(now),
            "window": _WINDOW,
        }
        entry["metadata"]["creationTimestamp"] = timestamp(now)
        if target.kind.namespaced:
            found = self._usage.pod(meta.get("namespace", ""), meta["name"])
            if found is None:
                return None
            entry["containers"] = [{"name": name, "usage": _usage(*used)} for name, used in found.items()]
            return entry
        node = self._usage.node(meta["name"])
        if node is None:
            return None
        return {**entry, "usage": _usage(*node)}


def _usage(millicores: int, memory: int) -> Obj:
    size = f"{memory // _KI}Ki" if memory % (_KI * _KI) else f"{memory // (_KI * _KI)}Mi"
    return {"cpu": f"{millicores}m", "memory": size}
