"""The tree follows the run until the lead moves, and goes on following when asked."""

from alfred_tui.domain.run.intents import Skip

from tests.ui.fakes import FakeRun
from tests.ui.seat import seat


async def test_the_cursor_follows_the_running_step() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        assert lead.selected == "notes"
        run.start("tests")
        await lead.until(lambda: lead.selected == "tests")
        await lead.sees("STEP tests")
        run.finish("tests")
        await lead.until(lambda: lead.selected == "notes")


async def test_a_step_in_trouble_comes_before_a_running_one() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        run.start("tests")
        run.finish("tests", "failed", "2 of 80 failed")
        await lead.until(lambda: lead.selected == "tests")
        await lead.sees("held")


async def test_the_next_section_opens_when_the_run_comes_to_it() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.sees("▸ · Release ")
        for step in ("notes", "dashboards", "approval", "backup", "tests", "announce"):
            await run.submit(Skip(by="maria", steps=(step,), reason="rehearsal"))
        await lead.sees("▸ ✔ Preparation", "▾ ◆ Release ", "Apply the manifests")


async def test_the_cursor_stays_where_the_lead_put_it_until_f() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.press("down", "down")
        assert lead.selected == "approval"
        run.start("tests")
        await lead.sees("not following · f", "f follow", "▶ All tests pass")
        assert lead.selected == "approval"
        await lead.press("f")
        await lead.until(lambda: lead.selected == "tests")
        await lead.sees_no("f follow")
        assert "not following" not in lead.text


async def test_the_mark_of_a_heading_tells_its_fold_although_nothing_else_of_it_changed() -> None:
    async with seat() as lead:
        await lead.press("end", "right", "up")
        await lead.sees("▾ · Release ", "Rollout ")
        await lead.press("f")
        await lead.sees_no("Rollout ")
        await lead.sees("▸ · Release ")


async def test_a_fold_that_the_lead_made_stays() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.press("left", "left")
        assert lead.listed == ["preparation", "reviews", "release"]
        run.start("tests")
        await lead.sees("▸ ▶ Reviews")
        await lead.press("enter")
        assert "dashboards" in lead.listed


async def test_enter_and_the_arrow_keys_fold_and_unfold() -> None:
    async with seat() as lead:
        await lead.press("left", "left", "left")
        assert lead.selected == "preparation"
        await lead.press("left")
        assert lead.listed == ["preparation", "release"]
        await lead.press("right")
        assert "reviews" in lead.listed


async def test_the_mouse_selects_folds_and_opens() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.click("Two people approved")
        await lead.until(lambda: lead.selected == "approval")
        await lead.click("▾ ◆ Reviews")
        await lead.until(lambda: "dashboards" not in lead.listed)
        await lead.click("▸ ◆ Reviews")
        await lead.until(lambda: "dashboards" in lead.listed)
        await lead.click("Dashboards show", times=2)
        await lead.sees("Your name")


async def test_the_wheel_scrolls_without_moving_the_cursor() -> None:
    async with seat(size=(130, 20)) as lead:
        await lead.press("f")
        before = lead.tree.cursor
        rows = lead.tree.window_height
        assert rows < len(lead.tree.rows)
        lead.tree.wheel(3)
        await lead.settle()
        assert (lead.tree.cursor, lead.tree.first_row > 0) == (before, True)


async def test_zoom_and_a_hidden_step_take_the_acts_away() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.sees("space sign off")
        await lead.focus("#panel-pods")
        await lead.press("z")
        await lead.sees_no("space sign off")
        await lead.press("space")
        await lead.settle()
        assert run.intents == []
        await lead.press("escape")
        await lead.sees("space sign off")


async def test_a_sign_off_leads_to_its_step() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.press("space")
        await lead.until(lambda: lead.selected == "dashboards")
        await lead.focus("#panel-signoff")
        await lead.press("enter")
        await lead.until(lambda: lead.selected == "notes")


async def test_f_follows_from_any_panel() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.press("down", "down")
        await lead.focus("#panel-pods")
        await lead.sees("f follow")
        await lead.press("f")
        await lead.until(lambda: lead.selected == "notes")


async def test_the_step_that_a_key_led_to_is_left_once_it_has_its_answer() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.press("right_square_bracket")
        assert lead.selected == "dashboards"
        await lead.sees("not following")
        run.start("tests")
        await lead.sees("▶ All tests pass")
        await lead.press("space")
        await lead.until(lambda: run.status["dashboards"] == "passed")
        await lead.until(lambda: lead.selected == "tests")
        await lead.sees_no("not following")


async def test_a_step_that_wants_a_second_person_is_not_left_after_the_first() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.press("right_square_bracket", "right_square_bracket")
        assert lead.selected == "approval"
        await lead.press("space")
        await lead.sees("1 more to sign")
        assert lead.selected == "approval"


async def test_a_step_that_the_lead_went_to_by_themselves_is_not_left() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.press("right_square_bracket", "down", "up", "space")
        await lead.until(lambda: run.status["dashboards"] == "passed")
        await lead.sees("not following")
        assert lead.selected == "dashboards"


async def test_a_key_that_leads_to_the_followed_step_goes_on_following() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.press("left_square_bracket", "right_square_bracket")
        assert lead.selected == "notes"
        await lead.sees_no("not following")
