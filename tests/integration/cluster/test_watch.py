"""The store equals the server's list, whatever happens on the way."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from aiohttp import web
from alfred_tui.cluster.access.streaming import streams_lists
from alfred_tui.cluster.objects.partial import Pod
from alfred_tui.cluster.objects.resources import PODS
from alfred_tui.cluster.store.kind_store import Change, Key
from alfred_tui.cluster.store.watch import Timing, Watch

from tests.integration.cluster.api import connected, serve, status
from tests.integration.cluster.chaos import Namespace, upstream
from tests.integration.cluster.pods_api import FAULTS, PodsApi

QUICK = Timing(
    page=5, watch=1.0, grace=0.1, first_pause=0.005, longest_pause=0.05, refused_pause=0.05, settled=0.5
)


@dataclass
class Told:
    """What a listener was told, applied to a copy of its own."""

    copy: dict[Key, Pod] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    count: int = 0

    def __call__(self, changes: Sequence[Change[Pod]]) -> None:
        for change in changes:
            self.count += 1
            if self.copy.get(change.key) != change.old or change.new == change.old:
                self.wrong.append(f"{change} over {self.copy.get(change.key)}")
            if change.new is None:
                self.copy.pop(change.key, None)
            else:
                self.copy[change.key] = change.new


@asynccontextmanager
async def watching(
    url: str, told: Told, timing: Timing = QUICK, on_state: Callable[[], None] = lambda: None
) -> AsyncIterator[Watch[Pod]]:
    async with connected(url) as connection:
        watch = Watch(
            connection,
            PODS,
            "default",
            on_changes=told,
            on_state=on_state,
            now=lambda: 1000.0,
            timing=timing,
        )
        task = asyncio.create_task(watch.run())
        try:
            yield watch
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def until(true: Callable[[], bool], what: str = "", seconds: float = 10.0) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while not true():
        assert asyncio.get_running_loop().time() < deadline, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.005)


def same(watch: Watch[Pod], api: PodsApi) -> bool:
    here = {key[1]: pod.metadata.resource_version for key, pod in watch.store.objects.items()}
    return here == {name: pod["metadata"]["resourceVersion"] for name, pod in api.pods.items()}


async def test_a_list_in_pages_and_the_changes_after_it() -> None:
    api, told = PodsApi(), Told()
    for number in range(12):
        api.put(f"p{number}")
    async with serve(api.handle) as url, watching(url, told) as watch:
        await until(lambda: same(watch, api) and api.watching == 1, "the first list")
        assert api.requests.count("list") == 3
        api.put("p3")
        api.drop("p4")
        api.put("new")
        await until(lambda: same(watch, api), "the changes")
    assert told.wrong == []
    assert told.count == 12 + 3
    assert api.requests.count("list") == 3


@pytest.mark.parametrize("fault", FAULTS)
async def test_after_a_fault_the_store_equals_the_list(fault: str) -> None:
    api, told = PodsApi(), Told()
    for number in range(4):
        api.put(f"p{number}")
    api.faults.extend(["", fault, fault])
    async with serve(api.handle) as url, watching(url, told) as watch:
        await until(lambda: len(watch.store.objects) == 4, "the first list")
        for _ in range(30):
            api.stir()
            await asyncio.sleep(0.002)
        await until(lambda: not api.faults, "the faults")
        await until(lambda: same(watch, api), "the changes")
        assert watch.hearing.state.connection == "live"
    assert told.wrong == []
    assert told.copy == watch.store.objects


@pytest.mark.parametrize("fault", ["410", "429", "500", "reset"])
async def test_a_first_list_that_fails_half_way_is_begun_again(fault: str) -> None:
    api, told = PodsApi(), Told()
    for number in range(12):
        api.put(f"p{number:02}")
    api.faults.extend(["", fault])
    async with serve(api.handle) as url, watching(url, told) as watch:
        await until(lambda: bool(watch.store.version), "the list")
        assert same(watch, api)
    assert told.wrong == []


async def test_a_list_after_a_gap_does_not_empty_what_is_shown() -> None:
    api, told = PodsApi(), Told()
    for number in range(8):
        api.put(f"p{number}")
    async with serve(api.handle) as url, watching(url, told) as watch:
        await until(lambda: same(watch, api) and api.watching == 1, "the first list")
        told.count = 0
        api.faults.extend(["410"])
        watch.reconnect()
        await until(lambda: not api.faults, "the gap")
        api.put("p0")
        await until(lambda: same(watch, api), "the change")
    assert told.count == 1


async def test_a_server_that_ends_every_watch_at_once_is_not_asked_in_a_hot_loop() -> None:
    api, told = PodsApi(), Told()
    asked = 0

    async def handle(request: web.Request) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        return web.Response() if request.query.get("watch") else await api.handle(request)

    slow = Timing(first_pause=0.05, longest_pause=1.0)
    async with serve(handle) as url, watching(url, told, slow):
        await asyncio.sleep(0.5)
    assert asked <= 8


@pytest.mark.parametrize(
    ("code", "word"),
    [(401, "expired"), (403, "forbidden"), (404, "absent"), (429, "throttled"), (503, "error")],
)
async def test_what_keeps_the_list_away_is_told_in_its_word(code: int, word: str) -> None:
    refused = True
    api, told = PodsApi(), Told()
    api.put("p")

    async def handle(request: web.Request) -> web.StreamResponse:
        return status(code, "X", "the server's sentence") if refused else await api.handle(request)

    async with serve(handle) as url, watching(url, told) as watch:
        await until(lambda: watch.hearing.state.connection == word, word)
        assert "the server's sentence" in watch.hearing.state.message
        refused = False
        await until(lambda: watch.hearing.state.connection == "live", "live again")
        assert same(watch, api)


@pytest.mark.parametrize(
    ("version", "streams"),
    [("v1.36.0", True), ("v1.34.0-eks-1a2b", True), ("v1.33.4", False), ("1.29+", False), ("", False)],
)
def test_lists_are_streamed_where_the_server_says_so(version: str, streams: bool) -> None:
    assert streams_lists(version) is streams


async def test_a_streamed_list_is_followed_on_the_stream_it_came_by() -> None:
    async with upstream() as behind, behind.proxied(0) as (proxy, url):
        namespace = Namespace(behind.etcd, "default", 0)
        for _ in range(30):
            namespace.stir()
        told = Told()
        async with watching(url, told, Timing()) as watch:
            await until(lambda: watch.hearing.state.connection == "live", "the list")
            assert {key[1] for key in watch.store.objects} == set(namespace.versions())
            before = told.count
            namespace.stir()
            await until(lambda: told.count > before, "a change")
            assert (proxy.streamed, sum(proxy.done.values())) == (1, 1)
    assert told.wrong == []


async def test_a_server_that_refuses_to_stream_is_asked_for_a_list_without_a_word() -> None:
    async with upstream() as behind, behind.proxied(1) as (proxy, url):
        namespace = Namespace(behind.etcd, "default", 1)
        namespace.stir()
        told = Told()
        async with watching(url, told, Timing()) as watch:
            words = {watch.hearing.state.connection}
            while "live" not in words:
                await asyncio.sleep(0.005)
                words.add(watch.hearing.state.connection)
            assert words <= {"connecting", "live"}
            assert proxy.done["list "] == 1
    assert told.wrong == []


async def test_a_streamed_list_after_a_gap_does_not_empty_what_is_shown() -> None:
    async with upstream() as behind, behind.proxied(0) as (proxy, url):
        namespace = Namespace(behind.etcd, "default", 0)
        for _ in range(30):
            namespace.stir()
        told = Told()
        async with watching(url, told, QUICK) as watch:
            await until(lambda: watch.hearing.state.connection == "live", "the list")
            proxy.watch_faults.append("410")
            told.count = 0
            watch.reconnect()
            await until(lambda: proxy.streamed == 2 and bool(watch.store.version), "the second list")
            assert told.count == 0
            assert {key[1] for key in watch.store.objects} == set(namespace.versions())
    assert told.wrong == []


async def test_no_wait_is_longer_than_is_sensible_whatever_a_proxy_asks() -> None:
    api, told = PodsApi(), Told()
    api.put("p")
    refused = True

    async def handle(request: web.Request) -> web.StreamResponse:
        answer = status(429, "TooManyRequests", "later")
        answer.headers["Retry-After"] = "86400"
        return answer if refused and request.path != "/version" else await api.handle(request)

    async with serve(handle) as url, watching(url, told, replace(QUICK, longest_asked=0.1)) as watch:
        await until(lambda: "later" in watch.hearing.state.message, "the refusal")
        refused = False
        await until(lambda: watch.hearing.state.connection == "live", "live again")


async def test_a_server_that_goes_away_is_unreachable_and_its_pods_stay() -> None:
    api, told = PodsApi(), Told()
    api.put("p")
    async with serve(api.handle) as url:
        pass
    port = int(url.rsplit(":", 1)[1])
    async with watching(url, told) as watch:
        await until(lambda: watch.hearing.state.connection == "unreachable", "refused")
        runner = web.AppRunner(_app(api), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await until(lambda: watch.hearing.state.connection == "live", "there at last")
        await runner.cleanup()
        await until(lambda: watch.hearing.state.connection == "unreachable", "gone again")
        assert len(watch.store.objects) == 1
        assert watch.hearing.state.heard_at == 1000.0


def _app(api: PodsApi) -> web.Application:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", api.handle)
    return app


async def test_stopping_leaves_nothing_behind() -> None:
    api, told = PodsApi(), Told()
    api.put("p")
    async with serve(api.handle) as url:
        async with watching(url, told, Timing()) as watch:
            await until(lambda: api.watching == 1 and bool(watch.store.objects), "the watch")
        await until(lambda: api.watching == 0, "the end of the watch")


@pytest.mark.parametrize("version", ["v1.33.4", "v1.36.0"])
async def test_where_only_lists_are_allowed_they_are_read_again_and_again_until_a_watch_is(
    version: str,
) -> None:
    api, told, granted = PodsApi(), Told(), False
    api.put("p0")

    async def handle(request: web.Request) -> web.StreamResponse:
        if request.path == "/version":
            return web.json_response({"gitVersion": version})
        if request.query.get("watch") and not granted:
            return status(403, "Forbidden", "may not watch pods")
        return await api.handle(request)

    states: list[None] = []
    quick = replace(QUICK, watch=600.0, poll=0.02, refused_pause=0.5)
    async with serve(handle) as url, watching(url, told, quick, lambda: states.append(None)) as watch:
        await until(lambda: watch.hearing.state.every > 0, "lists in place of the watch")
        assert watch.hearing.state.connection == "live"
        heard = len(states)
        await until(lambda: len(states) >= heard + 3, "each list as news")
        api.put("p1")
        api.drop("p0")
        await until(lambda: same(watch, api), "the changes")
        granted = True
        await until(lambda: watch.hearing.state.every == 0 and api.watching == 1, "the watch")
        api.put("p2")
        await until(lambda: same(watch, api), "the change after it")
    assert told.wrong == []


async def test_a_watch_opened_again_after_a_lost_server_ends_soon_to_say_that_it_is_heard() -> None:
    """A real server sends nothing for a minute where nothing changes, not even a bookmark."""
    api, asked = PodsApi(), list[int]()
    api.put("p0")

    async def handle(request: web.Request) -> web.StreamResponse:
        if request.query.get("watch"):
            asked.append(int(request.query["timeoutSeconds"]))
        return await api.handle(request)

    async with serve(handle) as url, watching(url, Told(), replace(QUICK, watch=600.0)) as watch:
        await until(lambda: same(watch, api) and api.watching == 1, "the watch")
        watch.reconnect()
        await until(lambda: len(asked) == 3, "a short watch, and the next")
    first, brief, then = asked
    assert brief == 1
    assert min(first, then) > 500


async def test_who_may_neither_list_nor_watch_is_told_so() -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        if request.path == "/version":
            return web.json_response({"gitVersion": "v1.36.0"})
        return status(403, "Forbidden", "no")

    async with serve(handle) as url, watching(url, Told()) as watch:
        await until(lambda: watch.hearing.state.connection == "forbidden", "the refusal")
        assert not watch.hearing.state.every


async def test_a_server_that_refuses_everybody_for_a_moment_after_its_start_is_asked_again_soon() -> None:
    api, told, ready = PodsApi(), Told(), True
    api.put("p0")

    async def handle(request: web.Request) -> web.StreamResponse:
        if not ready:
            return status(403, "Forbidden", "no RBAC policy matched")
        return await api.handle(request)

    patient = replace(QUICK, watch=600.0, first_refused=0.02, refused_pause=600.0)
    async with serve(handle) as url, watching(url, told, patient) as watch:
        await until(lambda: same(watch, api), "the first list")
        ready = False
        watch.reconnect()
        await until(lambda: watch.hearing.state.connection == "forbidden", "the refusal")
        ready = True
        await until(
            lambda: watch.hearing.state.connection == "live" and not watch.hearing.state.every, "the watch"
        )
        api.put("p1")
        await until(lambda: same(watch, api), "the change after it")
