"""Whether a question about steps still stands: a run goes on while a lead reads and types."""

from collections.abc import Iterable

from alfred_tui.domain.run.state import RunState, StepState
from alfred_tui.present.acts import Act, acts

_OPEN = ("pending", "waiting")


def overtaken(act: Act, step_ids: Iterable[str], then: RunState, now: RunState) -> str:
    """Why a question that was asked when the run was at `then` can no longer be answered; empty: it can.

    A step for which `act` was not to be had at `then` is not looked at: its answer is refused anyway.
    """
    for step_id in step_ids:
        if act in acts(then, step_id) and (why := _why(act, step_id, then, now)):
            return f"“{now.step(step_id).title}” was overtaken: {why}. Nothing was sent."
    return ""


def _why(act: Act, step_id: str, then: RunState, now: RunState) -> str:
    if len(now.rollbacks) > len(then.rollbacks):
        return "a rollback has begun"
    if now.result is not None:
        return f"the run is over ({now.result.replace('_', ' ')})"
    before, after = then.steps[step_id], now.steps[step_id]
    same = before.status == after.status or (before.status in _OPEN and after.status in _OPEN)
    if same and before.attempt == after.attempt and act in acts(now, step_id):
        return ""
    return _happened(before, after)


def _happened(before: StepState, after: StepState) -> str:
    match after.status:
        case "running":
            return f"it is running (attempt {after.attempt})"
        case "pending":
            return "it was opened again" if before.status != "waiting" else "it was answered"
        case "waiting":
            return "it asks for something else now"
        case "passed" | "skipped":
            signed = after.signatures[-1].by if after.signatures else ""
            by = after.settled_by or signed
            return f"it was settled as {after.status}" + (f" by {by}" if by else "")
        case _:
            again = f" (attempt {after.attempt})" if after.attempt > 1 else ""
            return f"it ended as {after.status}{again}"
