"""What stands on a small screen can be understood, and nothing that matters is covered."""

import pytest
from alfred_tui.domain.run.intents import RollBack
from alfred_tui.ui.screens.rollback_lines import tab_titles
from textual.widgets._toast import Toast

from tests.ui.fakes import CLUSTER, FakeCluster, FakeRun, rollout
from tests.ui.seat import NARROW, WIDE, Seat, seat


async def test_the_small_header_says_what_waits_and_what_holds() -> None:
    run = FakeRun()
    async with seat(run, size=NARROW) as lead:
        await lead.sees("◆ 5 for you", "● live")
        run.start("tests")
        run.finish("tests", "failed", "2 of 80 failed")
        await lead.sees("held: ")


async def test_header_and_tree_count_the_same_and_a_rollback_apart() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.press("space")
        await run.submit(RollBack(by="maria", procedure="application", word="rollback"))
        run.start("undo")
        run.finish("undo")
        await lead.until(lambda: lead.text.count("rollback 1/2") == 2, "the count in header and tree")
        assert "1/8" in lead.text.splitlines()[0]
        await lead.sees("CHECKLIST 1/8")


async def test_a_rollout_that_cannot_become_ready_says_so() -> None:
    bad = rollout("search", phase="doomed", message="exits with code 1", available=0)
    view = FakeCluster()
    view.change(rollouts=(*CLUSTER.rollouts[:1], bad))
    async with seat(cluster=view) as lead:
        await lead.sees("✘ failing", "cannot become ready")
        assert "doomed" not in lead.text
        await lead.press("?")
        await lead.until(lambda: len(lead.app.screen_stack) == 2)
        await lead.press("end")
        assert "doomed" not in lead.text


async def test_the_help_is_in_our_words_and_explains_the_top_line() -> None:
    async with seat(size=(100, 120)) as lead:
        await lead.press("?")
        await lead.sees("The top line", "steps that wait for you", "the cluster's data is live")
        for word in ("Focus Next", "Focus Previous", "Copy selected", "super+c", "ctrl+q"):
            assert word not in lead.text


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_notice_covers_no_question_and_no_plan(size: tuple[int, int]) -> None:
    async with seat(size=size) as lead:
        await lead.press("enter")
        await lead.sees("Your name")
        covered(await notice(lead), lead, "#by", "#note", "#evidence", "KeysBar")
        await lead.press("escape", "ctrl+r")
        await lead.sees("THE PLAN")
        covered(await notice(lead), lead, "#rb-plan", "#rb-told", "#rb-word", "#rb-title", "KeysBar")


async def notice(lead: Seat) -> list[Toast]:
    lead.app.clear_notifications()
    lead.app.notify("Something has happened that takes a line or two to say.")
    await lead.until(lambda: [one for one in lead.app.screen.query(Toast) if one.region.width])
    return [*lead.app.screen.query(Toast)]


def covered(toasts: list[Toast], lead: Seat, *selectors: str) -> None:
    for selector in selectors:
        region = lead.app.screen.query_one(selector).region
        assert not [one for one in toasts if one.region.overlaps(region)], selector


async def test_the_plan_tells_titles_from_what_they_change_and_names_every_procedure() -> None:
    async with seat(size=NARROW) as lead:
        await lead.press("ctrl+r")
        await lead.sees("Put the old version back · changes the environment", "Application", "Database")


def test_a_tab_leaves_out_what_all_titles_end_with() -> None:
    assert tab_titles(["Application Rollback Steps", "Database Rollback Steps"]) == [
        "Application",
        "Database",
    ]
    assert tab_titles(["Steps", "Other Steps"]) == ["Steps", "Other Steps"]
    assert tab_titles(["Only one"]) == ["Only one"]
