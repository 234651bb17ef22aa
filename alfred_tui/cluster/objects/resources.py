"""Where each kind of object is found on the API server, and as what it is decoded."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from alfred_tui.cluster.objects import network_objects as net
from alfred_tui.cluster.objects import partial as objects
from alfred_tui.cluster.objects import usage_objects as used
from alfred_tui.domain.cluster.rights import Right
from alfred_tui.domain.errors import CockpitError

T = TypeVar("T")


@dataclass(frozen=True)
class Resource(Generic[T]):
    """A resource of the API: `group_version` as in manifests (`v1`, `apps/v1`)."""

    group_version: str
    plural: str
    kind: str
    type: type[T]
    namespaced: bool = True

    @property
    def kinds(self) -> str:
        """Several of them, in words: `Ingresses`, `NetworkPolicies`."""
        if self.kind.endswith("y"):
            return f"{self.kind[:-1]}ies"
        return f"{self.kind}es" if self.kind.endswith("s") else f"{self.kind}s"

    def path(self, namespace: str = "", name: str | None = None) -> str:
        """The URL path of the collection or of one object; an empty namespace means all of them.

        Raises CockpitError for a name that would make another path of it: the collection, or what is above.
        """
        if name in ("", ".", ".."):
            raise CockpitError(
                f"“{name}” cannot be the name of a {self.kind}.", hint="Correct the checklist."
            )
        root = f"/apis/{self.group_version}" if "/" in self.group_version else f"/api/{self.group_version}"
        if self.namespaced and namespace:
            root += f"/namespaces/{quote(namespace, safe='')}"
        # A name comes from a checklist: quoting keeps it from being read as another path.
        return f"{root}/{self.plural}/{quote(name, safe='')}" if name else f"{root}/{self.plural}"

    def rights(self, *verbs: str, namespace: str) -> tuple[Right, ...]:
        """The rights to these verbs on it, in a namespace or with "" everywhere."""
        group = self.group_version.rpartition("/")[0]
        everywhere = not (self.namespaced and namespace)
        return tuple(Right(group, self.plural, verb, everywhere) for verb in verbs)


_ISTIO = "networking.istio.io/v1"

PODS = Resource("v1", "pods", "Pod", objects.Pod)
EVENTS = Resource("v1", "events", "Event", objects.Event)
NODES = Resource("v1", "nodes", "Node", objects.Node, namespaced=False)
DEPLOYMENTS = Resource("apps/v1", "deployments", "Deployment", objects.Deployment)
REPLICA_SETS = Resource("apps/v1", "replicasets", "ReplicaSet", objects.ReplicaSet)
STATEFUL_SETS = Resource("apps/v1", "statefulsets", "StatefulSet", objects.StatefulSet)
DAEMON_SETS = Resource("apps/v1", "daemonsets", "DaemonSet", objects.DaemonSet)
CONTROLLER_REVISIONS = Resource(
    "apps/v1", "controllerrevisions", "ControllerRevision", objects.ControllerRevision
)
POD_METRICS = Resource("metrics.k8s.io/v1beta1", "pods", "PodMetrics", used.PodMetrics)
NODE_METRICS = Resource("metrics.k8s.io/v1beta1", "nodes", "NodeMetrics", used.NodeMetrics, namespaced=False)
SERVICES = Resource("v1", "services", "Service", net.Service)
ENDPOINT_SLICES = Resource("discovery.k8s.io/v1", "endpointslices", "EndpointSlice", net.EndpointSlice)
AUTOSCALERS = Resource(
    "autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", net.Autoscaler
)
CLAIMS = Resource("v1", "persistentvolumeclaims", "PersistentVolumeClaim", net.Claim)
STORAGE_CLASSES = Resource(
    "storage.k8s.io/v1", "storageclasses", "StorageClass", net.StorageClass, namespaced=False
)
INGRESSES = Resource("networking.k8s.io/v1", "ingresses", "Ingress", net.Ingress)
NETWORK_POLICIES = Resource("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy", net.NetworkPolicy)
NAMESPACES = Resource("v1", "namespaces", "Namespace", net.Namespace, namespaced=False)
SECRETS: Resource[Any] = Resource("v1", "secrets", "Secret", dict)
CONFIG_MAPS: Resource[Any] = Resource("v1", "configmaps", "ConfigMap", dict)
VIRTUAL_SERVICES = Resource(_ISTIO, "virtualservices", "VirtualService", net.VirtualService)
DESTINATION_RULES = Resource(_ISTIO, "destinationrules", "DestinationRule", net.DestinationRule)

WORKLOADS: dict[str, Resource[Any]] = {one.kind: one for one in (DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS)}
"""What has rollouts, by kind."""

NAMED: dict[str, Resource[Any]] = {
    **WORKLOADS,
    **{one.kind: one for one in (PODS, REPLICA_SETS, CONFIG_MAPS, SECRETS, CLAIMS)},
}
"""Workloads, their pods, and what those name, by kind: each can be shown."""
