"""Objects for tests: recorded ones, and small ones made by hand in the API's own form."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from alfred_tui.cluster.access.said import saying
from alfred_tui.cluster.objects.partial import Deployment, Event, Pod, ReplicaSet

DATA = Path(__file__).parents[2] / "data" / "kube"
T = TypeVar("T")
Json = dict[str, Any]
_TYPES: dict[str, type[Any]] = {
    "Deployment": Deployment,
    "Pod": Pod,
    "ReplicaSet": ReplicaSet,
    "Event": Event,
}


@cache
def story(name: str) -> tuple[tuple[str, Any], ...]:
    """The watch events of a recorded story: type and decoded object."""
    lines = (DATA / f"{name}.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    return tuple((e["type"], decoded(_TYPES[e["object"]["kind"]], e["object"])) for e in events)


def decoded(kind: type[T], object_: Json, hide: Callable[[str], str] = str) -> T:
    """An object from its plain data, with `hide` applied to what it says."""
    return msgspec.convert(object_, kind, dec_hook=saying(hide))


class Moment:
    """The objects of a story as they were after the write with a resource version."""

    def __init__(self, name: str, version: int) -> None:
        live: dict[tuple[type[Any], str], Any] = {}
        for kind, object_ in story(name):
            if int(object_.metadata.resource_version) > version:
                break
            key = (type(object_), object_.metadata.name)
            if kind == "DELETED":
                live.pop(key, None)
            else:
                live[key] = object_
        self._live = list(live.values())

    def all(self, kind: type[T]) -> list[T]:
        """Objects of a kind."""
        return [one for one in self._live if isinstance(one, kind)]

    @property
    def deployment(self) -> Deployment:
        """The story's one Deployment."""
        return self.all(Deployment)[0]


def make(kind: type[T], *, name: str = "x", **fields: Any) -> T:
    """An object of a kind; `metadata` may leave out name, namespace and uid."""
    metadata = {"name": name, "namespace": "default", "uid": f"uid-{name}", **fields.pop("metadata", {})}
    return decoded(kind, {"metadata": metadata, **fields})


def pod(name: str = "x", **fields: Any) -> Pod:
    """A pod of one container `c` unless `spec` says otherwise."""
    spec = {"containers": [{"name": "c", "image": "registry.local/c:v1"}], **fields.pop("spec", {})}
    return make(Pod, name=name, spec=spec, **fields)


def event(reason: str, message: str, *, about: str = "x", kind: str = "Pod", **fields: Any) -> Event:
    """A warning about an object."""
    involved = {"kind": kind, "name": about, "namespace": "default", "uid": f"uid-{about}"}
    involved.update(fields.pop("involvedObject", {}))
    body = {"type": "Warning", "reason": reason, "message": message, "count": 1, **fields}
    return make(Event, name=f"{about}.{reason}", involvedObject=involved, **body)
