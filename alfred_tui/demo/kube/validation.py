"""What objects the API server refuses (422 Invalid), in Kubernetes' words, every problem at once.

The cases a person meets in a deploy window are checked, not every rule Kubernetes has.
"""

import json
from collections.abc import Callable, Collection, Iterator, Sequence

from alfred_tui.demo.kube.errors import (
    ApiError,
    Cause,
    forbidden_value,
    invalid,
    invalid_json,
    invalid_value,
    required,
    unsupported,
)
from alfred_tui.demo.kube.kinds import Kind
from alfred_tui.demo.kube.names import (
    annotation_causes,
    config_key_causes,
    label_causes,
    name_problem,
)
from alfred_tui.demo.kube.networkcheck import ingress_causes, service_causes
from alfred_tui.demo.kube.objects import Key, Obj
from alfred_tui.demo.kube.podcheck import pod_spec_causes
from alfred_tui.demo.kube.policycheck import (
    autoscaler_causes,
    budget_causes,
    claim_causes,
    role_binding_causes,
)
from alfred_tui.demo.kube.selectors import selects

_Check = Callable[[Obj, Obj | None], Iterator[Cause]]

_FINALIZERS = ("kubernetes", "orphan", "foregroundDeletion")
IMMUTABLE = "field is immutable"


def validate(kind: Kind, obj: Obj, old: Obj | None) -> None:
    """ApiError 422 with every problem of an object about to be created or to replace `old`."""
    causes = [*_metadata(kind.key, obj["metadata"]), *_finalizers(obj["metadata"], old)]
    check = _CHECKS.get(kind.key)
    if check is not None:
        causes += check(obj, old)
    if causes:
        meta = obj["metadata"]
        raise invalid(kind.group, kind.kind, meta.get("name") or meta.get("generateName", ""), causes)


def _metadata(key: Key, meta: Obj) -> Iterator[Cause]:
    name = meta.get("name", "")
    if name:
        problem = name_problem(key, name)
        if problem:
            yield invalid_value("metadata.name", name, problem)
    elif not meta.get("generateName"):
        yield required("metadata.name", "name or generateName is required")
    yield from annotation_causes(meta.get("annotations") or {}, "metadata.annotations")
    yield from label_causes(meta.get("labels") or {}, "metadata.labels")
    for at, one in enumerate(meta.get("finalizers") or ()):
        if "/" not in one and one not in _FINALIZERS:
            why = "name is neither a standard finalizer name nor is it fully qualified"
            yield invalid_value(f"metadata.finalizers[{at}]", one, why)
    for owner in meta.get("ownerReferences") or ():
        for field in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(field):
                yield invalid_value(f"metadata.ownerReferences.{field}", "", "must not be empty")


def _finalizers(meta: Obj, old: Obj | None) -> Iterator[Cause]:
    if old is None or "deletionTimestamp" not in old["metadata"]:
        return
    known = old["metadata"].get("finalizers") or ()
    new = [one for one in meta.get("finalizers") or () if one not in known]
    if new:
        listed = ", ".join(json.dumps(one) for one in new)
        why = "no new finalizers can be added if the object is being deleted, found new finalizers"
        yield forbidden_value("metadata.finalizers", f"{why} []string{{{listed}}}")


def not_negative(spec: Obj, field: str, path: str) -> Iterator[Cause]:
    value = spec.get(field)
    if isinstance(value, int) and value < 0:
        yield invalid_value(f"{path}.{field}", value, "must be greater than or equal to 0")


def _template(
    spec: Obj, path: str, restarts: Sequence[str], claimed: Collection[str] = ()
) -> Iterator[Cause]:
    template = spec.get("template") or {}
    yield from label_causes((template.get("metadata") or {}).get("labels") or {}, f"{path}.metadata.labels")
    pod = template.get("spec") or {}
    yield from pod_spec_causes(pod, f"{path}.spec", claimed)
    policy = pod.get("restartPolicy")
    if policy is None:
        yield required(
            f"{path}.spec.restartPolicy", f"valid values: {', '.join(json.dumps(r) for r in restarts)}"
        )
    elif policy not in restarts:
        yield unsupported(f"{path}.spec.restartPolicy", policy, restarts)


def _selected(obj: Obj, old: Obj | None) -> Iterator[Cause]:
    """Workloads that select the pods of their own template."""
    spec = obj.get("spec") or {}
    yield from not_negative(spec, "replicas", "spec")
    selector = spec.get("selector") or {}
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels") or {}
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        yield required("spec.selector")
    elif not selects(selector, labels):
        why = "`selector` does not match template `labels`"
        yield invalid_json("spec.template.metadata.labels", labels, why)
    claims = spec.get("volumeClaimTemplates") or ()
    claimed = {str((one.get("metadata") or {}).get("name", "")) for one in claims}
    yield from _template(spec, "spec.template", ("Always",), claimed)
    if old is not None and selector != old["spec"].get("selector"):
        yield invalid_json("spec.selector", selector, IMMUTABLE)


def _deployment(obj: Obj, old: Obj | None) -> Iterator[Cause]:
    yield from _selected(obj, old)
    spec = obj["spec"]
    for field in ("minReadySeconds", "revisionHistoryLimit"):
        yield from not_negative(spec, field, "spec")
    deadline, ready = spec.get("progressDeadlineSeconds", 600), spec.get("minReadySeconds", 0)
    if deadline <= ready:
        yield invalid_value("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")
    strategy = spec.get("strategy") or {}
    kind = strategy.get("type")
    if kind not in ("Recreate", "RollingUpdate"):
        yield unsupported("spec.strategy.type", kind, ("Recreate", "RollingUpdate"))
    rolling = strategy.get("rollingUpdate")
    if kind == "Recreate" and rolling is not None:
        why = "may not be specified when strategy `type` is 'Recreate'"
        yield forbidden_value("spec.strategy.rollingUpdate", why)
    if kind == "RollingUpdate" and rolling is not None:
        yield from _rolling(rolling)


def _rolling(rolling: Obj) -> Iterator[Cause]:
    path = "spec.strategy.rollingUpdate"
    for field in ("maxUnavailable", "maxSurge"):
        value = rolling.get(field)
        if isinstance(value, str) and not value.removesuffix("%").isdecimal():
            why = (
                "a valid percent string must be a numeric string followed by an ending '%' "
                "(e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
            )
            yield invalid_value(f"{path}.{field}", value, why)
    # A text that is no number counts as none.
    none = [_is_none(rolling.get(field)) for field in ("maxUnavailable", "maxSurge")]
    if all(none):
        yield invalid_value(
            f"{path}.maxUnavailable", rolling["maxUnavailable"], "may not be 0 when `maxSurge` is 0"
        )


def _is_none(value: object) -> bool:
    if isinstance(value, str):
        number = value.removesuffix("%")
        return not number.isdecimal() or int(number) == 0
    return value == 0


def _stateful_set(obj: Obj, old: Obj | None) -> Iterator[Cause]:
    yield from _selected(obj, old)
    if old is None:
        return
    free = (
        "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy", "minReadySeconds", "selector",
    )  # fmt: skip
    fixed = {name: value for name, value in obj["spec"].items() if name not in free}
    if fixed != {name: value for name, value in old["spec"].items() if name not in free}:
        listed = ", ".join(f"'{name}'" for name in free[:-2])
        yield forbidden_value(
            "spec",
            f"updates to statefulset spec for fields other than {listed} and 'minReadySeconds' are forbidden",
        )


def _pod(obj: Obj, old: Obj | None) -> Iterator[Cause]:
    spec = obj.get("spec") or {}
    yield from pod_spec_causes(spec, "spec")
    if old is not None and _fixed(spec) != _fixed(old["spec"]):
        yield forbidden_value(
            "spec",
            "pod updates may not change fields other than `spec.containers[*].image`,"
            "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions "
            "to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it "
            "was previously negative)",
        )


def _fixed(spec: Obj) -> Obj:
    free = ("activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "nodeName")
    kept = {name: value for name, value in spec.items() if name not in free}
    for name in ("containers", "initContainers"):
        if name in kept:
            kept[name] = [{k: v for k, v in item.items() if k != "image"} for item in kept[name]]
    return kept


def _job(obj: Obj, old: Obj | None) -> Iterator[Cause]:
    spec = obj.get("spec") or {}
    for field in ("parallelism", "completions", "backoffLimit", "activeDeadlineSeconds"):
        yield from not_negative(spec, field, "spec")
    yield from _template(spec, "spec.template", ("OnFailure", "Never"))
    if old is None:
        return
    before = old["spec"]
    indexed = spec.get("completionMode") == "Indexed" and spec.get("completions") == spec.get("parallelism")
    if spec.get("completions") != before.get("completions") and not indexed:
        yield invalid_json("spec.completions", spec.get("completions"), IMMUTABLE)
    for field in ("selector", "template", "completionMode"):
        if spec.get(field) != before.get(field):
            yield invalid_json(f"spec.{field}", spec.get(field), IMMUTABLE)


def _cron_job(obj: Obj, old: Obj | None) -> Iterator[Cause]:
    spec = obj.get("spec") or {}
    schedule = str(spec.get("schedule", ""))
    if not schedule:
        yield required("spec.schedule")
    elif not schedule.startswith("@") and len(schedule.split()) != 5:
        why = f"expected exactly 5 fields, found {len(schedule.split())}: [{schedule}]"
        yield invalid_value("spec.schedule", schedule, why)
    policies = ("Allow", "Forbid", "Replace")
    if spec.get("concurrencyPolicy") not in policies:
        yield unsupported("spec.concurrencyPolicy", spec.get("concurrencyPolicy"), policies)
    job = (spec.get("jobTemplate") or {}).get("spec") or {}
    yield from _template(job, "spec.jobTemplate.spec.template", ("OnFailure", "Never"))


def _data(obj: Obj, old: Obj | None) -> Iterator[Cause]:
    yield from config_key_causes(obj.get("data") or {}, "data")
    yield from config_key_causes(obj.get("binaryData") or {}, "binaryData")
    if old is None:
        return
    if old.get("immutable"):
        for field in ("data", "binaryData"):
            if obj.get(field) != old.get(field):
                yield forbidden_value(field, "field is immutable when `immutable` is set")
    if old.get("type") and obj.get("type") != old["type"]:
        yield invalid_value("type", obj.get("type", ""), IMMUTABLE)


_CHECKS: dict[Key, _Check] = {
    Key("", "pods"): _pod,
    Key("", "services"): service_causes,
    Key("", "configmaps"): _data,
    Key("", "secrets"): _data,
    Key("apps", "deployments"): _deployment,
    Key("apps", "replicasets"): _selected,
    Key("apps", "daemonsets"): _selected,
    Key("apps", "statefulsets"): _stateful_set,
    Key("batch", "jobs"): _job,
    Key("batch", "cronjobs"): _cron_job,
    Key("autoscaling", "horizontalpodautoscalers"): autoscaler_causes,
    Key("policy", "poddisruptionbudgets"): budget_causes,
    Key("", "persistentvolumeclaims"): claim_causes,
    Key("networking.k8s.io", "ingresses"): ingress_causes,
    Key("rbac.authorization.k8s.io", "rolebindings"): role_binding_causes,
    Key("rbac.authorization.k8s.io", "clusterrolebindings"): role_binding_causes,
}


def namespace_deletion_problem(namespace: str) -> ApiError | None:
    """The refusal to delete a namespace the cluster cannot do without; None for any other."""
    if namespace not in ("default", "kube-system", "kube-public"):
        return None
    message = f'namespaces "{namespace}" is forbidden: this namespace may not be deleted'
    return ApiError(403, "Forbidden", message, {"name": namespace, "kind": "namespaces"})
