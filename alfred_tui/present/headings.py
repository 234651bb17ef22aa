"""A phase or a section as a whole: what it is for, how far it is, and what in it wants a person."""

from collections.abc import Mapping

import msgspec

from alfred_tui.domain.document.checklist import Step
from alfred_tui.domain.evidence import GOOD, Status
from alfred_tui.domain.run.state import RunState, StepState


class HeadingDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A heading in full."""

    id: str
    title: str
    where: str
    why: str
    settled: int
    total: int
    parallel: bool
    open: tuple[tuple[Status, str], ...]
    """Status and title of the steps that are not settled, in order."""
    stands: str = ""
    """Why nothing starts, while steps are open."""


def stands(state: RunState) -> str:
    """Why nothing starts, as a sentence; empty while the run goes on or is through."""
    if state.was_stopped:
        who, why = f"{state.result}", state.result_why
    elif state.paused_by:
        who, why = f"paused by {state.paused_by}", state.paused_why
    else:
        return ""
    return f"The run is {who}{': ' + why.rstrip('.') if why else ''}."


def heading(state: RunState, heading_id: str) -> HeadingDetail | None:
    """A phase, a section or a started rollback in full; None when there is none of that id."""
    for phase in state.checklist.phases:
        if phase.id == heading_id:
            steps = tuple(step for section in phase.sections for step in section.steps)
            return _detail(state, phase.id, phase.title, "", phase.why, steps)
        for section in phase.sections:
            if section.id == heading_id:
                return _detail(
                    state, section.id, section.title, phase.title, section.why, section.steps,
                    parallel=section.parallel,
                )  # fmt: skip
    for number, run in enumerate(state.rollbacks, 1):
        if f"rollback-{number}" == heading_id:
            return _detail(
                state, heading_id, f"Rollback: {run.title}", "", run.reason, run.steps, run.stood(state.steps)
            )
    return None


def _detail(
    state: RunState,
    heading_id: str,
    title: str,
    where: str,
    why: str,
    steps: tuple[Step, ...],
    states: Mapping[str, StepState] | None = None,
    *,
    parallel: bool = False,
) -> HeadingDetail:
    now = state.steps if states is None else states
    left = [(now[step.id].status, step.title) for step in steps if now[step.id].status not in GOOD]
    return HeadingDetail(
        id=heading_id, title=title, where=where, why=why, settled=len(steps) - len(left), total=len(steps),
        parallel=parallel, open=tuple(left), stands=stands(state) if left else "",
    )  # fmt: skip
