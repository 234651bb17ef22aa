"""The platform's Kubernetes objects, read from the manifests that the workspace ships.

The cluster is seeded from the same files that `kubectl apply -k` reads later, so that applying a new tag
changes images and nothing else.
"""

import json
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.scenarios import SERVICES

SEEDED_TAG = "2.4.0"
"""What runs before the deployment."""

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

_REGISTRY = "registry.local/"
_CLUSTER_SCOPED = frozenset({"PersistentVolume", "StorageClass"})


def files() -> Traversable:
    """The folder of the workspace's templates."""
    return resources.files("alfred_tui.demo.workspace") / "files"


def service_manifest(service: str) -> str:
    """The YAML documents of one service, without an image tag."""
    template = files().joinpath("infra", "k8s", "base", "service.yaml.in").read_text(encoding="utf-8")
    return template.replace("@SERVICE@", service)


def base_manifests(tag: str) -> list[Obj]:
    """All objects of the production overlay as `kubectl apply -k` would leave them, with `tag` in each image.

    They carry the last-applied annotation, so that a later apply computes a clean three-way patch. The
    caller owns them.
    """
    platform = files().joinpath("infra", "k8s", "base", "platform.yaml").read_text(encoding="utf-8")
    texts = [platform, *(service_manifest(service) for service in SERVICES)]
    return [applied(_tagged(obj, tag)) for text in texts for obj in yaml.safe_load_all(text)]


def canary_manifests() -> list[Obj]:
    """The objects of the canary overlay, as applied."""
    path = files().joinpath("infra", "k8s", "overlays", "prod", "canary", "canary.yaml")
    return [applied(obj) for obj in yaml.safe_load_all(path.read_text(encoding="utf-8"))]


def applied(obj: Obj, namespace: str = "default") -> Obj:
    """The object as client-side apply sends it: in its namespace and with the last-applied annotation."""
    meta: dict[str, Any] = dict(obj["metadata"])
    if obj["kind"] not in _CLUSTER_SCOPED:
        meta.setdefault("namespace", namespace)
    annotations: dict[str, str] = dict(meta.get("annotations", {}))
    # kubectl writes the annotations it found, an empty map where there were none.
    recorded = {**obj, "metadata": {**meta, "annotations": annotations}}
    return {**obj, "metadata": {**meta, "annotations": {**annotations, LAST_APPLIED: _go_json(recorded)}}}


def _tagged(obj: Obj, tag: str) -> Obj:
    if obj["kind"] == "Deployment":
        for container in obj["spec"]["template"]["spec"]["containers"]:
            if container["image"].startswith(_REGISTRY):
                container["image"] = f"{container['image']}:{tag}"
    return obj


def _go_json(value: Obj) -> str:
    """JSON as Go's encoder writes it: sorted keys, no spaces, <, > and & escaped, and a line end."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e") + "\n"
