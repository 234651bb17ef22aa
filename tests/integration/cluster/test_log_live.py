"""Logs over the embedded API and the live store, through a network that breaks; and a pod that floods."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from alfred_tui.cluster.live.live_cluster import LiveCluster
from alfred_tui.cluster.logs.log_follow import LogFollow
from alfred_tui.cluster.objects.resources import PODS
from alfred_tui.domain.logs.lines import LogLine, LogsWanted
from alfred_tui.domain.logs.rule import LogRule
from alfred_tui.domain.redaction import Redactor
from alfred_tui.present.log_ring import LINES, LogRing

from tests.integration.cluster.api import connected, serve
from tests.integration.cluster.lab import Lab, lab, pods, seen, settled
from tests.integration.cluster.logs_api import QUICK, LogsApi


class Cable:
    """Bytes to and from the embedded API, until somebody trips over it: in the middle of whatever it was."""

    def __init__(self, url: str) -> None:
        where = urlsplit(url)
        self._there = (where.hostname or "", where.port or 0)
        self._open: set[asyncio.StreamWriter] = set()

    async def join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*self._there)
        ends = {writer, far_writer}
        self._open |= ends
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        self._open -= ends

    def trip(self) -> None:
        for end in self._open:
            end.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(700):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def cable(cluster: Lab) -> AsyncIterator[Cable]:
    """Puts a cable between the cluster and whoever connects from now on."""
    made = Cable(cluster.url)
    server = await asyncio.start_server(made.join, "127.0.0.1", 0)
    cluster.url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        made.trip()
        server.close()


def following(live: LiveCluster, lines: list[LogLine]) -> LogFollow:
    """All logs of the bot, from their begin."""
    wanted = LogsWanted(pods="Deployment/alfred-bot", namespace="default", tail=100_000)
    follow = LogFollow(
        live.connection, live, wanted, lines.extend, hide=Redactor({}), rule=LogRule(""), timing=QUICK
    )
    follow.start()
    return follow


async def test_pods_join_and_die_and_connections_break_and_each_line_comes_once(tmp_path: Path) -> None:
    chance = random.Random(3)
    lines: list[LogLine] = []
    async with (
        lab(tmp_path) as cluster,
        cable(cluster) as tripped,
        cluster.connected() as connection,
        cluster.live(connection) as live,
    ):
        view = await seen(live, settled, "the platform")
        first = {one.name for one in pods(view, "alfred-bot")}
        follow = following(live, lines)

        async def until(holds: object, told: str) -> None:
            deadline = asyncio.get_running_loop().time() + 40
            while not holds():  # type: ignore[operator]
                assert asyncio.get_running_loop().time() < deadline, f"{told}: {follow.view()}"
                await asyncio.sleep(0.05)

        def of(number: int) -> list[str]:
            return [one.text.decode() for one in lines if one.origin == number and one.kind != "notice"]

        def written(number: int) -> list[str]:
            pod = follow.view().origins[number]
            found = cluster.cluster.lines("default", pod.pod, pod.container, previous=False)
            return [text for _, text in found]

        await until(lambda: len(lines) > 20, "the first lines")
        dying = min(first)
        await connection.delete(PODS.path("default", dying))
        for _ in range(12):
            tripped.trip()
            await asyncio.sleep(chance.random() * 0.4)

        names = {one.pod: one for one in follow.view().origins}
        await until(lambda: len(follow.view().origins) == len(first) + 1, "the pod that joined")
        names = {one.pod: one for one in follow.view().origins}
        dead = names[dying].number
        await until(lambda: follow.view().origins[dead].state == "gone", "the pod that died")
        for number in (one.number for one in follow.view().origins if one.number != dead):
            true = written(number)
            await until(lambda number=number, true=true: len(of(number)) >= len(true), "what was written")
            assert of(number)[: len(true)] == true
        assert len(set(of(dead))) == len(of(dead))
        notices = [one.text.decode() for one in lines if one.kind == "notice"]
        assert "+ joined" in notices
        assert any("the pod is gone" in one for one in notices)
        await follow.close()


async def test_fifty_thousand_lines_a_second_are_bounded_and_leave_the_loop_its_time() -> None:
    api = LogsApi()
    api.add("shop-a")
    text = "handled a request of a customer, and it took a while; nothing else is to be told of it"
    batch = "".join(f"2027-01-15T12:00:00.{n:09}Z {text}\n" for n in range(5_000)).encode()
    sent = 0

    async def flood(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        if not request.path.endswith("/log"):
            return await api.handle(request)
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(batch)
            sent += 5_000
            await asyncio.sleep(0.1)

    ring = LogRing()
    async with serve(flood) as url, connected(url) as connection:
        follow = LogFollow(
            connection,
            api,
            LogsWanted(pods="shop-a"),
            ring.extend,
            hide=Redactor({"S": "hunter2-hunter2"}),
            rule=LogRule(r"(?i)error|exception"),
        )
        follow.start()
        turns = 0
        deadline = asyncio.get_running_loop().time() + 60
        while ring.total < 3 * LINES:
            assert asyncio.get_running_loop().time() < deadline, f"{ring.total} of {sent} lines"
            assert len(ring.lines()) <= LINES
            await asyncio.sleep(0.005)
            turns += 1
        assert ring.dropped + len(ring.lines()) == ring.total
        assert turns > 50  # the loop was free for others in between, again and again
        # What is not read yet waits in sockets and buffers, which are bounded too.
        assert sent - ring.total < 500_000
        await follow.close()
