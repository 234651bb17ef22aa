"""The Textual app: themes, layouts, and what works on every screen. It owns no truth about the run."""

import asyncio
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.notifications import SeverityLevel
from textual.screen import Screen

from alfred_tui import garbage
from alfred_tui.domain.document.layout import Layout
from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.run.watching import soak_left
from alfred_tui.present.acts import waiting
from alfred_tui.present.beside import kubectl
from alfred_tui.ui.keys_in_turn import KeysInTurn
from alfred_tui.ui.layouts import usable
from alfred_tui.ui.ports import Cockpit, Opening
from alfred_tui.ui.screens.opening import OpeningScreen, ResumeScreen
from alfred_tui.ui.screens.too_small import TooSmallScreen, fits
from alfred_tui.ui.text import clean, clean_lines
from alfred_tui.ui.themes import THEMES

if TYPE_CHECKING:
    from alfred_tui.ui.widgets.cluster_panel import ClusterPanel

_LAYOUT_CSS = ("layout", "")
_LATER = (
    "alfred_tui.ui.screens.main",
    "alfred_tui.ui.screens.dialogs", "alfred_tui.ui.screens.run_dialogs", "alfred_tui.ui.screens.rollback",
    "alfred_tui.ui.screens.help", "alfred_tui.ui.screens.logs", "alfred_tui.ui.widgets.search_box",
    "alfred_tui.ui.screens.rollout", "alfred_tui.ui.screens.pod", "alfred_tui.ui.screens.yaml",
)  # fmt: skip
"""Modules that the first paint does not wait for."""


class CockpitApp(App[None]):
    """A thin app over a `Cockpit`."""

    TITLE = "alfred-cockpit"
    CSS = """
    ToastRack { dock: top; align: right top; margin: 2 0 0 0; }
    MainScreen ToastRack { dock: bottom; align: right bottom; margin: 0 0 1 0; }
    ToastHolder { align-horizontal: right; }
    Toast { width: 44; max-width: 60%; padding: 0 1; margin: 0; }
    """
    """Notices stand where no head, dialog, plan or line of keys is: in the cockpit at the bottom right, where
    its sign-offs end, else at the top right under the title."""
    COMMAND_PALETTE_BINDING = "ctrl+p"
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "rollback", "rollback", id="rollback", priority=True, tooltip="the way back"),
        Binding("t", "theme", "theme", show=False, id="theme", tooltip="dark, light, colour-blind"),
        Binding(
            "question_mark", "help", "keys", key_display="?", id="help", tooltip="all keys that work here"
        ),
        Binding("q", "quit", "quit", id="quit", tooltip="leave the screen; says what goes on"),
        Binding("ctrl+c", "quit", "quit", show=False, priority=True),
    ]

    def __init__(
        self, cockpit: Cockpit | None = None, *, opening: Opening | None = None, told: str = ""
    ) -> None:
        """Over a cockpit that is there, or over one that `opening` makes after the first paint."""
        # With NO_COLOR no colour at all is sent; else Textual would send greys, dark ones on any terminal.
        super().__init__(ansi_color=True if os.environ.get("NO_COLOR") else None)
        self._cockpit = cockpit
        self._opening = opening
        self._told = told
        self.refused: CockpitError | None = None
        """Why nothing could be opened."""
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name
        self._layout_name = cockpit.layout if cockpit else ""
        self._told_layouts: set[str] = set()
        self._too_small = False
        self._keys_in_turn = KeysInTurn(self, super().on_event)

    # Screens and layouts

    @property
    def cockpit(self) -> Cockpit:
        """What is shown and may be done; there once it is opened."""
        assert self._cockpit is not None
        return self._cockpit

    def get_driver_class(self) -> type[Driver]:
        found = super().get_driver_class()
        if found.__name__ != "LinuxDriver":
            return found
        from alfred_tui.ui.driver import SteadyDriver

        return SteadyDriver

    def get_default_screen(self) -> Screen[None]:
        return self._main() if self._cockpit else OpeningScreen(self.TITLE, self._told)

    def _main(self) -> Screen[None]:
        from alfred_tui.ui.screens.main import MainScreen

        return MainScreen(self.cockpit, self._layout())

    async def _open(self) -> None:
        assert self._opening is not None
        try:
            self._cockpit = await self._opening(self._ask_resume, self.tell)
        except CockpitError as error:
            self.refused = error
            self.exit()
            return
        self._layout_name = self._cockpit.layout
        if isinstance(self.screen, TooSmallScreen):  # it goes over the cockpit, not under it
            await self.screen.dismiss()
        await self.push_screen(self._main())
        self._guard_size(*self.size)
        self._tell_notices()
        self.call_after_refresh(self._after_first_paint)

    async def _ask_resume(self, told: str) -> bool:
        answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.push_screen(ResumeScreen(told), lambda resume: answered.set_result(bool(resume)))
        return await answered

    def tell(self, told: str) -> None:
        """Tells a sentence at once, whatever is shown."""
        if self._cockpit is not None:
            self.notify(told, severity="warning", timeout=30)
            return
        for screen in self.screen_stack:
            if isinstance(screen, OpeningScreen):
                screen.tell(told)

    def _layout(self) -> Layout:
        """The layout as far as it can be drawn, with its TCSS in force; the rest is told once."""
        layout, told = usable(self.cockpit.layouts[self._layout_name], self.get_css_variables())
        if self._layout_name not in self._told_layouts:
            self._told_layouts.add(self._layout_name)
            self.cockpit.notices.extend(told)
        before = self.stylesheet.source.get(_LAYOUT_CSS)
        if layout.tcss != (before.content if before else ""):
            self.stylesheet.source.pop(_LAYOUT_CSS, None)
            if layout.tcss:
                self.stylesheet.add_source(layout.tcss, read_from=_LAYOUT_CSS)
        return layout

    async def next_layout(self) -> None:
        """The next layout, over the same run."""
        names = list(self.cockpit.layouts)
        await self.use_layout(names[(names.index(self._layout_name) + 1) % len(names)])

    async def use_layout(self, name: str) -> None:
        """Shows another layout; the cursor, the marks and what is folded stay."""
        from alfred_tui.ui.screens.main import MainScreen

        self._layout_name = name
        before = self.stylesheet.source.get(_LAYOUT_CSS)
        layout = self._layout()
        for screen in self.screen_stack:
            if isinstance(screen, MainScreen):
                await screen.show_layout(layout)
        if self.stylesheet.source.get(_LAYOUT_CSS) != before:
            self.refresh_css(animate=False)
        self._tell_notices()

    def on_mount(self) -> None:
        if self._cockpit is None:
            self.call_after_refresh(self._begin_to_open)
            return
        self._tell_notices()
        self.call_after_refresh(self._after_first_paint)

    def _begin_to_open(self) -> None:
        self.run_worker(self._open(), name="open")

    def _tell_notices(self) -> None:
        for notice in self.cockpit.notices:
            self.notify(notice, severity="warning", timeout=12)
        self.cockpit.notices.clear()

    def _after_first_paint(self) -> None:
        if self.cockpit.connect is not None:
            self.run_worker(self.cockpit.connect(), name="connect", exit_on_error=False)
        self.run_worker(_import_later, name="import", thread=True, exit_on_error=False)

    @property
    def broke(self) -> Exception | None:
        """The defect that ended the screen, if one did."""
        return self._exception

    def draw_anew(self) -> None:
        """Draws the whole screen: the terminal has lost some of what was drawn."""
        if self.is_running and self.screen_stack:
            self.screen.refresh(layout=True)

    def _fatal_error(self) -> None:
        """Ends without Textual's traceback: it prints local values, and a secret could be among them."""
        self.bell()
        self._close_messages_no_wait()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self._keys_in_turn.take(event)
        else:
            await super().on_event(event)

    def on_resize(self, event: events.Resize) -> None:
        self._guard_size(*event.size)

    def _guard_size(self, width: int, height: int) -> None:
        if not self._too_small and not fits(width, height):
            self._too_small = True
            self.push_screen(TooSmallScreen(), self._large_again)

    def _large_again(self, _: None) -> None:
        self._too_small = False

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """As Textual's, but what is told is text, whatever is in it."""
        del markup
        super().notify(
            clean_lines(message), title=clean(title), severity=severity, timeout=timeout, markup=False
        )

    # What works everywhere

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing but leaving works while the terminal is too small."""
        if self._cockpit is None and action in ("rollback", "help"):
            return False
        return action == "quit" or not self._too_small

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        for one in super().get_system_commands(screen):
            if one.title in ("Quit", "Theme", "Screenshot"):
                yield one
        for name, layout in (self._cockpit.layouts if self._cockpit else {}).items():
            yield SystemCommand(
                f"Layout: {clean(name)}",
                clean(layout.about),
                lambda name=name: self.run_worker(self.use_layout(name)),
            )
        seen: set[str] = set()
        for active in screen.active_bindings.values():
            binding = active.binding
            if not binding.id or binding.id in seen or not active.enabled or binding.action == "quit":
                continue
            seen.add(binding.id)
            told = binding.tooltip or binding.description
            yield SystemCommand(
                told[:1].upper() + told[1:],
                f"key {self.get_key_display(binding)}",
                lambda one=active: self.run_worker(self.run_action(one.binding.action, one.node)),
            )

    def action_rollback(self) -> None:
        """The way back, from anywhere."""
        from alfred_tui.ui.screens.rollback import RollbackScreen

        if isinstance(self.screen, RollbackScreen):
            self.screen.action_word()
        else:
            self.open_rollback("")

    def open_rollback(self, procedure: str) -> None:
        """Shows a procedure (empty: the one under way, else the first) before anything happens."""
        from alfred_tui.ui.screens.rollback import RollbackScreen

        if self.cockpit.run.state.checklist.rollback.procedures:
            self.push_screen(RollbackScreen(self.cockpit, procedure))
        else:
            self.notify("This checklist has no rollback procedure.", severity="warning")

    def on_cluster_panel_pod_asked(self, event: "ClusterPanel.PodAsked") -> None:
        self.open_pod(event.within, event.pod)

    def open_pod(self, namespace: str, name: str) -> None:
        """Shows a pod in full."""
        from alfred_tui.ui.screens.pod import PodScreen

        self.push_screen(PodScreen(self.cockpit, namespace, name))

    def on_cluster_panel_workload_asked(self, event: "ClusterPanel.WorkloadAsked") -> None:
        from alfred_tui.ui.screens.rollout import RolloutScreen

        self.push_screen(RolloutScreen(self.cockpit, event.kind, event.within, event.workload))

    def open_yaml(self, kind: str, namespace: str, name: str) -> None:
        """Shows an object as YAML, without secrets."""
        from alfred_tui.ui.screens.yaml import YamlScreen

        self.push_screen(YamlScreen(self.cockpit, kind, namespace, name))

    def open_named(self, kind: str, namespace: str, name: str) -> None:
        """Shows the objects that a pod or a workload names."""
        from alfred_tui.ui.screens.named import NamedScreen

        self.push_screen(NamedScreen(self.cockpit, kind, namespace, name))

    def on_cluster_panel_logs_asked(self, event: "ClusterPanel.LogsAsked") -> None:
        self.open_logs(event.pods, event.within)

    def open_logs(self, pods: str, namespace: str) -> None:
        """Follows the logs of pods; `pods` as `pod_choice` reads it."""
        from alfred_tui.domain.logs.lines import LogsWanted
        from alfred_tui.ui.screens.logs import LogsScreen

        if self.cockpit.logs is not None:
            self.push_screen(LogsScreen(self.cockpit, LogsWanted(pods=pods, namespace=namespace)))
        else:
            self.notify("There is no cluster whose logs could be read.", severity="warning")

    def action_theme(self) -> None:
        names = [one.name for one in THEMES]
        at = names.index(self.theme) if self.theme in names else -1
        self.theme = names[(at + 1) % len(names)]

    def action_help(self) -> None:
        from alfred_tui.ui.screens.help import HelpScreen

        beside = kubectl(self.cockpit.run.state.started.target)
        self.push_screen(HelpScreen(self.screen.active_bindings, beside))

    async def action_quit(self) -> None:
        """Leaves; while the run is not over it says what runs and waits, what goes on, and asks."""
        if self._cockpit is None:
            self.exit()
            return
        from alfred_tui.ui.screens.run_dialogs import QuitDialog

        state = self.cockpit.run.state
        running = [
            state.step(step).title + (" — to be cancelled, also by who resumes" if one.cancelled_by else "")
            for step, one in state.steps.items()
            if one.status == "running"
        ]
        soak = soak_left(state, self.cockpit.now())
        asks = bool(state.result is None or running or soak)
        if not asks or self.cockpit.submit is None or isinstance(self.screen, QuitDialog):
            self.exit()
            return

        def answered(leave: bool | None) -> None:
            if leave:
                self.exit()

        waits = [state.step(step).title for step in waiting(state)]
        demo = state.started.mode == "demo"
        self.push_screen(QuitDialog(running, waits, soak=soak, demo=demo), answered)


def _import_later() -> None:
    """Imports in a thread what is needed at the first key press, so that no press waits for it."""
    from importlib import import_module

    for name in _LATER:
        import_module(name)
    garbage.look_seldom()
