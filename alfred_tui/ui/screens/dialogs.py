"""Questions about steps: sign, skip, confirm, give a value, decide, re-open. Each answers with an intent."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Label

from alfred_tui.domain.document.checklist import Asked
from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.evidence import Evidence
from alfred_tui.domain.run.intents import (
    AnyIntent,
    Confirm,
    Decide,
    GiveValue,
    Reopen,
    Retry,
    Sign,
    Skip,
    Stop,
)
from alfred_tui.domain.run.state import RunState
from alfred_tui.present.acts import Act
from alfred_tui.present.overtaken import overtaken
from alfred_tui.present.previews import as_evidence, unread
from alfred_tui.present.previews import told as told_of
from alfred_tui.present.run import Detail
from alfred_tui.ui.screens.asking import ChoiceList, Dialog, field
from alfred_tui.ui.screens.rollback_lines import diff_tone
from alfred_tui.ui.text import clean
from alfred_tui.ui.widgets.keys_bar import Key
from alfred_tui.ui.widgets.toned_text import TonedText
from alfred_tui.ui.wrapping import TonedLine

if TYPE_CHECKING:
    from alfred_tui.ui.app import CockpitApp

Preview = Callable[[str], Awaitable[Sequence[str]]]

_TALL = 36
"""Rows of a terminal from which on more of what would change is shown."""
_LISTED = 8
"""Titles of a batch that are listed one by one."""
_BACK = "rollback"
"""The choice that leads to another screen, and is no answer."""


def evidence(text: str) -> tuple[Evidence, ...]:
    """What was given, told apart: a link, a file, or a pasted line."""
    if not text:
        return ()
    if text.startswith(("http://", "https://")):
        return (Evidence(label="link", value=text, kind="link"),)
    if text.startswith(("/", "./", "../", "~/")):
        return (Evidence(label="file", value=text, kind="file"),)
    return (Evidence(label="pasted", value=text, kind="note"),)


def needs_words(step: Detail) -> bool:
    """Whether a signature on it is refused without a note or evidence."""
    ask = step.ask
    return step.needs_evidence or (ask is not None and bool(ask.because or ask.evidence_required))


def _titles(steps: tuple[Detail, ...]) -> str:
    """What a batch is about."""
    if len(steps) == 1:
        return steps[0].why
    listed = [f"· {one.title}" for one in steps[:_LISTED]]
    rest = len(steps) - _LISTED
    return "\n".join([*listed, *([f"… and {rest} more"] if rest > 0 else [])])


class StepDialog(Dialog):
    """A question about steps, which stands as long as each of them can still be acted on so."""

    act: Act

    def __init__(self, steps: tuple[Detail, ...], title: str, told: str = "", because: str = "") -> None:
        super().__init__(title, told, because)
        self.steps = steps

    def overtaken(self, then: RunState, now: RunState) -> str:
        return overtaken(self.act, [one.id for one in self.steps], then, now)


class SignDialog(StepDialog):
    """A signature: name, note and evidence. Several steps at once share it."""

    verb = "sign off"
    act = "sign"

    def __init__(self, steps: tuple[Detail, ...], lead: str) -> None:
        self._lead = lead
        asks = [one.ask for one in steps if one.ask]
        super().__init__(
            steps,
            steps[0].title if len(steps) == 1 else f"Sign {len(steps)} items off",
            told=_titles(steps),
            because="\n".join(dict.fromkeys(ask.because for ask in asks if ask.because)),
        )
        self._required = any(needs_words(one) for one in steps)

    def fields(self) -> ComposeResult:
        signed = list(dict.fromkeys(s.by for one in self.steps for s in one.signatures))
        label = f"Your name (signed already: {', '.join(signed)})" if signed else "Your name"
        mine = self._lead.casefold() in [name.casefold() for name in signed]
        yield from field(label, "by", "" if mine else self._lead)
        needed = "Note (a note or evidence is needed here)" if self._required else "Note"
        yield from field(needed, "note", hint="what you looked at, and what you saw")
        yield from field("Evidence", "evidence", hint="a link, a file's path or a pasted line")

    def on_mount(self) -> None:
        self.query_one("#note" if self.text("by") else "#by").focus()

    def answer(self) -> AnyIntent | str:
        if not self.text("by"):
            return "A signature needs a name."
        if title := self._signed_by(self.text("by")):
            return f"{self.text('by')} has signed “{title}” already; the other person's name is needed."
        if self._required and not (self.text("note") or self.text("evidence")):
            return "A note is needed here: say what you looked at."
        steps = tuple(one.id for one in self.steps)
        return Sign(
            by=self.text("by"), steps=steps, note=self.text("note"), evidence=evidence(self.text("evidence"))
        )

    def _signed_by(self, name: str) -> str:
        """The title of the first step that this person has signed; refused later, all that was typed would
        be lost."""
        found = (
            one.title
            for one in self.steps
            if name.casefold() in {signature.by.casefold() for signature in one.signatures}
        )
        return next(found, "")


class SkipDialog(StepDialog):
    """A reason to settle steps without doing them."""

    act = "skip"

    def __init__(
        self, steps: tuple[Detail, ...], lead: str, begins: str = "", *, not_applicable: bool
    ) -> None:
        what = "Not applicable" if not_applicable else "Skip"
        title = steps[0].title if len(steps) == 1 else f"{len(steps)} items"
        listed = "" if len(steps) == 1 else _titles(steps) + "\n"
        super().__init__(
            steps,
            f"{what}: {title}",
            told=f"{listed}It stays in the report with your name and this reason.",
            because=begins and f"Skipped, it lets this begin at once: {begins}",
        )
        self.verb = what.lower()
        self._lead, self._not_applicable = lead, not_applicable

    def fields(self) -> ComposeResult:
        yield from field("Because", "reason")

    def answer(self) -> AnyIntent | str:
        if not self.text("reason"):
            return "A reason is needed; it stays in the report."
        steps = tuple(one.id for one in self.steps)
        return Skip(
            by=self._lead, steps=steps, reason=self.text("reason"), not_applicable=self._not_applicable
        )


class ConfirmDialog(StepDialog):
    """A word to type before something changes, under what is known of the change."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pagedown", "page(1)", "read on", key_display="pgdn", show=False, id="read-on"),
        Binding("pageup", "page(-1)", "read back", show=False),
    ]
    DEFAULT_CSS = """
    ConfirmDialog.-shows > Vertical { width: 120; }
    ConfirmDialog TonedText { height: auto; max-height: 7; margin-bottom: 1; background: $surface; }
    ConfirmDialog.-tall TonedText { max-height: 16; }
    """

    verb = "start"
    act = "confirm"
    grave = True

    def __init__(
        self, step: Detail, lead: str, grounds: Sequence[str] = (), preview: Preview | None = None
    ) -> None:
        super().__init__((step,), step.title, told=step.effect, because=step.why)
        self._step, self._lead = step, lead
        self._word = step.ask.word if step.ask else ""
        self._grounds = grounds
        self._preview = preview
        self._seen = unread("It had not been read yet when the word was typed.")

    def fields(self) -> ComposeResult:
        if self._grounds or self._preview is not None:
            self.set_class(True, "-shows")
            self.set_class(self.app.size.height >= _TALL, "-tall")
            title = "WHAT WOULD CHANGE" if self._preview is not None else "WHAT IT RESTS ON"
            self._shown = TonedText(title)
            self._shown.can_focus = False
            reading = ["Reading what would change …"] if self._preview is not None else []
            self._shown.write([((clean(line), "plain"),) for line in (*self._grounds, *reading)])
            yield self._shown
        yield from field(f"Type {self._word} to start", "word")

    def keys(self) -> list[Key]:
        shows = bool(self._grounds) or self._preview is not None
        return [*super().keys(), *([Key("read-on", 2)] if shows else [])]

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#word").focus()
        if self._preview is not None:
            self.run_worker(self._read(self._preview), exit_on_error=False)

    async def _read(self, preview: Preview) -> None:
        try:
            lines = told_of(await preview(self._step.id))
        except CockpitError as error:
            self._seen = unread(f"It could not be read: {error}")
            told: list[TonedLine] = [
                (("What would change could not be read: ", "warn"), (clean(str(error)), "warn")),
                (("Look for yourself before you type the word.", "plain"),),
            ]
        else:
            lines = lines or ("Nothing would change.",)
            self._seen = as_evidence(lines)
            told = [((clean(line), diff_tone(line)),) for line in lines]
        if self.is_mounted:
            self._shown.write([*(((clean(line), "plain"),) for line in self._grounds), *told])
            self._shown.refresh(layout=True)

    def action_page(self, by: int) -> None:
        if self._grounds or self._preview is not None:
            self._shown.action_page(by)

    def answer(self) -> AnyIntent | str:
        if self.text("word") != self._word:
            return f"Type {self._word}; nothing has been done."
        shown = (self._seen,) if self._preview is not None else ()
        return Confirm(by=self._lead, step=self._step.id, word=self._word, shown=shown)


class ValueDialog(Dialog):
    """A placeholder's value, asked for once."""

    verb = "use it"

    def __init__(self, name: str, asked: Asked | None, prompt: str, lead: str) -> None:
        super().__init__(f"A value for <{name}>", told=asked.prompt if asked else prompt)
        self._placeholder, self._lead = name, lead
        self._default = asked.default if asked else ""

    def overtaken(self, then: RunState, now: RunState) -> str:
        if self._placeholder in now.values:
            return f"<{self._placeholder}> has a value by now: {now.values[self._placeholder]}."
        return "A rollback has begun; the value is not asked for." if now.rollbacks != then.rollbacks else ""

    def fields(self) -> ComposeResult:
        yield from field("It is used in every step that has it", "value", self._default)

    def answer(self) -> AnyIntent | str:
        if not self.text("value"):
            return "A value is needed."
        return GiveValue(by=self._lead, name=self._placeholder, value=self.text("value"))


class DecideDialog(StepDialog):
    """What to do with a step that ended badly or left it to a person."""

    app: "CockpitApp"

    verb = "decide"
    act = "decide"

    def __init__(self, step: Detail, lead: str, begins: str = "") -> None:
        why = f"{step.status}: {step.reason}"
        then = f"\nCounted as passed or skipped, it lets this begin at once: {begins}" if begins else ""
        super().__init__((step,), step.title, because=why + then)
        self._step, self._lead = step, lead

    def fields(self) -> ComposeResult:
        again = "" if self._step.can_repeat else ", and say why a repeat is safe"
        yield Label("What to do (arrow keys or a number)", markup=False)
        yield ChoiceList(
            [
                ("retry", f"try it again{again}"),
                ("passed", "count it as passed, and say why"),
                ("failed", "count it as failed, and say why"),
                ("skip", "skip it, and say why"),
                (_BACK, "roll back: opens the way back, nothing begins yet"),
                ("stop", "stop the run here, and say why"),
            ],
            id="choice",
        )
        yield from field("Note (stays in the report)", "note")

    def take(self) -> None:
        if self.query_one("#choice", ChoiceList).value != _BACK:
            super().take()
            return
        self.dismiss(None)
        self.app.open_rollback("")

    def answer(self) -> AnyIntent | str:
        choice, note = self.query_one("#choice", ChoiceList).value, self.text("note")
        if choice == "retry":
            if not self._step.can_repeat and not note:
                return "It changes something and is not marked idempotent: say why a repeat is safe."
            return Retry(by=self._lead, step=self._step.id, note=note)
        if not note:
            return "A note is needed; it stays in the report."
        if choice == "skip":
            return Skip(by=self._lead, steps=(self._step.id,), reason=note)
        if choice == "stop":
            return Stop(by=self._lead, reason=note)
        return Decide(
            by=self._lead, step=self._step.id, verdict="passed" if choice == "passed" else "failed", note=note
        )


class ReopenDialog(StepDialog):
    """Why a settled step is open again."""

    verb = "re-open"
    act = "reopen"

    def __init__(self, step: Detail, lead: str) -> None:
        super().__init__(
            (step,),
            f"Re-open: {step.title}",
            told="It becomes pending; what was signed stays in the journal.",
        )
        self._step, self._lead = step, lead

    def fields(self) -> ComposeResult:
        yield from field("Because", "reason")

    def answer(self) -> AnyIntent | str:
        return Reopen(by=self._lead, step=self._step.id, reason=self.text("reason"))
