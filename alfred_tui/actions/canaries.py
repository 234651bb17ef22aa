"""The bake and its judgement: sample canary and stable on an even beat, then judge what was measured.

The bake goes on where it was: its measurements are in the journal, and a cockpit that was restarted samples
from there to the end.
"""

from collections.abc import Sequence

from alfred_tui.actions.context import StepContext
from alfred_tui.domain.actions import Canary, CanaryMetric, Compare
from alfred_tui.domain.canary import Measurement
from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.errors import NotAnswered
from alfred_tui.domain.evidence import Evidence, Outcome
from alfred_tui.domain.judgement import MetricVerdict, judge_canary
from alfred_tui.metrics.measure import Tracks, measure

MOST_GAPS = 0.5
"""A bake with more gaps than this share of its samples has not been watched."""


async def canary(ctx: StepContext) -> Outcome:
    """Samples for the whole bake. Judges only whether there is enough to judge."""
    action = ctx.step.action
    assert isinstance(action, Canary)
    source = ctx.metrics()
    clock, own = ctx.clock, ctx.state().steps[ctx.step.id]
    begin = own.started_at + action.initial_delay
    end = begin + action.bake
    tracks = Tracks(service=action.service, canary=action.canary, baseline=action.baseline)
    due = begin
    if own.measurements:
        due = own.measurements[-1].canary.at + action.interval
    while due <= end:
        await clock.sleep(due - clock.now())
        at = clock.now()
        measured = await measure(source, action.metrics, tracks, at)
        note = f"{format_elapsed(at - begin)} of {format_elapsed(action.bake)}"
        await ctx.progress(note, measured)
        # What was missed (a restart, a slow answer) is not made up: a gap stays a gap.
        due = max(due + action.interval, clock.now())
    return baked(action, ctx.state().steps[ctx.step.id].measurements)


def baked(action: Canary, measurements: Sequence[Measurement]) -> Outcome:
    """Whether the bake can be judged at all."""
    facts, short = [], []
    for metric in action.metrics:
        own = [one for one in measurements if one.metric == metric.name]
        for side, samples in (("canary", [m.canary for m in own]), ("stable", [m.baseline for m in own])):
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
    """One metric of the bake, judged by its limit and against stable."""
    action = ctx.step.action
    assert isinstance(action, Compare)
    state = ctx.state()
    baking = state.step(action.canary).action
    own = state.steps[action.canary]
    if not isinstance(baking, Canary):
        raise NotAnswered(f"The step {action.canary} is no canary step.")
    metric = next((one for one in baking.metrics if one.name == action.metric), None)
    if metric is None:
        raise NotAnswered(f"The canary step {action.canary} measures no {action.metric}.")
    if not own.measurements:
        return Outcome(
            status="inconclusive", reason=f"The step {action.canary} has measured nothing ({own.status})."
        )
    verdict = judge_canary(
        metric,
        own.measurements,
        interval=baking.interval,
        min_points=baking.min_points,
        now=own.ended_at or ctx.clock.now(),
    )
    facts = _facts(metric, verdict)
    outputs: dict[str, str] = {"verdict": verdict.status}
    return Outcome(status=verdict.status, reason=verdict.reason, evidence=facts, outputs=outputs)


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
