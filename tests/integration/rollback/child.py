"""A cockpit that is killed at a given place: drives a rollback's procedure in a process of its own.

`python -m tests.integration.rollback.child FILE`: FILE is JSON of `Task`. Ends by SIGKILL from its own
hand, or with exit code 0 when the run has a result.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import msgspec
from alfred_tui.actions.context import Performer, StepContext
from alfred_tui.cli.opening import open_session
from alfred_tui.demo.process import DemoEndpoints
from alfred_tui.documents import Loaded
from alfred_tui.domain.document.actions import Action
from alfred_tui.domain.document.checklist import Checklist, Step
from alfred_tui.domain.evidence import Outcome
from alfred_tui.domain.run.events import Entry, StepStarted
from alfred_tui.domain.run.state import RunState

from tests.integration.rollback.lab import Release, demo_run, driven, options_of


class Task(msgspec.Struct):
    """What the child is to do, and where it dies."""

    demo: DemoEndpoints
    folder: str
    run: str
    procedure: str
    """Empty: the run's own steps."""
    step: str = ""
    place: str = ""
    """`start`: its start is on disk, and nothing was done; `effect`: it was done, and that is not on disk."""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def main(task: Task) -> None:
    demo = demo_run(task.demo)
    options = options_of(task.demo, Path(task.folder))
    session = await open_session(None, {}, options, resume=task.run, demo=demo)
    engine = session.engine
    if task.place == "start":
        engine.subscribe(lambda state, entries: _die_at_start(task.step, entries))
        performed = before(task.step, procedure_steps(engine.state, task.procedure))
        engine._performers = _only(performed, engine._performers)
    if task.place == "effect":
        engine._performers = _deadly(task.step, engine._performers)
    loaded = Loaded(Checklist(title="", phases=()), "", "", "", (), {})
    async with driven(session):
        release = Release(task.demo, options, loaded, session)
        if task.procedure and not release.state.rollbacks:
            assert (await release.start(task.procedure)).accepted
        state: RunState = await release.led()
        wanted = "rolled_back" if task.procedure else "done"
        assert state.result == wanted, state.result_why


def _die_at_start(step: str, entries: tuple[Entry, ...]) -> None:
    if any(isinstance(one.event, StepStarted) and one.event.step == step for one in entries):
        die()


def procedure_steps(state: RunState, procedure: str) -> tuple[Step, ...]:
    found = state.checklist.procedure(procedure)
    return found.steps if found else ()


def before(step: str, steps: Sequence[Step]) -> set[str]:
    """What must have been performed for the step to start."""
    ids = [one.id for one in steps]
    own = next(one for one in steps if one.id == step)
    first = own.needs or ids[: ids.index(step)]
    return {step, *first, *(name for one in first for name in before(one, steps))}


def _only(
    steps: Collection[str], performers: Mapping[type[Action], Performer]
) -> Mapping[type[Action], Performer]:
    """Performs these steps; what runs beside them waits, so that the place of death is the same each time."""

    def only(performer: Performer) -> Performer:
        async def perform(ctx: StepContext) -> Outcome:
            if ctx.step.id not in steps:
                await asyncio.Event().wait()
            return await performer(ctx)

        return perform

    return {action: only(performer) for action, performer in performers.items()}


def _deadly(step: str, performers: Mapping[type[Action], Performer]) -> Mapping[type[Action], Performer]:
    def deadly(performer: Performer) -> Performer:
        async def perform(ctx: StepContext) -> Outcome:
            if ctx.step.id != step:
                # What runs beside the step waits, so that the place of death is the same each time.
                await asyncio.Event().wait()
            outcome = await performer(ctx)
            die()
            return outcome

        return perform

    return {action: deadly(performer) for action, performer in performers.items()}


if __name__ == "__main__":
    asyncio.run(main(msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Task)))
