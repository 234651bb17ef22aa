"""The comparison of a bake: one metric by itself, or all of them by their score."""

from alfred_tui.actions.canaries import baked, compare
from alfred_tui.actions.context import StepContext
from alfred_tui.domain.canary import Measurement, Sample
from alfred_tui.domain.document.actions import Canary, CanaryMetric, Compare
from alfred_tui.domain.evidence import Outcome
from alfred_tui.domain.run.state import StepState

from tests.unit.engine.test_engine import Bench, document, step
from tests.unit.judgement.test_judgement import wavy

BAKE = Canary(
    service="shop",
    metrics=(
        CanaryMetric(name="errors", promql="e", critical=True),
        CanaryMetric(name="saturation", promql="s", weight=20.0),
    ),
    requests="r",
)
GOOD, BAD = wavy(200)[::-1], [value * 1.6 for value in wavy(200)]


async def compared(metric: str, *, errors: list[float], saturation: list[float]) -> StepState:
    """The comparison's step, after a bake that measured this beside a stable of 200."""

    async def baked(ctx: StepContext) -> Outcome:
        began = ctx.clock.now() - 900
        await ctx.progress(
            "",
            [
                Measurement(
                    metric=name,
                    canary=Sample(at=began + 15 * index, value=value, rate=2.0),
                    baseline=Sample(at=began + 15 * index, value=stable),
                )
                for name, values in (("errors", errors), ("saturation", saturation))
                for index, (value, stable) in enumerate(zip(values, wavy(200), strict=True))
            ],
        )
        return Outcome(status="passed")

    checklist = document(step("bake", BAKE), step("cmp", Compare(canary="bake", metric=metric)))
    async with Bench(checklist, {Canary: baked, Compare: compare}) as bench:
        state = await bench.until(lambda s: s.steps["cmp"].ended_at > 0)
    return state.steps["cmp"]


async def test_all_metrics_are_compared_by_their_weights() -> None:
    good = await compared("", errors=GOOD, saturation=GOOD)
    assert (good.status, good.outputs) == ("passed", {"verdict": "passed", "score": "100"})
    light = await compared("", errors=GOOD, saturation=BAD)
    assert (light.status, light.outputs["score"]) == ("inconclusive", "80")
    assert "score 80, pass from 95" in light.reason
    critical = await compared("", errors=BAD, saturation=GOOD)
    assert critical.status == "failed"
    assert {one.label: one.ok for one in critical.evidence} == {
        "errors": False, "saturation": True, "score": None, "requests to the canary": None,
    }  # fmt: skip


async def test_a_metric_that_is_compared_by_itself_weighs_nothing_less() -> None:
    light = await compared("saturation", errors=GOOD, saturation=BAD)
    assert (light.status, light.outputs) == ("failed", {"verdict": "failed"})
    assert [one.value for one in light.evidence if one.label == "requests to the canary"] == ["about 1800"]


async def test_a_metric_that_the_bake_does_not_measure_is_told() -> None:
    unknown = await compared("latency", errors=GOOD, saturation=GOOD)
    assert (unknown.status, unknown.reason) == ("error", "The canary step bake measures no latency.")


def test_a_stable_without_traffic_lacks_no_samples_where_a_route_gave_the_canary_all_of_it() -> None:
    """Twice as long at 100 % as before it."""
    gone = [
        Measurement(
            metric=metric.name,
            canary=Sample(at=15.0 * index, value=1.0),
            baseline=Sample(at=15.0 * index, state="ok" if index < 20 else "no-data"),
        )
        for metric in BAKE.metrics
        for index in range(60)
    ]
    assert baked(BAKE, gone).status == "inconclusive"
    assert baked(BAKE, gone, alone=15.0 * 20).status == "passed"
    only_alone = [one for one in gone if one.canary.at >= 300]
    assert baked(BAKE, only_alone, alone=300.0).status == "passed"
