"""The way back: what fired, where each service is and would return to, the exact plan, and a word to type."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Footer, Input, Static

from alfred_tui.domain.intents import RollBack
from alfred_tui.domain.workloads import RevisionView
from alfred_tui.present.rollback import RollbackView, WayBack, rollback_view
from alfred_tui.ui.ports import Cockpit
from alfred_tui.ui.text import clean
from alfred_tui.ui.widgets.line_table import LineTable, TableColumn
from alfred_tui.ui.widgets.line_view import Piece
from alfred_tui.ui.widgets.panel import PanelFrame
from alfred_tui.ui.widgets.toned_text import TonedLine, TonedText
from alfred_tui.ui.widgets.triggers import trigger_lines

if TYPE_CHECKING:
    from alfred_tui.ui.app import CockpitApp

WORD = "rollback"


class RollbackScreen(Screen[bool]):
    """Shown in full before anything happens. Dismissed with True when a rollback was started."""

    app: "CockpitApp"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back, nothing done"),
        Binding("tab", "app.focus_next", "next", show=False),
        Binding("p", "procedure", "other procedure"),
        Binding("plus,right", "choose(1)", "newer revision", show=False),
        Binding("minus,left", "choose(-1)", "older revision", key_display="←/→"),
        Binding("ctrl+r", "type", "type the word", show=False),
    ]
    DEFAULT_CSS = """
    RollbackScreen { background: $background; }
    RollbackScreen #rb-title {
        height: 1; background: $error; color: $background; text-style: bold; padding: 0 1;
    }
    RollbackScreen #rb-top { height: 40%; }
    RollbackScreen #rb-ways { width: 3fr; }
    RollbackScreen #rb-triggers { width: 2fr; }
    RollbackScreen #rb-confirm { height: auto; padding: 0 1; border: round $error; }
    RollbackScreen Input { border: none; height: 1; background: $boost; }
    RollbackScreen #rb-told { color: $text-warning; }
    """

    def __init__(self, cockpit: Cockpit, procedure: str = "application") -> None:
        super().__init__()
        self.cockpit = cockpit
        known = [one.id for one in cockpit.run.state.checklist.rollback.procedures]
        self._procedure = procedure if procedure in known else (known[0] if known else "")
        self._history: dict[str, Sequence[RevisionView]] = {}
        self._chosen: dict[str, int] = {}

    def compose(self) -> ComposeResult:
        yield Static("", id="rb-title", markup=False)
        with Horizontal(id="rb-top"):
            with _Frame("FROM → TO", id="rb-ways"):
                yield LineTable[WayBack](
                    [
                        TableColumn(title="SERVICE", cell=_name, key=lambda w: w.name, width=16, grow=2),
                        TableColumn(title="NOW", cell=_now, key=lambda w: w.revision, width=14, grow=3),
                        TableColumn(title="BACK TO", cell=_back, key=lambda w: w.target, width=14, grow=3),
                    ],
                    id="rb-table",
                )
            with _Frame("TRIGGERS", id="rb-triggers"):
                yield TonedText(id="rb-trigger-text")
        with _Frame("THE PLAN", id="rb-plan"):
            yield TonedText(id="rb-plan-text")
        with Vertical(id="rb-confirm"):
            yield Static("", id="rb-told", markup=False)
            if self.cockpit.submit is not None:
                yield Input(id="rb-word", placeholder=f"type {WORD} and press enter to start", compact=True)
        yield Footer(compact=True)

    def on_mount(self) -> None:
        self.call_after_refresh(self._draw)
        self.run_worker(self._read_history(), name="history")
        if self.cockpit.submit is not None:
            self.query_one("#rb-word", Input).focus()

    async def _read_history(self) -> None:
        if self.cockpit.cluster is None:
            return
        view = self._view()
        for way in view.ways:
            self._history[way.name] = await self.cockpit.cluster.history(way.name)
            self._draw()

    def _view(self) -> RollbackView:
        state = self.cockpit.run.state
        procedure = state.checklist.procedure(self._procedure)
        assert procedure is not None
        rollouts = self.cockpit.cluster.view().rollouts if self.cockpit.cluster else ()
        return rollback_view(state, procedure, rollouts, self._history, self._chosen)

    def _draw(self) -> None:
        if not self.is_attached or not self._procedure:
            self.query_one("#rb-told", Static).update("This checklist has no rollback procedure.")
            return
        view, state = self._view(), self.cockpit.run.state
        others = ", ".join(title for pid, title in view.procedures if pid != view.procedure)
        self.query_one("#rb-title", Static).update(f"ROLLBACK  {view.title}   (p: {others})")
        table: LineTable[WayBack] = self.query_one("#rb-table", LineTable)
        table.load(view.ways)
        self.query_one("#rb-trigger-text", TonedText).write(trigger_lines(state, self.cockpit.now()))
        self.query_one("#rb-plan-text", TonedText).write(_plan(view))
        when = (
            datetime.fromtimestamp(view.captured_at).astimezone().strftime("%H:%M:%S")
            if view.captured_at
            else ""
        )
        told = view.why_not or (
            f"Rollback point captured at {when}. Nothing has happened yet." if when else ""
        )
        if self.cockpit.submit is None:
            told = "Read-only: the lead starts a rollback. " + told
        self.query_one("#rb-told", Static).update(told)

    def action_procedure(self) -> None:
        known = [one.id for one in self.cockpit.run.state.checklist.rollback.procedures]
        self._procedure = known[(known.index(self._procedure) + 1) % len(known)]
        self._draw()

    def action_choose(self, by: int) -> None:
        """Chooses another revision for the service under the cursor."""
        table: LineTable[WayBack] = self.query_one("#rb-table", LineTable)
        way = table.current
        if way is None or not way.choices:
            return
        numbers = sorted(one.number for one in way.choices)
        at = numbers.index(way.target) if way.target in numbers else len(numbers) - 1
        self._chosen[way.name] = numbers[max(0, min(len(numbers) - 1, at + by))]
        self._draw()

    def action_type(self) -> None:
        if self.cockpit.submit is not None:
            self.query_one("#rb-word", Input).focus()

    def action_leave(self) -> None:
        self.dismiss(False)

    @on(Input.Submitted, "#rb-word")
    async def _start(self, event: Input.Submitted) -> None:
        if self.cockpit.submit is None:
            return
        fired = [rule for rule, one in self.cockpit.run.state.triggers.items() if one.status == "fired"]
        answer = await self.cockpit.submit(
            RollBack(
                by=self.cockpit.lead,
                procedure=self._procedure,
                word=event.value,
                reason=f"trigger {', '.join(fired)} fired" if fired else "",
                targets=dict(self._chosen),
            )
        )
        if answer.accepted:
            self.dismiss(True)
        else:
            self.query_one("#rb-told", Static).update(answer.message)


class _Frame(PanelFrame):
    """A titled frame."""

    def __init__(self, title: str, *, id: str) -> None:  # noqa: A002 - Textual's name
        self.TITLE = title
        super().__init__(id=id)


def _name(way: WayBack) -> Piece:
    return clean(way.name), "plain"


def _images(images: tuple[str, ...]) -> str:
    return clean(", ".join(sorted({image.rpartition("/")[2] for image in images}))) or "unknown"


def _now(way: WayBack) -> Piece:
    return f"rev {way.revision or '?'}  {_images(way.images)}", "plain"


def _back(way: WayBack) -> Piece:
    if not way.target:
        return "nothing is pinned; choose with ← →", "warn"
    if way.unchanged:
        return f"rev {way.target}  {_images(way.target_images)} (is there)", "good"
    return f"rev {way.target}  {_images(way.target_images)}", "accent"


def _plan(view: RollbackView) -> list[TonedLine]:
    lines: list[TonedLine] = []
    for number, step in enumerate(view.plan, 1):
        lines.append(((f"{number}. ", "muted"), (clean(step.title), "bad" if step.changes else "plain")))
        lines += [((f"   {clean(line)}", "muted"),) for line in step.effect.splitlines()]
    if view.warns:
        lines += [(), (("It does not bring back:", "warn"),)]
        lines += [((f"   · {clean(text)}", "warn"),) for text in view.warns]
    return lines
