import math

import pytest
from alfred_tui.demo.scenarios import SERVICES
from alfred_tui.demo.traffic.counters import ERROR_RATIO, P95, REQUEST_RATE, REQUESTS
from alfred_tui.demo.traffic.traffic import CATCH_UP, STEP

from tests.unit.demo_traffic.platform import PODS, START, Platform, pod

BAKE = 900.0


def values(platform: Platform, name: str, service: str, track: str = "stable") -> list[float]:
    return [value for value in platform.series(name, service, track).values if not math.isnan(value)]


def test_every_healthy_service_keeps_both_limits() -> None:
    platform = Platform(seed=4)
    platform.run(BAKE)
    for service in SERVICES:
        ratios = values(platform, ERROR_RATIO, service)
        assert 0.002 < sum(ratios) / len(ratios) < 0.006
        assert max(ratios) < 0.01
        assert all(0.15 < value < 0.35 for value in values(platform, P95, service))


@pytest.mark.parametrize("seed", range(3))
def test_a_healthy_canary_keeps_both_limits_through_the_bake(seed: int) -> None:
    platform = Platform(seed=seed)
    platform.start_canary()
    platform.run(60 + BAKE)
    ratios = values(platform, ERROR_RATIO, "alfred-bot", "canary")[12:]
    assert len(ratios) > 170
    assert max(ratios) < 0.01
    assert max(values(platform, P95, "alfred-bot", "canary")) < 0.35


def test_the_canary_takes_a_tenth_of_its_service() -> None:
    platform = Platform()
    before = platform.now(REQUEST_RATE, "alfred-bot")
    platform.start_canary()
    platform.run(300)
    stable = platform.now(REQUEST_RATE, "alfred-bot")
    canary = platform.now(REQUEST_RATE, "alfred-bot", "canary")
    assert before is not None
    assert stable is not None
    assert canary is not None
    assert canary / (canary + stable) == pytest.approx(0.1, abs=0.01)
    assert canary + stable == pytest.approx(before, rel=0.25)


def test_a_canary_with_errors_fails_one_request_in_twenty_from_the_start() -> None:
    platform = Platform("canary-errors")
    platform.start_canary()
    platform.run(120)
    early = platform.now(ERROR_RATIO, "alfred-bot", "canary")
    platform.run(BAKE)
    late = platform.now(ERROR_RATIO, "alfred-bot", "canary")
    assert early is not None
    assert late is not None
    assert 0.035 < early < 0.075
    assert 0.035 < late < 0.075
    stable = platform.now(ERROR_RATIO, "alfred-bot")
    assert stable is not None
    assert stable < 0.01


def test_a_slow_canary_is_slow_without_failing() -> None:
    platform = Platform("canary-latency")
    platform.start_canary()
    platform.run(300)
    slow = platform.now(P95, "alfred-bot", "canary")
    ratio = platform.now(ERROR_RATIO, "alfred-bot", "canary")
    assert slow is not None
    assert ratio is not None
    assert 0.6 < slow < 1.1
    assert ratio < 0.01


def test_the_bad_version_is_as_bad_on_the_stable_track() -> None:
    platform = Platform("canary-errors")
    for number in range(3):
        platform.store.delete(PODS, "default", f"alfred-bot-stable-{number}")
        platform.store.create(PODS, pod("alfred-bot", number + 3, tag="2.6.0"))
    platform.run(120)
    ratio = platform.now(ERROR_RATIO, "alfred-bot")
    assert ratio is not None
    assert ratio > 0.035


def test_the_canary_has_series_only_while_it_has_ready_pods() -> None:
    platform = Platform()
    assert platform.now(REQUEST_RATE, "alfred-bot", "canary") is None
    platform.start_canary()
    platform.run(60)
    assert platform.now(REQUEST_RATE, "alfred-bot", "canary") is not None
    platform.end_canary()
    platform.run(65)
    assert platform.now(REQUEST_RATE, "alfred-bot", "canary") is None
    assert set(platform.traffic.exposed("alfred-bot") or {}) == {"stable"}


def test_a_new_canary_counts_from_zero() -> None:
    platform = Platform()
    platform.start_canary()
    platform.run(120)
    first = (platform.traffic.exposed("alfred-bot") or {})["canary"]
    platform.end_canary()
    platform.run(10)
    platform.start_canary()
    platform.run(10)
    second = (platform.traffic.exposed("alfred-bot") or {})["canary"]
    assert sum(second.codes) < sum(first.codes) / 4
    rate = platform.now(REQUEST_RATE, "alfred-bot", "canary")
    assert rate is not None
    assert rate >= 0


def test_pods_that_are_not_ready_answer_everything_with_503() -> None:
    platform = Platform()
    platform.unready("financial-tax")
    platform.run(120)
    assert platform.now(ERROR_RATIO, "financial-tax") == 1.0
    assert platform.now("up", "financial-tax") == 1.0
    p95 = platform.now(P95, "financial-tax")
    assert p95 is not None
    assert math.isnan(p95)


def test_a_service_without_pods_is_not_up_and_has_no_series() -> None:
    platform = Platform()
    platform.remove("financial-tax")
    platform.run(65)
    assert platform.now("up", "financial-tax") == 0.0
    assert platform.now(ERROR_RATIO, "financial-tax") is None
    assert platform.traffic.exposed("financial-tax") is None
    assert platform.now(ERROR_RATIO, "mission-control") is not None


def test_a_crashing_pod_costs_its_service_some_requests() -> None:
    platform = Platform()
    platform.store.create(PODS, pod("financial-tax", 9, tag="2.5.0", ready=False))
    waiting = {"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "restartCount": 3}
    platform.change("financial-tax-stable-9", containerStatuses=[waiting])
    platform.run(120)
    ratio = platform.now(ERROR_RATIO, "financial-tax")
    assert ratio is not None
    assert 0.009 < ratio < 0.03


def test_in_the_metrics_gap_nothing_is_scraped() -> None:
    platform = Platform("metrics-gap")
    platform.start_canary()
    platform.run(115)
    assert platform.now(ERROR_RATIO, "alfred-bot", "canary") is not None
    platform.run(70)
    assert platform.now(ERROR_RATIO, "alfred-bot", "canary") is None
    assert platform.now(ERROR_RATIO, "mission-control") is None
    assert platform.now("up", "mission-control") == 0.0
    assert platform.traffic.exposed("mission-control") is None


def test_counters_never_fall_while_the_pods_stay() -> None:
    platform = Platform("canary-errors")
    platform.start_canary()
    platform.run(BAKE)
    for one in platform.traffic.series():
        if one.labels["__name__"].startswith("http_"):
            assert list(one.values) == sorted(one.values)


def test_failures_are_those_of_the_raw_counters() -> None:
    platform = Platform("canary-errors")
    platform.start_canary()
    platform.run(300)
    now = platform.clock.time
    failed = total = 0.0
    for one in platform.traffic.series():
        labels = one.labels
        if labels["__name__"] != REQUESTS or labels["track"] != "canary":
            continue
        window = one.window(now - 60, now)
        grown = window[-1][1] - window[0][1]
        total += grown
        failed += grown if labels["code"].startswith("5") else 0
    assert platform.now(ERROR_RATIO, "alfred-bot", "canary") == pytest.approx(failed / total)


def test_the_same_seed_gives_the_same_traffic() -> None:
    first, second, other = Platform(seed=2), Platform(seed=2), Platform(seed=3)
    for platform in (first, second, other):
        platform.run(60)
    assert first.now(REQUEST_RATE, "alfred-bot") == second.now(REQUEST_RATE, "alfred-bot")
    assert first.now(REQUEST_RATE, "alfred-bot") != other.now(REQUEST_RATE, "alfred-bot")


def test_the_time_before_the_first_tick_is_filled_in() -> None:
    platform = Platform(history=300)
    series = platform.series("up", "alfred-bot")
    assert series.times[0] == START - 300
    assert series.times[-1] == START
    assert platform.traffic.sampled_at == START


def test_a_long_pause_is_caught_up_by_a_bounded_number_of_samples() -> None:
    platform = Platform()
    before = len(platform.series("up", "alfred-bot").times)
    platform.clock.time += 10_000
    platform.traffic.tick()
    series = platform.series("up", "alfred-bot")
    assert len(series.times) - before == CATCH_UP
    assert platform.clock.time - STEP < series.times[-1] <= platform.clock.time
