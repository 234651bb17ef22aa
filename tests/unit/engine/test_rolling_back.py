"""The start of a rollback: what it becomes in the record, and the end of what it stops."""

import asyncio

from alfred_tui.actions.context import StepContext
from alfred_tui.domain.document.actions import Run, Scale, Undo
from alfred_tui.domain.document.checklist import Checklist, Procedure, Rollback, Step
from alfred_tui.domain.evidence import Outcome
from alfred_tui.domain.rollback.point import RollbackPoint, WorkloadPoint
from alfred_tui.domain.run.events import Entry, PointCaptured, RollbackStarted, RunStarted
from alfred_tui.domain.run.folding import begin, fold
from alfred_tui.domain.run.intents import RollBack
from alfred_tui.domain.run.state import RunState
from alfred_tui.engine.decisions import decide

from tests.unit.engine.test_engine import Bench, document, is_, passes, step

UNDO = Step(id="undo", title="Undo", action=Undo(deployments=("bot",)))
STOP = Step(id="stop", title="Stop", action=Scale(deployments=("bot",), replicas=0))


def recorded() -> RunState:
    """A run with a point, and two procedures."""
    procedures = (
        Procedure(id="application", title="Application", steps=(UNDO,)),
        Procedure(id="database", title="Database", steps=(STOP,)),
    )
    checklist = Checklist(title="t", phases=(), rollback=Rollback(procedures=procedures))
    start = RunStarted(run="r", title="t", digest="", lead="ann", host="h")
    saved = WorkloadPoint(namespace="shop", name="bot", revision=7)
    point = PointCaptured(point=RollbackPoint(at=1.0, workloads=(saved,)))
    state = begin(checklist, Entry(seq=1, at=1.0, event=start))
    return fold(state, [Entry(seq=2, at=2.0, event=point)])


def begun(procedure: str, **chosen: int) -> RollbackStarted:
    intent = RollBack(by="ann", procedure=procedure, word="rollback", targets=chosen)
    (event,) = decide(recorded(), intent, 3.0)
    assert isinstance(event, RollbackStarted)
    return event


def test_what_goes_back_goes_to_the_point_unless_another_revision_is_chosen() -> None:
    assert begun("application").targets == {"bot": 7}
    assert begun("application", bot=5).targets == {"bot": 5}


def test_a_procedure_that_puts_no_template_back_has_no_targets() -> None:
    """The database's stops services and starts them; none of them goes to another revision."""
    assert begun("database").targets == {}
    assert begun("database", bot=5).targets == {}


async def test_what_a_rollback_stopped_is_stopped_again_by_who_resumes() -> None:
    """The cockpit ended between the rollback's start and the end of what it stops."""
    ends: list[str] = []

    async def hangs(ctx: StepContext) -> Outcome:
        try:
            await asyncio.Event().wait()
        finally:
            ends.append(ctx.step.id)
        return Outcome(status="passed")

    bench = Bench(document(step("a")), {Run: hangs, Scale: passes})
    first = asyncio.create_task(bench.engine.run())
    await bench.until(is_("a", "running"))
    back = RollbackStarted(procedure="application", title="Back", steps=(STOP,), by="ann")
    await bench.engine.note([back])
    bench.engine.detach()
    await first
    assert bench.status("a") == "running"
    resumed = Bench(document(step("a")), {Run: hangs, Scale: passes})
    resumed.engine._state = bench.engine.state
    async with resumed:
        await resumed.until(is_("a", "cancelled"))
        await resumed.until(lambda state: state.result == "rolled_back")
    assert ends == ["a", "a"]
