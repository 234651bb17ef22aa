"""The run in one line over every full-screen view: what runs, and that something waits for the person."""

from collections.abc import Iterable, Sequence

from alfred_tui.domain.duration import format_elapsed
from alfred_tui.present.run import Header, header
from alfred_tui.present.under_way import UnderWay, under_way
from alfred_tui.ui.drawn_together import DrawnTogether
from alfred_tui.ui.look import Tone
from alfred_tui.ui.ports import Cockpit, Unsubscribe
from alfred_tui.ui.text import clean, cut
from alfred_tui.ui.widgets.alarms import call_for_rollback, standstill
from alfred_tui.ui.widgets.header import demo, who
from alfred_tui.ui.widgets.told import Told, ToldBar

_TITLES = (48, 30, 18)
"""Cells to which a step's title is cut, one after the other."""
_PLAIN = ("running", "waiting for a person")
"""States that what runs and waits tells better."""


class RunLine(ToldBar):
    """Draws itself as the run goes on."""

    DEFAULT_CSS = "RunLine { dock: top; }"

    def __init__(self, cockpit: Cockpit, *, calls: bool = True) -> None:
        """`calls`: whether it tells what calls for a rollback; the rollback's own screen does."""
        super().__init__()
        self._cockpit = cockpit
        self._calls = calls
        self._drawing = DrawnTogether(self, self._draw)
        self._leave: Unsubscribe | None = None

    def on_mount(self) -> None:
        self._leave = self._cockpit.run.subscribe(lambda state, entries: self._drawing.soon())
        self.set_interval(1.0, self._draw)
        self._draw()

    def on_unmount(self) -> None:
        if self._leave is not None:
            self._leave()

    def _draw(self) -> None:
        cockpit, now = self._cockpit, self._cockpit.now()
        top, at = header(cockpit.run.state, now), under_way(cockpit.run.state, now)
        leads = cockpit.submit is not None
        left = (
            *standstill(cockpit),
            *(call_for_rollback(cockpit, stops=False) if self._calls else ()),
            who(top, leads=leads), *demo(top), *_running(at), *_waits(at.waits, leads=leads),
        )  # fmt: skip
        right = tuple(_right(top, at, led=cockpit.led() or top.ended))
        self.tell(left, right)


def _waits(titles: Sequence[str], *, leads: bool) -> Iterable[Told]:
    if titles:
        count = f"◆ {len(titles)} {'for you' if leads else 'waiting'}"
        yield Told(3, (*_told(f"{count}: ", titles[0]), count, f"◆ {len(titles)}"), "accent")


def _running(at: UnderWay) -> Iterable[Told]:
    if at.running:
        one, more = at.running[0], len(at.running) - 1
        clock = f" {format_elapsed(one.seconds)}" + (f" and {more} more" if more else "")
        yield Told(
            3,
            (*_told("▶ ", one.title, clock), f"▶ {len(at.running)} running", f"▶ {len(at.running)}"),
            "busy",
        )


def _told(before: str, title: str, after: str = "") -> list[str]:
    return list(dict.fromkeys(f"{before}{cut(clean(title), cells)}{after}" for cells in _TITLES))


def _right(top: Header, at: UnderWay, *, led: bool) -> Iterable[Told]:
    if at.phase:
        yield Told(6, (clean(at.phase), ""), "muted")
    if not led:
        yield Told(1, ("no lead drives the run", "no lead"), "bad")
    elif top.state not in _PLAIN:
        tone: Tone = "good" if top.state in ("done", "rolled back") else "bad"
        yield Told(4, (clean(top.state), ""), tone)
    yield Told(3, (f"{top.progress.settled}/{top.progress.total}",), "strong")
    yield Told(5, (format_elapsed(top.elapsed), ""), "strong")
