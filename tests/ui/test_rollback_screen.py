"""The way back: seen in full before anything happens, started by a typed word, then watched."""

from typing import Any

import msgspec
import pytest
from alfred_tui.domain.cluster.needs import ACTS
from alfred_tui.domain.cluster.rights import Rights
from alfred_tui.domain.rollback.point import RollbackPoint, WorkloadPoint
from alfred_tui.domain.run.events import PointCaptured, TriggerMoved
from alfred_tui.domain.run.intents import RollBack
from alfred_tui.domain.run.triggers import TriggerState
from alfred_tui.ui.screens.rollback import RollbackScreen
from textual.widgets import Input

from tests.ui.fakes import NOON, FakeCluster, FakeRun, revision, rollout
from tests.ui.seat import NARROW, seat


def with_point(**fields: Any) -> FakeRun:
    run = FakeRun(**fields)
    saved = tuple(
        WorkloadPoint(
            namespace="shop", name=name, revision=12, images={"app": f"registry.example/{name}:2.4.0"}
        )
        for name in ("shop", "search")
    )
    run.record(PointCaptured(point=RollbackPoint(at=NOON - 600, workloads=saved)))
    return run


async def test_two_keystrokes_show_everything_before_anything_happens() -> None:
    run = with_point()
    async with seat(run) as lead:
        await lead.press("ctrl+r")
        await lead.sees(
            "Nothing has happened yet.",
            "captured at 11:50:00",
            "rev 13 2.5.0",
            "rev 12 2.4.0",
            "1. Put the old version back",
            "changes the environment",
            "Migrations stay applied.",
            "type rollback and press enter",
        )
        assert run.intents == []


async def test_the_word_starts_it_and_a_wrong_word_does_not() -> None:
    run = with_point()
    async with seat(run) as lead:
        await lead.press("ctrl+r", *"rolback", "enter")
        await lead.sees("Type rollback to confirm; nothing was done.")
        assert run.state.rollback is None
        await lead.press(*"rollback", "enter")
        await lead.until(lambda: run.state.rollback is not None)
        assert run.intents[-1] == RollBack(by="maria", procedure="application", word="rollback")


async def test_while_it_runs_every_step_shows_where_it_stands() -> None:
    run = with_point()
    async with seat(run) as lead:
        await lead.press("ctrl+r", *"rollback", "enter")
        await lead.sees("ROLLBACK UNDER WAY", "Started by maria at 12:00:00")
        run.start("undo")
        await lead.sees("▶  Put the old version back  running")
        run.finish("undo")
        run.start("verify")
        await lead.sees("✔  Put the old version back  passed", "▶  Wait for the rollouts  running")
        run.finish("verify", "failed", "search: exceeded its progress deadline")
        await lead.sees("✘  Wait for the rollouts  failed", "exceeded its progress deadline")
        assert not lead.app.screen.query_one(Input).display
        await lead.press("escape")
        await lead.sees("Rollback: Application", "decide")


async def test_a_rollback_that_is_under_way_takes_no_word_however_its_screen_was_opened() -> None:
    run = with_point()
    async with seat(run) as lead:
        await lead.press("ctrl+r", *"rollback", "enter")
        await lead.until(lambda: run.state.rollback is not None)
        run.start("undo")
        run.finish("undo", "failed", "search: is paused")
        await lead.press("escape", "ctrl+r")
        await lead.sees("ROLLBACK UNDER WAY", "a again")
        await lead.press(*"rollbck", "enter")
        assert len(run.state.rollbacks) == 1
        await lead.press("escape", "ctrl+r", "ctrl+r", "a")
        await lead.sees("type rollback and press enter to start")
        await lead.press(*"rollback", "enter")
        await lead.until(lambda: len(run.state.rollbacks) == 2)


async def test_beside_a_rollback_that_is_under_way_the_word_of_another_is_typed_at_once() -> None:
    run = with_point()
    async with seat(run) as lead:
        await lead.press("ctrl+r", *"rollback", "enter")
        await lead.until(lambda: run.state.rollback is not None)
        await lead.press("tab")
        await lead.sees("The backup is restored", "type rollback and press enter to start")
        await lead.press(*"rollback", "enter")
        await lead.until(lambda: len(run.state.rollbacks) == 2)


async def test_the_plan_is_read_from_its_first_line_once_it_has_begun() -> None:
    async with seat(with_point(), size=NARROW) as lead:
        await lead.press("ctrl+r", "pagedown")
        await lead.sees("+ registry.example/shop:2.4.0")
        assert "1. Put the old" not in lead.text
        await lead.press(*"rollback", "enter")
        await lead.sees("·  Put the old version back  pending")


async def test_what_changes_is_read_from_its_first_line_for_each_service() -> None:
    cluster = FakeCluster()
    cluster.diffs["shop", 13, 12] = [f"-line {number} of shop" for number in range(60)]
    cluster.diffs["search", 13, 12] = [f"-line {number} of search" for number in range(60)]
    async with seat(with_point(), cluster=cluster) as lead:
        await lead.press("ctrl+r", "down")
        await lead.sees("-line 0 of search")
        await lead.press("up")
        await lead.sees("-line 0 of shop")
        await lead.press("pagedown", "pagedown")
        await lead.sees_no("-line 0 of shop")
        await lead.press("down")
        await lead.sees("-line 0 of search")


async def test_the_arrow_keys_choose_a_service_and_a_revision_while_the_word_is_typed() -> None:
    run = with_point()
    async with seat(run) as lead:
        await lead.press("ctrl+r")
        await lead.sees("known revisions: 13, 12, 11")
        await lead.press("down", "left")
        await lead.sees("rev 11 (chosen) 2.3.0", "rev 13 → rev 11", "in search")
        await lead.press("left", "right", "right", "right")
        await lead.sees("rev 13 ✔ is there 2.5.0")
        await lead.press("left", "left", *"rollback", "enter")
        await lead.until(lambda: run.state.rollback is not None)
        assert isinstance(run.intents[-1], RollBack)
        assert run.intents[-1].targets == {"search": 11}


async def test_a_service_is_back_only_when_its_rollout_is_complete() -> None:
    run = with_point()
    old = {"app": "registry.example/shop:2.4.0"}
    back = rollout("shop", revision=14, images=old, phase="progressing", updated=2, available=2)
    cluster = FakeCluster()
    async with seat(run, cluster=cluster) as lead:
        await lead.press("ctrl+r")
        await lead.sees("known revisions: 13, 12, 11")
        await lead.press(*"rollback", "enter")
        await lead.until(lambda: run.state.rollback is not None)
        cluster.change(rollouts=(back, rollout("search")))
        await lead.sees("rev 12 rolling back 2/3")
        assert "is there" not in lead.text
        cluster.change(rollouts=(msgspec.structs.replace(back, phase="failed"), rollout("search")))
        await lead.sees("rev 12 ✘ failed 2/3")
        done = msgspec.structs.replace(back, phase="complete", updated=3, available=3)
        cluster.change(rollouts=(done, rollout("search")))
        await lead.sees("rev 12 ✔ is there 2.4.0")


async def test_the_same_images_in_another_template_are_not_the_target() -> None:
    run, cluster = with_point(), FakeCluster()
    running = rollout("shop", images={"app": "registry.example/shop:2.4.0"})
    cluster.change(rollouts=(running, rollout("search")))
    async with seat(run, cluster=cluster) as lead:
        await lead.press("ctrl+r")
        await lead.sees("known revisions: 13, 12, 11")
        assert "is there" not in lead.text


async def test_the_images_that_change_are_named() -> None:
    async with seat(with_point()) as lead:
        await lead.press("ctrl+r")
        await lead.sees("- registry.example/shop:2.5.0", "+ registry.example/shop:2.4.0")


async def test_the_whole_template_is_compared_where_it_can_be_read() -> None:
    cluster = FakeCluster()
    cluster.diffs["shop", 13, 12] = ["-memory: 384Mi of shop", "+memory: 512Mi in rev 12"]
    async with seat(with_point(), cluster=cluster) as lead:
        await lead.press("ctrl+r")
        await lead.sees("-memory: 384Mi of shop", "+memory: 512Mi in rev 12")


async def test_what_cannot_be_read_is_told_in_its_own_words() -> None:
    cluster = FakeCluster()
    cluster.failing["history"] = "This account may not list replicasets.apps in shop."
    async with seat(with_point(), cluster=cluster, size=(200, 50)) as lead:
        await lead.press("ctrl+r")
        await lead.sees("! This account may not list replicasets.apps in shop.", "Nothing has happened yet")


async def test_a_history_is_read_again_once_an_undo_has_numbered_it_otherwise() -> None:
    cluster = FakeCluster()
    cluster.change(rollouts=(rollout("shop"), rollout("search")))
    async with seat(with_point(), cluster=cluster, size=(200, 50)) as lead:
        await lead.press("ctrl+r")
        await lead.sees("known revisions: 13, 12, 11")
        cluster.revisions["shop"] = [revision("shop", number) for number in (14, 13, 11)]
        cluster.change(rollouts=(rollout("shop", revision=14), rollout("search")))
        await lead.sees("known revisions: 14, 13, 11")


async def test_a_difference_that_could_not_be_read_is_read_when_the_screen_is_opened_again() -> None:
    cluster = FakeCluster()
    cluster.failing["diff"] = "The API server did not answer."
    cluster.diffs["shop", 13, 12] = ["-memory: 384Mi of shop", "+memory: 512Mi in rev 12"]
    async with seat(with_point(), cluster=cluster, size=(200, 50)) as lead:
        await lead.press("ctrl+r")
        await lead.sees("! The API server did not answer.")
        cluster.failing.clear()
        await lead.press("tab", "shift+tab")
        await lead.sees("+memory: 512Mi in rev 12")
        await lead.sees_no("did not answer")


async def test_without_a_rollback_point_it_says_what_to_choose() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.press("ctrl+r")
        await lead.sees("No revision is pinned for shop, search", "? choose with ← →")
        await lead.press("left")
        await lead.sees("rev 13")


async def test_a_history_that_is_not_known_is_said() -> None:
    cluster = FakeCluster()
    cluster.revisions = {}
    async with seat(with_point(), cluster=cluster) as lead:
        await lead.press("ctrl+r", "left")
        await lead.sees("The history of shop is not known (yet).")


async def test_the_other_procedures_are_listed_and_can_be_started() -> None:
    run = with_point()
    async with seat(run) as lead:
        await lead.press("ctrl+r")
        await lead.sees("▐Application▌", "Database")
        await lead.press("tab")
        await lead.sees("▐Database▌", "The backup is restored")
        await lead.press(*"rollback", "enter")
        await lead.until(lambda: run.status.get("restore") == "waiting")
        await lead.sees("“The backup is restored” waits for a person: esc, then ].")
        await lead.press("escape", "right_square_bracket", "space")
        await lead.until(lambda: run.state.steps["restore"].signatures)


async def test_what_fired_is_its_reason_and_stands_beside_the_plan() -> None:
    run = with_point()
    seen = TriggerState(status="fired", since=NOON, value=2.4, subject="shop", message="shop: 2.4 % for 5:00")
    run.record(TriggerMoved(trigger="errors", state=seen))
    async with seat(run) as lead:
        await lead.press("ctrl+r")
        await lead.sees("✘ fired Error rate above 1%", "shop: 2.4 % for 5:00")
        assert "2.4%" not in lead.text
        await lead.press(*"rollback", "enter")
        await lead.until(lambda: run.state.rollback is not None)
        assert run.state.rollback is not None
        assert run.state.rollback.reason == "trigger errors fired"


async def test_escape_leaves_and_nothing_was_done() -> None:
    run = with_point()
    async with seat(run) as lead:
        await lead.press("ctrl+r", *"rollback", "escape")
        await lead.sees("CHECKLIST")
        assert run.intents == []


async def test_on_a_narrow_terminal_the_plan_carries_what_changes() -> None:
    async with seat(with_point(), size=NARROW) as lead:
        await lead.press("ctrl+r")
        await lead.sees("rev 13 2.5.0", "rev 12 2.4.0", "1. Put the old", "type rollback")
        await lead.press("pagedown")
        await lead.sees("+ registry.example/shop:2.4.0")


async def test_a_checklist_without_a_way_back_says_so() -> None:
    from alfred_tui.domain.document.checklist import Rollback
    from msgspec.structs import replace

    from tests.ui.fakes import CHECKLIST

    async with seat(FakeRun(checklist=replace(CHECKLIST, rollback=Rollback()))) as lead:
        await lead.press("ctrl+r")
        await lead.sees("This checklist has no rollback")
        await lead.press("D")
        await lead.sees("has no rollback triggers")


@pytest.mark.parametrize("size", [(60, 16), (200, 60)])
async def test_it_opens_at_any_size(size: tuple[int, int]) -> None:
    async with seat(with_point(), size=size) as lead:
        await lead.press("ctrl+r")
        await lead.until(lambda: isinstance(lead.app.screen, RollbackScreen))
        await lead.sees("type rollback", "Put the old")


async def test_a_plan_that_this_account_may_not_carry_out_says_so_before_it_is_tried() -> None:
    cluster = FakeCluster()
    rights = Rights(namespace="shop", refused=frozenset(ACTS))
    async with seat(cluster=cluster, size=(160, 45)) as lead:
        await lead.press("ctrl+r")
        await lead.sees("Nothing has happened yet.")
        cluster.change(rights=rights)
        await lead.sees("This account may not get and patch deployments.apps in shop;", "Ask for that right")
        cluster.change(rights=Rights())
        await lead.sees("Nothing has happened yet.")
