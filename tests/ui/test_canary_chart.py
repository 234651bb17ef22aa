"""The zoomed canary panel: charts with axes, and a cursor that reads what was measured when."""

import msgspec
import pytest
from alfred_tui.present.canary import CanaryView, MetricView
from alfred_tui.ui.canary_chart import chart_lines

from tests.ui.fakes import NOON, FakeCanary, FakeRun, series
from tests.ui.seat import seat

VIEW = CanaryView(
    service="alfred-bot",
    metrics=(
        MetricView(
            name="error rate",
            unit="%",
            limit=1.0,
            canary=series(0.4, 0.5, None, 1.4),
            baseline=series(0.4, 0.4, 0.5, 0.4),
            verdict="fail",
            reason="1.4 % for 0:15 of 5:00",
            comparison="canary error rate is 31 % higher than stable (98 % CI 0.1…0.4 %), allowed 25 %",
        ),
    ),
    interval=15.0,
    phase="baking",
    bake=900.0,
    samples=4,
    times=tuple(NOON + 15.0 * n for n in range(4)),
    marks=((2, "weight 25 %"),),
)


def drawn(view: CanaryView = VIEW, *, width: int = 80, height: int = 22, cursor: int = 3) -> str:
    lines = chart_lines(view, width, height, cursor)
    return "\n".join("".join(text for text, _ in line) for line in lines)


def test_the_values_of_both_sides_stand_at_the_cursor() -> None:
    assert "sample 4 of 60" in drawn()
    assert "canary 1.4%" in drawn()
    assert "stable 0.4%" in drawn()
    assert "canary 0.5%" in drawn(cursor=1)


def test_a_gap_is_read_as_no_number() -> None:
    assert "canary no number" in drawn(cursor=2)
    assert "stable 0.5%" in drawn(cursor=2)


def test_broken_limit_and_comparison_are_both_told_in_words() -> None:
    assert "1.4 % for 0:15 of 5:00" in drawn()
    assert "31 % higher than stable (98 % CI 0.1…0.4 %), allowed 25 %" in drawn()


def test_the_axes_have_round_values_with_their_unit_and_times_of_day() -> None:
    assert "   0.5% ┤" in drawn()
    assert "     0% ┤" in drawn()
    assert "└┬─" in drawn()


def unit(word: str) -> CanaryView:
    return msgspec.structs.replace(VIEW, metrics=(msgspec.structs.replace(VIEW.metrics[0], unit=word),))


def test_a_unit_that_is_long_makes_room_for_itself_and_one_that_is_too_long_stands_above_only() -> None:
    assert "0.5requests/s ┤" in drawn(unit("requests/s"))
    assert "    0.5 ┤" in drawn(unit("operations per second"))


def test_the_runs_own_events_stand_under_their_samples() -> None:
    text = drawn().splitlines()
    assert text[-1].startswith("▲ weight 25 %")
    assert text[-2].index("▲") > text[-4].index("┬")


@pytest.mark.parametrize("size", [(80, 22), (120, 38), (200, 58), (30, 8)])
def test_it_fits_its_panel(size: tuple[int, int]) -> None:
    width, height = size
    lines = chart_lines(VIEW, width, height, 0)
    texts = ["".join(text for text, _ in line) for line in lines]
    charts = [text for text in texts if "┤" in text or "│" in text]
    assert len(charts) >= 4
    assert {len(text) for text in charts} == {width}
    assert len(lines) == height or (height < 15 and len(lines) > height)


def test_more_samples_than_the_bake_was_to_have_stay_on_the_chart() -> None:
    many = msgspec.structs.replace(VIEW, bake=30.0)
    assert "sample 4 of 4" in drawn(many)


async def test_z_on_the_canary_panel_opens_the_chart_and_arrows_read_it() -> None:
    async with seat(FakeRun(), canary=FakeCanary(VIEW)) as lead:
        await lead.focus("CanaryPanel")
        await lead.press("z")
        await lead.sees("sample 4 of 60", "canary 1.4%")
        await lead.press("left", "left")
        await lead.sees("sample 2 of 60", "canary 0.5%")
        await lead.press("home")
        await lead.sees("sample 1 of 60")
        await lead.press("end")
        await lead.sees("sample 4 of 60")
        await lead.press("escape")
        await lead.sees("CHECKLIST")


async def test_before_the_first_sample_the_chart_says_so() -> None:
    async with seat(FakeRun(), canary=FakeCanary(CanaryView())) as lead:
        await lead.focus("CanaryPanel")
        await lead.press("z")
        await lead.sees("No sample has been taken yet.")
        await lead.press("left", "escape")
        await lead.sees("CHECKLIST")
