"""Objects the tests of the embedded API share."""

from alfred_tui.demo.kube.store import Obj


def deployment(name: str = "web", image: str = "web:1", **spec: object) -> Obj:
    """A Deployment as somebody writes it."""
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": name, "image": image}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default", "labels": labels},
        "spec": {"selector": {"matchLabels": labels}, "template": template, **spec},
    }


def pod(name: str = "p", namespace: str = "default", **status: object) -> Obj:
    """A pod with one container, as the store has it."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"containers": [{"name": "c", "image": "i:1"}], "nodeName": "node-1"},
        "status": status,
    }


def container(name: str = "c", **state: object) -> Obj:
    """A container's status; `state` may also hold ready, restarts and lastState."""
    ready, restarts = state.pop("ready", False), state.pop("restarts", 0)
    last = state.pop("last", {})
    return {
        "name": name,
        "ready": ready,
        "restartCount": restarts,
        "state": state,
        "lastState": last,
    }
