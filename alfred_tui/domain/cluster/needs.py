"""Which rights on the cluster the panels, the lead's lock and each kind of step need.

The accounts in docs/rbac are held against this by a test, and so is what a whole run asks of its cluster.
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from alfred_tui.domain.cluster.rights import Right
from alfred_tui.domain.document import actions as a
from alfred_tui.domain.document.checklist import Checklist, Step

APPS, SCALERS, NETWORK, METRICS = "apps", "autoscaling", "networking.k8s.io", "metrics.k8s.io"
ISTIO = "networking.istio.io"


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """A right, and for what. Without an `optional` one the rest goes on, and says what is missing."""

    right: Right
    use: str
    optional: bool = False


def rights(group: str, resource: str, verbs: str, *, everywhere: bool = False) -> tuple[Right, ...]:
    """A right for each of the verbs, which stand with spaces between."""
    return tuple(Right(group, resource, verb, everywhere) for verb in verbs.split())


_SEEN = "list watch"
PODS_PANEL = rights("", "pods", _SEEN)
ROLLOUTS_PANEL = rights(APPS, "deployments", _SEEN) + rights(APPS, "replicasets", _SEEN)
SETS = rights(APPS, "statefulsets", _SEEN) + rights(APPS, "daemonsets", _SEEN)
EVENTS = rights("", "events", _SEEN)
NODES = rights("", "nodes", _SEEN, everywhere=True)
POD_USAGE = rights(METRICS, "pods", "list")
NODE_USAGE = rights(METRICS, "nodes", "list", everywhere=True)
LOGS = rights("", "pods/log", "get")
LEASE = rights("coordination.k8s.io", "leases", "get create patch")
CHANGE_DEPLOYMENT = rights(APPS, "deployments", "get patch")
"""Restart, pause, resume, undo, scale, new images."""
SET_REVISIONS = rights(APPS, "controllerrevisions", "get list")
"""The history of StatefulSets and DaemonSets."""
_PLURAL = {"Deployment": "deployments", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets"}


def of_act(act: str, kind: str) -> tuple[Right, ...]:
    """The rights without which an act on a workload of this kind from its screen cannot be done."""
    change = rights(APPS, _PLURAL[kind], "get patch")
    if act != "undo":
        return change
    held = rights(APPS, "replicasets", "get list") if kind == "Deployment" else SET_REVISIONS
    return change + held


ACTS = tuple(dict.fromkeys(right for kind in _PLURAL for right in of_act("undo", kind)))
"""What may be done from the screen besides the steps."""

_PANELS = (
    (PODS_PANEL, "the pods panel", False),
    (ROLLOUTS_PANEL, "the rollouts panel", False),
    (SETS, "the rollouts panel", True),
    (EVENTS, "why a pod is not well", True),
    (LOGS, "the log screen", True),
    (NODES, "the nodes panel", True),
    (POD_USAGE, "pods' usage", True),
    (NODE_USAGE, "nodes' usage", True),
    (SET_REVISIONS, "the history of StatefulSets and DaemonSets", True),
)

_PODS_OF = rights(APPS, "deployments", "get") + rights("", "pods", "list")
_DEPLOYMENT = rights(APPS, "deployments", "get")
_SETS = rights(APPS, "statefulsets", "get") + rights(APPS, "daemonsets", "get")
_SERVICES = rights("", "services", "list")
_BEHIND = rights(APPS, "deployments", "list") + rights(APPS, "statefulsets", "list")
_BEHIND += rights(APPS, "daemonsets", "list")
"""What a Service that leads to a workload of another name is found by."""
_SLICES = rights("discovery.k8s.io", "endpointslices", "list")
_SCALERS = rights(SCALERS, "horizontalpodautoscalers", "list")
_ROLLING = rights(APPS, "replicasets", "list") + rights("", "pods", "list") + rights("", "events", "list")
_REVISIONS = rights(APPS, "deployments", "get") + rights(APPS, "replicasets", "list")
_CONFIGS = rights("", "configmaps", "get") + rights("", "secrets", "get")
_VIRTUAL_SERVICE = rights(ISTIO, "virtualservices", "get patch")
_HTTP_ROUTE = rights("gateway.networking.k8s.io", "httproutes", "get patch")

_STEPS: Mapping[type[a.Action], tuple[Right, ...]] = {
    a.Pods: _PODS_OF,
    a.Workloads: _PODS_OF + _SERVICES,
    a.Endpoints: _SERVICES + _SLICES,
    a.NetworkPolicies: _PODS_OF + rights(NETWORK, "networkpolicies", "list"),
    a.Resources: _DEPLOYMENT,
    a.Autoscalers: _DEPLOYMENT + _SCALERS,
    a.Claims: rights("", "persistentvolumeclaims", "list")
    + rights("storage.k8s.io", "storageclasses", "list", everywhere=True),
    a.IngressBackends: rights(NETWORK, "ingresses", "list") + _SERVICES + _SLICES,
    a.Mesh: rights(ISTIO, "virtualservices", "list") + rights(ISTIO, "destinationrules", "list") + _SERVICES,
    a.PodSecurity: rights("", "namespaces", "get") + _PODS_OF,
    a.SecretKeys: rights("", "secrets", "get"),
    a.SecretApply: rights("", "secrets", "create patch"),
    a.Logs: _PODS_OF + LOGS,
    a.Usage: POD_USAGE + _PODS_OF,
    a.Promote: rights(APPS, "deployments", "get patch delete") + _ROLLING,
    a.StableTraffic: rights(NETWORK, "ingresses", "get list patch"),
    a.RemoveCanary: rights(APPS, "deployments", "get delete"),
    a.CapturePoint: _REVISIONS + _SCALERS,
    a.History: _REVISIONS,
    a.Undo: CHANGE_DEPLOYMENT + rights(APPS, "replicasets", "get list"),
    a.PinImages: rights(APPS, "deployments", "get"),
    a.Scale: CHANGE_DEPLOYMENT + _SCALERS + _ROLLING,
}
_BESIDE: Mapping[type[a.Action], tuple[Right, ...]] = {
    # A service that is no Deployment is looked for among those too, or found through a Service.
    **dict.fromkeys((a.Pods, a.NetworkPolicies, a.Logs, a.Usage, a.PodSecurity), _SETS + _SERVICES),
    **dict.fromkeys((a.Workloads, a.Resources, a.Autoscalers), _SETS + _SERVICES + _BEHIND),
    # A Service that has another name than its workload, and why its pods are not ready.
    a.Endpoints: _PODS_OF + _SETS,
    # What a Deployment's configuration was is told as not seen where it may not be read.
    a.CapturePoint: _CONFIGS + rights("", "pods", "list"),
    a.History: _CONFIGS,
    # Where a mesh's types are not installed, nothing is asked of them.
    a.StableTraffic: rights(ISTIO, "virtualservices", "get list patch")
    + rights("gateway.networking.k8s.io", "httproutes", "get list patch"),
}
ON_CLUSTER: frozenset[type[a.Action]] = frozenset((*_STEPS, a.Rollout, a.ManifestsDryRun))
"""Kinds of step that ask the cluster."""


def of_action(action: a.Action) -> tuple[Right, ...]:
    """The rights without which a step of this action cannot pass. Of manifests, only the server can tell."""
    if isinstance(action, a.Rollout):
        kinds = (
            ("deployments", action.deployments),
            ("statefulsets", action.statefulsets),
            ("daemonsets", action.daemonsets),
        )
        named = (rights(APPS, resource, "get") for resource, names in kinds if names)
        return (*(right for some in named for right in some), *_ROLLING)
    if isinstance(action, a.Canary):
        if action.traffic is None or not action.steps:
            return ()
        by = {"replicas": CHANGE_DEPLOYMENT, "istio": _VIRTUAL_SERVICE, "gateway": _HTTP_ROUTE}
        return by[action.traffic.by]
    waits = _ROLLING if isinstance(action, a.Undo) and action.order else ()
    return (*_STEPS.get(type(action), ()), *waits)


def asks_cluster(action: a.Action) -> bool:
    """Whether a step of this action needs a cluster."""
    return type(action) in ON_CLUSTER or bool(of_action(action))


def every_step(checklist: Checklist) -> Iterator[Step]:
    """The checklist's steps and those of its rollback procedures."""
    yield from checklist.steps()
    for procedure in checklist.rollback.procedures:
        yield from procedure.steps


def for_panels() -> tuple[Need, ...]:
    """What whoever watches needs."""
    return tuple(
        Need(right=right, use=use, optional=optional) for group, use, optional in _PANELS for right in group
    )


def for_lead(checklist: Checklist | None) -> tuple[Need, ...]:
    """What the lead needs beside what the panels need: the Lease and this checklist's steps."""
    found = [Need(right=right, use="one lead across machines", optional=True) for right in LEASE]
    found += [Need(right=right, use="acts on the rollout screen", optional=True) for right in ACTS]
    for step in every_step(checklist) if checklist else ():
        use = f"step {step.id}"
        found += [Need(right=right, use=use) for right in of_action(step.action)]
        beside = _BESIDE.get(type(step.action), ())
        found += [Need(right=right, use=use, optional=True) for right in beside]
    return tuple(found)


def distinct(needs: Iterable[Need]) -> tuple[Right, ...]:
    """Each right once, in the order of the needs."""
    return tuple(dict.fromkeys(one.right for one in needs))
