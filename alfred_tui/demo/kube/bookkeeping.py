"""What an update may change of an object, and what that does to its generation."""

from alfred_tui.demo.kube.errors import ApiError, conflict, modified_since
from alfred_tui.demo.kube.objects import Key, Obj, clone

DEPLOYMENTS = Key("apps", "deployments")

# Kinds that carry a spec but no generation, and one that has a generation without a spec.
_WITHOUT_GENERATION = frozenset(
    Key("", resource)
    for resource in (
        "services",
        "namespaces",
        "nodes",
        "persistentvolumes",
        "persistentvolumeclaims",
        "resourcequotas",
        "limitranges",
    )
) | {Key("coordination.k8s.io", "leases"), Key("autoscaling", "horizontalpodautoscalers")}
ENDPOINT_SLICES = Key("discovery.k8s.io", "endpointslices")


def has_generation(key: Key, obj: Obj) -> bool:
    """Whether Kubernetes counts the generations of such an object."""
    return key == ENDPOINT_SLICES or ("spec" in obj and key not in _WITHOUT_GENERATION)


PODS = Key("", "pods")
NAMESPACES = Key("", "namespaces")
_ENDED = ("Succeeded", "Failed")


def grace_period(key: Key, obj: Obj, asked: int | None = None) -> int:
    """Seconds an object may take to end: none but a pod that runs, which takes `asked` or its own."""
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    if key != PODS or not spec.get("nodeName") or status.get("phase") in _ENDED:
        return 0
    return int(spec.get("terminationGracePeriodSeconds", 30)) if asked is None else asked


def check_preconditions(key: Key, meta: Obj, old: Obj) -> None:
    """ApiError 409 Conflict when the metadata handed in names another version or another object."""
    version = meta.get("resourceVersion")
    if version and not version.isdecimal():
        raise ApiError(500, "", f'strconv.ParseUint: parsing "{version}": invalid syntax')
    if version and version != old["metadata"]["resourceVersion"]:
        raise modified_since(key, meta["name"])
    uid = meta.get("uid")
    if uid and uid != old["metadata"]["uid"]:
        path = "/".join(filter(None, (key.resource, meta.get("namespace"), meta["name"])))
        why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {old['metadata']['uid']}"
        head = f"StorageError: invalid object, Code: 4, Key: /registry/{path}, ResourceVersion: 0"
        raise conflict(key, meta["name"], f"{head}, AdditionalErrorMsg: {why}")


# What the server owns in the metadata: a client's value of these is ignored.
_OWNED = (
    "uid",
    "creationTimestamp",
    "resourceVersion",
    "generation",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generateName",
)


def with_spec(key: Key, obj: Obj, old: Obj) -> Obj:
    """What an update of the object itself stores: its status and what the server owns stay."""
    new: Obj = clone(obj)
    new.pop("status", None)
    if "status" in old:
        new["status"] = old["status"]
    if key == NAMESPACES and "spec" in old:
        # Its finalizers change by a subresource of their own.
        new["spec"] = clone(old["spec"])
    meta = new["metadata"]
    for field in _OWNED:
        meta.pop(field, None)
        if field in old["metadata"]:
            meta[field] = old["metadata"][field]
    if "generation" in meta and _desired(key, new) != _desired(key, old):
        meta["generation"] += 1
    return new


def _desired(key: Key, obj: Obj) -> Obj:
    """What a change of raises the generation: everything but metadata and status."""
    wanted = {name: value for name, value in obj.items() if name not in ("metadata", "status")}
    if key == PODS:
        # To be given a node is no change of what is desired.
        wanted["spec"] = {name: value for name, value in wanted["spec"].items() if name != "nodeName"}
    if key == DEPLOYMENTS:
        # A Deployment's annotations count too, except those its controller keeps.
        notes = obj["metadata"].get("annotations", {})
        wanted["annotations"] = {
            name: value for name, value in notes.items() if not name.startswith("deployment.kubernetes.io/")
        }
    return wanted


def with_status(key: Key, obj: Obj, old: Obj) -> Obj:
    """What an update of the status stores: everything else stays."""
    new: Obj = {**old, "metadata": dict(old["metadata"])}
    new.pop("status", None)
    if "status" in obj:
        new["status"] = clone(obj["status"])
    meta = obj["metadata"]
    if key == DEPLOYMENTS:
        # As in Kubernetes, where the Deployment controller records the revision with the status.
        new["metadata"].pop("annotations", None)
        if "annotations" in meta:
            new["metadata"]["annotations"] = clone(meta["annotations"])
    if "managedFields" in meta:
        new["metadata"]["managedFields"] = clone(meta["managedFields"])
    return new
