"""Partial objects of metrics.k8s.io: what pods and nodes use."""

from datetime import datetime

import msgspec

from alfred_tui.cluster.objects.partial import Meta, Partial, Quantity


class PodMetrics(Partial, frozen=True, gc=False):
    class Container(Partial, frozen=True, gc=False):
        name: str = ""
        usage: dict[str, Quantity] = msgspec.field(default_factory=dict)

    metadata: Meta = Meta()
    timestamp: datetime | None = None
    containers: list[Container] = msgspec.field(default_factory=list)


class NodeMetrics(Partial, frozen=True, gc=False):
    metadata: Meta = Meta()
    timestamp: datetime | None = None
    usage: dict[str, Quantity] = msgspec.field(default_factory=dict)
