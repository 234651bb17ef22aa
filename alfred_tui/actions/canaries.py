"""The bake and its judgement: sample canary and stable on an even beat, then judge what was measured.

On a ladder each rung has a weight and a bake of its own; its beginning is recorded as a mark.

The bake goes on where it was: its measurements are in the journal, and a cockpit that was restarted samples
from there to the end.
"""

from collections.abc import Sequence
from math import isnan

import msgspec

from alfred_tui.actions.context import StepContext
from alfred_tui.domain.canary import Measurement
from alfred_tui.domain.document.actions import Canary, CanaryMetric, Compare, Rung
from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.errors import NotAnswered, NotConfigured
from alfred_tui.domain.evidence import Evidence, Outcome
from alfred_tui.domain.judging.analysis import ended_by
from alfred_tui.domain.judging.verdict import MetricVerdict, Verdict, alone_from, judge_canary
from alfred_tui.metrics.measure import Tracks, measure

MOST_GAPS = 0.5
"""A bake with more gaps than this share of its samples has not been watched."""


async def canary(ctx: StepContext) -> Outcome:
    """Samples for the whole bake, or rung by rung of its ladder, with a judgement at the end of each rung."""
    action = ctx.step.action
    assert isinstance(action, Canary)
    told: list[Evidence] = []
    for number, rung in enumerate(action.steps or (Rung(weight=0, bake=action.bake),)):
        begin = await _begin(ctx, action, number, rung)
        early = await _bake(ctx, action, rung, begin + action.initial_delay)
        measured = [m for m in ctx.state().steps[ctx.step.id].measurements if m.canary.at >= begin]
        if early is None and action.steps:
            early = _judged(ctx, action, rung, measured)
        if early is not None and early.status != "passed":
            return await _given_up(ctx, action, early, told)
        told += early.evidence if early else ()
    own = ctx.state().steps[ctx.step.id]
    outcome = baked(action, own.measurements, alone_from(action, own.marks))
    return msgspec.structs.replace(outcome, evidence=(*told, *outcome.evidence))


async def _begin(ctx: StepContext, action: Canary, number: int, rung: Rung) -> float:
    """When the rung began: as recorded, or now that its weight is set. A bake without rungs began with its
    step."""
    own = ctx.state().steps[ctx.step.id]
    if not action.steps:
        return own.started_at
    if number < len(own.marks):
        return own.marks[number].at
    if action.traffic is None:
        raise NotConfigured("The ladder does not say how its weights are set (traffic).")
    from alfred_tui.cluster.changes.traffic import set_weight

    done = await set_weight(await ctx.connection(), ctx.namespace(), action.traffic, rung.weight)
    await ctx.progress(done.told, mark=f"{rung.weight} %")
    return ctx.state().steps[ctx.step.id].marks[number].at


async def _bake(ctx: StepContext, action: Canary, rung: Rung, begin: float) -> Outcome | None:
    """Samples until the rung's end. An outcome when its limits on bad samples ended it before."""
    source, clock = ctx.metrics(), ctx.clock
    tracks = Tracks(service=action.service, canary=action.canary, baseline=action.baseline)
    earlier = [one for one in ctx.state().steps[ctx.step.id].measurements if one.canary.at >= begin]
    due = earlier[-1].canary.at + action.interval if earlier else begin
    while due <= begin + rung.bake:
        await clock.sleep(due - clock.now())
        at = clock.now()
        measured = await measure(source, action.metrics, tracks, at, action.requests)
        share = f" at {rung.weight} %" if action.steps else ""
        await ctx.progress(f"{format_elapsed(at - begin)} of {format_elapsed(rung.bake)}{share}", measured)
        if action.limits:
            own = [one for one in ctx.state().steps[ctx.step.id].measurements if one.canary.at >= begin]
            kind, why = ended_by(action.limits, action.metrics, own)
            if kind != "good":
                return Outcome(status=kind, reason=f"The bake was ended{share}: {why}.")
        # What was missed (a restart, a slow answer) is not made up: a gap stays a gap.
        due = max(due + action.interval, clock.now())
    return None


def _judged(ctx: StepContext, action: Canary, rung: Rung, measured: Sequence[Measurement]) -> Outcome:
    """The judgement at the end of a rung, of what was measured on it."""
    found = judge_canary(action, measured, ctx.state().steps[ctx.step.id].marks, ctx.clock.now())
    facts = tuple(
        Evidence(label=f"{rung.weight} % {one.metric}", value=one.reason, ok=one.status == "passed")
        for one in found.metrics
    )
    return Outcome(
        status=found.status,
        reason="" if found.status == "passed" else f"At {rung.weight} %: {found.reason}",
        evidence=(*facts, *_requests(found)),
    )


async def _given_up(ctx: StepContext, action: Canary, outcome: Outcome, told: Sequence[Evidence]) -> Outcome:
    """The outcome; a canary that failed loses its traffic, one that nobody could judge keeps it."""
    facts = (*told, *outcome.evidence)
    if outcome.status == "failed" and action.traffic is not None and action.steps:
        from alfred_tui.cluster.changes.traffic import set_weight

        done = await set_weight(await ctx.connection(), ctx.namespace(), action.traffic, 0)
        await ctx.progress(done.told, mark="0 %")
        facts = (*facts, Evidence(label="traffic", value=f"taken back: {done.told}"))
    return Outcome(status=outcome.status, reason=outcome.reason, evidence=facts)


def baked(action: Canary, measurements: Sequence[Measurement], alone: float | None = None) -> Outcome:
    """Whether the bake can be judged at all. `alone`: from when on stable has no traffic, and no samples."""
    facts, short = [], []
    for metric in action.metrics:
        own = [one for one in measurements if one.metric == metric.name]
        beside = [one.baseline for one in own if alone is None or one.baseline.at < alone]
        for side, samples in (("canary", [one.canary for one in own]), ("stable", beside)):
            if alone is not None and not samples:
                continue
            good = sum(1 for one in samples if one.state == "ok")
            gaps = [one for one in samples if one.state != "ok"]
            why = f", {len(gaps)} gaps ({gaps[-1].message or gaps[-1].state})" if gaps else ""
            enough = good >= action.min_points and len(gaps) <= MOST_GAPS * max(1, len(samples))
            facts.append(Evidence(label=f"{side} {metric.name}", value=f"{good} samples{why}", ok=enough))
            if not enough:
                short.append(f"{side} {metric.name} has {good} samples and {len(gaps)} gaps")
    if short or not action.metrics:
        reason = "; ".join(short[:2]) or "no metric was asked for"
        return Outcome(
            status="inconclusive", reason=f"There is too little to judge: {reason}.", evidence=tuple(facts)
        )
    points = len(measurements) // len(action.metrics)
    return Outcome(status="passed", evidence=tuple(facts), outputs={"points": str(points)})


async def compare(ctx: StepContext) -> Outcome:
    """One metric of the bake, judged by its limit and against stable; or all of them, by their score."""
    action = ctx.step.action
    assert isinstance(action, Compare)
    state = ctx.state()
    baking = state.step(action.canary).action
    own = state.steps[action.canary]
    if not isinstance(baking, Canary):
        raise NotAnswered(f"The step {action.canary} is no canary step.")
    metric = next((one for one in baking.metrics if one.name == action.metric), None)
    if action.metric and metric is None:
        raise NotAnswered(f"The canary step {action.canary} measures no {action.metric}.")
    if not own.measurements:
        return Outcome(
            status="inconclusive", reason=f"The step {action.canary} has measured nothing ({own.status})."
        )
    found = judge_canary(baking, own.measurements, own.marks, own.ended_at or ctx.clock.now())
    if metric is None:
        return _all(found)
    verdict = next(one for one in found.metrics if one.metric == metric.name)
    facts = (*_facts(metric, verdict), *_requests(found))
    outputs: dict[str, str] = {"verdict": verdict.status}
    return Outcome(status=verdict.status, reason=verdict.reason, evidence=facts, outputs=outputs)


def _all(found: Verdict) -> Outcome:
    """The outcome of all metrics together."""
    facts = [
        Evidence(label=one.metric, value=f"{one.classification}: {one.reason}", ok=one.status == "passed")
        for one in found.metrics
    ]
    facts.append(Evidence(label="score", value=f"{found.score:g}", kind="number"))
    return Outcome(
        status=found.status,
        reason=found.reason,
        evidence=(*facts, *_requests(found)),
        outputs={"verdict": found.status, "score": f"{found.score:g}"},
    )


def _requests(found: Verdict) -> tuple[Evidence, ...]:
    counted = next((one.requests for one in found.metrics if one.requests is not None), None)
    if counted is None:
        return ()
    told = "not known" if isnan(counted) else f"about {counted:.0f}"
    return (Evidence(label="requests to the canary", value=told, kind="number"),)


def _facts(metric: CanaryMetric, verdict: MetricVerdict) -> tuple[Evidence, ...]:
    facts = [
        Evidence(
            label="verdict",
            value=f"{verdict.classification}: {verdict.reason}",
            ok=verdict.status == "passed",
        ),
        Evidence(label="samples", value=f"{verdict.canary_points} canary, {verdict.baseline_points} stable"),
    ]
    if metric.limit is not None:
        told = f"{metric.limit:g}{metric.unit} for {format_elapsed(metric.limit_for)}"
        now = f", broken for {format_elapsed(verdict.broken_for)}" if verdict.broken_for else ""
        facts.append(Evidence(label="limit", value=told + now, kind="number"))
    if verdict.shift is not None:
        low, high = verdict.shift.low, verdict.shift.high
        value = f"{verdict.shift.estimate:.3g}{metric.unit} ({low:.3g} to {high:.3g})"
        facts.append(Evidence(label="shift of canary over stable", value=value, kind="number"))
    return tuple(facts)
