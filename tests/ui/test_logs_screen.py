"""The logs screen: it follows, stands still for a reader, searches, saves, and says what is not there."""

import asyncio

import msgspec
from alfred_tui.domain.logs.lines import LogsView
from alfred_tui.ui.screens.logs import LogsScreen

from tests.ui.fakes import CLUSTER, FakeCluster, FakeLogs, log_line, log_origin, pod
from tests.ui.seat import NARROW, WIDE, Seat, seat

A, B = "shop-6d4b75cb6d-2x8kq", "shop-6d4b75cb6d-9hzlp"
OWNED = msgspec.structs.replace(
    CLUSTER, pods=(pod(A, owner="Deployment/shop"), pod(B, owner="Deployment/shop"))
)


def logs(count: int = 3) -> FakeLogs:
    return FakeLogs(
        [log_origin(0, A), log_origin(1, B)], [log_line(n % 2, f"line {n}", n % 60) for n in range(count)]
    )


async def opened(lead: Seat, panel: str = "#panel-rollouts") -> None:
    await lead.focus(panel)
    await lead.press("l")
    await lead.until(lambda: isinstance(lead.app.screen, LogsScreen), "the logs")


async def test_l_on_a_rollout_follows_all_its_pods_and_on_a_pod_that_pod() -> None:
    source = logs()
    async with seat(logs=source, cluster=FakeCluster(OWNED)) as lead:
        await lead.focus("#panel-rollouts")
        await lead.sees("l logs")
        await opened(lead)
        await lead.sees("LOGS Deployment/shop · 2 pods", "line 2", A, B)
        assert source.asked[-1].pods == "Deployment/shop"
        await lead.press("escape")
        await lead.sees("CHECKLIST")
        assert source.closed == 1
        await opened(lead, "#panel-pods")
        assert source.asked[-1].pods == f"pod/{A}"
        assert source.asked[-1].namespace == "shop"
        await lead.press("o")
        await lead.sees("LOGS Deployment/shop")
        await lead.press("o")
        await lead.sees(f"LOGS pod/{A}")


async def test_new_lines_are_followed_until_one_scrolls_up_and_again_with_f() -> None:
    source = logs(200)
    async with seat(logs=source) as lead:
        await opened(lead)
        await lead.sees("line 199")
        source.give([log_line(0, "the newest")])
        await lead.sees("the newest", "201 lines")
        await lead.press("pageup")
        await lead.sees_no("the newest")
        before = lead.text
        source.give([log_line(0, f"later {n}") for n in range(60_000)])
        await lead.sees("60,000 newer", "f follow", "dropped")
        assert lead.text.splitlines()[2:-1] == before.splitlines()[2:-1]
        await lead.press("f")
        await lead.sees("later 59999")
        await lead.sees_no("newer")


async def test_scrolling_to_the_end_follows_again() -> None:
    source = logs(200)
    async with seat(logs=source) as lead:
        await opened(lead)
        await lead.sees("line 199")
        await lead.press("up")
        source.give([log_line(0, "the newest")])
        await lead.sees("1 newer")
        await lead.press("end")
        await lead.sees("the newest")


async def test_a_search_goes_from_the_newest_line_up_and_around() -> None:
    source = FakeLogs([log_origin(0, A)], [log_line(0, f"step {n} took {n}") for n in range(1, 301)])
    async with seat(logs=source) as lead:
        await opened(lead)
        await lead.press("slash", *"step 10")
        await lead.sees("/step 10 11", "step 109 took")
        await lead.press("enter")
        lines = lead.app.screen.query_one("LogLines")
        found = []
        for key in ("N", "N", "n"):
            await lead.press(key)
            await lead.app.workers.wait_for_complete()
            await lead.settle()
            found.append(lines.current.text.decode().split(" took")[0])  # type: ignore[attr-defined]
        assert found == ["step 108", "step 107", "step 108"]
        await lead.press("n", "n")
        await lead.sees("went on from the other end")
        await lead.press("escape")
        await lead.sees_no("/step 10")
        assert isinstance(lead.app.screen, LogsScreen)


async def test_errors_are_counted_marked_and_one_key_away() -> None:
    lines = [log_line(0, f"fine {n}") for n in range(300)]
    lines[120] = log_line(1, "it broke here", kind="error")
    async with seat(logs=FakeLogs([log_origin(0, A), log_origin(1, B)], lines)) as lead:
        await opened(lead)
        await lead.sees("✘ 1 error", f"{B} 1✘")
        await lead.press("E")
        await lead.sees("✘ it broke here")
        assert "9hzlp" in lead.line("it broke here")


async def test_escape_sequences_and_markup_in_a_line_are_shown_and_not_obeyed() -> None:
    async with seat(
        logs=FakeLogs([log_origin(0, "a[bold]b")], [log_line(0, "\x1b[2J\x1b]0;x\x07[red]hi[/]\r")])
    ) as lead:
        await opened(lead)
        await lead.sees("␛[2J␛]0;x␇[red]hi[/]", "a[bold]b")


async def test_which_pods_how_far_back_which_container_and_which_run_can_be_said() -> None:
    source = FakeLogs([log_origin(0, A), log_origin(1, A, container="proxy")], [log_line(0, "x")])
    async with seat(logs=source) as lead:
        await opened(lead)
        await lead.press("s", *"10m", "enter")
        await lead.sees("since 10m ago")
        assert source.asked[-1].since == 600
        await lead.press("s", *"x", "enter")
        await lead.sees("is not a duration")
        await lead.press("c")
        await lead.sees("container app")
        await lead.press("c")
        await lead.sees("container proxy")
        await lead.press("p")
        await lead.sees("previous run")
        assert source.asked[-1].previous
        await lead.press("w", "ctrl+u", *"app=shop", "enter")
        await lead.sees("LOGS app=shop")
        assert source.asked[-1].pods == "app=shop"
        assert source.asked[-1].container == ""
        await lead.press("w", "ctrl+u", "enter")
        await lead.sees("says no pods")
        assert source.asked[-1].pods == "app=shop"
        assert source.closed == len(source.asked) - 1


async def test_saving_says_where_and_how_many_and_overwrites_nothing() -> None:
    source = FakeLogs(
        [log_origin(0, A)], [log_line(0, "\x1b[1mone", 1), log_line(0, "+ joined", kind="notice")]
    )
    async with seat(logs=source) as lead:
        await opened(lead)
        for told in (
            "Saved 2 lines to",
            "exists already",
        ):
            await lead.press("S")
            await lead.sees("logs-Deployment-shop-20270115-120000.log")
            await lead.press("enter")
            await lead.sees(told)
        (lines,) = source.saved.values()
        assert lines == [f"{A} app 2027-01-15T12:00:01.250000000Z ␛[1mone", f"# {A} app + joined"]


async def test_what_cannot_be_read_is_told_in_its_own_words() -> None:
    refused = 'User "maria" cannot get resource "pods/log" in API group ""'
    origins = [log_origin(n, f"shop-{n}", state="forbidden", message=refused) for n in range(3)]
    async with seat(logs=FakeLogs(origins), size=NARROW) as lead:
        await lead.press("2")
        await opened(lead)
        await lead.sees("shop-0 and 2 more:", "cannot get resource", "No line yet.")


async def test_lag_and_no_pods_are_told() -> None:
    source = FakeLogs()
    source.shown = LogsView(message="No pod in shop fits x; one that comes is followed.")
    async with seat(logs=source, size=WIDE) as lead:
        await opened(lead)
        await lead.sees("No pod in shop fits x")
        source.shown = LogsView(origins=(log_origin(0, A),), held_back=True)
        await lead.sees("what is shown lags behind")


async def test_a_watcher_reads_logs_too_and_without_a_cluster_it_is_said() -> None:
    async with seat(logs=logs(), leads=False) as watcher:
        await opened(watcher)
        await watcher.sees("line 2")
    async with seat(logs=None) as lead:
        await lead.focus("#panel-rollouts")
        await lead.press("l")
        await lead.sees("There is no cluster")


async def test_a_flood_leaves_the_keys_their_turn() -> None:
    source = logs()
    async with seat(logs=source) as lead:
        await opened(lead)
        flooding = True

        async def flood() -> None:
            while flooding:
                source.give([log_line(0, f"flood {n}") for n in range(500)])
                await asyncio.sleep(0.005)

        task = asyncio.create_task(flood())
        await lead.sees("flood")
        for key in ("pageup", "f", "T", "question_mark", "escape"):
            await lead.pilot.press(key)
        await lead.until(lambda: isinstance(lead.app.screen, LogsScreen))
        flooding = False
        await task
        await lead.sees("flood 499")
