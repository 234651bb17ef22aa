"""What each panel tells: that data is old, that there is none, how long a trigger has been rising."""

import msgspec
import pytest
from alfred_tui.domain.cluster.workloads import ClusterView, Diagnosis, Freshness
from alfred_tui.domain.run.events import Ask, StepWaiting, TriggerMoved
from alfred_tui.domain.run.triggers import TriggerState
from alfred_tui.present.canary import CanaryView
from alfred_tui.ui.widgets.canary import CanaryPanel
from alfred_tui.ui.widgets.pods import PodsPanel

from tests.ui.fakes import (
    BAD_POD,
    CANARY,
    CLUSTER,
    NOON,
    FakeCanary,
    FakeClock,
    FakeCluster,
    FakeRun,
    pod,
    rollout,
    series,
)
from tests.ui.seat import seat


@pytest.mark.parametrize(
    ("connection", "told"),
    [
        ("stale", "◐ stale for 1:30, data is 2:00 old"),
        ("unreachable", "✘ unreachable for 1:30, data is 2:00 old"),
        ("throttled", "◐ throttled for 1:30"),
        ("error", "✘ error for 1:30"),
        ("expired", "✘ expired for 1:30"),
        ("forbidden", "✘ forbidden for 1:30"),
        ("absent", "○ absent for 1:30"),
        ("not-configured", "○ not configured for 1:30"),
        ("connecting", "… connecting"),
    ],
)
async def test_data_that_is_not_live_says_so_how_old_it_is_and_what_to_do(connection: str, told: str) -> None:
    old = Freshness(
        connection=connection,  # type: ignore[arg-type]
        since=NOON - 90,
        heard_at=NOON - 120,
        message="Log in again.",
    )
    cluster = FakeCluster(msgspec.structs.replace(CLUSTER, pods_freshness=old))
    async with seat(cluster=cluster, size=(200, 40)) as lead:
        await lead.sees(told, "! Log in again.")
        assert "╌╌╌" in lead.line("PODS")
        assert "╌╌╌" not in lead.line("ROLLOUTS")


async def test_what_was_never_heard_of_is_not_counted() -> None:
    never = Freshness(connection="unreachable", since=NOON - 90, message="Check the VPN.")
    unheard = ClusterView(pods_freshness=never, rollouts_freshness=never, usage_freshness=never)
    async with seat(cluster=FakeCluster(unheard), size=(200, 40)) as lead:
        await lead.sees("unreachable for 1:30")
        assert "0 well" not in lead.text
        assert "ROLLOUTS 0" not in lead.text


async def test_the_age_of_stale_data_goes_on_counting() -> None:
    clock = FakeClock()
    old = Freshness(connection="stale", since=NOON - 10, heard_at=NOON - 10)
    cluster = FakeCluster(msgspec.structs.replace(CLUSTER, pods_freshness=old))
    async with seat(FakeRun(clock), cluster=cluster, size=(200, 40)) as lead:
        await lead.sees("data is 0:10 old")
        clock.pass_(60)
        await lead.sees("data is 1:10 old")


async def test_lists_in_place_of_a_watch_are_told_with_their_age() -> None:
    clock = FakeClock()
    listed = Freshness(connection="live", since=NOON - 90, heard_at=NOON, every=10)
    cluster = FakeCluster(msgspec.structs.replace(CLUSTER, pods_freshness=listed))
    async with seat(FakeRun(clock), cluster=cluster, size=(200, 40)) as lead:
        await lead.sees("◌ 0:00 old, watch forbidden: list every 10s")
        assert "╌╌╌" not in lead.line("PODS")
        clock.pass_(7)
        await lead.sees("0:07 old")


async def test_the_order_of_rows_stands_in_the_head_or_in_the_title_where_its_column_has_no_room() -> None:
    async with seat(size=(120, 40)) as lead:
        await lead.focus("#panel-pods")
        for told in ("NAME▲", "READ▲", "STATUS▲", "RST▲"):
            await lead.press("greater_than_sign")
            await lead.sees(told)
        await lead.press("greater_than_sign")
        await lead.sees("by CPU▲")
        await lead.press("S")
        await lead.sees("by CPU▼")


async def test_ages_of_pods_go_on_counting() -> None:
    clock = FakeClock()
    async with seat(FakeRun(clock), size=(200, 40)) as lead:
        await lead.sees("95s")
        clock.pass_(10)
        await lead.sees("105s")


async def test_without_a_cluster_the_panels_say_that_they_wait_and_the_rest_goes_on() -> None:
    waits = Freshness(connection="not-configured", since=NOON, message="Name a kubeconfig with --kubeconfig.")
    empty = ClusterView(pods_freshness=waits, rollouts_freshness=waits, usage_freshness=waits)
    async with seat(cluster=FakeCluster(empty)) as lead:
        await lead.sees("not configured", "Name a kubeconfig", "space sign off")


async def test_with_no_source_at_all_the_screen_still_leads_the_run() -> None:
    async with seat(cluster=None, canary=None) as lead:
        await lead.sees("CHECKLIST", "space sign off")
        await lead.press("ctrl+r")
        await lead.sees("not known", "No revision is pinned")


async def test_the_worst_pod_is_explained_until_the_cursor_is_on_another() -> None:
    other = msgspec.structs.replace(
        BAD_POD,
        name="shop-x",
        uid="shop-x",
        diagnosis=Diagnosis(cause="Unschedulable", sentence="waits for a volume"),
    )
    cluster = FakeCluster(msgspec.structs.replace(CLUSTER, pods=(other, pod(), BAD_POD)))
    async with seat(cluster=cluster, size=(200, 40)) as lead:
        await lead.sees("search-7f9c66b5d4-abcde: exits with code 1")
        await lead.focus("#panel-pods")
        await lead.press("down")
        await lead.sees("shop-x: waits for a volume")


async def test_pods_that_are_not_well_come_first_and_what_has_nothing_against_it_is_on_its_way() -> None:
    coming = msgspec.structs.replace(BAD_POD, name="shop-new", uid="n", status="Running", diagnosis=None)
    cluster = FakeCluster(msgspec.structs.replace(CLUSTER, pods=(pod(), coming, BAD_POD)))
    async with seat(cluster=cluster, size=(200, 40)) as lead:
        await lead.sees("▶ starting", "✘ CrashLoopB")
        panel = lead.app.screen.query_one("#panel-pods", PodsPanel)
        assert [one.uid for one in panel.rows] == [BAD_POD.uid, "n", pod().uid]


CRASH = Diagnosis(
    cause="CrashLoopBackOff",
    sentence="Container app ended with exit code 1.",
    last_words=("ERROR \x1b[2J[red]no table", "ERROR \u202eexiting"),
)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_what_a_crashed_container_wrote_last_stands_inert_under_the_sentence(
    size: tuple[int, int],
) -> None:
    crashed = msgspec.structs.replace(BAD_POD, name="shop-x", uid="shop-x", diagnosis=CRASH)
    cluster = FakeCluster(msgspec.structs.replace(CLUSTER, pods=(crashed,)))
    async with seat(cluster=cluster, size=size) as lead:
        if size == (80, 24):
            await lead.press("2")
        await lead.focus("#panel-pods")
        await lead.sees("shop-x: Container app ended with exit", "│ ERROR ␛[2J[red]no table")
        assert "\x1b" not in lead.text
        assert "\u202e" not in lead.text


async def test_the_words_of_another_pod_are_told_as_its_own() -> None:
    told = msgspec.structs.replace(CRASH, words_of="shop-y")
    crashed = msgspec.structs.replace(BAD_POD, name="shop-x", uid="shop-x", diagnosis=told)
    cluster = FakeCluster(msgspec.structs.replace(CLUSTER, pods=(crashed,)))
    async with seat(cluster=cluster, size=(200, 60)) as lead:
        await lead.sees("shop-y with the same cause said:", "ERROR ␛[2J[red]no table")


async def test_restarts_since_the_run_began_stand_out() -> None:
    async with seat(size=(200, 40)) as lead:
        assert "+3" in lead.line("✘ CrashLoop")


async def test_older_restarts_stand_apart_from_those_of_the_run() -> None:
    old = pod("old", restarts=7)
    both = pod("both", restarts=7, new_restarts=3)
    async with seat(
        cluster=FakeCluster(msgspec.structs.replace(CLUSTER, pods=(old, both))), size=(200, 40)
    ) as p:
        await p.sees("4+3")
        assert "+" not in p.line("old ")


async def test_pods_of_one_cause_are_told_together() -> None:
    why = Diagnosis(
        cause="ImagePullBackOff", sentence="It cannot be pulled.", doomed=True,
        group="ImagePullBackOff reg/alfred-bot:v2 (manifest unknown)",
    )  # fmt: skip
    bad = [pod(f"bot-{n}", ready=0, well=False, diagnosis=why) for n in range(12)]
    cluster = FakeCluster(msgspec.structs.replace(CLUSTER, pods=(*bad, BAD_POD)))
    async with seat(cluster=cluster, size=(200, 40)) as lead:
        await lead.sees("✘ 12 pods: ImagePullBackOff reg/alfred-bot:v2 (manifest unknown)")
        assert "1 pods" not in lead.text


async def test_where_there_is_room_a_pod_is_told_with_its_owner() -> None:
    owned = pod("shop-1", owner="Deployment/shop"), pod("db-0", owner="StatefulSet/db")
    cluster = FakeCluster(msgspec.structs.replace(CLUSTER, pods=owned))
    async with seat(cluster=cluster, size=(260, 40)) as lead:
        await lead.sees("OWNER", "sts/db")
        assert "node-1" in lead.line("shop-1")


async def test_pods_of_several_namespaces_say_which() -> None:
    cluster = FakeCluster(msgspec.structs.replace(CLUSTER, pods=(pod("a"), pod("b", namespace="test"))))
    async with seat(cluster=cluster, size=(200, 40)) as lead:
        await lead.sees("shop/a", "test/b")
        cluster.change(pods=(pod("a"),))
        await lead.sees_no("shop/a")


async def test_rollouts_of_several_namespaces_say_which() -> None:
    shop, test = rollout("web"), rollout("web", namespace="test", phase="failed", message="It is lost." * 9)
    cluster = FakeCluster(msgspec.structs.replace(CLUSTER, rollouts=(shop, test)))
    async with seat(cluster=cluster, size=(200, 40)) as lead:
        await lead.sees("shop/web ", "test/web ", "test/web: It is lost.")
        cluster.change(rollouts=(shop,))
        await lead.sees_no("shop/web")


async def test_a_rollout_says_what_it_waits_for_or_what_it_runs() -> None:
    cluster = FakeCluster(
        msgspec.structs.replace(
            CLUSTER,
            rollouts=(
                rollout("shop", phase="failed", message="exceeded its progress deadline", available=0),
                rollout("search"),
            ),
        )
    )
    async with seat(cluster=cluster) as lead:
        await lead.sees("✘ 1 failed", "✘ failed", "shop: exceeded its progress deadline")


@pytest.mark.parametrize(("size", "tab"), [((80, 24), "2"), ((120, 40), ""), ((200, 40), "")])
async def test_a_partitioned_rollout_says_on_how_many_pods_its_newest_revision_is(
    size: tuple[int, int], tab: str
) -> None:
    kept = rollout("ledger", kind="StatefulSet", desired=5, updated=2, available=5, kept=3)
    cluster = FakeCluster(msgspec.structs.replace(CLUSTER, rollouts=(kept,)))
    async with seat(cluster=cluster, size=size) as lead:
        await lead.press(*tab)
        await lead.sees("5/5    ✔ on 2 of 5 ")
        cluster.change(rollouts=(msgspec.structs.replace(kept, desired=500, available=500, updated=100),))
        await lead.sees("✔ on 100/500 ")
        cluster.change(rollouts=(msgspec.structs.replace(kept, updated=5),))
        await lead.sees("5/5    ✔ complete")


async def test_a_rising_trigger_shows_its_value_and_how_long_of_how_long() -> None:
    run = FakeRun()
    rising = TriggerState(
        status="pending", since=NOON - 4000, broken_for=190, value=1.4, subject="shop"
    )  # a long gap lies in between: it has not counted
    run.record(TriggerMoved(trigger="errors", state=rising))
    async with seat(run, size=(200, 40)) as lead:
        await lead.sees("◔ 1 pending", "3:10 of 5:00 1.4% shop ━━━━━───")
        gap = msgspec.structs.replace(rising, gap=True)
        run.record(TriggerMoved(trigger="errors", state=gap))
        await lead.sees("3:10 of 5:00, stopped: no data shop ━━━━━───")


async def test_the_canary_is_told_with_its_limit_verdict_and_bake() -> None:
    async with seat(size=(200, 50)) as lead:
        await lead.sees("error rate limit 1%", "✘ FAIL", "✔ PASS", "6:00 of 15:00 · 24 samples", "┄┄┄", "╌")


async def test_the_last_sample_and_the_verdict_of_the_bake_are_told_apart() -> None:
    told = msgspec.structs.replace(CANARY.metrics[0], reason="1.4 % for 3:10 of 5:00")
    view = msgspec.structs.replace(CANARY, metrics=(told,), last_at=NOON - 10, late_after=37.5)
    async with seat(canary=FakeCanary(view), size=(200, 50)) as lead:
        await lead.sees("last 1.6%", "over the bake: 1.4 % for 3:10 of 5:00", "verdict over the bake so far")
        assert "ago" not in lead.line("CANARY")


async def test_a_rung_is_named_and_a_verdict_that_outvotes_a_metric_has_its_score() -> None:
    view = msgspec.structs.replace(CANARY, rung="25 %", verdict="inconclusive", score=80.0)
    async with seat(canary=FakeCanary(view), size=(200, 50)) as lead:
        await lead.sees("verdict at 25 % so far", "score 80")
        await lead.sees_no("over the bake")


@pytest.mark.parametrize("size", [(200, 55), (200, 40), (120, 40)])
async def test_long_reasons_and_marks_leave_the_verdict_in_view(size: tuple[int, int]) -> None:
    long = "canary p95 latency is 7.5 % lower than stable (98 % CI -21.2…-8.62 ms); only an increase counts"
    metrics = tuple(msgspec.structs.replace(one, reason=long) for one in CANARY.metrics)
    view = msgspec.structs.replace(CANARY, metrics=metrics, marks=((9, "trigger fired: error-rate"),))
    async with seat(canary=FakeCanary(view), size=size) as lead:
        await lead.sees("over the bake so far", "trigger fired", "error rate limit 1%")


async def test_samples_that_have_stopped_coming_are_not_shown_as_if_of_now() -> None:
    view = msgspec.structs.replace(CANARY, last_at=NOON - 190, late_after=37.5)
    async with seat(canary=FakeCanary(view), size=(200, 50)) as lead:
        await lead.sees("last sample 3:10 ago")
        panel = lead.app.screen.query_one(CanaryPanel)
        tones = {tone for row in panel.rows for text, tone in row if "last 1.6%" in text}
        assert tones == {"muted"}


async def test_a_bake_that_is_over_says_when_it_ended() -> None:
    view = msgspec.structs.replace(
        CANARY, phase="done", ended_at=NOON - 60, last_at=NOON - 62, late_after=37.5
    )
    async with seat(canary=FakeCanary(view), size=(200, 50)) as lead:
        await lead.sees("ended 11:59:00", "verdict over the bake")
        assert "so far" not in lead.text


async def test_a_prometheus_that_is_away_is_told_before_any_bake() -> None:
    away = Freshness(
        connection="unreachable", since=NOON - 65, message="Prometheus at p:9090 does not answer. Check it."
    )
    view = CanaryView(service="shop", freshness=away)
    async with seat(canary=FakeCanary(view), size=(200, 50)) as lead:
        await lead.sees("unreachable for 1:05", "Prometheus at p:9090 does not answer. Check it.")


async def test_a_gap_is_told_in_a_word_and_is_not_a_value() -> None:
    metric = msgspec.structs.replace(CANARY.metrics[0], canary=series(0.4, None, gap="no data"))
    view = msgspec.structs.replace(CANARY, metrics=(metric,))
    async with seat(canary=FakeCanary(view), size=(200, 50)) as lead:
        await lead.sees("no data")


async def test_without_samples_there_is_no_chart() -> None:
    metric = msgspec.structs.replace(CANARY.metrics[0], canary=series(), baseline=series(), verdict="")
    view = CanaryView(service="shop", metrics=(metric,))
    async with seat(canary=FakeCanary(view)) as lead:
        await lead.sees("error rate limit 1%", "no samples yet")
    async with seat(canary=FakeCanary(CanaryView())) as lead:
        await lead.sees("No canary is watched yet.")


async def test_why_a_person_is_asked_where_a_machine_was_meant_to_answer_is_told() -> None:
    run = FakeRun()
    ask = Ask(kind="sign", prompt="Look yourself", because="trivy is not on PATH")
    run.record(StepWaiting(step="tests", ask=ask))
    async with seat(run) as lead:
        await lead.go("tests")
        await lead.sees("◆ trivy is not on PATH", "◆ Look yourself")


async def test_a_live_panel_says_what_it_leaves_out() -> None:
    part = Freshness(connection="live", since=NOON, message="Events are not shown: no right to them.")
    cluster = FakeCluster(msgspec.structs.replace(CLUSTER, pods_freshness=part))
    async with seat(cluster=cluster, size=(200, 40)) as lead:
        await lead.sees("! Events are not shown: no right to them.")
        assert "╌╌╌" not in lead.line("PODS")


async def test_a_canarys_pods_are_marked_by_what_the_checklist_says_of_them() -> None:
    cluster = FakeCluster()
    cluster.change(
        pods=(pod("blue-7c-1", owner="Deployment/blue"), pod("green-7c-1", owner="Deployment/green"))
    )
    async with seat(cluster=cluster, size=(200, 50)) as lead:
        await lead.sees("blue-7c-1")
        panel = lead.app.screen.query_one(PodsPanel)
        panel.canaries = frozenset({"Deployment/blue"})
        panel.redraw()
        await lead.sees("◇ blue-7c-1")
        assert "◇" not in lead.line("green-7c-1")


async def test_a_workload_without_revision_numbers_shows_its_hash() -> None:
    cluster = FakeCluster()
    row = rollout("store", kind="StatefulSet", revision=0, newest="store-66b5c6b447")
    cluster.change(rollouts=(row, rollout("other", kind="DaemonSet", revision=0, newest="")))
    async with seat(cluster=cluster, size=(200, 50)) as lead:
        await lead.sees("store", "66b5c")
        assert "?" in lead.line("other")


async def test_where_the_canary_does_not_fit_its_title_has_the_verdict() -> None:
    metrics = tuple(msgspec.structs.replace(CANARY.metrics[0], name=f"metric {n}") for n in range(9))
    async with seat(
        canary=FakeCanary(msgspec.structs.replace(CANARY, metrics=metrics)), size=(80, 24)
    ) as lead:
        await lead.press("3")
        await lead.sees("metric 0")
        assert "✘ FAIL" in lead.line("CANARY")
    async with seat(canary=FakeCanary(CANARY), size=(200, 50)) as lead:
        await lead.sees("verdict over the bake so far")
        assert "FAIL" not in lead.line("CANARY")


async def test_a_countdown_stands_first_where_the_line_is_cut() -> None:
    run = FakeRun()
    long = TriggerState(status="pending", broken_for=190, value=1.4, subject="mission-control canary")
    run.record(TriggerMoved(trigger="errors", state=long))
    async with seat(run, size=(120, 40)) as lead:
        await lead.sees("3:10 of 5:00 1.4% miss")


async def test_a_trigger_that_cannot_be_seen_does_not_look_as_if_it_were_watched() -> None:
    run = FakeRun()
    away = TriggerState(gap=True, subject="shop", message="shop: Prometheus refuses the connection")
    run.record(TriggerMoved(trigger="errors", state=away))
    async with seat(run, size=(200, 40)) as lead:
        await lead.sees("not seen: shop: Prometheus refuses")
        back = msgspec.structs.replace(away, gap=False, message="")
        run.record(TriggerMoved(trigger="errors", state=back))
        await lead.sees_no("not seen")
