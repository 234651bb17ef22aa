"""Logs of several pods: whole, bounded, and honest about what could not be read."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from aiohttp import web
from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.live.consistent_reads import ConsistentReads
from alfred_tui.cluster.live.service_pods import pods_of
from alfred_tui.cluster.logs.read_once import ReadLine, Unread, read_logs, sources
from alfred_tui.cluster.objects.partial import Pod

from tests.integration.cluster.api import Handler, connected, serve, status
from tests.integration.cluster.lab import lab
from tests.unit.cluster.kube import pod

RUNNING = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
ENDED = {"terminated": {"exitCode": 1}}


def running(name: str, *containers: str, **fields: Any) -> Pod:
    states = [{"name": one, "state": RUNNING, **fields} for one in containers or ("c",)]
    return pod(name, status={"phase": "Running", "containerStatuses": states})


def log(request: web.Request, *lines: str, ended: str = "\n", upto: int | None = None) -> web.Response:
    """What a kubelet answers with for a log of these lines, one each second; cut after `upto` bytes."""
    stamped = [f"2026-01-01T00:00:{second:02}.500000001Z {line}" for second, line in enumerate(lines)]
    stamped = [line for line in stamped if line >= request.query.get("sinceTime", "")]
    stamped = stamped[-int(request.query.get("tailLines", "1000")) :]
    return web.Response(text=("\n".join(stamped) + ended)[:upto])


async def told(answer: Handler, *pods: Pod) -> tuple[list[str], list[str]]:
    """The lines that are read of the pods' logs, and why others are not."""
    lines: list[str] = []
    unread: list[str] = []
    async with serve(answer) as url, connected(url) as connection:
        async for batch in read_logs(connection, pods or [running("a")]):
            if isinstance(batch, Unread):
                unread.append(batch.why)
            else:
                lines += [one.text.decode() for one in batch]
    return lines, unread


async def test_a_log_whose_answer_was_cut_is_gone_on_with_and_no_line_comes_twice() -> None:
    cuts = iter([70, 50, None])
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        whole = ("a", "b", "c", "d", "not ended")
        if "tailLines" in request.query:
            return log(request, *whole, ended="")
        asked.append(request.query.get("sinceTime", ""))
        # So ends what a kubelet had sent when it died: in good order, and within a line.
        return log(request, *whole, "later", upto=next(cuts))

    assert await told(answer) == (["a", "b", "c", "d", "not ended", "later"], [])
    assert [one[17:19] for one in asked] == ["", "01", "02"]


async def test_a_log_that_is_cut_at_every_try_is_not_taken_as_read() -> None:
    async def answer(request: web.Request) -> web.Response:
        return log(request, *"abcdefg", upto=None if "tailLines" in request.query else 40)

    lines, unread = await told(answer)
    assert lines == list("abcd")
    assert unread == [
        "the answer ended after its line of 2026-01-01T00:00:03.500000001Z and not with the log, 4 times; "
        "what follows there is not known. Look at the node and its kubelet, then run the step again."
    ]


async def test_what_the_node_says_instead_of_a_log_is_not_a_line_of_it() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text="unable to retrieve container logs for containerd://0a1b")

    assert await told(answer) == (
        [],
        ["instead of it the node sent “unable to retrieve container logs for containerd://0a1b”"],
    )


async def test_a_line_is_read_to_its_end_and_one_that_is_too_long_is_told() -> None:
    async def answer(request: web.Request) -> web.Response:
        return log(request, "x" * 100_000 + " ERROR", "y" * (1 << 20))

    lines, unread = await told(answer)
    assert lines[0].endswith(" ERROR")
    assert unread == ["a line is longer than 1,048,576 bytes, and its begin was read"]


async def test_every_container_of_every_pod_is_read() -> None:
    async def answer(request: web.Request) -> web.Response:
        name = request.path.split("/")[-2]
        said = f"{name} {request.query['container']} {request.query['sinceSeconds']}"
        return log(request, said, "last", ended="")

    got: list[ReadLine] = []
    async with serve(answer) as url, connected(url) as connection:
        async for batch in read_logs(connection, [running("a", "x", "y"), running("b")], since=lambda: 59.6):
            assert not isinstance(batch, Unread)
            got += batch
    assert {(one.pod, one.container, one.text) for one in got} == {
        ("a", "x", b"a x 60"),
        ("a", "x", b"last"),
        ("a", "y", b"a y 60"),
        ("a", "y", b"last"),
        ("b", "c", b"b c 60"),
        ("b", "c", b"last"),
    }


def test_a_restarted_containers_last_run_is_read_too_and_before_the_present_one() -> None:
    again = running("a", restartCount=2, lastState=ENDED)
    assert [(one.container, one.previous) for one in sources([again])] == [("c", True), ("c", False)]
    first = running("a", restartCount=0)
    assert [one.previous for one in sources([first])] == [False]


def test_a_run_that_ended_before_what_is_asked_for_is_not_read() -> None:
    ended = {"terminated": {"exitCode": 1, "finishedAt": "2026-01-01T00:00:00Z"}}
    again = running("a", restartCount=1, lastState=ended)
    at = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    assert [one.previous for one in sources([again], ended_after=at)] == [True, False]
    assert [one.previous for one in sources([again], ended_after=at + 1)] == [False]


def test_a_container_that_never_ran_has_no_log() -> None:
    waiting = pod(status={"containerStatuses": [{"name": "c", "state": {"waiting": {"reason": "x"}}}]})
    assert sources([waiting]) == []


async def test_what_cannot_be_read_is_told() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if "/gone/" in request.path:
            return status(404, "NotFound", "not found")
        if "/refused/" in request.path:
            return status(403, "Forbidden", "pods/log is forbidden")
        return log(request, "fine")

    pods = [running("gone"), running("refused"), running("fine")]
    async with serve(answer) as url, connected(url) as connection:
        got = [batch async for batch in read_logs(connection, pods)]
    unread = {one.pod: one.why for one in got if isinstance(one, Unread)}
    assert unread["gone"] == "the pod went away while it was read"
    assert "pods/log is forbidden" in unread["refused"]
    assert [one for one in got if not isinstance(one, Unread)] == [[ReadLine("fine", "c", b"fine")]]


async def test_the_embedded_cluster_s_logs_are_read(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        pods, how = await pods_of(ConsistentReads(connection, "default"), "alfred-bot")
        assert how.startswith("Deployment alfred-bot")
        got = [batch async for batch in read_logs(connection, pods)]
        lines = [line for batch in got if not isinstance(batch, Unread) for line in batch]
        assert not [batch for batch in got if isinstance(batch, Unread)]
        assert {line.pod for line in lines} == {one.metadata.name for one in pods}


async def test_a_log_that_waits_for_its_turn_is_read_from_the_same_moment_on() -> None:
    seconds = iter([10.0, 11.2])
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.query["sinceSeconds"])
        return log(request, "fine")

    async with serve(answer) as url, connected(url) as connection:
        pods = [running("a"), running("b")]
        assert len([one async for one in read_logs(connection, pods, since=lambda: next(seconds))]) == 2
    assert sorted(set(asked)) == ["10", "12"]


async def test_a_defect_while_a_log_is_read_is_told_and_not_waited_for() -> None:
    class Broken:
        def chunks(self, *_: Any, **__: Any) -> Any:
            raise RuntimeError("oops")

    async with asyncio.timeout(20):
        got = [one async for one in read_logs(cast("Connection", Broken()), [running("a")])]
    assert got == [Unread("a", "c", "reading it broke (RuntimeError: oops); this is a defect")]
