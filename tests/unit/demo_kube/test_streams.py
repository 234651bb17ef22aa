"""How a watch of the embedded API ends: what is queued is told before anything claims that it was."""

import asyncio
from typing import Any

import msgspec
from aiohttp import web
from alfred_tui.demo.kube.encoding import ObjectBytes
from alfred_tui.demo.kube.forms import Form, Shaper
from alfred_tui.demo.kube.kinds import BY_KEY
from alfred_tui.demo.kube.listing import ListOptions
from alfred_tui.demo.kube.objects import Key
from alfred_tui.demo.kube.store import Store
from alfred_tui.demo.kube.streams import WatchStream, run_watch
from alfred_tui.demo.kube.watch import WatchHub

PODS = Key("", "pods")


class Written(web.StreamResponse):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, Any]] = []

    async def write(self, data: Any) -> None:
        self.lines += [msgspec.json.decode(line) for line in bytes(data).splitlines()]


async def test_a_change_at_the_moment_of_the_timeout_is_told_before_any_bookmark() -> None:
    store = Store(lambda: 0.0)
    hub, objects = WatchHub(store), ObjectBytes()
    watcher = hub.open(PODS, "default", None, store.revision)
    stream = WatchStream(BY_KEY[PODS], Form(), Shaper(objects), objects, lambda: 0.0)
    store.create(PODS, {"metadata": {"name": "p", "namespace": "default"}, "spec": {}})
    written = Written()
    options = ListOptions(watch=True, bookmarks=True, timeout_seconds=0.0)
    async with asyncio.timeout(5):
        await run_watch(written, stream, watcher, (), options, lambda: store.revision)
    assert [one["type"] for one in written.lines] == ["ADDED"]
