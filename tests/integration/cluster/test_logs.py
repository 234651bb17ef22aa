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

from tests.integration.cluster.api import connected, serve, status
from tests.integration.cluster.lab import lab
from tests.unit.cluster.kube import pod

RUNNING = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
ENDED = {"terminated": {"exitCode": 1}}


def running(name: str, *containers: str, **fields: Any) -> Pod:
    states = [{"name": one, "state": RUNNING, **fields} for one in containers or ("c",)]
    return pod(name, status={"phase": "Running", "containerStatuses": states})


async def test_every_container_of_every_pod_is_read() -> None:
    async def answer(request: web.Request) -> web.Response:
        name = request.path.split("/")[-2]
        return web.Response(text=f"{name} {request.query['container']} {request.query['sinceSeconds']}\nlast")

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
        return web.Response(text="fine\n")

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
        got = [batch async for batch in read_logs(connection, pods, tail=3)]
        lines = [line for batch in got if not isinstance(batch, Unread) for line in batch]
        assert {line.pod for line in lines} == {one.metadata.name for one in pods}
        assert len(lines) == 3 * len(pods)


async def test_a_log_that_waits_for_its_turn_is_read_from_the_same_moment_on() -> None:
    seconds = iter([10.0, 11.2])
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.query["sinceSeconds"])
        return web.Response(text="fine\n")

    async with serve(answer) as url, connected(url) as connection:
        pods = [running("a"), running("b")]
        assert len([one async for one in read_logs(connection, pods, since=lambda: next(seconds))]) == 2
    assert sorted(asked) == ["10", "12"]


async def test_a_defect_while_a_log_is_read_is_told_and_not_waited_for() -> None:
    class Broken:
        def stream(self, *_: Any, **__: Any) -> Any:
            raise RuntimeError("oops")

    async with asyncio.timeout(20):
        got = [one async for one in read_logs(cast("Connection", Broken()), [running("a")])]
    assert got == [Unread("a", "c", "reading it broke (RuntimeError: oops); this is a defect")]
