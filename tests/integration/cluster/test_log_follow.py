"""Logs that are followed: nothing twice, nothing lost, whatever becomes of containers and pods."""

import asyncio
import random

import pytest
from alfred_tui.domain.errors import Usage

from tests.integration.cluster.logs_api import LogsApi, Reader, followed, stamp


def numbered(start: int, count: int) -> list[str]:
    return [f"line {n}" for n in range(start, start + count)]


async def test_two_pods_one_joins_one_dies_and_a_connection_is_cut_in_a_line() -> None:
    api = LogsApi()
    one, two = api.add("shop-a"), api.add("shop-b")
    api.add("search-a", "Deployment/search").write("not asked for")
    one.cuts = [100, 333]
    one.write(*numbered(0, 20))
    two.write("two")
    async with followed(api) as reader:
        await reader.until(lambda: len(reader.text(0)) == 20 and reader.text(1), "both pods")
        three = api.add("shop-c")
        three.write("three")
        await reader.until(lambda: "three" in reader.text(), "the pod that joined")
        two.end()
        await reader.until(lambda: "■ ended: exit code 1 (Error)" in reader.notices, "the end")
        api.drop("shop-b")
        await reader.until(lambda: "■ the pod is gone" in reader.notices, "the pod that went")
        one.write(*numbered(20, 5))
        await reader.until(lambda: "line 24" in reader.text(), "the newest line")
        assert reader.text(0) == numbered(0, 25)
        assert reader.notices[0] == "+ joined"
        assert [one.state for one in reader.follow.view().origins] == ["following", "gone", "following"]


async def test_a_hundred_cuts_show_each_line_once_and_in_order() -> None:
    chance = random.Random(7)
    api = LogsApi()
    one = api.add("shop-a")
    one.cuts = [chance.randrange(1, 900) for _ in range(100)]
    async with followed(api) as reader:
        for start in range(0, 400, 8):
            one.write(*numbered(start, 8))
            await asyncio.sleep(chance.choice((0.0, 0.005)))
        await reader.until(lambda: "line 399" in reader.text(), "the last line")
        assert reader.text() == numbered(0, 400)


async def test_what_a_container_wrote_before_its_restart_is_read_from_the_run_before() -> None:
    api = LogsApi()
    one = api.add("shop-a")
    one.write(*numbered(0, 3))
    async with followed(api) as reader:
        await reader.until(lambda: len(reader.text()) == 3, "the first lines")
        api.refused = True  # nothing can be read while it writes its last and restarts
        one.cut()
        await reader.until(lambda: reader.follow.view().origins[0].state == "forbidden", "the refusal")
        one.write("last words")
        one.restart()
        one.write("again")
        api.refused = False
        await reader.until(lambda: "again" in reader.text(), "the run after")
        assert reader.text() == [*numbered(0, 3), "last words", "again"]
        assert "↻ started again, restart 1" in reader.notices


async def test_lines_that_went_with_their_pod_are_not_passed_over_in_silence() -> None:
    api = LogsApi()
    one = api.add("shop-a")
    one.write("one")
    async with followed(api) as reader:
        await reader.until(lambda: reader.text() == ["one"], "the line")
        api.refused = True
        one.cut()
        await reader.until(lambda: reader.follow.view().origins[0].state == "forbidden", "the refusal")
        api.drop("shop-a")
        await reader.until(lambda: reader.notices, "the end")
        assert reader.notices == [f"■ the pod is gone; what it wrote after {stamp(0)} may be missing here"]


async def test_a_container_that_ends_is_said_once_and_its_next_run_is_followed() -> None:
    api = LogsApi()
    one = api.add("shop-a")
    one.write("one")
    async with followed(api) as reader:
        await reader.until(lambda: reader.text() == ["one"], "the first run")
        one.end()
        await reader.until(lambda: reader.notices == ["■ ended: exit code 1 (Error)"], "its end")
        one.restart()
        one.write("two")
        api.tell()
        await reader.until(lambda: reader.text() == ["one", "two"], "the second run")
        assert reader.notices == ["■ ended: exit code 1 (Error)", "↻ started again, restart 1"]


async def test_a_last_line_without_an_end_is_shown_when_the_container_has_ended() -> None:
    api = LogsApi()
    one = api.add("shop-a")
    one.runs[0] += ["2027-01-15T12:00:00.000000000Z whole\n", "2027-01-15T12:00:00.000000000Z no end"]
    one.running = False
    async with followed(api) as reader:
        await reader.until(lambda: reader.notices, "the end")
        assert reader.text() == ["whole", "no end"]


async def test_a_missing_right_is_told_with_verb_and_resource_and_asked_for_again() -> None:
    api = LogsApi()
    api.refused = True
    api.add("shop-a").write("one")
    async with followed(api) as reader:
        await reader.until(lambda: reader.follow.view().origins[0].state == "forbidden", "the refusal")
        assert 'cannot get resource "pods/log"' in reader.follow.view().origins[0].message
        api.refused = False
        await reader.until(lambda: reader.text() == ["one"], "the line, once it may be read")


async def test_the_previous_run_is_read_and_not_followed() -> None:
    api = LogsApi()
    one = api.add("shop-a")
    one.write("before")
    one.restart()
    one.write("after")
    api.add("shop-b").write("never restarted")
    async with followed(api, previous=True) as reader:
        await reader.until(lambda: reader.text() == ["before"], "the run before")
        await reader.until(lambda: reader.follow.view().origins[1].state == "waiting", "that there is none")
        assert reader.follow.view().origins[0].state == "ended"
        assert "previous terminated container not found" in reader.follow.view().origins[1].message


async def test_the_first_lines_of_several_pods_stand_in_the_order_in_which_they_were_written() -> None:
    api = LogsApi()
    one, two = api.add("shop-a"), api.add("shop-b")
    for number in range(0, 40, 10):
        one.written = two.written = number
        one.write(f"{number}")
        two.written = number + 5
        two.write(f"{number + 5}")
    async with followed(api) as reader:
        await reader.until(lambda: len(reader.text()) == 8, "all lines")
        assert [int(one) for one in reader.text()] == list(range(0, 40, 5))


async def test_secrets_are_hidden_and_errors_are_marked() -> None:
    api = LogsApi()
    api.add("shop-a").write("login with hunter2-hunter2", "ERROR hunter2-hunter2", "fine")
    async with followed(api, secrets={"PASSWORD": "hunter2-hunter2"}) as reader:
        await reader.until(lambda: len(reader.text()) == 3, "all lines")
        assert reader.text() == ["login with ‹PASSWORD›", "ERROR ‹PASSWORD›", "fine"]
        assert [one.kind for one in reader.lines] == ["line", "error", "line"]


async def test_more_logs_than_are_followed_at_a_time_are_named() -> None:
    api = LogsApi()
    for name in "abc":
        api.add(f"shop-{name}").write(name)
    async with followed(api, followed=2) as reader:
        await reader.until(lambda: len(reader.text()) == 2, "two logs")
        await reader.until(lambda: states(reader) == ["following", "following", "queued"], "the third")
        waits = next(one for one in reader.follow.view().origins if one.state == "queued")
        assert waits.message == "2 logs are followed already, the most at a time."


def states(reader: Reader) -> list[str]:
    return sorted(one.state for one in reader.follow.view().origins)


async def test_a_log_that_waits_for_the_server_is_not_said_to_wait_for_others() -> None:
    api = LogsApi()
    api.add("shop-a").write("here")
    api.answers.clear()
    async with followed(api) as reader:
        await reader.until(lambda: api.requests, "the question")
        origin = reader.follow.view().origins[0]
        assert (origin.state, origin.message) == ("connecting", "")
        api.answers.set()
        await reader.until(lambda: reader.text() == ["here"], "the line")


async def test_pods_that_are_not_there_yet_are_waited_for() -> None:
    api = LogsApi()
    async with followed(api, "app=later") as reader:
        assert "No pod fits app=later" in reader.follow.view().message
        api.add("later-a").write("here")
        await reader.until(lambda: reader.text() == ["here"], "the pod")


async def test_what_means_no_pods_is_refused() -> None:
    with pytest.raises(Usage, match="says no pods"):
        async with followed(LogsApi(), "  "):
            pass
