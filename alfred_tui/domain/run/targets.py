"""Which revision each deployment goes back to."""

from collections.abc import Mapping

from alfred_tui.domain.run.state import RunState


def pinned_targets(state: RunState, step_id: str) -> Mapping[str, int]:
    """Deployment → revision: what the step's rollback was started with, else the rollback point's."""
    point = {one.name: one.revision for one in state.point.workloads} if state.point else {}
    run = state.rollback_of(step_id)
    return point | dict(run.targets if run else {})
