"""Evictions: the gentle deletion of a pod, refused while its PodDisruptionBudget allows none.

The rules and sentences are those of the pods/eviction subresource of Kubernetes' API server.
"""

from alfred_tui.demo.kube.bookkeeping import PODS
from alfred_tui.demo.kube.deletes import Deleter
from alfred_tui.demo.kube.errors import ApiError, bad_request, not_found
from alfred_tui.demo.kube.objects import Key, Obj, clone, timestamp
from alfred_tui.demo.kube.options import delete_options
from alfred_tui.demo.kube.routes import Target
from alfred_tui.demo.kube.selectors import selects
from alfred_tui.demo.kube.store import Store

BUDGETS = Key("policy", "poddisruptionbudgets")
_UNGUARDED = ("Succeeded", "Failed", "Pending")
_REFUSED = "Cannot evict pod as it would violate the pod's disruption budget."
_AMBIGUOUS = (
    "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
)
_RETRY_AFTER = 10


def evict(store: Store, deleter: Deleter, target: Target, body: Obj, *, dry_run: bool) -> None:
    """Deletes the pod. ApiError 404, 400 for another pod's eviction, 429 when its budget forbids it."""
    pod = store.get(PODS, *target.place)
    options = delete_options(body.get("deleteOptions") or {}, {"dryRun": "All"} if dry_run else {})
    stated = (body.get("metadata") or {}).get("name", "")
    if stated != target.name:
        raise bad_request("name in URL does not match name in Eviction object")
    if pod is None:
        raise not_found(PODS, target.name)
    if not _is_unguarded(pod):
        _take_from_budget(store, pod, dry_run=options.dry_run)
    if not options.dry_run:
        pod = _disrupted(store, pod)
    deleter.delete(target, pod, options)


def _is_unguarded(pod: Obj) -> bool:
    """Whether the pod does not serve at present, so that no budget has to be asked."""
    return (pod.get("status") or {}).get("phase") in _UNGUARDED or "deletionTimestamp" in pod["metadata"]


def _take_from_budget(store: Store, pod: Obj, *, dry_run: bool) -> None:
    meta = pod["metadata"]
    labels = meta.get("labels") or {}
    budgets = [
        one
        for one in store.list(BUDGETS, meta["namespace"])
        if selects((one.get("spec") or {}).get("selector") or {}, labels)
    ]
    if not budgets:
        return
    if len(budgets) > 1:
        raise ApiError(500, "", _AMBIGUOUS)
    budget, status = budgets[0], budgets[0].get("status") or {}
    if not _is_ready(pod):
        healthy, wanted = status.get("currentHealthy", 0), status.get("desiredHealthy", 0)
        if budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow" or healthy >= wanted > 0:
            return
    _check(budget, status)
    if not dry_run:
        _count(store, budget, meta["name"])


def _check(budget: Obj, status: Obj) -> None:
    name = budget["metadata"]["name"]
    if status.get("observedGeneration", 0) < budget["metadata"].get("generation", 1):
        raise _too_many(f"The disruption budget {name} is still being processed by the server.", _RETRY_AFTER)
    if status.get("disruptionsAllowed", 0) > 0:
        return
    healthy, wanted = status.get("currentHealthy", 0), status.get("desiredHealthy", 0)
    why = f"The disruption budget {name} does not allow evicting pods currently"
    if healthy <= wanted:
        why = f"The disruption budget {name} needs {wanted} healthy pods and has {healthy} currently"
    raise _too_many(why, 0)


def _too_many(why: str, retry_after: int) -> ApiError:
    details: Obj = {"causes": [{"reason": "DisruptionBudget", "message": why}]}
    if retry_after:
        details["retryAfterSeconds"] = retry_after
    return ApiError(429, "TooManyRequests", _REFUSED, details)


def _count(store: Store, budget: Obj, pod: str) -> None:
    """Notes the disruption at once: the next eviction must not count on what this one takes."""
    new = clone(budget)
    status = new["status"]
    status["disruptionsAllowed"] -= 1
    status.setdefault("disruptedPods", {})[pod] = timestamp(store.now())
    for condition in status.get("conditions") or ():
        if condition["type"] == "DisruptionAllowed" and not status["disruptionsAllowed"]:
            condition |= {"status": "False", "reason": "InsufficientPods"}
            condition["lastTransitionTime"] = timestamp(store.now())
    store.update(BUDGETS, new, subresource="status")


def _disrupted(store: Store, pod: Obj) -> Obj:
    new = clone(pod)
    status = new.setdefault("status", {})
    condition = {
        "type": "DisruptionTarget",
        "status": "True",
        "lastProbeTime": None,
        "lastTransitionTime": timestamp(store.now()),
        "reason": "EvictionByEvictionAPI",
        "message": "Eviction API: evicting",
    }
    others = [one for one in status.get("conditions") or () if one["type"] != "DisruptionTarget"]
    status["conditions"] = [*others, condition]
    return store.update(PODS, new, subresource="status")


def _is_ready(pod: Obj) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
