"""What the watch over the triggers asks of the cluster: whether a service's canary is there at all."""

from collections.abc import Awaitable, Callable

from alfred_tui.actions.context import Equipment
from alfred_tui.domain.document.checklist import Checklist
from alfred_tui.domain.errors import CockpitError
from alfred_tui.present.canary import canaries_of


def canary_gone(checklist: Checklist, equipment: Equipment) -> Callable[[str], Awaitable[bool]]:
    """Whether the server says that none of a service's canary Deployments runs. False where no step names
    one, and where the server does not answer.
    """

    async def gone(service: str) -> bool:
        names = canaries_of(checklist, service)
        if not names or equipment.connect is None or equipment.target is None:
            return False
        from alfred_tui.cluster.checks.canary_there import all_gone

        try:
            return await all_gone(await equipment.connect(), equipment.target.namespace, names)
        except CockpitError:
            return False

    return gone
