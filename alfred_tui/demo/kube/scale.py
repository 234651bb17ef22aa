"""The scale subresource: how many pods a workload wants, without the rest of it."""

from alfred_tui.demo.kube.errors import invalid, invalid_value
from alfred_tui.demo.kube.kinds import Kind
from alfred_tui.demo.kube.objects import Obj, clone
from alfred_tui.demo.kube.selectors import selector_text

SCALE = Kind("autoscaling", "v1", "scales", "Scale", "scale")
_IDENTITY = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def scale_of(obj: Obj) -> Obj:
    """The autoscaling/v1 Scale of a workload; as in Kubernetes, no replicas are wanted where none stand."""
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    wanted = spec.get("replicas", 1)
    selector = spec.get("selector") or {}
    # A replication controller's selector is a bare map of labels.
    if "matchLabels" not in selector and "matchExpressions" not in selector:
        selector = {"matchLabels": selector}
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {name: obj["metadata"][name] for name in _IDENTITY if name in obj["metadata"]},
        "spec": {"replicas": wanted} if wanted else {},
        "status": {"replicas": status.get("replicas", 0), "selector": selector_text(selector)},
    }


def with_scale(obj: Obj, scale: Obj) -> Obj:
    """The workload with a Scale's replicas. ApiError 422 for a negative number."""
    wanted = (scale.get("spec") or {}).get("replicas", 0)
    if wanted < 0:
        cause = invalid_value("spec.replicas", wanted, "must be greater than or equal to 0")
        raise invalid("autoscaling", "Scale", obj["metadata"]["name"], [cause])
    new: Obj = clone(obj)
    new["spec"]["replicas"] = wanted
    version = (scale.get("metadata") or {}).get("resourceVersion")
    new["metadata"].pop("resourceVersion", None)
    if version:
        new["metadata"]["resourceVersion"] = version
    return new
