"""What uses most of what it may: nodes against what they can give, pods against their limits and requests."""

from collections.abc import Iterable, Sequence

import msgspec

from alfred_tui.domain.cluster.workloads import ContainerUsage, NodeUsage, PodUsage

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
    """A node or a pod."""

    key: tuple[str, str]
    """Namespace (empty for a node) and name."""
    cpu: Share
    memory: Share
    ready: bool = True

    @property
    def is_node(self) -> bool:
        return not self.key[0]


def top_rows(nodes: Iterable[NodeUsage], pods: Iterable[PodUsage]) -> tuple[TopRow, ...]:
    """The heaviest first: some nodes, the pods, the other nodes."""
    heavy_nodes = sorted(map(_node, nodes), key=_weight, reverse=True)
    heavy_pods = sorted(pods, key=pod_weight, reverse=True)
    return (*heavy_nodes[:_NODES_FIRST], *map(_pod, heavy_pods), *heavy_nodes[_NODES_FIRST:])


def pod_weight(pod: PodUsage) -> tuple[float, float]:
    """How near it is to what it may use; where nothing is set, how much cpu it uses, after all others."""
    containers = pod.containers
    shares = (
        _ratio(pod.cpu, _bound(containers, "cpu")[0]),
        _ratio(pod.memory, _bound(containers, "memory")[0]),
    )
    return max(shares), pod.cpu


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
