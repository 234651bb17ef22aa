"""Objects the tests create."""

from typing import Any


def deployment(name: str = "web", image: str = "web:1", replicas: int = 2) -> dict[str, Any]:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": name, "image": image}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
    }


def pod(name: str = "p", *, node: str = "node-1", **status: Any) -> dict[str, Any]:
    """A pod as it stands in the store."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": {"app": "web"}},
        "spec": {"nodeName": node, "containers": [{"name": "c", "image": "i:1"}]},
        "status": {"phase": "Running", "containerStatuses": [running()], **status},
    }


def running(restarts: int = 0) -> dict[str, Any]:
    """The status of the pod's container."""
    identity = {"name": "c", "image": "i:1", "imageID": "", "restartCount": restarts}
    return {**identity, "ready": True, "state": {"running": {}}, "lastState": {}}
