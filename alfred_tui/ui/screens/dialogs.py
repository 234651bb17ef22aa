"""Questions to the lead: sign, skip, confirm, give a value, decide, quit. Each answers with an intent."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Select, Static

from alfred_tui.domain.evidence import Evidence
from alfred_tui.domain.intents import (
    AnyIntent,
    Confirm,
    Decide,
    Declare,
    GiveValue,
    Reopen,
    Retry,
    Sign,
    Skip,
    Stop,
)
from alfred_tui.domain.triggers import TriggerState
from alfred_tui.present.run import Detail
from alfred_tui.ui.text import clean


class Dialog(ModalScreen[AnyIntent | None]):
    """A question in a box. Enter answers, escape leaves everything as it is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave as it is"),
        Binding("ctrl+s", "answer", "answer", show=False),
    ]
    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 60%; }
    Dialog > VerticalScroll {
        width: 76; max-width: 96%; height: auto; max-height: 92%; padding: 1 2;
        border: round $primary; background: $surface;
    }
    Dialog .title { text-style: bold; color: $text-accent; margin-bottom: 1; width: 100%; }
    Dialog .told { color: $text-muted; margin-bottom: 1; width: 100%; }
    Dialog .because { color: $text-warning; margin-bottom: 1; width: 100%; }
    Dialog .label { color: $text-muted; width: 100%; }
    Dialog Input { margin-bottom: 1; border: tall $panel-lighten-1; }
    Dialog Input:focus { border: tall $primary; }
    Dialog .wrong { color: $text-error; width: 100%; }
    Dialog Horizontal { height: auto; align-horizontal: right; }
    Dialog Button { margin-left: 2; min-width: 12; }
    Dialog Select { margin-bottom: 1; }
    """

    verb = "OK"

    def __init__(self, title: str, told: str = "", because: str = "") -> None:
        super().__init__()
        self._title = title
        self._told = told
        self._because = because

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(clean(self._title), classes="title", markup=False)
            if self._because:
                yield Static(clean(self._because), classes="because", markup=False)
            if self._told:
                yield Static(self._told, classes="told", markup=False)
            yield from self.fields()
            yield Static("", classes="wrong", id="wrong", markup=False)
            with Horizontal():
                yield Button("Leave (esc)", id="leave")
                yield Button(self.verb, id="answer", variant="primary")

    def fields(self) -> ComposeResult:
        """What is asked."""
        yield from ()

    def answer(self) -> AnyIntent | str:
        """The intent, or a sentence on what is missing."""
        raise NotImplementedError

    def text(self, field: str) -> str:
        """What was typed."""
        return self.query_one(f"#{field}", Input).value.strip()

    def action_answer(self) -> None:
        answer = self.answer()
        if isinstance(answer, str):
            self.query_one("#wrong", Static).update(answer)
        else:
            self.dismiss(answer)

    def action_leave(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#answer")
    @on(Input.Submitted)
    def _answer(self) -> None:
        self.action_answer()

    @on(Button.Pressed, "#leave")
    def _leave(self) -> None:
        self.action_leave()


def _field(label: str, field: str, value: str = "", placeholder: str = "") -> ComposeResult:
    yield Label(label, classes="label", markup=False)
    yield Input(value=value, id=field, placeholder=placeholder)


class SignDialog(Dialog):
    """A signature: name, note and evidence. Several steps at once share it."""

    verb = "Sign off"

    def __init__(self, steps: tuple[Detail, ...], lead: str) -> None:
        self._steps = steps
        self._lead = lead
        first = steps[0]
        asks = [one.ask for one in steps if one.ask]
        titles = first.title if len(steps) == 1 else "\n".join(f"· {clean(one.title)}" for one in steps)
        super().__init__(
            first.title if len(steps) == 1 else f"Sign {len(steps)} items",
            told=first.why if len(steps) == 1 else titles,
            because=next((ask.because for ask in asks if ask.because), ""),
        )
        self._required = any(ask.because or ask.evidence_required for ask in asks)

    def fields(self) -> ComposeResult:
        signed = [signature.by for signature in self._steps[0].signatures]
        label = f"Your name (signed already: {', '.join(signed)})" if signed else "Your name"
        yield from _field(label, "by", "" if self._lead in signed else self._lead)
        needed = "Note (needed)" if self._required else "Note"
        yield from _field(needed, "note", placeholder="what you looked at, and what you saw")
        yield from _field("Evidence", "evidence", placeholder="a link, a file's path or a pasted line")

    def on_mount(self) -> None:
        self.query_one("#note" if self.text("by") else "#by").focus()

    def answer(self) -> AnyIntent | str:
        if not self.text("by"):
            return "A signature needs a name."
        if self._required and not (self.text("note") or self.text("evidence")):
            return "A note is needed here: say what you looked at."
        steps = tuple(one.id for one in self._steps)
        return Sign(
            by=self.text("by"), steps=steps, note=self.text("note"), evidence=evidence(self.text("evidence"))
        )


def evidence(text: str) -> tuple[Evidence, ...]:
    """What was given, told apart: a link, a file that exists, or a pasted line."""
    if not text:
        return ()
    if text.startswith(("http://", "https://")):
        return (Evidence(label="link", value=text, kind="link"),)
    if text.startswith(("/", "./", "../", "~/")):
        return (Evidence(label="file", value=text, kind="file"),)
    return (Evidence(label="pasted", value=text, kind="note"),)


class SkipDialog(Dialog):
    """A reason to settle steps without doing them."""

    verb = "Skip"

    def __init__(self, steps: tuple[Detail, ...], lead: str, *, not_applicable: bool) -> None:
        what = "Not applicable" if not_applicable else "Skip"
        title = steps[0].title if len(steps) == 1 else f"{len(steps)} items"
        super().__init__(f"{what}: {title}", told="It stays in the report with your name and this reason.")
        self.verb = what
        self._steps, self._lead, self._not_applicable = steps, lead, not_applicable

    def fields(self) -> ComposeResult:
        yield from _field("Because", "reason")

    def answer(self) -> AnyIntent | str:
        if not self.text("reason"):
            return "A reason is needed; it stays in the report."
        steps = tuple(one.id for one in self._steps)
        return Skip(
            by=self._lead, steps=steps, reason=self.text("reason"), not_applicable=self._not_applicable
        )


class ConfirmDialog(Dialog):
    """A word to type before something changes."""

    verb = "Start"

    def __init__(self, step: Detail, lead: str) -> None:
        super().__init__(step.title, told=step.effect)
        self._step, self._lead = step, lead

    def fields(self) -> ComposeResult:
        word = self._step.ask.word if self._step.ask else ""
        yield from _field(f"Type {word} to start", "word")

    def answer(self) -> AnyIntent | str:
        word = self._step.ask.word if self._step.ask else ""
        if self.text("word") != word:
            return f"Type {word}; nothing has been done."
        return Confirm(by=self._lead, step=self._step.id, word=word)


class ValueDialog(Dialog):
    """A placeholder's value, asked for once."""

    verb = "Use it"

    def __init__(self, name: str, prompt: str, lead: str, default: str = "") -> None:
        super().__init__(f"A value for <{name}>", told=prompt)
        self._placeholder, self._lead, self._default = name, lead, default

    def fields(self) -> ComposeResult:
        yield from _field("It is used in every step that has it", "value", self._default)

    def answer(self) -> AnyIntent | str:
        if not self.text("value"):
            return "A value is needed."
        return GiveValue(by=self._lead, name=self._placeholder, value=self.text("value"))


class DecideDialog(Dialog):
    """What to do with a step that ended badly or left it to a person."""

    verb = "Decide"

    def __init__(self, step: Detail, lead: str) -> None:
        super().__init__(step.title, told=f"{step.status}: {step.reason}")
        self._step, self._lead = step, lead

    def fields(self) -> ComposeResult:
        choices = [
            ("try it again", "retry"),
            ("count it as passed, and say why", "passed"),
            ("count it as failed, and say why", "failed"),
            ("skip it, and say why", "skip"),
        ]
        yield Label("What to do", classes="label", markup=False)
        yield Select(choices, id="choice", value="retry", allow_blank=False)
        yield from _field("Note (stays in the report)", "note")

    def answer(self) -> AnyIntent | str:
        choice, note = str(self.query_one("#choice", Select).value), self.text("note")
        if choice == "retry":
            if not self._step.can_repeat and not note:
                return "It changes something and is not marked idempotent: say why a repeat is safe."
            return Retry(by=self._lead, step=self._step.id, note=note)
        if not note:
            return "A note is needed; it stays in the report."
        if choice == "skip":
            return Skip(by=self._lead, steps=(self._step.id,), reason=note)
        return Decide(
            by=self._lead, step=self._step.id, verdict="passed" if choice == "passed" else "failed", note=note
        )


class ReopenDialog(Dialog):
    """Why a settled step is open again."""

    verb = "Re-open"

    def __init__(self, step: Detail, lead: str) -> None:
        super().__init__(
            f"Re-open: {step.title}", told="It becomes pending; what was signed stays in the journal."
        )
        self._step, self._lead = step, lead

    def fields(self) -> ComposeResult:
        yield from _field("Because", "reason")

    def answer(self) -> AnyIntent | str:
        return Reopen(by=self._lead, step=self._step.id, reason=self.text("reason"))


class DeclareDialog(Dialog):
    """A trigger that a person sees: chosen, and told what was seen."""

    verb = "Declare"

    def __init__(self, triggers: list[tuple[str, str]], states: dict[str, TriggerState], lead: str) -> None:
        super().__init__("Declare a rollback trigger", told="The rollback screen is one key away after it.")
        self._triggers, self._lead = triggers, lead

    def fields(self) -> ComposeResult:
        yield Label("Which", classes="label", markup=False)
        options = [(clean(title), trigger) for trigger, title in self._triggers]
        yield Select(options, id="trigger", value=self._triggers[0][0], allow_blank=False)
        yield from _field("What was seen", "note")

    def answer(self) -> AnyIntent | str:
        if not self.text("note"):
            return "Say what was seen."
        return Declare(
            by=self._lead, trigger=str(self.query_one("#trigger", Select).value), note=self.text("note")
        )


class StopDialog(Dialog):
    """Why the run ends here."""

    verb = "Stop the run"

    def __init__(self, lead: str) -> None:
        super().__init__(
            "Stop the run", told="It ends here; what was done stays done. A rollback is still possible."
        )
        self._lead = lead

    def fields(self) -> ComposeResult:
        yield from _field("Because", "reason")

    def answer(self) -> AnyIntent | str:
        if not self.text("reason"):
            return "A reason is needed; it stays in the report."
        return Stop(by=self._lead, reason=self.text("reason"))


class QuitDialog(ModalScreen[bool]):
    """What goes on when the screen closes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "answer(False)", "stay"),
        Binding("y,q", "answer(True)", "quit"),
    ]
    DEFAULT_CSS = """
    QuitDialog { align: center middle; background: $background 60%; }
    QuitDialog > Vertical {
        width: 70; max-width: 96%; height: auto; padding: 1 2; border: round $warning; background: $surface;
    }
    QuitDialog Horizontal { height: auto; align-horizontal: right; margin-top: 1; }
    QuitDialog Button { margin-left: 2; }
    """

    def __init__(self, told: str) -> None:
        super().__init__()
        self._told = told

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(self._told, markup=False)
            with Horizontal():
                yield Button("Stay (esc)", id="stay", variant="primary")
                yield Button("Quit (y)", id="quit")

    @on(Button.Pressed, "#stay")
    def _stay(self) -> None:
        self.dismiss(False)

    @on(Button.Pressed, "#quit")
    def _quit(self) -> None:
        self.dismiss(True)

    def action_answer(self, leave: bool) -> None:
        self.dismiss(leave)
