"""Layouts, narrow and tiny terminals, zoom and themes: the same run, arranged for where it is looked at."""

import random

import msgspec
import pytest
from alfred_tui.domain.document.layout import Column, Layout, Panel
from alfred_tui.ui.layouts import usable
from alfred_tui.ui.screens.main import MainScreen
from alfred_tui.ui.themes import THEMES
from textual.color import Color
from textual.theme import Theme

from tests.ui.fakes import FakeRun, layouts
from tests.ui.seat import NARROW, WIDE, seat

PLAIN = Layout(title="mine", columns=(Column(panels=(Panel(name="checklist"),)),))


async def test_on_a_narrow_terminal_the_columns_are_tabs() -> None:
    async with seat(size=NARROW) as lead:
        await lead.sees("1 Checklist", "2 Cluster", "3 Canary", "4 Output", "CHECKLIST")
        await lead.press("2")
        await lead.sees("ROLLOUTS", "PODS", "✘ CrashLoop", "exits with code 1")
        await lead.press("3")
        await lead.sees("error rate limit 1%", "TRIGGERS")
        await lead.press("4")
        await lead.sees("OUTPUT", "SIGN-OFFS")
        await lead.click("1 Checklist")
        await lead.sees("STEP notes")


async def test_on_a_narrow_terminal_a_key_acts_only_while_its_step_is_in_view() -> None:
    run = FakeRun()
    async with seat(run, size=NARROW) as lead:
        await lead.press("2", "space")
        await lead.settle()
        assert run.intents == []
        await lead.press("right_square_bracket")
        await lead.sees("CHECKLIST", "space sign off")


async def test_what_matters_stays_in_the_header_of_a_narrow_terminal() -> None:
    run = FakeRun(scenario="canary-errors", speed=60.0, mode="demo", simulated=("terraform",))
    async with seat(run, size=NARROW) as lead:
        header = lead.text.splitlines()[0]
        for told in ("prod-eu", "LEAD maria", "DEMO ×60", "◆ 5", "0/8", "waiting", "●"):
            assert told in header
        assert len(header) == 80


async def test_a_long_name_and_a_long_run_leave_room_for_what_holds_and_for_the_connection() -> None:
    run = FakeRun(scenario="crash-loop", speed=120.5, mode="demo", lead="Maria Keller-Hofmann")
    run.clock.pass_(300 * 3600)
    run.start("tests")
    run.finish("tests", "failed", "2 of 80 failed")
    async with seat(run, size=NARROW) as lead:
        header = lead.text.splitlines()[0]
        for told in ("LEAD Maria", "DEMO ×120", "0/8", "300:00:", " held", "●"):
            assert told in header
        assert len(header) == 80


async def test_wide_again_the_columns_stand_side_by_side() -> None:
    async with seat(size=NARROW) as lead:
        await lead.press("3")
        await lead.resize(*WIDE)
        await lead.sees("CHECKLIST", "ROLLOUTS", "CANARY", "OUTPUT")
        assert "1 Checklist" not in lead.text


async def test_zoom_shows_one_panel_and_everything_again() -> None:
    async with seat() as lead:
        await lead.focus("#panel-pods")
        await lead.press("z")
        await lead.sees_no("CHECKLIST")
        await lead.sees("PODS", "unzoom")
        await lead.press("z")
        await lead.sees("CHECKLIST", "ROLLOUTS", "CANARY")


@pytest.mark.parametrize(
    "name", ["checklist", "detail", "rollouts", "pods", "top", "triggers", "output", "signoff"]
)
async def test_a_zoomed_panel_has_the_whole_screen_and_then_its_own_place_again(name: str) -> None:
    async with seat() as lead:
        panel = lead.app.screen.query_one(f"#panel-{name}")
        before = panel.region
        panel.focus()
        await lead.press("z")
        whole = (WIDE[0], WIDE[1] - 2)
        await lead.until(lambda: panel.size == whole, f"{whole} of {panel.size}")
        await lead.resize(120, 40)
        await lead.until(lambda: panel.size == (120, 38), "the whole of another size")
        await lead.resize(*WIDE)
        await lead.press("z")
        await lead.until(lambda: panel.region == before, f"{before}")


async def test_another_layout_keeps_the_cursor_the_marks_and_the_folds() -> None:
    run = FakeRun()
    async with seat(run) as lead:
        await lead.go("approval")
        await lead.press("m", "L")
        await lead.until(lambda: isinstance(lead.app.screen, MainScreen))
        await lead.sees("1 marked", "f follow")
        assert lead.selected == "backup"
        assert lead.tree.marked == {"approval"}
        await lead.press("L", "L")
        await lead.sees("1 marked", "SIGN-OFFS")


async def test_the_walkthrough_shows_the_step_its_why_and_its_exact_command_large() -> None:
    run = FakeRun()
    run.start("tests")
    async with seat(run, layout="walkthrough") as lead:
        await lead.sees("A red test is a red light.", "make test")
        detail = lead.app.screen.query_one("#panel-detail")
        assert detail.size.area > lead.tree.size.area


async def test_a_layouts_tcss_holds_only_while_it_is_shown() -> None:
    mine = msgspec.structs.replace(
        layouts()["cockpit"], title="mine", tcss="ChecklistTree { background: #123456; }"
    )
    async with seat(layouts={"mine": mine, "cockpit": layouts()["cockpit"]}, layout="mine") as lead:
        await lead.until(lambda: lead.tree.styles.background.hex == "#123456")
        await lead.press("L")
        await lead.until(lambda: lead.tree.styles.background.hex != "#123456")
        await lead.press("L")
        await lead.until(lambda: lead.tree.styles.background.hex == "#123456")


async def test_what_a_users_layout_has_wrong_is_told_and_the_rest_is_shown() -> None:
    mine = Layout(
        title="mine",
        columns=(Column(width="wide", panels=(Panel(name="checklist", height="3x"),)),),
        tcss="LineView { color: nocolour; }",
    )
    async with seat(layouts={"mine": mine}, layout="mine") as lead:
        await lead.sees("CHECKLIST")
        told = " ".join(one.message for one in lead.app._notifications)
        assert "Layout mine: The width “wide”" in told
        assert "The height “3x” of checklist" in told
        assert "Its tcss is not applied: line 1" in told


@pytest.mark.parametrize(
    ("tcss", "told"),
    [
        ("", ""),
        ("LineView { height: 1fr; }", ""),
        ("LineView { background: $surface; }", ""),
        ("LineView { background: $nothing; }", "line 1"),
        ("LineView { heigth: 1fr; }", "line 1"),
        ("\nLineView { height: 1fr", "line"),
        ("}}} {", "line 1"),
        ("LineView { background: url(file:///etc/passwd); }", "line 1"),
    ],
)
def test_tcss_is_held_before_it_is_applied(tcss: str, told: str) -> None:
    layout, problems = usable(msgspec.structs.replace(PLAIN, tcss=tcss), {"surface": "#111111"})
    assert bool(problems) is bool(told)
    assert all(told in one for one in problems)
    assert layout.tcss == ("" if told else tcss)


def test_a_layout_without_panels_shows_the_checklist() -> None:
    layout, problems = usable(Layout(title="mine", columns=()), {})
    assert layout.columns[0].panels[0].name == "checklist"
    assert len(problems) == 1


async def test_a_terminal_that_is_too_small_says_which_size_is_needed_and_recovers() -> None:
    async with seat() as lead:
        await lead.press("n")
        await lead.write("reason", "half a sent")
        await lead.resize(59, 20)
        await lead.sees("This terminal has 59×20 cells.", "The cockpit needs 60×16.")
        await lead.press("ctrl+r", "space", "question_mark")
        await lead.sees("The cockpit needs 60×16.")
        await lead.resize(40, 10)
        await lead.sees("This terminal has 40×10 cells.")
        await lead.resize(100, 30)
        await lead.sees("half a sent", "CHECKLIST")


async def test_resizing_while_everything_changes_never_ends_the_screen() -> None:
    run = FakeRun()
    run.start("tests")
    chance = random.Random(5)
    async with seat(run) as lead:
        for _ in range(12):
            lead.app.cockpit.cluster.change()  # type: ignore[union-attr]
            await lead.press(chance.choice(["1", "2", "3", "4", "z", "down", "L"]))
            await lead.resize(chance.randint(20, 220), chance.randint(5, 60))
        await lead.resize(*WIDE)
        await lead.sees("CHECKLIST")


async def test_the_smallest_terminal_shows_tabs_checklist_and_step() -> None:
    async with seat(size=(60, 16)) as lead:
        await lead.sees("1 Checklist", "CHECKLIST", "STEP notes", "space sign off")


async def test_themes_follow_one_another() -> None:
    async with seat() as lead:
        names = [lead.app.theme]
        for _ in THEMES:
            await lead.press("t")
            names.append(lead.app.theme)
        assert names == [*(one.name for one in THEMES), THEMES[0].name]


async def test_without_colour_every_state_has_its_glyph_and_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    run = FakeRun()
    run.start("tests")
    run.finish("tests", "failed", "2 of 80 failed")
    async with seat(run) as lead:
        await lead.sees("✘ failed", "✘ CrashLoop", "▶ progressing", "✔ complete", "✘ FAIL", "● live")
        await lead.sees("▌    ✘ All tests pass")
        await lead.press("n")
        await lead.sees("Not applicable")
        for strip in lead.app.screen._compositor.render_strips():
            for segment in strip:
                for colour in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                    assert colour is None or colour.is_default, segment


@pytest.mark.parametrize("theme", THEMES, ids=lambda one: one.name)
def test_every_tone_can_be_read_on_the_background(theme: Theme) -> None:
    for ground in (theme.background, theme.panel):
        for ink in (theme.foreground, theme.primary, theme.accent, theme.success, theme.warning, theme.error):
            assert ink
            assert ground
            assert contrast(Color.parse(ink), Color.parse(ground)) >= 4.5


def contrast(one: Color, other: Color) -> float:
    """WCAG's contrast ratio of two colours."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: Color) -> float:
    """WCAG's relative luminance."""
    r, g, b = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in colour.normalized)
    return float(0.2126 * r + 0.7152 * g + 0.0722 * b)
