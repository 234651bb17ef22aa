"""What uses most of what it may: nodes against what they can give, pods against their limits and requests.

A pod's share is that of its sums. Limits are each container's own, so one that is near to its limit where the
sums hide it has a row under its pod's.
"""

from collections.abc import Iterable, Sequence

import msgspec

from alfred_tui.domain.cluster.workloads import ContainerUsage, NodeUsage, PodUsage

NEAR = 0.75
"""The share of a limit above which it is told to be near."""
_NODES_FIRST = 6
"""So many of the heaviest nodes stand before the pods; the others come after them."""


class Share(msgspec.Struct, frozen=True):
    """One resource: what is used, of how much, and how it was."""

    used: float
    of: float
    """The limit, or the request where a container has no limit; 0: neither is set (or known)."""
    limited: bool
    """Whether `of` is a limit, which cannot be passed."""
    history: tuple[float, ...] = ()

    @property
    def share(self) -> float | None:
        """Used of what it may; None where that is not known."""
        return self.used / self.of if self.of else None


class TopRow(msgspec.Struct, frozen=True, kw_only=True):
    """A node, a pod, or one of a pod's containers."""

    key: tuple[str, str]
    """Namespace (empty for a node) and name, of a container the pod's."""
    container: str = ""
    """Its name, where the row is of one that is nearer to its limit than its pod's sums tell."""
    cpu: Share
    memory: Share
    ready: bool = True

    @property
    def is_node(self) -> bool:
        return not self.key[0]


def top_rows(nodes: Iterable[NodeUsage], pods: Iterable[PodUsage]) -> tuple[TopRow, ...]:
    """The heaviest first: some nodes, the pods, each with those of its containers that it hides, the other
    nodes."""
    heavy_nodes = sorted(map(_node, nodes), key=_weight, reverse=True)
    heavy_pods = sorted(pods, key=pod_weight, reverse=True)
    rows = (row for pod in heavy_pods for row in (_pod(pod), *_hidden(pod)))
    return (*heavy_nodes[:_NODES_FIRST], *rows, *heavy_nodes[_NODES_FIRST:])


def pod_weight(pod: PodUsage) -> tuple[float, float]:
    """How near it, or one of its containers, is to what it may use; where nothing is set, how much cpu it
    uses, after all others."""
    highest, free = 0.0, False
    for one in pod.containers:  # of ten thousand pods in one go: nothing dearer than this
        if one.cpu_limit:
            highest = max(highest, one.cpu / one.cpu_limit)
        if one.memory_limit:
            highest = max(highest, one.memory / one.memory_limit)
        free = free or not one.cpu_limit or not one.memory_limit
    if free:
        for resource, used in (("cpu", pod.cpu), ("memory", pod.memory)):
            highest = max(highest, _ratio(used, _bound(pod.containers, resource)[0]))
    return highest, pod.cpu


def _hidden(pod: PodUsage) -> Iterable[TopRow]:
    """The containers that are near to their own limit, and nearer than the pod's sums tell: the worst of cpu,
    and of memory where that is another."""
    told: list[ContainerUsage] = []
    for resource in ("cpu", "memory") if len(pod.containers) > 1 else ():
        shares = [_ratio(getattr(one, resource), getattr(one, f"{resource}_limit")) for one in pod.containers]
        worst = pod.containers[shares.index(max(shares))]
        bound, limited = _bound(pod.containers, resource)
        summed = _ratio(getattr(pod, resource), bound) if limited else 0.0
        if max(shares) > NEAR and f"{max(shares):.0%}" != f"{summed:.0%}" and worst not in told:
            told.append(worst)
    return (_container(pod, one) for one in told)


def _bound(containers: Sequence[ContainerUsage], resource: str) -> tuple[float, bool]:
    """The sum of the limits, or else of the requests; 0 when a container has neither."""
    limits = [getattr(one, f"{resource}_limit") for one in containers]
    if limits and all(limits):
        return sum(limits), True
    requests = [getattr(one, f"{resource}_request") for one in containers]
    return (sum(requests), False) if requests and all(requests) else (0.0, False)


def _ratio(used: float, of: float) -> float:
    return used / of if of else 0.0


def _weight(row: TopRow) -> float:
    return max(row.cpu.share or 0.0, row.memory.share or 0.0)


def _node(node: NodeUsage) -> TopRow:
    return TopRow(
        key=("", node.name),
        cpu=Share(node.cpu, node.cpu_capacity, True, node.cpu_history),
        memory=Share(node.memory, node.memory_capacity, True, node.memory_history),
        ready=node.ready,
    )


def _pod(pod: PodUsage) -> TopRow:
    cpu, memory = _bound(pod.containers, "cpu"), _bound(pod.containers, "memory")
    return TopRow(
        key=(pod.namespace, pod.name),
        cpu=Share(pod.cpu, *cpu, pod.cpu_history),
        memory=Share(pod.memory, *memory, pod.memory_history),
    )


def _container(pod: PodUsage, one: ContainerUsage) -> TopRow:
    return TopRow(
        key=(pod.namespace, pod.name),
        container=one.name,
        cpu=Share(one.cpu, *_bound((one,), "cpu")),
        memory=Share(one.memory, *_bound((one,), "memory")),
    )
