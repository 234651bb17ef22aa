"""Which revision each deployment goes back to."""

from collections.abc import Mapping

from alfred_tui.domain.run.state import RunState


def pinned_targets(state: RunState) -> Mapping[str, int]:
    """Deployment → revision: what the rollback under way was started with, else the rollback point's."""
    point = {one.name: one.revision for one in state.point.workloads} if state.point else {}
    return point | dict(state.rollback.targets if state.rollback else {})
