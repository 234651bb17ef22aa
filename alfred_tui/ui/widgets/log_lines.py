"""Lines of several pods' logs: it follows their end, or stands still for reading and searching."""

import asyncio
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from alfred_tui.domain.logs.lines import LogLine, LogOrigin, LogsView, OriginState
from alfred_tui.present.log_labels import log_labels
from alfred_tui.present.log_ring import LogRing
from alfred_tui.ui.look import HUES, Piece, Tone
from alfred_tui.ui.text import clean, cut, fit, window
from alfred_tui.ui.widgets.reading_view import ReadingView
from alfred_tui.ui.wrapping import crop

_SIDEWAYS = 16
_CLOCK = slice(11, 23)
"""Hours to milliseconds of a stamp."""

STATES: dict[OriginState, Piece] = {
    "queued": ("‖", "warn"),
    "connecting": ("…", "busy"),
    "following": ("●", "good"),
    "waiting": ("○", "warn"),
    "ended": ("■", "muted"),
    "gone": ("■", "muted"),
    "lost": ("✘", "bad"),
    "forbidden": ("✘", "bad"),
}


class LogLines(ReadingView[LogLine]):
    """Draws a ring. What is shown stands still while one reads above the end, whatever comes meanwhile."""

    finds = "search; enter, then n and N for the next and the one before"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "match(1)", "next match", show=False, id="log-next"),
        Binding("N", "match(-1)", "previous match", show=False, id="log-previous"),
        Binding("e", "error(1)", "next error", show=False, id="log-error"),
        Binding("E", "error(-1)", "errors", id="log-error-before", tooltip="the error before; e the next"),
        Binding("f", "follow", "follow", id="log-follow", tooltip="follow the end"),
        Binding("T", "times", "times", id="log-times", tooltip="when each line was written"),
        Binding("right", f"sideways({_SIDEWAYS})", "further right in long lines", show=False),
        Binding("left", f"sideways(-{_SIDEWAYS})", "back left", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__("LOGS", id=id)
        self.frame.head_lines = 1
        self.following = True
        self.needle = ""
        self.subject = ""
        """What is shown, for the title."""
        self._ring = LogRing()
        self._seen = -1
        self._shown_until = 0
        self._times = False
        self._shift = 0
        self._view = LogsView()
        self._labels: dict[int, str] = {}
        self._label_width = 0
        self._labelled: object = None
        self._pointing = False
        self._began_at = 0
        """Where the search was begun: as one types, each longer word is looked for from there."""
        self._found: tuple[Sequence[LogLine], str, list[int]] = ((), "", [])
        self._searching = asyncio.Lock()

    # Content

    def begin(self, ring: LogRing, subject: str) -> None:
        """Shows other logs, from their end."""
        self._ring, self.subject = ring, subject
        self._seen, self._shown_until, self._shift = -1, 0, 0
        self.following, self._pointing = True, False
        self.cursor = self.first_row = 0
        self._found = ((), "", [])
        self.redraw()
        self.show(())

    def load(self, view: LogsView) -> None:
        """Takes how the reading goes, and what has come."""
        self._view = view
        self._relabel()
        if self.following and self._ring.total != self._seen:
            self._catch_up()
        self._tell()

    def _catch_up(self) -> None:
        self._seen = self._shown_until = self._ring.total
        self.show(self._ring.lines())
        self.scroll_rows_to(len(self.rows))

    def _relabel(self) -> None:
        names = [(one.number, one.pod, one.container) for one in self._view.origins]
        if self._labelled != (names, self.cells.width):
            self._labelled = (names, self.cells.width)
            self._labels = {
                number: clean(label)
                for number, label in log_labels(self._view.origins, self.cells.width).items()
            }
            self._label_width = max(map(len, self._labels.values()), default=0)
            self.redraw()

    def on_resize(self) -> None:
        self._relabel()
        super().on_resize()
        if self.following:
            self.scroll_rows_to(len(self.rows))

    # Words around the lines

    def _tell(self) -> None:
        ring = self._ring
        pods = len({one.uid for one in self._view.origins if one.state != "gone"})
        more: list[Piece] = [
            (f" {clean(self.subject)}", "plain"),
            (f" · {pods} pod{'s' * (pods != 1)}", "muted"),
        ]
        if ring.errors:
            more.append((f" · ✘ {ring.errors:,} error{'s' * (ring.errors != 1)}", "bad"))
        if self.needle:
            rows, needle, found = self._found
            known = needle == self.needle and rows is self._rows
            more.append((f" /{clean(self.needle)}{f' {len(found):,}' * known}", "accent"))
        told = f"{ring.total:,} line{'s' * (ring.total != 1)}"
        if ring.dropped:
            told += f", the first {ring.dropped:,} dropped"
        aside: list[Piece] = [(told, "muted")] if ring.total else []
        if not self.following:
            newer = ring.total - self._shown_until
            aside += [(f" · {newer:,} newer", "warn" if newer else "muted"), (" · ", "muted")]
            aside += [("f", "busy"), (" follow", "muted")]
        self.frame.heading("LOGS", *more, aside=aside)
        self.frame.notes(*self._notes())

    def _notes(self) -> list[tuple[Piece, ...]]:
        notes: list[tuple[Piece, ...]] = []
        if self._view.held_back:
            told = "They print faster than is read here: what is shown lags behind."
            notes.append((("‖ ", "warn"), (told, "warn")))
        untold: dict[str, list[LogOrigin]] = {}
        for one in self._view.origins:
            if one.message and one.state in ("waiting", "lost", "forbidden", "queued"):
                untold.setdefault(one.message, []).append(one)
        for message, which in list(untold.items())[:2]:
            rest = f" and {len(which) - 1} more" if len(which) > 1 else ""
            glyph, tone = STATES[which[0].state]
            name = f"{clean(which[0].pod)}{rest}: "
            notes.append(((f"{glyph} ", tone), (name, "muted"), (clean(message), tone)))
        return notes

    def empty(self) -> str:
        if self._view.message:
            return self._view.message
        return "No line yet." if self._view.origins else "Looking for the pods…"

    def head(self, width: int) -> Sequence[Piece]:
        out: list[Piece] = []
        for one in self._view.origins:
            if one.state != "gone":
                errors = self._ring.errors_of.get(one.number, 0)
                out += [STATES[one.state], (f" {self._labels.get(one.number, '')}", _hue(one.number))]
                out += [(f" {errors:,}✘", "bad")] if errors else []
                out.append(("   ", "plain"))
        return crop(out, width)

    # Drawing

    def pieces(self, row: LogLine, width: int) -> Sequence[Piece]:
        text = clean(row.text.decode("utf-8", "replace").expandtabs(8))
        before: list[Piece] = [(fit(self._labels.get(row.origin, ""), self._label_width), _hue(row.origin))]
        if self._times:
            before.append((" " + clean(row.at[_CLOCK].decode("ascii", "replace")).ljust(12), "muted"))
        if row.kind == "notice":
            return crop([*before, (f" {text}", "muted")], width)
        bad = row.kind == "error"
        before.append((" ✘ " if bad else "   ", "bad"))
        room = max(0, width - sum(len(told) for told, _ in before))
        shown = window(text, self._shift, room)
        if len(text) > self._shift + room:
            shown = cut(shown[:-1] + "…", room)
        return [*before, *self._marked(shown, "bad" if bad else "plain")]

    def _marked(self, text: str, tone: Tone) -> list[Piece]:
        """The text with what is searched for set off: in brackets of its own where there is no colour."""
        if not self.needle:
            return [(text, tone)]
        out: list[Piece] = []
        at = 0
        for found in re.finditer(re.escape(self.needle), text, re.IGNORECASE):
            out += [(text[at : found.start()], tone), (found[0], "alarm")]
            at = found.end()
        return [*out, (text[at:], tone)]

    @property
    def cursor_shown(self) -> bool:
        return self._pointing and not self.following

    # Search

    def find(self, needle: str) -> None:
        """Marks `needle`, and goes to the newest line that has it."""
        if not self.needle:
            self._stand_still()
            self._began_at = self.cursor
        self.needle = needle
        self.redraw()
        if needle:
            self._go(0)
        self._tell()

    def action_match(self, by: int) -> None:
        if self.needle:
            self._go(by)
        else:
            self.notify("Type / to search.", timeout=3)

    def action_error(self, by: int) -> None:
        self._go(by, errors=True)

    def _go(self, by: int, *, errors: bool = False) -> None:
        """To the next (1) or previous (-1) match, or the last that is in view or above (0)."""
        self._stand_still()
        self.run_worker(self._in_turn(by, "" if errors else self.needle), group="search", exit_on_error=False)

    def _stand_still(self) -> None:
        if self.following:
            self.following = False
            self.cursor = max(0, len(self.rows) - 1)

    async def _in_turn(self, by: int, needle: str) -> None:
        """One search after the other, each in a thread: there may be tens of thousands of lines."""
        async with self._searching:
            rows = self._rows
            if self._found[0] is not rows or self._found[1] != needle:
                self._found = (rows, needle, await asyncio.to_thread(_matching, rows, needle))
            if rows is self._rows and not self.following and needle in ("", self.needle):
                self._to_match(by, needle, self._found[2])

    def _to_match(self, by: int, needle: str, found: list[int]) -> None:
        self._tell()
        if not found:
            what = f"“{needle}” is in no line here." if needle else "No line here looks like an error."
            self.notify(what, timeout=3)
            return
        at = self.cursor if by else self._began_at
        index = (
            bisect_right(found, at) if by > 0 else (bisect_left if by < 0 else bisect_right)(found, at) - 1
        )
        if not 0 <= index < len(found):
            self.notify("The search went on from the other end.", timeout=2)
        self._pointing = True
        before = self.cursor
        self.move_to(found[index % len(found)])
        self.repaint(before)

    # Moving

    def action_follow(self) -> None:
        self.following = True
        self._pointing = False
        self._catch_up()
        self.refresh()
        self._tell()

    def action_times(self) -> None:
        self._times = not self._times
        self.redraw()

    def action_sideways(self, by: int) -> None:
        self._shift = max(0, self._shift + by)
        self.redraw()

    def wheel(self, by: int) -> None:
        if by < 0:
            self._stand_still()
        self.scroll_rows_to(self.first_row + by)
        if by > 0 and not self.following and self.first_row + self.window_height >= len(self.rows):
            self.action_follow()
        self._tell()

    # For a file

    @property
    def dropped(self) -> int:
        """Lines before the first that is shown."""
        return self._shown_until - len(self.rows)

    def told_lines(self) -> Callable[[], list[str]]:
        """What makes the shown lines as text, in any thread: pod, container, time, and the line made safe."""
        rows, names = self.rows, {one.number: f"{one.pod} {one.container}" for one in self._view.origins}
        return lambda: [_told(row, names.get(row.origin, "")) for row in rows]


def _told(row: LogLine, name: str) -> str:
    text = clean(row.text.decode("utf-8", "replace").expandtabs(8))
    at = row.at.decode("ascii", "replace")
    return clean(f"# {name} {text}" if row.kind == "notice" else f"{name} {at} {text}")


def _hue(number: int) -> Tone:
    return HUES[number % len(HUES)] if number >= 0 else "muted"


def _matching(rows: Sequence[LogLine], needle: str) -> list[int]:
    """Numbers of the lines that have `needle`; without one, of those that look like errors."""
    if not needle:
        return [index for index, row in enumerate(rows) if row.kind == "error"]
    if needle.isascii():
        search = re.compile(re.escape(needle.encode()), re.IGNORECASE).search
        return [index for index, row in enumerate(rows) if search(row.text)]
    folded = needle.casefold()
    return [n for n, row in enumerate(rows) if folded in row.text.decode("utf-8", "replace").casefold()]
