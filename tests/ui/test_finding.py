"""One key filters pods, rollouts and the checklist as one types, and searches in the output."""

import asyncio

import pytest
from alfred_tui.ui.widgets.output import OutputPanel
from alfred_tui.ui.widgets.pods import pod_filter

from tests.ui.fakes import BAD_POD, FakeOutput, FakeRun, pod
from tests.ui.seat import Seat, seat


async def test_pods_are_filtered_as_one_types_and_escape_shows_all() -> None:
    async with seat() as lead:
        await lead.focus("#panel-pods")
        await lead.press("/", *"!ready")
        await lead.sees("/!ready 1 of 4")
        assert "9hzlp" not in lead.text
        await lead.press("enter")
        await lead.sees("/!ready 1 of 4", "/ filter")
        await lead.press("escape")
        await lead.sees_no("/!ready")
        await lead.sees("9hzlp")


async def test_the_checklist_is_filtered_with_the_headings_of_what_fits() -> None:
    async with seat() as lead:
        await lead.press("/", *"manif")
        await lead.sees("Apply the manifests", "Rollout", "Release")
        await lead.sees_no("Dashboards show")
        await lead.press("escape")
        await lead.sees("Dashboards show")


async def test_what_fits_nothing_says_so() -> None:
    async with seat() as lead:
        await lead.press("/", *"zzz")
        await lead.sees("Nothing fits the filter; esc shows all.")


async def test_any_table_is_filtered_by_its_cells() -> None:
    async with seat() as lead:
        await lead.focus("#panel-rollouts")
        await lead.press("/", *"progress", "enter")
        await lead.sees("/progress 1 of 2")


@pytest.mark.parametrize(
    ("needle", "fits"),
    [
        ("", True),
        ("search", True),
        ("SEARCH-7f9", True),
        ("shop", True),  # its namespace
        ("crashloop", True),
        ("node-2", True),
        ("node-1", False),
        ("!ready", True),
        ("app=search", True),
        ("app=SEARCH", True),
        ("app=shop", False),
        ("app!=shop", True),
        ("app!=search", False),
        ("track!=canary", True),  # it has no such label
        ("app=search,track!=canary", True),
        ("app=search,app!=search", False),
        ("search node-2 !ready", True),
        ("search node-9", False),
    ],
)
def test_a_pod_fits_when_every_word_does(needle: str, fits: bool) -> None:
    assert pod_filter(needle)(BAD_POD) is fits


def test_a_well_pod_is_not_among_those_that_are_not_ready() -> None:
    assert not pod_filter("!ready")(pod())


async def output_of(lead: Seat, *lines: str) -> OutputPanel:
    await lead.go("tests")
    await lead.focus("#panel-output")
    return lead.app.screen.query_one(OutputPanel)


def ran(*lines: str) -> tuple[FakeRun, FakeOutput]:
    run = FakeRun()
    run.start("tests")
    run.finish("tests")
    return run, FakeOutput(*lines)


async def test_a_search_goes_to_what_it_finds_and_on_with_n_and_back() -> None:
    lines = [f"line {n}" for n in range(200)]
    lines[20] = lines[90] = lines[150] = "an Error here"
    run, output = ran(*lines)
    async with seat(run, outputs={"tests": output}) as lead:
        panel = await output_of(lead)
        await lead.press("home", "/", *"error", "enter")
        await lead.until(lambda: panel.cursor == 20)
        await lead.press("n")
        await lead.until(lambda: panel.cursor == 90)
        await lead.press("n", "N")
        await lead.until(lambda: panel.cursor == 90)
        assert lead.selected == "tests"
        await lead.sees("an Error here")


async def test_a_search_goes_round_the_end_and_says_so() -> None:
    run, output = ran("here", *["nothing"] * 30)
    async with seat(run, outputs={"tests": output}) as lead:
        panel = await output_of(lead)
        await lead.press("/", *"here", "enter")
        await lead.until(lambda: panel.cursor == 0)
        await lead.press("n")
        await lead.sees("The search went on")


async def test_what_is_not_there_is_told_and_brackets_are_text() -> None:
    run, output = ran("one", "two")
    async with seat(run, outputs={"tests": output}) as lead:
        await output_of(lead)
        await lead.press("/", *"[b]x(", "enter")
        await lead.sees("“[b]x(” is not in")


async def test_the_output_follows_its_end_until_one_scrolls() -> None:
    run = FakeRun()
    run.start("tests")
    output = FakeOutput(*(f"line {n}" for n in range(50)))
    async with seat(run, outputs={"tests": output}) as lead:
        panel = await output_of(lead)
        await lead.sees("line 49")
        output.all.append("line 50")
        panel.poll()
        await lead.sees("line 50")
        await lead.press("home")
        await lead.sees("line 0", "f follow")
        output.all.append("line 51")
        panel.poll()
        await lead.settle()
        assert "line 51" not in lead.text
        await lead.press("f")
        await lead.sees("line 51")


async def test_a_long_file_is_counted_to_its_end_without_waiting_for_the_run() -> None:
    run = FakeRun()
    run.start("tests")
    output = FakeOutput(*(f"line {n}" for n in range(500)), portion=10)
    async with seat(run, outputs={"tests": output}) as lead:
        await output_of(lead)
        async with asyncio.timeout(20):  # at a portion a second it would be 50
            while output.line_count < 500:
                await lead.settle()
        await lead.sees("line 499", "500 lines")


async def test_a_line_that_grows_is_drawn_again() -> None:
    run = FakeRun()
    run.start("tests")
    output = FakeOutput("10%")
    async with seat(run, outputs={"tests": output}) as lead:
        panel = await output_of(lead)
        output.all[0] = "10% 20%"
        panel.poll()
        await lead.sees("10% 20%")


async def test_long_lines_are_read_sideways() -> None:
    run, output = ran("start " + "x" * 300 + " finish")
    async with seat(run, outputs={"tests": output}) as lead:
        await output_of(lead)
        await lead.press(*["right"] * 16)
        await lead.sees("finish", "from column 257")
        await lead.press(*["left"] * 16)
        await lead.sees("start")
