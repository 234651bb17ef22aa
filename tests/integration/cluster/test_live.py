"""The live cluster against the embedded one: what the centre of the screen believes."""

import asyncio
import random
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from alfred_tui.cluster.access.connect import STRATEGIC, Connection
from alfred_tui.cluster.live import live_cluster as live_module
from alfred_tui.cluster.live.histories import history, template_diff
from alfred_tui.cluster.live.live_cluster import LiveCluster
from alfred_tui.cluster.objects.resources import DEPLOYMENTS
from alfred_tui.cluster.objects.resources import PODS as PODS_KIND
from alfred_tui.cluster.store.watch import Timing
from alfred_tui.demo.kube.objects import Key
from alfred_tui.domain.cluster.workloads import ClusterView

from tests.integration.cluster.lab import lab, pods, rollout, seen, settled

PODS = Key("", "pods")


async def set_image(connection: Connection, name: str, tag: str) -> None:
    container = {"name": name, "image": f"registry.local/{name}:{tag}"}
    body = {"spec": {"template": {"spec": {"containers": [container]}}}}
    await connection.patch(DEPLOYMENTS.path("default", name), body, content_type=STRATEGIC)


async def test_the_platform_is_shown_as_it_stands(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        view = await seen(live, settled, "the platform")
        bot = pods(view, "alfred-bot")
        assert {(one.status, one.ready, one.containers, one.well) for one in bot} == {("Running", 1, 1, True)}
        assert {one.track for one in bot} == {"stable"}
        assert bot[0].images == ("registry.local/alfred-bot:2.4.0",)
        assert rollout(view, "alfred-bot").images == {"alfred-bot": "registry.local/alfred-bot:2.4.0"}
        await seen(live, lambda v: connection.target.version.startswith("v1."), "the version")


async def test_usage_is_shown_beside_requests_and_limits(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        view = await seen(
            live,
            lambda v: (
                settled(v)
                and len(v.usage) == len(v.pods)
                and len(v.nodes) == 4
                and all(one.containers[0].memory_limit for one in v.usage)
            ),
            "usage",
        )
        used = next(one for one in view.usage if one.name.startswith("alfred-bot"))
        assert used.cpu > 0
        assert used.containers[0].memory_limit > used.containers[0].memory > 0
        assert all(node.cpu_capacity > node.cpu > 0 and node.ready for node in view.nodes)
        assert view.usage_freshness.connection == "live"


async def test_usage_that_was_there_before_the_pods_gets_its_limits_once_they_are(tmp_path: Path) -> None:
    class Held:
        """Answers nothing about pods until it may."""

        held = True

        def fault(self, method: str, path: str) -> int | None:
            return 503 if self.held and path == "/api/v1/namespaces/default/pods" else None

    held = Held()
    async with lab(tmp_path, held) as cluster, cluster.connected() as connection:
        timing = Timing(longest_pause=0.5)
        live = LiveCluster(connection, now=cluster.clock.now, usage_interval=3600, timing=timing)
        await live.start()
        try:
            await seen(live, lambda v: bool(v.usage), "usage")
            held.held = False
            await seen(live, lambda v: any(one.containers[0].memory_limit for one in v.usage), "limits")
        finally:
            await live.stop()


async def test_a_rollout_goes_through_and_its_old_pods_go(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        before = await seen(live, settled, "the platform")
        await set_image(connection, "alfred-bot", "2.5.0")
        view = await seen(live, lambda v: rollout(v, "alfred-bot").phase == "progressing", "the rollout")
        began = rollout(view, "alfred-bot").began_at
        view = await seen(
            live,
            lambda v: (
                settled(v) and rollout(v, "alfred-bot").revision == 2 and len(v.pods) == len(before.pods)
            ),
            "its end",
        )
        row = rollout(view, "alfred-bot")
        assert row.from_images == {"alfred-bot": "registry.local/alfred-bot:2.4.0"}
        assert row.from_revision == 1
        assert 0 < began <= row.ended_at <= cluster.clock.now()
        assert {one.images for one in pods(view, "alfred-bot")} == {("registry.local/alfred-bot:2.5.0",)}
        assert [
            (one.number, one.current) for one in await history(live, "Deployment", "default", "alfred-bot")
        ] == [
            (2, True),
            (1, False),
        ]
        diff = await template_diff(live, "Deployment", "default", "alfred-bot", 1, 2)
        assert [line.split("image: ")[1] for line in diff if "image: " in line] == [
            "registry.local/alfred-bot:2.4.0",
            "registry.local/alfred-bot:2.5.0",
        ]
        others = {one.name: one for one in before.pods if not one.name.startswith("alfred-bot")}
        assert all(one is others[one.name] for one in view.pods if one.name in others)


async def test_a_crash_loop_is_doomed_and_says_why(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        await seen(live, settled, "the platform")
        await set_image(connection, "financial-tax", "2.5.0-crash")
        view = await seen(live, lambda v: rollout(v, "financial-tax").phase == "doomed", "the crash loop")
        assert "cannot come up" in rollout(view, "financial-tax").message
        lost = [one for one in pods(view, "financial-tax") if not one.well]
        assert lost
        assert all(one.diagnosis is not None and one.diagnosis.doomed for one in lost)
        assert lost[0].new_restarts == lost[0].restarts > 0
        await set_image(connection, "financial-tax", "2.4.0")
        await seen(live, lambda v: settled(v) and rollout(v, "financial-tax").revision == 3, "the way back")


async def test_what_the_store_holds_equals_the_list_after_faults(tmp_path: Path) -> None:
    class Sometimes:
        """One in four watches and lists is refused or cut off."""

        random = random.Random(1)

        def fault(self, method: str, path: str) -> int | None:
            bad = method == "GET" and self.random.random() < 0.25
            return self.random.choice((429, 500, 0)) if bad else None

    async with (
        lab(tmp_path, Sometimes()) as cluster,
        cluster.connected() as connection,
        cluster.live(connection) as live,
    ):
        await seen(live, settled, "the platform", 30)
        await set_image(connection, "alfred-bot", "2.5.0")
        for _ in range(3):
            cluster.server.close_watches()
            cluster.server.expire()
            await asyncio.sleep(0.2)
        await seen(live, lambda v: settled(v) and rollout(v, "alfred-bot").revision == 2, "the rollout", 30)
        there = {one["metadata"]["name"] for one in cluster.store.list(PODS, "default")}
        await seen(live, lambda v: {one.name for one in v.pods} == there, "the same pods")


async def test_a_view_only_account_sees_all_that_it_may(tmp_path: Path) -> None:
    async with (
        lab(tmp_path) as cluster,
        cluster.connected(cluster.server.viewer_token) as connection,
        cluster.live(connection) as live,
    ):
        await seen(live, settled, "the platform")


async def test_a_wrong_token_is_expired_and_shows_nothing(tmp_path: Path) -> None:
    async with (
        lab(tmp_path) as cluster,
        cluster.connected("wrong") as connection,
        cluster.live(connection) as live,
    ):
        view = await seen(live, lambda v: v.pods_freshness.connection == "expired", "the refusal")
        assert view.pods == ()
        assert "Log in again" in view.pods_freshness.message


class Login:
    """Refuses the login of every question while it is `over`; streams that are open go on."""

    over = False

    def fault(self, method: str, path: str) -> int | None:
        return 401 if self.over and method == "GET" else None


def words(view: ClusterView) -> set[str]:
    """The words of all panels."""
    states = (view.pods_freshness, view.rollouts_freshness, view.usage_freshness)
    return {one.connection for one in states}


async def test_while_the_login_is_refused_no_panel_is_live_whatever_open_watches_still_bring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alfred_tui.cluster.live.server_link.PING", 0.05)
    login = Login()
    async with (
        lab(tmp_path, login) as cluster,
        cluster.connected() as connection,
        cluster.live(connection) as live,
    ):
        await seen(live, lambda v: settled(v) and words(v) == {"live"}, "the platform")
        login.over = True
        refused = await seen(live, lambda v: v.pods_freshness.connection == "expired", "the refusal")
        found = [refused]
        live.subscribe(lambda: found.append(live.view()))
        await set_image(connection, "alfred-bot", "2.5.0")
        view = await seen(live, lambda v: rollout(v, "alfred-bot").revision == 2, "a change by an open watch")
        assert view.rollouts_freshness.heard_at > refused.rollouts_freshness.heard_at
        assert view.rollouts_freshness.since == refused.rollouts_freshness.since
        assert set.union(*map(words, found)) == {"expired"}
        assert "Log in again" in view.rollouts_freshness.message
        login.over = False
        await seen(live, lambda v: settled(v) and words(v) == {"live"}, "the renewed login")


async def test_a_login_that_one_watch_is_refused_with_is_refused_for_all(tmp_path: Path) -> None:
    login = Login()
    async with lab(tmp_path, login) as cluster, cluster.connected() as connection:
        live = LiveCluster(connection, now=cluster.clock.now, usage_interval=3600, timing=Timing())
        await live.start()
        try:
            await seen(live, lambda v: settled(v) and words(v) == {"live"}, "the platform")
            login.over = True
            deployments = live.watch_of(DEPLOYMENTS, "default")
            assert deployments is not None
            deployments.reconnect()
            await seen(live, lambda v: v.rollouts_freshness.connection == "expired", "the refusal")
            refused = live.view()
            assert words(refused) == {"expired"}
            pods = live.watch_of(PODS_KIND, "default")
            assert pods is not None
            pods.reconnect()
            while pods.hearing.state.connection != "expired":
                await live.changed()
            assert live.view().pods_freshness.since == refused.pods_freshness.since
        finally:
            await live.stop()


async def test_an_account_that_may_not_ask_for_the_version_is_let_in_again_after_its_login_was_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alfred_tui.cluster.live.server_link.PING", 0.05)

    class Narrow(Login):
        def fault(self, method: str, path: str) -> int | None:
            return super().fault(method, path) or (403 if path == "/version" else None)

    login = Narrow()
    async with (
        lab(tmp_path, login) as cluster,
        cluster.connected() as connection,
        cluster.live(connection) as live,
    ):
        await seen(live, lambda v: settled(v) and words(v) == {"live"}, "the platform")
        login.over = True
        await seen(live, lambda v: words(v) == {"expired"}, "the refusal")
        login.over = False
        await seen(live, lambda v: settled(v) and words(v) == {"live"}, "the renewed login")


@pytest.mark.parametrize(("code", "word"), [(429, "throttled"), (500, "error"), (503, "error")])
async def test_a_server_that_answers_nothing_but_this_is_not_unreachable_in_any_panel(
    tmp_path: Path, code: int, word: str
) -> None:
    class Unwell:
        def fault(self, method: str, path: str) -> int | None:
            return code

    async with (
        lab(tmp_path, Unwell()) as cluster,
        cluster.connected() as connection,
        cluster.live(connection) as live,
    ):
        view = await seen(live, lambda v: "connecting" not in words(v), "the answers")
        assert words(view) == {word}
        assert f"the API server answered {code}" in view.usage_freshness.message


async def test_it_stops_although_a_part_of_it_has_lost_a_cancellation(tmp_path: Path) -> None:
    async def deaf() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        await asyncio.sleep(60)

    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        live = LiveCluster(connection, now=cluster.clock.now)
        await live.start()
        live._tasks.append(asyncio.create_task(deaf()))
        await asyncio.sleep(0)
        async with asyncio.timeout(20):
            await live.stop()


async def test_a_cluster_without_metrics_says_so_and_shows_the_rest(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        cluster.cluster.available = False
        async with cluster.live(connection) as live:
            view = await seen(
                live, lambda v: settled(v) and v.usage_freshness.connection != "connecting", "the platform"
            )
            assert view.usage_freshness.connection == "unreachable"
            assert "metrics server is installed but does not answer" in view.usage_freshness.message


async def test_a_server_that_goes_away_leaves_the_last_view_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alfred_tui.cluster.live.server_link.PING", 0.1)
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        before = await seen(live, settled, "the platform")
        await cluster.server.stop()
        view = await seen(live, lambda v: v.pods_freshness.connection == "unreachable", "the loss")
        assert len(view.pods) == len(before.pods)
        assert view.pods_freshness.heard_at > 0
        assert "could not be reached" in view.pods_freshness.message


async def test_after_a_lost_way_the_watches_are_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alfred_tui.cluster.live.server_link.PING", 0.05)

    class Away:
        """Answers no question about its version: the way there is gone, open streams are not told."""

        away = False

        def fault(self, method: str, path: str) -> int | None:
            return 0 if self.away and path == "/version" else None

    away = Away()
    async with (
        lab(tmp_path, away) as cluster,
        cluster.connected() as connection,
        cluster.live(connection) as live,
    ):
        before = await seen(live, settled, "the platform")
        away.away = True
        view = await seen(live, lambda v: v.pods_freshness.connection == "unreachable", "the loss")
        assert "broke the connection off" in view.pods_freshness.message
        away.away = False
        view = await seen(live, settled, "the way back")
        assert [one.name for one in view.pods] == [one.name for one in before.pods]


async def test_a_lost_server_that_answers_again_and_not_well_is_not_unreachable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alfred_tui.cluster.live.server_link.PING", 0.05)

    class Unwell:
        """Answers what it is told to when it is asked for its version; 0 is no answer."""

        code: int | None = None

        def fault(self, method: str, path: str) -> int | None:
            return self.code if path == "/version" else None

    server = Unwell()
    async with (
        lab(tmp_path, server) as cluster,
        cluster.connected() as connection,
        cluster.live(connection) as live,
    ):
        await seen(live, settled, "the platform")
        server.code = 0
        view = await seen(live, lambda v: v.pods_freshness.connection == "unreachable", "the loss")
        assert "It is asked again every 2 s." in view.pods_freshness.message
        server.code = 503
        view = await seen(live, lambda v: v.pods_freshness.connection == "stale", "an answer")
        assert "the API server answered 503" in view.pods_freshness.message


async def test_callbacks_are_coalesced_and_end_when_asked(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        await seen(live, settled, "the platform")
        times: list[float] = []
        unsubscribe = live.subscribe(lambda: times.append(asyncio.get_running_loop().time()))
        await set_image(connection, "alfred-bot", "2.5.0")
        await seen(live, lambda v: settled(v) and rollout(v, "alfred-bot").revision == 2, "the rollout")
        unsubscribe()
        unsubscribe()
        heard = len(times)
        assert heard > 2
        assert all(later - earlier >= 0.09 for earlier, later in pairwise(times))
        await set_image(connection, "alfred-bot", "2.4.0")
        await seen(live, lambda v: rollout(v, "alfred-bot").revision == 3, "another")
        assert len(times) == heard


async def test_an_unchanged_view_is_the_same_object(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        live = LiveCluster(connection, now=cluster.clock.now)
        assert live.view() is live.view()
        assert live.view().pods_freshness.connection == "connecting"


async def test_a_defect_in_who_looks_does_not_freeze_the_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "RETRY", 0.01)
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        told: list[int] = []

        def broken() -> None:
            told.append(1)
            if len(told) == 1:
                raise RuntimeError("oops")

        live.subscribe(broken)
        await seen(live, settled, "the platform")
        await set_image(connection, "alfred-bot", "2.5.0")
        async with asyncio.timeout(30):
            while len(told) < 3:
                await asyncio.sleep(0.01)
