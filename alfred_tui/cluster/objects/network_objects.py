"""Partial objects that only checks read: Services and what stands before them, storage, scaling, the mesh."""

from typing import Any

import msgspec

from alfred_tui.cluster.objects.partial import AnnotatedMeta, Condition, Meta, Partial, Selector


class ServicePort(Partial, frozen=True, gc=False):
    name: str = ""
    port: int = 0


class ServiceSpec(Partial, frozen=True, gc=False):
    type: str = ""
    selector: dict[str, str] = msgspec.field(default_factory=dict)
    ports: list[ServicePort] = msgspec.field(default_factory=list)


class Service(Partial, frozen=True, gc=False):
    metadata: Meta = Meta()
    spec: ServiceSpec = ServiceSpec()


class EndpointConditions(Partial, frozen=True, gc=False):
    ready: bool | None = None
    """None counts as ready, by the API reference."""


class Endpoint(Partial, frozen=True, gc=False):
    addresses: list[str] | None = None
    conditions: EndpointConditions = EndpointConditions()


class EndpointPort(Partial, frozen=True, gc=False):
    name: str | None = None
    port: int | None = None


class EndpointSlice(Partial, frozen=True, gc=False):
    metadata: Meta = Meta()
    endpoints: list[Endpoint] | None = None
    ports: list[EndpointPort] | None = None


class ScaleTarget(Partial, frozen=True, gc=False):
    kind: str = ""
    name: str = ""


class AutoscalerSpec(Partial, frozen=True, gc=False):
    min_replicas: int | None = None
    max_replicas: int = 0
    scale_target_ref: ScaleTarget = ScaleTarget()
    metrics: list[dict[str, Any]] | None = None


class AutoscalerStatus(Partial, frozen=True, gc=False):
    current_replicas: int = 0
    conditions: list[Condition] | None = None


class Autoscaler(Partial, frozen=True, gc=False):
    """`autoscaling/v2 HorizontalPodAutoscaler`."""

    metadata: Meta = Meta()
    spec: AutoscalerSpec = AutoscalerSpec()
    status: AutoscalerStatus = AutoscalerStatus()


class ClaimSpec(Partial, frozen=True, gc=False):
    storage_class_name: str | None = None
    volume_name: str = ""


class ClaimStatus(Partial, frozen=True, gc=False):
    phase: str = ""


class Claim(Partial, frozen=True, gc=False):
    """`v1 PersistentVolumeClaim`."""

    metadata: Meta = Meta()
    spec: ClaimSpec = ClaimSpec()
    status: ClaimStatus = ClaimStatus()


class StorageClass(Partial, frozen=True, gc=False):
    metadata: AnnotatedMeta = AnnotatedMeta()
    provisioner: str = ""


class BackendPort(Partial, frozen=True, gc=False):
    name: str = ""
    number: int = 0


class BackendService(Partial, frozen=True, gc=False):
    name: str = ""
    port: BackendPort = BackendPort()


class Backend(Partial, frozen=True, gc=False):
    service: BackendService | None = None
    resource: dict[str, Any] | None = None


class HttpPath(Partial, frozen=True, gc=False):
    path: str = ""
    backend: Backend = Backend()


class HttpRule(Partial, frozen=True, gc=False):
    paths: list[HttpPath] | None = None


class IngressRule(Partial, frozen=True, gc=False):
    host: str = ""
    http: HttpRule | None = None


class IngressSpec(Partial, frozen=True, gc=False):
    default_backend: Backend | None = None
    rules: list[IngressRule] | None = None


class Ingress(Partial, frozen=True, gc=False):
    metadata: Meta = Meta()
    spec: IngressSpec = IngressSpec()


class NetworkPolicySpec(Partial, frozen=True, gc=False):
    pod_selector: Selector = Selector()
    policy_types: list[str] | None = None
    egress: list[dict[str, Any]] | None = None


class NetworkPolicy(Partial, frozen=True, gc=False):
    metadata: Meta = Meta()
    spec: NetworkPolicySpec = NetworkPolicySpec()


class Namespace(Partial, frozen=True, gc=False):
    metadata: Meta = Meta()


class Destination(Partial, frozen=True, gc=False):
    host: str = ""
    subset: str = ""


class Route(Partial, frozen=True, gc=False):
    destination: Destination = Destination()
    weight: int | None = None


class RouteRule(Partial, frozen=True, gc=False):
    route: list[Route] | None = None


class VirtualServiceSpec(Partial, frozen=True, gc=False):
    hosts: list[str] | None = None
    http: list[RouteRule] | None = None
    tcp: list[RouteRule] | None = None
    tls: list[RouteRule] | None = None


class VirtualService(Partial, frozen=True, gc=False):
    """`networking.istio.io VirtualService`."""

    metadata: Meta = Meta()
    spec: VirtualServiceSpec = VirtualServiceSpec()


class Subset(Partial, frozen=True, gc=False):
    name: str = ""
    labels: dict[str, str] = msgspec.field(default_factory=dict)


class DestinationRuleSpec(Partial, frozen=True, gc=False):
    host: str = ""
    subsets: list[Subset] | None = None


class DestinationRule(Partial, frozen=True, gc=False):
    """`networking.istio.io DestinationRule`."""

    metadata: Meta = Meta()
    spec: DestinationRuleSpec = DestinationRuleSpec()


class _SecretBody(msgspec.Struct):
    data: dict[str, msgspec.Raw] | None = None


def secret_keys(body: bytes) -> dict[str, bool]:
    """The keys of a Secret's JSON, and whether each has a value. No value is decoded or kept."""
    data = msgspec.json.decode(body, type=_SecretBody).data or {}
    return {key: bytes(raw) not in (b'""', b"null") for key, raw in data.items()}
