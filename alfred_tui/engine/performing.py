"""One attempt of one step, or one act on a workload: the only place where the engine meets the world.

Whatever happens becomes an outcome. What is not known is never a success.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from alfred_tui.actions.context import Equipment, Performer, StepContext, WorkloadPerformer
from alfred_tui.actions.stopping import see_through
from alfred_tui.domain.document.actions import Action, Attest
from alfred_tui.domain.duration import format_duration
from alfred_tui.domain.errors import CockpitError, NotConfigured, in_words
from alfred_tui.domain.evidence import Evidence, Outcome, Status
from alfred_tui.domain.run.events import Ask, StepFinished, StepWaiting, WorkloadActBegun, WorkloadActEnded
from alfred_tui.domain.run.resolve import resolve


async def perform(
    ctx: StepContext, performers: Mapping[type[Action], Performer]
) -> StepFinished | StepWaiting:
    """Performs the step. Cancellation by a person or a timeout is an outcome; detaching is not caught."""
    step = ctx.step
    try:
        outcome = await _outcome(ctx, performers)
    except NotConfigured as missing:
        people = getattr(step.action, "minimum", 1) if step.action.key == "approvals" else 1
        return StepWaiting(
            step=step.id,
            ask=Ask(kind="sign", prompt=step.title, because=str(missing), people=people),
        )
    except asyncio.CancelledError:
        if ctx.detached():
            raise
        if ctx.taken_up and not ctx.stop.is_told:
            from alfred_tui.actions.commands import stop_left  # imports that a run without commands saves

            await see_through(ctx.detached, stop_left(ctx))
        one = ctx.state().steps.get(step.id)
        by = f" by {one.cancelled_by}" if one and one.cancelled_by else ""
        outcome = _stopped(ctx, "cancelled", f"Cancelled{by}; what it had done so far stands.")
    if outcome.status == "passed" and step.sign:
        return StepWaiting(
            step=step.id,
            ask=_review(step.sign, step.title),
            evidence=outcome.evidence,
            outputs=outcome.outputs,
        )
    return StepFinished(step=step.id, attempt=ctx.attempt, outcome=outcome)


ACT_WITHIN = 60.0
"""Real seconds after which an act on a workload is given up: a read and a patch."""


async def perform_act(
    act: WorkloadActBegun, equipment: Equipment, performer: WorkloadPerformer
) -> WorkloadActEnded:
    """Performs an act on a workload. To be left while it runs is not caught: then its end is unseen."""
    try:
        async with asyncio.timeout(ACT_WITHIN):
            outcome = await performer(act, equipment)
    except TimeoutError:
        told = f"There was no answer within {ACT_WITHIN:.0f} s; whether it was done is not known."
        outcome = Outcome(status="error", reason=told)
    except CockpitError as error:
        outcome = Outcome(status="failed", reason=f"Nothing was changed: {error}")
    except Exception as error:  # noqa: BLE001 - the boundary of an act: a defect in it may not end the run
        told = f"It broke inside the cockpit ({in_words(error)}); this is a defect."
        outcome = Outcome(status="error", reason=told)
    return WorkloadActEnded(number=act.number, outcome=outcome)


def _review(sign: Attest, title: str) -> Ask:
    return Ask(
        kind="sign",
        prompt=sign.prompt or f"Review what was found: {title}",
        people=sign.people,
        evidence_required=sign.evidence == "required",
    )


async def _outcome(ctx: StepContext, performers: Mapping[type[Action], Performer]) -> Outcome:
    performer = performers.get(type(ctx.step.action))
    if performer is None:
        return Outcome(status="error", reason=f"This program cannot perform “{ctx.step.action.key}”.")
    try:
        ready = replace(ctx, step=resolve(ctx.step, ctx.state()))
        async with asyncio.timeout(ctx.step.timeout):
            if ctx.step.is_change:
                from alfred_tui.actions.points import before_change  # costs the cluster's imports

                if (refused := await before_change(ctx)) is not None:
                    return refused
            return await performer(ready)
    except TimeoutError:
        limit = format_duration(ctx.step.timeout or 0)
        when = f"{limit} after the run was resumed" if ctx.taken_up else f"after {limit}"
        told = f"It was not done {when} and was stopped; whether it would have been is not known."
        return _stopped(ctx, "error", told, Evidence(label="timeout", value=limit, ok=False))
    except NotConfigured:
        raise
    except CockpitError as error:
        return Outcome(status="error", reason=str(error))
    except Exception as error:  # noqa: BLE001 - the boundary of a step: a defect in one may not end the run
        return Outcome(
            status="error",
            reason=f"The step broke inside the cockpit ({in_words(error)}); this is a defect.",
        )


def _stopped(ctx: StepContext, status: Status, reason: str, *evidence: Evidence) -> Outcome:
    """The outcome of what was stopped, with how; `interrupted` where it may have gone on."""
    if ctx.stop.uncertain:
        status, reason = "interrupted", ctx.stop.uncertain
    return Outcome(status=status, reason=reason, evidence=(*evidence, *ctx.stop.evidence))
