"""What a pod spec names: ConfigMaps, Secrets and claims, each with what it takes of them.

From the fields of the API's PodSpec, `core/v1`: `env`, `envFrom`, `volumes`, `imagePullSecrets`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

_FROM = {
    "configMapRef": ("ConfigMap", "name"),
    "configMapKeyRef": ("ConfigMap", "name"),
    "configMap": ("ConfigMap", "name"),
    "secretRef": ("Secret", "name"),
    "secretKeyRef": ("Secret", "name"),
    "secret": ("Secret", "secretName"),
    "persistentVolumeClaim": ("PersistentVolumeClaim", "claimName"),
}
"""Field → the kind that it names, and under which key. A projected volume says `name` also of a Secret."""


class Reference(NamedTuple):
    """One place in which an object is named."""

    kind: str
    name: str
    use: str
    """What for, in words: `DATABASE_URL of api (key database-url)`."""
    keys: tuple[str, ...] = ()
    """Keys that it must have; none: any will do."""
    optional: bool = False


def references(spec: Mapping[str, Any]) -> Iterator[Reference]:
    """All of a pod spec, in its order; one that is named in several places comes as often."""
    for container in (*_all(spec, "initContainers"), *_all(spec, "containers")):
        whose = container.get("name", "")
        for one in _all(container, "envFrom"):
            yield from _named(one, f"environment of {whose}")
        for one in _all(container, "env"):
            yield from _named(one.get("valueFrom"), f"{one.get('name', '')} of {whose}")
    for volume in _all(spec, "volumes"):
        use = f"volume {volume.get('name', '')}"
        yield from _named(volume, use)
        for one in _all(volume.get("projected") or {}, "sources"):
            yield from _named(one, use)
    for one in _all(spec, "imagePullSecrets"):
        if one.get("name"):
            yield Reference("Secret", one["name"], "image pull", optional=True)


def _all(parent: Mapping[str, Any], field: str) -> Sequence[Mapping[str, Any]]:
    return parent.get(field) or ()


def _named(parent: Mapping[str, Any] | None, use: str) -> Iterator[Reference]:
    for field, (kind, key) in _FROM.items():
        one = (parent or {}).get(field)
        name = (one.get(key) or one.get("name")) if one else None
        if not one or not name:
            continue
        keys = (one["key"],) if "key" in one else tuple(item["key"] for item in _all(one, "items"))
        told = f" (key {', '.join(keys)})" if keys else ""
        yield Reference(kind, name, f"{use}{told}", keys, bool(one.get("optional")))
