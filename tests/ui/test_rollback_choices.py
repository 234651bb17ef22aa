"""What is chosen and told on the rollback screen before it starts: services, order, pauses, the overlay."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from alfred_tui.domain.document import actions as a
from alfred_tui.domain.document.checklist import Checklist, Step
from alfred_tui.domain.rollback.pins import Pin
from alfred_tui.domain.rollback.point import RollbackPoint, WorkloadPoint
from alfred_tui.domain.run.events import PointCaptured, StepSigned
from alfred_tui.domain.run.intents import Confirm, RollBack

from tests.ui.fakes import CHECKLIST, NOON, FakeCluster, FakeRun, rollout
from tests.ui.seat import NARROW, seat
from tests.ui.test_rollback_screen import with_point

BOTH = ("shop", "search")


def with_undo(*more: Step, **undo: Any) -> Checklist:
    """The checklist with another undo in its application procedure, and more steps."""
    application, *others = CHECKLIST.rollback.procedures
    first, *rest = application.steps
    first = msgspec.structs.replace(first, action=a.Undo(deployments=BOTH, **undo))
    application = msgspec.structs.replace(application, steps=(first, *rest, *more))
    rollback = msgspec.structs.replace(CHECKLIST.rollback, procedures=(application, *others))
    return msgspec.structs.replace(CHECKLIST, rollback=rollback)


def paused() -> FakeCluster:
    cluster = FakeCluster()
    cluster.change(rollouts=(rollout("shop", paused=True), rollout("search")))
    return cluster


async def test_a_paused_deployment_is_told_beforehand_with_what_is_done_about_it() -> None:
    async with seat(with_point(checklist=with_undo(resume=True)), cluster=paused()) as lead:
        await lead.press("ctrl+r")
        await lead.sees("rev 13 paused 2.5.0", "! shop: paused. The undo resumes it in the same change")


async def test_a_paused_deployment_that_the_undo_would_refuse_is_told_with_the_command() -> None:
    rehearsed: list[str] = []

    async def rehearse(name: str, revision: int) -> str | None:
        rehearsed.append(name)
        return ""

    checklist = with_undo()
    async with seat(
        with_point(checklist=checklist), cluster=paused(), rehearse=rehearse, size=(160, 40)
    ) as lead:
        await lead.press("ctrl+r")
        await lead.sees("this undo refuses it", "kubectl rollout resume", "✘ it is paused")
        await lead.until(lambda: rehearsed == ["search"])
        await lead.sees_no("the server would take it")


def lost() -> tuple[FakeRun, FakeCluster]:
    """A history that has lost the point's revision, of which the point kept the template."""
    saved = WorkloadPoint(
        namespace="shop", name="shop", revision=10, images={"app": "registry.example/shop:2.4.0"},
        template={"spec": {}},
    )  # fmt: skip
    run = FakeRun()
    run.record(PointCaptured(point=RollbackPoint(at=NOON - 600, workloads=(saved,))))
    return run, FakeCluster()


async def test_a_revision_that_the_history_has_lost_is_put_back_from_the_point_and_this_is_told() -> None:
    run, cluster = lost()
    async with seat(run, cluster=cluster, size=(160, 40)) as lead:
        await lead.press("ctrl+r")
        await lead.sees("! shop: the history does not hold revision 10 any more.", "point kept is put back.")
        await lead.sees("the rollback point's own template")


async def test_another_revision_that_was_chosen_leads_back_to_the_points_that_the_history_has_lost() -> None:
    run, cluster = lost()
    async with seat(run, cluster=cluster, size=(160, 40)) as lead:
        await lead.press("ctrl+r")
        await lead.sees("rev 10 2.4.0", "known revisions: 13, 12, 11")
        await lead.press("right")
        await lead.sees("rev 11 (chosen)")
        await lead.press("left")
        await lead.sees("rev 10 2.4.0")
        await lead.press("left", *"rollback", "enter")
        await lead.until(lambda: run.state.rollback is not None)
        assert run.state.rollback is not None
        assert run.state.rollback.targets["shop"] == 10


async def test_space_leaves_a_service_out_and_takes_it_in_again() -> None:
    run = with_point()
    async with seat(run) as lead:
        await lead.press("ctrl+r")
        await lead.sees("space leave out")
        await lead.press("down", "space")
        await lead.sees("left out", "! Left out, and not touched: search.")
        await lead.sees("put back the pinned revision's pod template of shop\n".strip())
        await lead.press("space")
        await lead.sees_no("Left out")
        await lead.press("space", *"rollback", "enter")
        await lead.until(lambda: run.state.rollback is not None)
        assert run.intents[-1] == RollBack(
            by="maria", procedure="application", word="rollback", left_out=("search",)
        )
        assert run.state.rollback is not None
        assert [getattr(one.action, "deployments", ()) for one in run.state.rollback.steps] == [("shop",)] * 2
        await lead.sees("left out")  # it runs the new version still, and stays on the screen


async def test_the_stated_order_is_told_and_can_be_set_aside() -> None:
    run = with_point(checklist=with_undo(order=("search", "shop")))
    async with seat(run) as lead:
        await lead.press("ctrl+r")
        await lead.sees("! One after another, each once the one before is complete: search, shop.")
        await lead.sees("^o side by side")
        await lead.press("ctrl+o")
        await lead.sees_no("One after another")
        await lead.sees("^o in order")
        await lead.press(*"rollback", "enter")
        await lead.until(lambda: run.state.rollback is not None)
        assert isinstance(run.intents[-1], RollBack)
        assert run.intents[-1].side_by_side


PIN = Step(
    id="pin",
    title="Pin the overlay",
    action=a.PinImages(overlay="k8s/prod", deployments=BOTH),
    confirm="pin",
    needs=("undo",),
)


async def offered(overlay: str, pins: Sequence[Pin]) -> Sequence[str]:
    await asyncio.sleep(0)
    names = " ".join(one.name.rpartition("/")[2] for one in pins)
    return (f"--- a/{overlay}", "-  newTag: 2.5.0", f"+  newTag: {pins[0].tag} of {names}")


async def test_the_overlays_pin_is_shown_as_a_diff_before_anything_happens() -> None:
    run = with_point(checklist=with_undo(PIN))
    async with seat(run, pin=offered) as lead:
        await lead.press("ctrl+r")
        await lead.sees("k8s/prod is pinned by a step", "-  newTag: 2.5.0", "+  newTag: 2.4.0 of shop search")
        await lead.press("space")
        await lead.sees("+  newTag: 2.4.0 of search")
        assert run.intents == []


async def test_the_overlay_is_written_by_a_key_and_a_word() -> None:
    run = with_point(checklist=with_undo(PIN))
    async with seat(run, pin=offered, size=NARROW) as lead:
        await lead.press("ctrl+r", "w")
        await lead.sees("w")  # a letter of the word's line, and no key, before the start
        await lead.press("backspace", *"rollback", "enter")
        await lead.until(lambda: run.state.rollback is not None)
        run.start("undo")
        run.finish("undo")
        await lead.sees("The overlay waits to be pinned", "w pin the overlay")
        await lead.press("w")
        await lead.write("word", "pin")
        await lead.press("enter")
        await lead.until(lambda: run.intents[-1] == Confirm(by="maria", step="pin", word="pin"))
        assert run.state.steps["pin"].confirmed_by == "maria"
        await lead.sees("↑↓ service", "pgdn read on")


async def test_what_the_backup_is_worth_and_who_was_told_stands_under_the_plan() -> None:
    point = Step(
        id="look", title="The point", action=a.CapturePoint(deployments=BOTH, restore_tested=("backup",))
    )
    *first, last = CHECKLIST.phases
    section = last.sections[0]
    section = msgspec.structs.replace(section, steps=(section.steps[0], point))
    phases = (*first, msgspec.structs.replace(last, sections=(section,)))
    run = with_point(checklist=msgspec.structs.replace(CHECKLIST, phases=phases))
    async with seat(run, size=(160, 40)) as lead:
        await lead.press("ctrl+r")
        await lead.sees("restore tested: not known: “The backup was restored once” is waiting")
        await lead.sees("told: not known")
        run.record(StepSigned(step="backup", by="ann", note="into staging, 14 min"))
        run.record(StepSigned(step="look", by="maria", note="on-call and #deploy"))
        await lead.sees("said by ann:", "into staging, 14 min", "told: on-call and #deploy (signed by maria")


async def test_a_rollback_that_failed_in_part_is_run_again_or_forward_from_the_screen() -> None:
    run = with_point()
    async with seat(run) as lead:
        await lead.press("ctrl+r", *"rollback", "enter")
        await lead.until(lambda: run.state.rollback is not None)
        run.start("undo")
        await lead.sees("▶  Put the old version back  running")
        assert "a again" not in lead.text
        run.finish("undo", "failed", "search: is paused")
        await lead.sees("a again")
        await lead.press("a")
        await lead.sees(
            "It was started before.", "type rollback and press enter", "1. Put the old version back"
        )
        await lead.press("right", *"rollback", "enter")
        await lead.until(lambda: len(run.state.rollbacks) == 2)
        assert isinstance(run.intents[-1], RollBack)
        assert run.intents[-1].targets == {"shop": 13}
        await lead.sees("ROLLBACK UNDER WAY")


async def test_a_rollback_that_was_begun_again_stays_in_the_checklist_with_what_it_came_to() -> None:
    run = with_point()
    async with seat(run, size=(160, 40)) as lead:
        await lead.press("ctrl+r", *"rollback", "enter")
        await lead.until(lambda: run.state.rollback is not None)
        run.start("undo")
        run.finish("undo", "failed", "search: is paused")
        await lead.sees("a again")
        await lead.press("a", *"rollback", "enter")
        await lead.until(lambda: len(run.state.rollbacks) == 2)
        run.start("undo")
        run.finish("undo")
        await lead.press("escape")
        await lead.sees("Rollback: Application")
        headings = [row for row, _ in lead.tree.rows if row.title == "Rollback: Application"]
        assert [(row.id, row.status, row.note, len(row.children)) for row in headings] == [
            ("rollback-2", "pending", "", 2),
            ("rollback-1", "failed", "begun again", 0),
        ]
        assert lead.listed.count("undo") == 1
