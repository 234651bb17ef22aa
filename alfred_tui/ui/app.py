"""The Textual app: themes, the screens, and the one place where keys become intents."""

from collections.abc import Iterable
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from alfred_tui.domain.actions import Attest
from alfred_tui.domain.intents import AnyIntent, Cancel, Continue, Pause, Retry, Sign
from alfred_tui.domain.layout import Layout
from alfred_tui.present.run import Detail
from alfred_tui.ui.ports import Cockpit
from alfred_tui.ui.screens.main import MainScreen
from alfred_tui.ui.themes import THEMES


class CockpitApp(App[None]):
    """A thin app over a `Cockpit`. It owns no truth about the run."""

    TITLE = "alfred-cockpit"
    COMMAND_PALETTE_BINDING = "ctrl+p"
    CSS = "Footer { background: $panel; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "act", "act", id="act", tooltip="do what the step waits for"),
        Binding("space", "sign", "sign off", id="sign", tooltip="sign off with your name and the time"),
        Binding("s", "skip(False)", "skip", id="skip", tooltip="skip, with a reason"),
        Binding("n", "skip(True)", "n/a", id="na", tooltip="not applicable because …"),
        Binding("r", "retry", "retry", id="retry", tooltip="do a step that ended badly again"),
        Binding("x", "cancel", "cancel", id="cancel", tooltip="stop a running step"),
        Binding("o", "reopen", "re-open", show=False, id="reopen", tooltip="re-open a settled step"),
        Binding("p", "pause", "pause", id="pause", tooltip="start no further step; again to continue"),
        Binding("D", "declare", "declare", show=False, id="declare", tooltip="declare a rollback trigger"),
        Binding("X", "stop", "stop", show=False, id="stop", tooltip="end the run here, with a reason"),
        Binding("ctrl+r", "rollback", "rollback", id="rollback", priority=True, tooltip="the way back"),
        Binding("t", "theme", "theme", show=False, id="theme", tooltip="dark, light, colour-blind"),
        Binding("question_mark", "help", "keys", key_display="?", id="help", tooltip="this page"),
        Binding("q", "quit", "quit", id="quit", tooltip="leave the screen; says what goes on"),
        Binding("ctrl+c", "quit", "quit", show=False, priority=True),
    ]
    _WRITES = frozenset({"act", "sign", "skip", "retry", "cancel", "reopen", "pause", "declare", "stop"})

    def __init__(self, cockpit: Cockpit) -> None:
        super().__init__()
        self.cockpit = cockpit
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name
        self._layout_name = cockpit.layout

    # Screens

    def get_default_screen(self) -> Screen[None]:
        return MainScreen(self.cockpit, self._layout())

    def _layout(self) -> Layout:
        return self.cockpit.layouts[self._layout_name]

    def next_layout(self) -> None:
        """The next layout, over the same run."""
        names = list(self.cockpit.layouts)
        self.use_layout(names[(names.index(self._layout_name) + 1) % len(names)])

    def use_layout(self, name: str) -> None:
        """Shows another layout."""
        self._layout_name = name
        self.switch_screen(MainScreen(self.cockpit, self._layout()))

    def on_mount(self) -> None:
        layout = self._layout()
        if layout.tcss:
            self.stylesheet.add_source(layout.tcss, read_from=("layout", layout.title))
            self.stylesheet.reparse()
            self.refresh_css()
        for notice in self.cockpit.notices:
            self.notify(notice, timeout=12, markup=False)
        if self.cockpit.connect:
            self.call_after_refresh(self._connect)

    def _connect(self) -> None:
        assert self.cockpit.connect is not None
        self.run_worker(self.cockpit.connect(), name="connect", exit_on_error=False)

    @property
    def main(self) -> MainScreen | None:
        """The main screen, when it is in front."""
        return self.screen if isinstance(self.screen, MainScreen) else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A watcher's acts are absent, not greyed."""
        return self.cockpit.submit is not None or action not in self._WRITES

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        for one in ("Quit", "Theme", "Screenshot"):
            yield from (command for command in super().get_system_commands(screen) if command.title == one)
        for name, layout in self.cockpit.layouts.items():
            yield SystemCommand(f"Layout: {name}", layout.about, lambda name=name: self.use_layout(name))
        for binding in self._own_bindings():
            if self.check_action(binding.action.partition("(")[0], ()):
                action = binding.action
                yield SystemCommand(
                    binding.tooltip or binding.description,
                    f"key {self.get_key_display(binding)}",
                    lambda action=action: self.run_worker(self.run_action(action)),
                )

    def _own_bindings(self) -> list[Binding]:
        return [one for one in self.BINDINGS if isinstance(one, Binding)]

    # Intents

    async def send(self, intent: AnyIntent | None) -> bool:
        """Sends an intent; a refusal is told in its own words."""
        if intent is None or self.cockpit.submit is None:
            return False
        answer = await self.cockpit.submit(intent)
        if not answer.accepted:
            self.notify(answer.message, severity="warning", timeout=10, markup=False)
        return answer.accepted

    def _step(self) -> Detail | None:
        return self.main.current() if self.main else None

    async def action_sign(self) -> None:
        """One key: name and time. Where a note is needed, or several people, it asks."""
        if self.main is None:
            return
        steps = self.main.marked()
        if not steps:
            return
        plain = all(one.ask is None or not (one.ask.because or one.ask.evidence_required) for one in steps)
        already = any(self.cockpit.lead in [s.by for s in one.signatures] for one in steps)
        if plain and not already:
            if await self.send(Sign(by=self.cockpit.lead, steps=tuple(one.id for one in steps))):
                self.main.unmark()
            return
        from alfred_tui.ui.screens.dialogs import SignDialog

        self._ask(SignDialog(steps, self.cockpit.lead))

    def _ask(self, dialog: "Screen[AnyIntent | None]") -> None:
        def answered(intent: AnyIntent | None) -> None:
            self.run_worker(self._answered(intent))

        self.push_screen(dialog, answered)

    async def _answered(self, intent: AnyIntent | None) -> None:
        if await self.send(intent) and self.main:
            self.main.unmark()

    async def action_act(self) -> None:
        """What the step waits for."""
        from alfred_tui.ui.screens import dialogs

        if self.main is None:
            return
        for view in self.main.query("ChecklistTree"):
            if view.has_focus and view.toggle_current():  # type: ignore[attr-defined]
                return
        step = self._step()
        if step is None:
            return
        lead, ask = self.cockpit.lead, step.ask
        if ask and ask.kind == "value":
            name = next(one for one in ask.names if one not in self.cockpit.run.state.values)
            asked = self.cockpit.run.state.checklist.ask.get(name)
            told = asked.prompt if asked else ask.prompt
            self._ask(dialogs.ValueDialog(name, told, lead, asked.default if asked else ""))
        elif ask and ask.kind == "confirm":
            self._ask(dialogs.ConfirmDialog(step, lead))
        elif ask and ask.kind == "rollback":
            self._open_rollback(ask.procedure)
        elif ask or (step.status == "pending" and self._is_attest(step.id)):
            self._ask(dialogs.SignDialog(self.main.marked(), lead))
        elif step.status in ("failed", "error", "inconclusive", "cancelled", "interrupted"):
            self._ask(dialogs.DecideDialog(step, lead))
        elif step.status in ("passed", "skipped"):
            self._ask(dialogs.ReopenDialog(step, lead))

    def _is_attest(self, step_id: str) -> bool:
        return isinstance(self.cockpit.run.state.step(step_id).action, Attest)

    def action_skip(self, not_applicable: bool) -> None:
        from alfred_tui.ui.screens.dialogs import SkipDialog

        if self.main and self.main.marked():
            self._ask(SkipDialog(self.main.marked(), self.cockpit.lead, not_applicable=not_applicable))

    async def action_retry(self) -> None:
        from alfred_tui.ui.screens.dialogs import DecideDialog

        step = self._step()
        if step and step.can_repeat:
            await self.send(Retry(by=self.cockpit.lead, step=step.id))
        elif step:
            self._ask(DecideDialog(step, self.cockpit.lead))

    async def action_cancel(self) -> None:
        step = self._step()
        if step:
            await self.send(Cancel(by=self.cockpit.lead, step=step.id))

    def action_reopen(self) -> None:
        from alfred_tui.ui.screens.dialogs import ReopenDialog

        step = self._step()
        if step:
            self._ask(ReopenDialog(step, self.cockpit.lead))

    async def action_pause(self) -> None:
        paused = bool(self.cockpit.run.state.paused_by)
        await self.send(Continue(by=self.cockpit.lead) if paused else Pause(by=self.cockpit.lead))

    def action_declare(self) -> None:
        from alfred_tui.ui.screens.dialogs import DeclareDialog

        state = self.cockpit.run.state
        known = [(one.id, one.title) for one in state.checklist.rollback.triggers]
        if known:
            self._ask(DeclareDialog(known, dict(state.triggers), self.cockpit.lead))

    def action_stop(self) -> None:
        from alfred_tui.ui.screens.dialogs import StopDialog

        self._ask(StopDialog(self.cockpit.lead))

    def action_rollback(self) -> None:
        """The way back, from anywhere."""
        from alfred_tui.ui.screens.rollback import RollbackScreen

        if isinstance(self.screen, RollbackScreen):
            self.screen.action_type()
        else:
            self._open_rollback("application")

    def _open_rollback(self, procedure: str) -> None:
        from alfred_tui.ui.screens.rollback import RollbackScreen

        if not self.cockpit.run.state.checklist.rollback.procedures:
            self.notify("This checklist has no rollback procedure.", severity="warning")
            return
        self.push_screen(RollbackScreen(self.cockpit, procedure))

    def action_theme(self) -> None:
        names = [one.name for one in THEMES]
        at = names.index(self.theme) if self.theme in names else -1
        self.theme = names[(at + 1) % len(names)]

    def action_help(self) -> None:
        from alfred_tui.ui.screens.help import HelpScreen

        groups: list[tuple[str, list[Binding]]] = []
        seen: set[str] = set()
        nodes = [self.focused, *(self.focused.ancestors if self.focused else ()), self.screen, self]
        for node in nodes:
            name = type(node).__name__
            if node is None or name in seen:
                continue
            seen.add(name)
            found = [one for _, one in node._bindings if self.check_action(one.action.partition("(")[0], ())]
            if found:
                title = {"CockpitApp": "Anywhere", "MainScreen": "This screen"}.get(name, f"Here ({name})")
                groups.append((title, found))
        self.push_screen(HelpScreen(groups))

    async def action_quit(self) -> None:
        """Leaves; while steps run it says what goes on and asks."""
        from alfred_tui.ui.screens.dialogs import QuitDialog

        state = self.cockpit.run.state
        running = [state.step(step).title for step, one in state.steps.items() if one.status == "running"]
        if not running or self.cockpit.submit is None:
            self.exit()
            return
        told = (
            "These steps are running:\n"
            + "\n".join(f"  ▶ {title}" for title in running)
            + "\n\nCommands go on without this screen; waiting and sampling stop. "
            "Open the cockpit again to resume the run."
        )

        def answered(leave: bool | None) -> None:
            if leave:
                self.exit()

        if not isinstance(self.screen, QuitDialog):
            self.push_screen(QuitDialog(told), answered)
