"""What has a service's name where no Deployment has it: said to people who look for a Deployment."""

from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.errors import ClusterError
from alfred_tui.cluster.objects.resources import WORKLOADS
from alfred_tui.cluster.store.reads import read


async def kind_of(connection: Connection, namespace: str, name: str) -> str:
    """`StatefulSet` or `DaemonSet`; empty when there is neither, or it may not be known."""
    for kind in ("StatefulSet", "DaemonSet"):
        try:
            await read(connection, WORKLOADS[kind], namespace, name)
        except ClusterError:
            continue
        return kind
    return ""
