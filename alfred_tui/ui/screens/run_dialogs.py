"""Questions about the run as a whole: declare a trigger, stop, cancel a change under way, quit."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Label

from alfred_tui.domain.document.checklist import TriggerRule
from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.run.intents import AnyIntent, Cancel, Declare, Stop
from alfred_tui.domain.run.state import RunState
from alfred_tui.present.run import Detail
from alfred_tui.ui.screens.asking import ChoiceList, Dialog, Question, field
from alfred_tui.ui.screens.dialogs import StepDialog

_CANCEL = "cancel"


class DeclareDialog(Dialog):
    """A trigger that a person sees: chosen, and told what was seen."""

    verb = "declare"

    def __init__(self, rules: Sequence[TriggerRule], state: RunState, lead: str) -> None:
        super().__init__(
            "Declare a rollback trigger",
            told="Nothing is rolled back by this; ctrl+r then opens the way back.",
        )
        self._rules, self._triggers, self._lead = rules, state.triggers, lead

    def fields(self) -> ComposeResult:
        yield Label("Which (arrow keys or a number)", markup=False)
        choices = []
        for rule in self._rules:
            one = self._triggers.get(rule.id)
            said = f" ({one.status})" if one and one.status != "armed" else ""
            choices.append((rule.id, rule.title + said))
        yield ChoiceList(choices, id="trigger")
        yield from field("What was seen", "note")

    def answer(self) -> AnyIntent | str:
        if not self.text("note"):
            return "Say what was seen."
        trigger = self.query_one("#trigger", ChoiceList).value
        return Declare(by=self._lead, trigger=trigger, note=self.text("note"))


class StopDialog(Dialog):
    """Why the run ends here."""

    verb = "stop the run"
    grave = True

    def __init__(self, lead: str) -> None:
        super().__init__(
            "Stop the run", told="It ends here; what was done stays done. A rollback is still possible."
        )
        self._lead = lead

    def overtaken(self, then: RunState, now: RunState) -> str:
        return f"The run is over already: {now.result.replace('_', ' ')}." if now.result else ""

    def fields(self) -> ComposeResult:
        yield from field("Because", "reason")

    def answer(self) -> AnyIntent | str:
        if not self.text("reason"):
            return "A reason is needed; it stays in the report."
        return Stop(by=self._lead, reason=self.text("reason"))


class CancelDialog(StepDialog):
    """A word to type before a change is broken off."""

    verb = "break it off"
    act = "cancel"
    grave = True

    def __init__(self, step: Detail, lead: str) -> None:
        super().__init__(
            (step,),
            f"Cancel: {step.title}",
            told=step.effect,
            because="It changes something and is under way. What it has done so far stays done.",
        )
        self._step, self._lead = step, lead

    def fields(self) -> ComposeResult:
        yield from field(f"Type {_CANCEL} to break it off", "word")

    def answer(self) -> AnyIntent | str:
        if self.text("word") != _CANCEL:
            return f"Type {_CANCEL}; it goes on."
        return Cancel(by=self._lead, step=self._step.id)


class QuitDialog(Question[bool]):
    """What goes on when the screen closes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,q", "answer", "quit", key_display="y", id="quit-yes", show=False),
        Binding("n", "leave", "stay", show=False),
    ]
    verb = "quit"

    def __init__(
        self, running: Sequence[str], waits: Sequence[str] = (), *, soak: float = 0.0, demo: bool = False
    ) -> None:
        listed = [f"▶ {title}" for title in running] + [f"◆ {title}" for title in waits]
        more = len(listed) - _LISTED
        super().__init__(
            _quit_title(len(running), len(waits), soak),
            told="\n".join(listed if more <= 1 else [*listed[:_LISTED], f"… and {more} more"]),
            because=_goes_on(soak, running=bool(running), demo=demo),
        )

    def answer(self) -> bool | str:
        return True


_LISTED = 6


def _quit_title(running: int, waits: int, soak: float) -> str:
    if running:
        return f"{running} {'steps are' if running > 1 else 'step is'} running"
    if waits:
        return f"The run is not over: {waits} {'steps wait' if waits > 1 else 'step waits'} for a person"
    return "The triggers are still watched" if soak else "The run is not over"


def _goes_on(soak: float, *, running: bool, demo: bool) -> str:
    if demo:
        return "The demo's cluster and commands end with its screen; this run cannot be gone on with."
    if soak:
        return f"The soak lasts {format_elapsed(soak)} more; without this screen nobody watches them."
    again = "Open the cockpit again to resume the run."
    if running:
        return f"Commands go on without this screen; waiting and sampling stop. {again}"
    return f"Nothing is lost: what was done and signed is recorded. {again}"
