"""Whether a canary's Deployments are there: asked of the server, since a metric without data does not say."""

from collections.abc import Iterable

from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.errors import Absent
from alfred_tui.cluster.objects.resources import DEPLOYMENTS
from alfred_tui.cluster.store.reads import read


async def all_gone(connection: Connection, namespace: str, names: Iterable[str]) -> bool:
    """Whether each of these Deployments is absent, or scaled to nothing and without pods. Raises
    ClusterError."""
    for name in names:
        try:
            found = await read(connection, DEPLOYMENTS, namespace, name)
        except Absent:
            continue
        if found.spec.replicas != 0 or found.status.replicas:
            return False
    return True
