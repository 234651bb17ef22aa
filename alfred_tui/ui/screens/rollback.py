"""The way back: what fired, where each service is and would return to, the exact plan, and a word to type."""

from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.rollback.choosing import undone
from alfred_tui.domain.run.automatic import counts_down
from alfred_tui.domain.run.intents import AnyIntent, RollBack, StopCountdown
from alfred_tui.present.rollback import RollbackView, may_run_again, rollback_view
from alfred_tui.present.run import detail, grounds
from alfred_tui.present.way_back import WayBack, other_revision
from alfred_tui.ui.drawn_together import DrawnTogether
from alfred_tui.ui.ports import Cockpit
from alfred_tui.ui.screens.rollback_frame import RollbackFrame
from alfred_tui.ui.screens.rollback_lines import (
    change_lines,
    footer,
    heard,
    lacking,
    overlay_lines,
    plan_lines,
    refusal_lines,
    tab_titles,
    told,
    way_columns,
)
from alfred_tui.ui.screens.rollback_reads import RollbackReads
from alfred_tui.ui.screens.rollback_word import WORD, WordInput
from alfred_tui.ui.text import clean
from alfred_tui.ui.widgets.column_tabs import ColumnTabs
from alfred_tui.ui.widgets.keys_bar import KeysBar
from alfred_tui.ui.widgets.line_table import LineTable
from alfred_tui.ui.widgets.run_line import RunLine
from alfred_tui.ui.widgets.toned_text import TonedText
from alfred_tui.ui.widgets.triggers import trigger_lines
from alfred_tui.ui.wrapping import TonedLine

if TYPE_CHECKING:
    from alfred_tui.ui.app import CockpitApp

_WIDE = 110


class RollbackScreen(RollbackFrame):
    """Shown in full before anything happens; then it shows what happens, until escape."""

    app: "CockpitApp"

    def __init__(self, cockpit: Cockpit, procedure: str = "") -> None:
        super().__init__()
        self.cockpit = cockpit
        state = cockpit.run.state
        self._known = [one.id for one in state.checklist.rollback.procedures]
        under_way = state.rollback.procedure if state.rollback else ""
        wanted = procedure or under_way
        self._procedure = wanted if wanted in self._known else self._known[0]
        self._reads = RollbackReads(cockpit, self._draw)
        self._drawing = DrawnTogether(self, self._draw)
        self._chosen: dict[str, int] = {}
        self._left_out: set[str] = set()
        self._side_by_side = False
        self._again = False
        self._keys_shown: tuple[object, ...] = ()
        self._begun: bool | None = None
        """Whether what was drawn last has begun; None: nothing was drawn yet."""
        self._read_of = ""
        """The service whose changes are shown."""
        self._refused = ""
        self._tabs = ColumnTabs(
            tab_titles([one.title for one in state.checklist.rollback.procedures]), numbered=False
        )
        self._ways: LineTable[WayBack] = LineTable(
            "FROM → TO", way_columns(), lambda way: way.name, id="rb-ways"
        )
        self._ways.keeps_cursor = True
        self._triggers = TonedText("TRIGGERS", id="rb-triggers")
        self._plan = TonedText("THE PLAN", id="rb-plan")
        self._changes = TonedText("WHAT CHANGES", id="rb-changes")

    def compose(self) -> ComposeResult:
        yield RunLine(self.cockpit, calls=False)
        yield Static("", id="rb-title", markup=False)
        yield self._tabs
        yield Horizontal(self._ways, self._triggers, id="rb-top")
        yield Horizontal(self._plan, self._changes, id="rb-middle")
        with Vertical(id="rb-confirm"):
            yield Static("", id="rb-told", markup=False)
            if self.cockpit.submit is not None:
                yield WordInput("rb-word", hint=f"type {WORD} and press enter to start")
        yield KeysBar(footer(self._view()))

    def on_mount(self) -> None:
        self._triggers.frame.ruled = self._changes.frame.ruled = True
        self._fit()
        self._draw()
        self.set_interval(1.0, self._draw)
        self._leave = [self.cockpit.run.subscribe(lambda state, entries: self._drawing.soon())]
        if self.cockpit.cluster is not None:
            self._leave.append(self.cockpit.cluster.subscribe(self._drawing.soon))
        self._read_histories()

    def on_descendant_focus(self) -> None:
        self.query_one(KeysBar).reload()

    def on_unmount(self) -> None:
        for leave in self._leave:
            leave()

    def on_resize(self) -> None:
        self._fit()

    def _fit(self) -> None:
        self.set_class(self.app.size.width < _WIDE, "-narrow")
        self.call_after_refresh(self._draw)

    # Content

    def _read_histories(self) -> None:
        names = [way.name for way in self._view().ways if way.standing in ("there", "not known")]
        self.run_worker(self._reads.histories(names), name="history", exit_on_error=False)

    def _view(self) -> RollbackView:
        state = self.cockpit.run.state
        procedure = state.checklist.procedure(self._procedure)
        assert procedure is not None
        cluster = self.cockpit.cluster.view() if self.cockpit.cluster else None
        return rollback_view(
            state, procedure, cluster, self._reads.history, self._chosen, self.cockpit.now(),
            left_out=self._left_out, side_by_side=self._side_by_side, again=self._again,
        )  # fmt: skip

    def _ways_of(self, procedure: str) -> tuple[str, ...]:
        found = self.cockpit.run.state.checklist.procedure(procedure)
        return undone(found.steps) if found else ()

    def _draw(self) -> None:
        if not self.is_mounted:
            return
        view, state = self._view(), self.cockpit.run.state
        narrow = self.has_class("-narrow")
        going = view.started is not None and state.result is None
        self._take_word(begun=view.started is not None)
        self._tabs.choose(self._known.index(self._procedure))
        head = "ROLLBACK UNDER WAY" if going else "ROLLBACK"
        left = counts_down(state, self.cockpit.now())
        if left is not None:
            stops = " · x stops it" if self.cockpit.submit else ""
            head = f"{head} BY ITSELF IN {format_elapsed(left)}{stops}"
        where = state.started.target
        place = f"   {where.context} / {where.namespace}" if where else ""
        self.query_one("#rb-title", Static).update(clean(f"{head}{place}"))
        if self.cockpit.cluster is not None:
            fresh = self.cockpit.cluster.view().rollouts_freshness
            self._ways.frame.heading("FROM → TO", *self._ways.frame.freshness(fresh, self.cockpit.now()))
        self._ways.load(view.ways)
        self._ways.display = bool(view.ways)
        self._triggers.write(trigger_lines(state))
        way = self._way()
        changes: list[TonedLine] = []
        if self._reads.trouble:
            changes += [(("! ", "warn"), (clean(self._reads.trouble), "warn")), ()]
        changes += change_lines(way, self._reads.diff(way), self._reads.rehearsed(way)) if way else []
        changes += overlay_lines(view, self._reads.offer(view))
        self._changes.frame.heading("WHAT CHANGES", *([(f" in {clean(way.name)}", "muted")] if way else []))  # type: ignore[arg-type]
        self._changes.write(changes)
        if way is not None and way.name != self._read_of:
            self._read_of = way.name
            self._changes.scroll_rows_to(0)
        refused = refusal_lines(view, self._reads.rehearsed)
        self._plan.write([*refused, *plan_lines(view), *([(), *changes] if narrow and changes else [])])
        self.query_one("#rb-told", Static).update(self._said(view))
        if way is not None:
            self.run_worker(self._reads.read_diff(way), group="diff", exit_on_error=False)
        self.run_worker(self._reads.read_offer(view), group="offer", exit_on_error=False)
        if view.started is None and not self._lacks(view):
            self.run_worker(self._reads.rehearse(view.ways), group="rehearsal", exit_on_error=False)
        self.run_worker(self._reads.renumbered(view.ways), group="renumbered", exit_on_error=False)
        shown = (
            left is not None,
            (view.word_waits, view.pin_waits),
            view.in_order,
            self._may_run_again(),
            self._again,
        )
        if shown != self._keys_shown:
            self._keys_shown = shown
            self.query_one(KeysBar).load(footer(view))

    def _take_word(self, *, begun: bool) -> None:
        """Asks for the word before it has begun, and takes none any more, nor a key for it, once it has."""
        if begun == self._begun:
            return
        self._begun = begun
        self.set_class(begun, "-started")
        for word in self.query(WordInput):
            word.display, word.value = not begun, ""
        self._plan.scroll_rows_to(0)
        if begun:
            self.set_focus(None)
        else:
            self.action_word()

    def _said(self, view: RollbackView) -> str:
        """The sentences above the word: what was refused or lacks comes first."""
        state, cluster = self.cockpit.run.state, self.cockpit.cluster
        leads = self.cockpit.submit is not None
        said = clean(self._refused or self._lacks(view)) or told(view, state, leads=leads)
        far = heard(cluster.view().rollouts_freshness, view) if cluster and view.ways else ""
        return f"{far} {said}" if far else said

    def _lacks(self, view: RollbackView) -> str:
        """Which rights of the lead the plan needs and this account has not."""
        procedure = self.cockpit.run.state.checklist.procedure(self._procedure)
        if self.cockpit.cluster is None or self.cockpit.submit is None or procedure is None:
            return ""
        return lacking(self.cockpit.cluster.view().rights, procedure, view)

    def _way(self) -> WayBack | None:
        return self._ways.current

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What cannot be chosen is absent."""
        if action in ("choose", "service", "leave_out") and self.is_mounted:
            return bool(self._ways.rows) and not (action != "service" and self.has_class("-started"))
        if action == "order":
            return bool(self._view().order) and not self.has_class("-started")
        if action == "again":
            return self.cockpit.submit is not None and self.has_class("-started") and self._may_run_again()
        if action == "word_of":
            return self.cockpit.submit is not None and bool(self._view().word_waits)
        if action == "stop_countdown":
            return self.cockpit.submit is not None and self.cockpit.run.state.countdown is not None
        return not (action == "procedure" and len(self._known) < 2)

    def action_procedure(self, by: int) -> None:
        self._go(self._known[(self._known.index(self._procedure) + by) % len(self._known)])

    @on(ColumnTabs.Chosen)
    def _tab(self, event: ColumnTabs.Chosen) -> None:
        self._go(self._known[event.number])

    def _go(self, procedure: str) -> None:
        self._procedure, self._refused, self._again = procedure, "", False
        self._reads.forget_failed()
        self._plan.scroll_rows_to(0)
        self._draw()
        self._read_histories()
        self.query_one(KeysBar).reload()

    def action_service(self, by: int) -> None:
        self._ways.move_to(self._ways.cursor + by)
        self._draw()

    def on_line_view_moved(self) -> None:
        self._draw()

    def action_choose(self, by: int) -> None:
        """Chooses another revision for the service under the cursor."""
        way = self._way()
        if way is None:
            return
        if not way.choices:
            self._refused = f"The history of {way.name} is not known (yet)."
        elif target := other_revision(way, by):
            self._chosen[way.name] = target
            self._refused = ""
        self._draw()

    def action_leave_out(self) -> None:
        """Leaves the service under the cursor as it is, or takes it in again."""
        way = self._way()
        if way is not None:
            self._left_out ^= {way.name}
            self._refused = ""
            self._draw()

    def action_order(self) -> None:
        """Side by side instead of in the procedure's order, or in it again."""
        self._side_by_side = not self._side_by_side
        self._draw()

    def _may_run_again(self) -> bool:
        state = self.cockpit.run.state
        procedure = state.checklist.procedure(self._procedure)
        return procedure is not None and may_run_again(state, procedure)

    def action_again(self) -> None:
        """Plans the procedure anew: what is back already stays, and other revisions can be chosen."""
        self._again = True
        self._reads.forget_offers()
        self._draw()

    def action_word_of(self) -> None:
        """Asks for the word that a step of the procedure waits for, over what it rests on."""
        from alfred_tui.ui.screens.dialogs import ConfirmDialog

        state, waits = self.cockpit.run.state, self._view().word_waits
        step = detail(state, waits, self.cockpit.now())
        if step is None:
            return
        preview = self.cockpit.preview if state.step(waits).preview else None
        dialog = ConfirmDialog(step, self.cockpit.lead, grounds(state, waits), preview)
        dialog.follow(self.cockpit.run)
        self.app.push_screen(dialog, self._confirmed)

    async def _confirmed(self, intent: AnyIntent | None) -> None:
        if intent is not None and self.cockpit.submit is not None:
            self._refused = (await self.cockpit.submit(intent)).message
            self._draw()

    def action_page(self, by: int) -> None:
        self._plan.action_page(by)
        self._changes.action_page(by)

    def action_word(self) -> None:
        """To the place where the word is typed, while it is asked for."""
        for word in self.query(WordInput):
            if word.display:
                word.focus()

    async def action_stop_countdown(self) -> None:
        if self.cockpit.submit is not None:
            answer = await self.cockpit.submit(StopCountdown(by=self.cockpit.lead))
            self._refused = answer.message
            self._draw()

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
                targets={name: target for name, target in self._chosen.items() if target},
                left_out=tuple(sorted(self._left_out & set(self._ways_of(self._procedure)))),
                side_by_side=self._side_by_side,
            )
        )
        self._refused = "" if answer.accepted else answer.message
        self._again = self._again and not answer.accepted
        event.input.value = ""
        self._draw()
