"""The logs of several pods at once, followed as pods come and go; read-only, for a watcher too."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from alfred_tui.domain.duration import format_duration, parse_duration
from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.logs.lines import LogsWanted
from alfred_tui.present.log_ring import LogRing
from alfred_tui.ui.ports import Cockpit, LogFollowing
from alfred_tui.ui.widgets.keys_bar import Key, KeysBar
from alfred_tui.ui.widgets.log_lines import LogLines
from alfred_tui.ui.widgets.run_line import RunLine
from alfred_tui.ui.widgets.search_box import SearchBox

if TYPE_CHECKING:
    from alfred_tui.ui.app import CockpitApp

_FRAME = 0.1
"""Seconds within which lines are drawn together."""
_KEYS = (
    Key("logs-search", 1), Key("log-follow", 2), Key("log-error-before", 3), Key("logs-pods", 6),
    Key("logs-owner", 4), Key("logs-container", 7), Key("logs-previous", 8), Key("logs-since", 5),
    Key("log-times", 10), Key("logs-save", 9), Key("logs-back", 0),
)  # fmt: skip


class LogsScreen(Screen[None]):
    """Each key that changes what is read begins anew."""

    app: "CockpitApp"

    AUTO_FOCUS = "LogLines"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "search", key_display="/", id="logs-search", tooltip="search"),
        Binding("w", "pods", "which pods", id="logs-pods", tooltip="which pods: a name or a label selector"),
        Binding("o", "owner", "siblings", id="logs-owner", tooltip="all pods of the same owner, or this one"),
        Binding("c", "container", "container", id="logs-container", tooltip="the next container, or all"),
        Binding("p", "previous", "previous run", id="logs-previous", tooltip="the run before the restart"),
        Binding("s", "since", "since", id="logs-since", tooltip="how far back, such as 10m"),
        Binding("S", "save", "save", id="logs-save", tooltip="save what is shown to a file"),
        Binding("escape", "back", "back", id="logs-back", tooltip="end the search, or leave the logs"),
    ]  # fmt: skip

    def __init__(self, cockpit: Cockpit, wanted: LogsWanted) -> None:
        super().__init__()
        self.cockpit = cockpit
        self._wanted = wanted
        self._one = wanted.pods
        """The pod that it was opened for, or what took its place."""
        self._containers: list[str] = []
        self._lines = LogLines()
        self._keys = KeysBar(_KEYS)
        self._following: LogFollowing | None = None
        self._box: SearchBox | None = None
        self._entered: Callable[[str], Awaitable[None]] | None = None

    def compose(self) -> ComposeResult:
        yield RunLine(self.cockpit)
        yield self._lines
        yield self._keys

    async def on_mount(self) -> None:
        await self._read(self._wanted)
        self.set_interval(_FRAME, self._draw)

    async def on_unmount(self) -> None:
        if self._following is not None:
            await self._following.close()

    def on_descendant_focus(self) -> None:
        self._keys.reload()

    def _draw(self) -> None:
        if self._following is not None:
            view = self._following.view()
            if not self._wanted.container:
                self._containers = list(dict.fromkeys(one.container for one in view.origins))
            self._lines.load(view)

    async def _read(self, wanted: LogsWanted) -> bool:
        """Reads other logs. Whether they can be meant."""
        source = self.cockpit.logs
        if source is None:
            return False
        ring = LogRing()
        try:
            following = source.follow(wanted, ring.extend)
        except CockpitError as error:
            self.notify(str(error), severity="warning", timeout=8)
            return False
        before, self._following = self._following, following
        if before is not None:
            await before.close()
        self._wanted = wanted
        self._lines.begin(ring, _subject(wanted))
        self._draw()
        return True

    # What is read

    async def action_owner(self) -> None:
        """All pods of the owner of the one that is shown; again: that one alone."""
        now = self._wanted.pods
        if not now.startswith("pod/"):
            if self._one.startswith("pod/"):
                await self._change(pods=self._one)
            else:
                self.notify("These are the pods of one owner already.", timeout=3)
            return
        pods = self.cockpit.cluster.view().pods if self.cockpit.cluster else ()
        namespace = self._wanted.namespace
        owner = next((p.owner for p in pods if p.name == now[4:] and p.namespace == namespace), "")
        if owner:
            await self._change(pods=owner)
        else:
            self.notify(f"{now[4:]} has no owner that is known.", timeout=3)

    async def action_container(self) -> None:
        known = ["", *self._containers]
        if len(known) <= 2:
            self.notify("There is one container.", timeout=3)
            return
        at = known.index(self._wanted.container) if self._wanted.container in known else 0
        await self._change(container=known[(at + 1) % len(known)])

    async def action_previous(self) -> None:
        await self._change(previous=not self._wanted.previous)

    async def _change(self, **fields: object) -> bool:
        return await self._read(msgspec.structs.replace(self._wanted, **fields))

    def action_pods(self) -> None:
        async def entered(value: str) -> None:
            if await self._change(pods=value.strip(), container=""):
                self._one = value.strip()

        hint = "a part of a name, app=shop, track!=canary, pod/NAME, Deployment/NAME"
        self._ask(hint, self._wanted.pods, entered)

    def action_since(self) -> None:
        async def entered(value: str) -> None:
            try:
                since = parse_duration(value) if value.strip() else 0.0
            except ValueError as error:
                self.notify(f"{error}.", severity="warning", timeout=8)
                return
            await self._change(since=since)

        since = format_duration(self._wanted.since) if self._wanted.since else ""
        self._ask(
            f"how far back: 10m, 1h30m; empty: the last {self._wanted.tail} lines of each", since, entered
        )

    # The line at the bottom

    def _ask(self, hint: str, value: str, entered: Callable[[str], Awaitable[None]] | None) -> None:
        if self._box is None:
            self._entered = entered
            self._box = SearchBox(hint, value)
            self._keys.display = False
            self.mount(self._box)

    def action_search(self) -> None:
        self._ask(self._lines.finds, self._lines.needle, None)

    def on_search_box_typed(self, event: SearchBox.Typed) -> None:
        if self._entered is None and self._box is not None and event.value != self._lines.needle:
            self._lines.find(event.value)

    async def on_search_box_kept(self, event: SearchBox.Kept) -> None:
        entered = self._entered
        self._close_box()
        if entered is not None:
            await entered(event.value)

    def _close_box(self) -> None:
        if self._box is not None:
            self._box.remove()
            self._box = self._entered = None
            self._keys.display = True
            self._lines.focus()

    def action_back(self) -> None:
        """Ends what is typed, then the search, then leaves."""
        if self._box is not None:
            if self._entered is None:
                self._lines.find("")
            self._close_box()
        elif self._lines.needle:
            self._lines.find("")
        else:
            self.dismiss()

    # Saving

    def action_save(self) -> None:
        stamp = datetime.fromtimestamp(self.cockpit.now(), UTC).strftime("%Y%m%d-%H%M%S")
        name = re.sub(r"[^A-Za-z0-9.-]+", "-", self._wanted.pods).strip("-")
        self._ask("the file to save to", f"logs-{name}-{stamp}.log", self._save)

    async def _save(self, path: str) -> None:
        source = self.cockpit.logs
        if source is None or not path.strip():
            return
        dropped = self._lines.dropped
        lines = await asyncio.to_thread(self._lines.told_lines())
        try:
            where = await source.save(path.strip(), lines)
        except CockpitError as error:
            self.notify(str(error), severity="warning", timeout=10)
            return
        before = f" The {dropped:,} lines before them had been dropped." if dropped else ""
        self.notify(f"Saved {len(lines):,} lines to {where}.{before}", timeout=10)


def _subject(wanted: LogsWanted) -> str:
    more = [wanted.pods]
    if wanted.container:
        more.append(f"container {wanted.container}")
    if wanted.previous:
        more.append("previous run")
    if wanted.since:
        more.append(f"since {format_duration(wanted.since)} ago")
    return " · ".join(more)
