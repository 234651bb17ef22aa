"""The kinds the embedded API serves: their names, scopes, verbs and subresources."""

import msgspec

from alfred_tui.demo.kube.objects import Key

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
READ_VERBS = ("get", "list", "watch")


class Kind(msgspec.Struct, frozen=True):
    """One served resource."""

    group: str
    version: str
    resource: str
    kind: str
    singular: str
    short_names: tuple[str, ...] = ()
    namespaced: bool = True
    subresources: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ALL_VERBS

    @property
    def key(self) -> Key:
        return Key(self.group, self.resource)

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def definition(self) -> str:
        """The name of the kind's structure in the schema."""
        return f"{self.group.partition('.')[0] or 'core'}.{self.version}.{self.kind}"


def _core() -> tuple[Kind, ...]:
    everything = ("all",)
    return (
        Kind("", "v1", "configmaps", "ConfigMap", "configmap", ("cm",)),
        Kind("", "v1", "endpoints", "Endpoints", "endpoints", ("ep",)),
        Kind("", "v1", "events", "Event", "event", ("ev",)),
        Kind("", "v1", "limitranges", "LimitRange", "limitrange", ("limits",)),
        Kind("", "v1", "namespaces", "Namespace", "namespace", ("ns",), False, ("finalize", "status")),
        Kind("", "v1", "nodes", "Node", "node", ("no",), False, ("status",)),
        Kind(
            "", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", "persistentvolumeclaim", ("pvc",),
            subresources=("status",),
        ),
        Kind(
            "", "v1", "persistentvolumes", "PersistentVolume", "persistentvolume", ("pv",), False, ("status",)
        ),
        Kind("", "v1", "pods", "Pod", "pod", ("po",), True, ("eviction", "log", "status"), everything),
        Kind("", "v1", "podtemplates", "PodTemplate", "podtemplate"),
        Kind(
            "", "v1", "replicationcontrollers", "ReplicationController", "replicationcontroller", ("rc",),
            subresources=("scale", "status"), categories=everything,
        ),
        Kind(
            "", "v1", "resourcequotas", "ResourceQuota", "resourcequota", ("quota",), subresources=("status",)
        ),
        Kind("", "v1", "secrets", "Secret", "secret"),
        Kind("", "v1", "serviceaccounts", "ServiceAccount", "serviceaccount", ("sa",)),
        Kind("", "v1", "services", "Service", "service", ("svc",), True, ("status",), everything),
    )  # fmt: skip


def _workloads() -> tuple[Kind, ...]:
    everything = ("all",)
    scaled = ("scale", "status")
    return (
        Kind("apps", "v1", "controllerrevisions", "ControllerRevision", "controllerrevision"),
        Kind("apps", "v1", "daemonsets", "DaemonSet", "daemonset", ("ds",), True, ("status",), everything),
        Kind("apps", "v1", "deployments", "Deployment", "deployment", ("deploy",), True, scaled, everything),
        Kind("apps", "v1", "replicasets", "ReplicaSet", "replicaset", ("rs",), True, scaled, everything),
        Kind("apps", "v1", "statefulsets", "StatefulSet", "statefulset", ("sts",), True, scaled, everything),
        Kind(
            "autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler",
            "horizontalpodautoscaler", ("hpa",), True, ("status",), everything,
        ),
        Kind("batch", "v1", "cronjobs", "CronJob", "cronjob", ("cj",), True, ("status",), everything),
        Kind("batch", "v1", "jobs", "Job", "job", (), True, ("status",), everything),
        Kind(
            "policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", "poddisruptionbudget", ("pdb",),
            subresources=("status",),
        ),
    )  # fmt: skip


def _cluster() -> tuple[Kind, ...]:
    rbac = "rbac.authorization.k8s.io"
    network = "networking.k8s.io"
    return (
        Kind("coordination.k8s.io", "v1", "leases", "Lease", "lease"),
        Kind("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", "endpointslice"),
        Kind("events.k8s.io", "v1", "events", "Event", "event", ("ev",), verbs=READ_VERBS),
        Kind(network, "v1", "ingressclasses", "IngressClass", "ingressclass", (), False),
        Kind(network, "v1", "ingresses", "Ingress", "ingress", ("ing",), True, ("status",)),
        Kind(network, "v1", "networkpolicies", "NetworkPolicy", "networkpolicy", ("netpol",)),
        Kind(rbac, "v1", "clusterrolebindings", "ClusterRoleBinding", "clusterrolebinding", (), False),
        Kind(rbac, "v1", "clusterroles", "ClusterRole", "clusterrole", (), False),
        Kind(rbac, "v1", "rolebindings", "RoleBinding", "rolebinding"),
        Kind(rbac, "v1", "roles", "Role", "role"),
        Kind("storage.k8s.io", "v1", "storageclasses", "StorageClass", "storageclass", ("sc",), False),
    )


def _computed() -> tuple[Kind, ...]:
    read = ("get", "list")
    create = ("create",)
    authorization = "authorization.k8s.io"
    return (
        Kind("metrics.k8s.io", "v1beta1", "nodes", "NodeMetrics", "", (), False, verbs=read),
        Kind("metrics.k8s.io", "v1beta1", "pods", "PodMetrics", "", verbs=read),
        Kind(
            "authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview", "selfsubjectreview",
            (), False, verbs=create,
        ),
        Kind(
            authorization, "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview",
            "selfsubjectaccessreview", (), False, verbs=create,
        ),
        Kind(
            authorization, "v1", "selfsubjectrulesreviews", "SelfSubjectRulesReview",
            "selfsubjectrulesreview", (), False, verbs=create,
        ),
    )  # fmt: skip


KINDS: tuple[Kind, ...] = (*_core(), *_workloads(), *_cluster(), *_computed())

BY_KEY: dict[Key, Kind] = {kind.key: kind for kind in KINDS}
"""The served kind of a key."""

GROUP_VERSIONS: tuple[tuple[str, str], ...] = (
    ("", "v1"),
    ("apps", "v1"),
    ("events.k8s.io", "v1"),
    ("authentication.k8s.io", "v1"),
    ("authorization.k8s.io", "v1"),
    ("autoscaling", "v2"),
    ("batch", "v1"),
    ("networking.k8s.io", "v1"),
    ("policy", "v1"),
    ("rbac.authorization.k8s.io", "v1"),
    ("storage.k8s.io", "v1"),
    ("coordination.k8s.io", "v1"),
    ("discovery.k8s.io", "v1"),
    ("metrics.k8s.io", "v1beta1"),
)
"""Every served API group and version, the core group first, in the order in which clients prefer them."""


def kinds_in(group: str, version: str) -> tuple[Kind, ...]:
    """The kinds of one group and version, by resource name."""
    found = [kind for kind in KINDS if (kind.group, kind.version) == (group, version)]
    return tuple(sorted(found, key=lambda kind: kind.resource))


def by_type(api_version: str, kind: str) -> Kind | None:
    """The served kind of an object's apiVersion and kind."""
    for served in KINDS:
        if served.kind == kind and served.api_version == api_version:
            return served
    return None
