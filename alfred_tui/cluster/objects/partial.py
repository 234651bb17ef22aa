"""Kubernetes objects, only the fields that are used here.

Partial structs decode a list of ten thousand pods over a hundred times faster than the official models.
They are trees without cycles, so the garbage collector need not track them (`gc=False`). Field names and
meanings are those of the API reference; lists that Go may send as `null` are optional.
"""

from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from alfred_tui.cluster.access.said import Said

T = TypeVar("T")

Quantity = str | int | float
"""As the API writes it: `100m`, `1Gi`; see `quantities`."""


class Partial(msgspec.Struct, rename="camel", frozen=True, gc=False):
    """Base of all partial objects."""


class Owner(Partial, frozen=True, gc=False):
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool = False


class Meta(Partial, frozen=True, gc=False):
    """Metadata without annotations, which can be large and are rarely used."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None
    labels: dict[str, str] = {}
    owner_references: list[Owner] = []
    finalizers: list[str] = []


class AnnotatedMeta(Meta, frozen=True, gc=False):
    annotations: dict[str, str] = {}


class ListMeta(Partial, frozen=True, gc=False):
    resource_version: str = ""
    continue_token: str = msgspec.field(name="continue", default="")


class ListOf(Partial, Generic[T], frozen=True, gc=False):
    """Any `…List`."""

    metadata: ListMeta = ListMeta()
    items: list[T] | None = None


class Condition(Partial, frozen=True, gc=False):
    type: str = ""
    status: str = ""
    reason: str = ""
    message: Said = Said()
    last_transition_time: datetime | None = None
    last_update_time: datetime | None = None


class Selector(Partial, frozen=True, gc=False):
    class Expression(Partial, frozen=True, gc=False):
        key: str = ""
        operator: str = ""
        values: list[str] = []

    match_labels: dict[str, str] = {}
    match_expressions: list[Expression] = []


# Pods


class Resources(Partial, frozen=True, gc=False):
    requests: dict[str, Quantity] = {}
    limits: dict[str, Quantity] = {}


class Probe(Partial, frozen=True, gc=False):
    initial_delay_seconds: int = 0
    period_seconds: int = 10


class Container(Partial, frozen=True, gc=False):
    name: str = ""
    image: str = ""
    readiness_probe: Probe | None = None
    startup_probe: Probe | None = None
    resources: Resources = Resources()
    restart_policy: str = ""
    """`Always` on an init container makes it a sidecar."""


class Volume(Partial, frozen=True, gc=False):
    class Claim(Partial, frozen=True, gc=False):
        claim_name: str = ""

    persistent_volume_claim: Claim | None = None


class PodSpec(Partial, frozen=True, gc=False):
    node_name: str = ""
    volumes: list[Volume] = []
    restart_policy: str = ""
    containers: list[Container] = []
    init_containers: list[Container] = []


class Waiting(Partial, frozen=True, gc=False):
    reason: str = ""
    message: Said = Said()


class Running(Partial, frozen=True, gc=False):
    started_at: datetime | None = None


class Terminated(Partial, frozen=True, gc=False):
    exit_code: int = 0
    signal: int = 0
    reason: str = ""
    message: Said = Said()
    started_at: datetime | None = None
    finished_at: datetime | None = None


class ContainerState(Partial, frozen=True, gc=False):
    waiting: Waiting | None = None
    running: Running | None = None
    terminated: Terminated | None = None


class ContainerStatus(Partial, frozen=True, gc=False):
    name: str = ""
    ready: bool = False
    started: bool | None = None
    restart_count: int = 0
    state: ContainerState = ContainerState()
    last_state: ContainerState = ContainerState()


class PodStatus(Partial, frozen=True, gc=False):
    phase: str = ""
    reason: str = ""
    message: Said = Said()
    pod_ip: str = msgspec.field(name="podIP", default="")
    conditions: list[Condition] = []
    container_statuses: list[ContainerStatus] = []
    init_container_statuses: list[ContainerStatus] = []


class Pod(Partial, frozen=True, gc=False):
    metadata: Meta = Meta()
    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()


# Workloads


class TemplateSpec(Partial, frozen=True, gc=False):
    containers: list[Container] = []
    init_containers: list[Container] = []


class TemplateMeta(Partial, frozen=True, gc=False):
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class Template(Partial, frozen=True, gc=False):
    metadata: TemplateMeta = TemplateMeta()
    spec: TemplateSpec = TemplateSpec()


class DeploymentSpec(Partial, frozen=True, gc=False):
    replicas: int | None = None
    paused: bool = False
    progress_deadline_seconds: int | None = None
    selector: Selector | None = None
    template: Template = Template()


class DeploymentStatus(Partial, frozen=True, gc=False):
    observed_generation: int = 0
    replicas: int = 0
    updated_replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    conditions: list[Condition] = []


class Deployment(Partial, frozen=True, gc=False):
    metadata: AnnotatedMeta = AnnotatedMeta()
    spec: DeploymentSpec = DeploymentSpec()
    status: DeploymentStatus = DeploymentStatus()


class ReplicaSetSpec(Partial, frozen=True, gc=False):
    replicas: int | None = None
    template: Template = Template()


class ReplicaSetStatus(Partial, frozen=True, gc=False):
    replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    observed_generation: int = 0
    conditions: list[Condition] = []


class ReplicaSet(Partial, frozen=True, gc=False):
    metadata: AnnotatedMeta = AnnotatedMeta()
    spec: ReplicaSetSpec = ReplicaSetSpec()
    status: ReplicaSetStatus = ReplicaSetStatus()


class UpdateStrategy(Partial, frozen=True, gc=False):
    class RollingUpdate(Partial, frozen=True, gc=False):
        partition: int | None = None

    type: str = ""
    rolling_update: RollingUpdate | None = None


class StatefulSetSpec(Partial, frozen=True, gc=False):
    class Ordinals(Partial, frozen=True, gc=False):
        start: int = 0

    ordinals: Ordinals = Ordinals()
    replicas: int | None = None
    pod_management_policy: str = ""
    """`OrderedReady`, also where it is not set, or `Parallel`."""
    update_strategy: UpdateStrategy = UpdateStrategy()
    selector: Selector | None = None
    template: Template = Template()


class StatefulSetStatus(Partial, frozen=True, gc=False):
    observed_generation: int = 0
    replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    current_replicas: int = 0
    updated_replicas: int = 0
    current_revision: str = ""
    update_revision: str = ""
    conditions: list[Condition] = []


class StatefulSet(Partial, frozen=True, gc=False):
    metadata: AnnotatedMeta = AnnotatedMeta()
    spec: StatefulSetSpec = StatefulSetSpec()
    status: StatefulSetStatus = StatefulSetStatus()


class DaemonSetSpec(Partial, frozen=True, gc=False):
    update_strategy: UpdateStrategy = UpdateStrategy()
    selector: Selector | None = None
    template: Template = Template()


class DaemonSetStatus(Partial, frozen=True, gc=False):
    observed_generation: int = 0
    desired_number_scheduled: int = 0
    current_number_scheduled: int = 0
    updated_number_scheduled: int = 0
    number_ready: int = 0
    number_available: int = 0
    conditions: list[Condition] = []


class DaemonSet(Partial, frozen=True, gc=False):
    metadata: AnnotatedMeta = AnnotatedMeta()
    spec: DaemonSetSpec = DaemonSetSpec()
    status: DaemonSetStatus = DaemonSetStatus()


class ControllerRevision(Partial, frozen=True, gc=False):
    """A template that a StatefulSet or DaemonSet had; `data` is a patch of its spec."""

    class Data(Partial, frozen=True, gc=False):
        class Spec(Partial, frozen=True, gc=False):
            template: Template = Template()

        spec: Spec = Spec()

    metadata: AnnotatedMeta = AnnotatedMeta()
    revision: int = 0
    data: Data = Data()


Workload = Deployment | StatefulSet | DaemonSet


# Events and nodes


class ObjectReference(Partial, frozen=True, gc=False):
    kind: str = ""
    name: str = ""
    namespace: str = ""
    uid: str = ""
    field_path: str = ""


class Event(Partial, frozen=True, gc=False):
    class Series(Partial, frozen=True, gc=False):
        count: int = 0
        last_observed_time: datetime | None = None

    metadata: Meta = Meta()
    involved_object: ObjectReference = ObjectReference()
    type: str = ""
    reason: str = ""
    message: Said = Said()
    count: int = 0
    first_timestamp: datetime | None = None
    last_timestamp: datetime | None = None
    event_time: datetime | None = None
    series: Series | None = None


class Node(Partial, frozen=True, gc=False):
    class Spec(Partial, frozen=True, gc=False):
        unschedulable: bool = False

    class Status(Partial, frozen=True, gc=False):
        conditions: list[Condition] = []
        allocatable: dict[str, Quantity] = {}
        capacity: dict[str, Quantity] = {}

    metadata: Meta = Meta()
    spec: Spec = Spec()
    status: Status = Status()
