"""A workload in full: its rollout, history, difference and pods; and acts that say what they will do."""

from typing import Any

import msgspec
import pytest
from alfred_tui.domain.cluster.needs import rights
from alfred_tui.domain.cluster.rights import Rights
from alfred_tui.domain.cluster.workloads import Diagnosis, Freshness
from alfred_tui.domain.evidence import Evidence, Outcome
from alfred_tui.domain.run.events import WorkloadActEnded
from alfred_tui.domain.run.intents import ActOnWorkload
from alfred_tui.ui.screens.rollout import RolloutScreen
from textual import events
from textual.widgets import Static

from tests.ui.fakes import CLUSTER, NOON, FakeCluster, FakeRun, pod, rollout
from tests.ui.seat import NARROW, Seat, seat

BAD_IMAGE = Diagnosis(
    cause="ImagePullBackOff",
    sentence="The image registry.example/shop:2.5.0 cannot be pulled: manifest unknown.",
    look_at="kubectl describe pod",
    doomed=True,
    group="ImagePullBackOff registry.example/shop:2.5.0 (manifest unknown)",
)


def shop(**fields: Any) -> FakeCluster:
    """A rollout of shop: two new pods, one of them not well, and one old."""
    moving = rollout(
        "shop", phase="progressing", message="Waiting: 1 of 3 updated replicas are available...",
        desired=3, updated=2, ready=2, available=2, revision=13, from_revision=12, newest="new",
        from_images={"app": "registry.example/shop:2.4.0"}, began_at=NOON - 40, generation=7,
    )  # fmt: skip
    pods = (
        pod("shop-new-a", owner="Deployment/shop", revision="new", created_at=NOON - 40),
        pod(
            "shop-new-b", owner="Deployment/shop", revision="new", created_at=NOON - 20, ready=0, well=False,
            status="ImagePullBackOff", diagnosis=BAD_IMAGE,
        ),
        pod("shop-old-a", owner="Deployment/shop", revision="old"),
        pod("search-a", owner="Deployment/search", revision="x"),
    )  # fmt: skip
    cluster = FakeCluster(
        msgspec.structs.replace(
            CLUSTER, pods=pods, rollouts=(msgspec.structs.replace(moving, **fields), rollout("search"))
        )
    )
    history = [msgspec.structs.replace(one, current=one.number == 13) for one in cluster.revisions["shop"]]
    cluster.revisions["shop"] = tuple(reversed(history))
    cluster.diffs["shop", 13, 12] = ["@@ -1 +1 @@", "-image: shop:2.5.0", "+image: shop:2.4.0"]
    cluster.diffs["shop", 11, 12] = ["-memory: 256Mi", "+memory: 384Mi"]
    return cluster


async def asks(lead: Seat, *texts: str) -> None:
    """Waits until the dialog says so, however its lines are broken."""

    def says(text: str) -> bool:
        found = lead.app.screen.query(Static)
        return text in " ".join(" ".join(str(one.render()) for one in found).split())

    for text in texts:
        await lead.until(lambda text=text: says(text), text)  # type: ignore[misc]


async def told(lead: Seat, text: str) -> None:
    """Waits until it is told at the edge of the screen."""
    await lead.until(
        lambda: any(text in " ".join(one.message.split()) for one in lead.app._notifications), text
    )


async def opened(lead: Seat) -> None:
    await lead.focus("#panel-rollouts")
    await lead.press("enter")
    await lead.until(lambda: isinstance(lead.app.screen, RolloutScreen))
    await lead.sees("HISTORY")


async def test_enter_on_a_rollout_shows_it_in_full() -> None:
    async with seat(cluster=shop(), size=(160, 44)) as lead:
        await opened(lead)
        await lead.sees(
            "DEPLOYMENT shop", "rev 12→13", "2 updated · 2 ready · 2 available of 3",
            "1 of 3 updated replicas are available", "shop:2.4.0 → registry.example/shop:2.5.0",
        )  # fmt: skip
        await lead.sees("1 new ready, one in 0:40; at that pace 1:20 more")
        await lead.sees("new 1/2 ready · old 1/1 ready")
        await lead.sees("(manifest unknown): 1 of 2 new pods, 0 of 1 old", "look at: kubectl describe pod")
        assert "search-a" not in lead.text


async def test_an_estimate_is_told_only_when_a_pace_is_known() -> None:
    cluster = shop()
    view = cluster.view()
    none_ready = tuple(
        msgspec.structs.replace(one, ready=0) if one.revision == "new" else one for one in view.pods
    )
    cluster.change(pods=none_ready)
    async with seat(cluster=cluster, size=(160, 44)) as lead:
        await opened(lead)
        await lead.sees("not known yet: no new pod is ready; it began 0:40 ago")
        assert "at that pace" not in lead.text


async def test_the_difference_is_that_of_the_marked_revision_and_the_one_under_the_cursor() -> None:
    async with seat(cluster=shop(), size=(160, 44)) as lead:
        await opened(lead)
        await lead.sees("that the others are compared with")
        await lead.press("down")
        await lead.sees("rev 13 → rev 12", "-image: shop:2.5.0", "+image: shop:2.4.0")
        await lead.press("down", "m", "up")
        await lead.sees("rev 11 → rev 12", "+memory: 384Mi")


async def test_what_cannot_be_read_is_told_beside_what_can() -> None:
    cluster = shop()
    cluster.failing["diff"] = "While reading replicasets/shop-12 in shop, the API server answered 403: no."
    async with seat(cluster=cluster, size=(160, 44)) as lead:
        await opened(lead)
        await lead.press("down")
        await lead.sees("! While reading replicasets/shop-12 in shop, the API server", "answered 403: no.")
        cluster.failing["history"] = "This account may not list replicasets.apps in shop."
        cluster.change(rollouts=(rollout("shop", generation=8),))
        await lead.sees("! This account may not list replicasets.apps in shop.")


async def test_the_history_counts_the_pods_anew_while_they_are_replaced() -> None:
    cluster = shop()
    async with seat(cluster=cluster, size=(160, 44)) as lead:
        await opened(lead)
        newest, *older = cluster.revisions["shop"]
        cluster.revisions["shop"] = (msgspec.structs.replace(newest, replicas=77), *older)
        view = cluster.view()
        moved = tuple(msgspec.structs.replace(one, updated=3) for one in view.rollouts)
        cluster.change(rollouts=moved)
        await lead.sees("77")


async def test_a_restart_says_what_it_does_and_wants_the_word() -> None:
    run = FakeRun()
    async with seat(run, cluster=shop(), size=(160, 44)) as lead:
        await opened(lead)
        await lead.press("r")
        await asks(lead, "Restart Deployment shop in shop", "All 3 pods are replaced")
        await lead.sees("Type restart to do it")
        await lead.press("enter")
        await asks(lead, "Type restart; nothing has been done.")
        assert run.state.acts == ()
        await lead.write("word", "restart")
        await lead.write("note", "leaking")
        await lead.press("enter")
        await lead.until(lambda: run.state.acts)
        assert run.intents == [
            ActOnWorkload(
                by="maria", kind="Deployment", name="shop", namespace="shop", act="restart", word="restart",
                note="leaking",
            )
        ]  # fmt: skip
        await lead.sees("restart of Deployment shop by maria: leaking — under way")
        fact = Evidence(label="generation", value="8")
        run.record(WorkloadActEnded(number=1, outcome=Outcome(status="passed", evidence=(fact,))))
        await lead.sees("— done (generation 8)")


async def test_an_undo_says_what_it_does_not_restore() -> None:
    run = FakeRun()
    async with seat(run, cluster=shop(), size=(160, 44)) as lead:
        await opened(lead)
        await lead.press("u")
        await lead.settle()
        assert isinstance(lead.app.screen, RolloutScreen), "the present revision is nothing to go back to"
        await lead.press("down", "u")
        await asks(lead, "Undo Deployment shop in shop to revision 12", "2.5.0 → registry.example/shop:2.4.0")
        await asks(lead, "It does not restore: replicas, strategy, ConfigMaps, Secrets, Services")
        await lead.write("word", "undo")
        await lead.press("enter")
        await lead.until(lambda: run.state.acts)
        assert run.state.acts[0].revision == 12


async def test_a_deployment_is_paused_and_resumed_with_one_key() -> None:
    run, cluster = FakeRun(), shop()
    async with seat(run, cluster=cluster, size=(160, 44)) as lead:
        await opened(lead)
        await lead.press("p")
        await asks(lead, "Pause Deployment shop", "all pods go on running")
        await lead.press("enter")
        await lead.until(lambda: run.state.acts)
        run.record(WorkloadActEnded(number=1, outcome=Outcome(status="passed")))
        cluster.change(rollouts=(rollout("shop", paused=True, phase="paused", message="Paused."),))
        await lead.sees("p resume")
        await lead.press("r")
        await told(lead, "is paused; resume it first")
        await lead.press("p")
        await asks(lead, "Resume Deployment shop", "rolled out as it stands")


STALE = Freshness(connection="stale", since=NOON - 60, heard_at=NOON - 60, message="Nothing is heard.")
NO_RIGHT = Rights(namespace="shop", refused=frozenset(rights("apps", "deployments", "patch")))


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"rollouts_freshness": STALE}, "What is shown is not live (stale); nothing is done on it."),
        ({"rights": NO_RIGHT}, "This account may not patch deployments.apps in shop."),
    ],
)
async def test_on_stale_state_or_without_the_right_nothing_is_asked(fields: dict[str, Any], why: str) -> None:
    run, cluster = FakeRun(), shop()
    cluster.change(**fields)
    async with seat(run, cluster=cluster, size=(160, 44)) as lead:
        await opened(lead)
        await lead.press("r")
        await told(lead, why)
        assert isinstance(lead.app.screen, RolloutScreen)


async def test_what_was_changed_while_it_was_asked_is_not_acted_on() -> None:
    run, cluster = FakeRun(), shop()
    async with seat(run, cluster=cluster, size=(160, 44)) as lead:
        await opened(lead)
        await lead.press("r")
        await lead.write("word", "restart")
        cluster.change(rollouts=(rollout("shop", generation=8),))
        await lead.press("enter")
        await asks(lead, "was changed meanwhile. Nothing has been done")
        assert run.intents == []


async def test_a_refusal_of_the_engine_is_told() -> None:
    run = FakeRun()
    async with seat(run, cluster=shop(), size=(160, 44)) as lead:
        await opened(lead)
        await lead.press("p", "enter")
        await lead.until(lambda: run.state.acts)
        await lead.press("p", "enter")
        await told(lead, "is under way; wait for its end.")


async def test_a_watcher_has_the_screen_without_any_act() -> None:
    async with seat(cluster=shop(), size=(160, 44), leads=False) as watcher:
        await opened(watcher)
        last = watcher.text.splitlines()[-1]
        assert "restart" not in last
        assert "undo" not in last
        assert "pause" not in last
        await watcher.press("down", "r", "u", "p")
        assert isinstance(watcher.app.screen, RolloutScreen)
        await watcher.sees("+image: shop:2.4.0")


async def test_a_set_has_no_pause() -> None:
    db = rollout("db", kind="StatefulSet", on_delete=True, newest="db-2")
    cluster = shop()
    cluster.change(rollouts=(db,))
    async with seat(cluster=cluster, size=(160, 44)) as lead:
        await opened(lead)
        assert "pause" not in lead.text.splitlines()[-1]
        await lead.press("r")
        await asks(lead, "Its strategy is OnDelete: no pod is replaced until somebody deletes it.")


async def test_on_a_narrow_terminal_its_panels_stand_one_behind_the_other() -> None:
    async with seat(cluster=shop(), size=NARROW) as lead:
        await opened(lead)
        await lead.sees("1 History", "2 Difference", "3 Pods")
        await lead.press("down", "2")
        await lead.sees("+image: shop:2.4.0")
        await lead.press("3")
        await lead.sees("shop-new-b")
        await lead.press("down")
        await lead.sees("cannot be pulled: manifest unknown")
        await lead.press("escape")
        await lead.sees("CHECKLIST")


async def test_a_workload_that_is_gone_says_so() -> None:
    cluster = shop()
    async with seat(cluster=cluster, size=(160, 44)) as lead:
        await opened(lead)
        cluster.change(rollouts=())
        await lead.sees("It is not in the cluster any more.")
        await lead.press("r")
        await told(lead, "there is nothing to act on")


async def test_keys_that_are_typed_ahead_reach_the_panel_that_the_one_before_brought_to_the_front() -> None:
    async with seat(cluster=shop(), size=(160, 44)) as lead:
        await lead.sees("ROLLOUTS")
        driver = lead.app._driver
        assert driver is not None
        for key in ("2", "enter"):
            event = events.Key(key, key if len(key) == 1 else None)
            event.set_sender(lead.app)
            driver.send_message(event)
        await lead.until(lambda: isinstance(lead.app.screen, RolloutScreen))
