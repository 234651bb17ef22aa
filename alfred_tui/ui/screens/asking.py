"""What every question to the lead has in common: a box, fields, what is missing, and two ways out."""

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from alfred_tui.domain.run.events import Entry
from alfred_tui.domain.run.intents import AnyIntent
from alfred_tui.domain.run.state import RunState
from alfred_tui.ui.look import Piece
from alfred_tui.ui.ports import RunSource, Unsubscribe
from alfred_tui.ui.text import clean, clean_lines
from alfred_tui.ui.widgets.field import Field
from alfred_tui.ui.widgets.keys_bar import Key, KeysBar
from alfred_tui.ui.widgets.line_view import LineView
from alfred_tui.ui.wrapping import crop

Answer = TypeVar("Answer")


class Question(ModalScreen[Answer | None], Generic[Answer]):
    """A question in a box. Enter answers, escape leaves everything as it is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "answer", "answer", id="answer"),
        Binding("escape", "leave", "leave it as it is", id="leave"),
    ]
    DEFAULT_CSS = """
    Question { align: center middle; background: $background 60%; }
    Question > Vertical {
        width: 76; max-width: 96%; height: auto; max-height: 94%;
        border: round $primary; background: $surface;
    }
    Question.-grave > Vertical { border: heavy $error; }
    Question VerticalScroll { height: auto; max-height: 100%; padding: 1 2 0 2; scrollbar-size-vertical: 1; }
    Question Static { width: 100%; margin-bottom: 1; }
    Question .title { text-style: bold; }
    Question .told { color: $foreground 75%; }
    Question .because { color: $warning; }
    Question .wrong { color: $error; text-style: bold; }
    Question Label { color: $foreground 75%; width: 100%; margin: 0; }
    Question Field { margin-bottom: 1; }
    Question ChoiceList { height: auto; margin-bottom: 1; background: $surface; }
    Question KeysBar { background: $surface; }
    """

    verb = "OK"
    grave = False
    """Whether it is about something that cannot be taken back."""

    def __init__(self, title: str, told: str = "", because: str = "") -> None:
        super().__init__()
        self._question = title
        self._told = told
        self._because = because

    def compose(self) -> ComposeResult:
        self.set_class(self.grave, "-grave")
        with Vertical():
            with VerticalScroll(can_focus=False):
                yield Static(clean_lines(self._question), classes="title", markup=False)
                if self._because:
                    yield Static(clean_lines(self._because), classes="because", markup=False)
                if self._told:
                    yield Static(clean_lines(self._told), classes="told", markup=False)
                yield from self.fields()
                wrong = Static("", classes="wrong", id="wrong", markup=False)
                wrong.display = False
                yield wrong
            yield KeysBar(self.keys())

    def keys(self) -> list[Key]:
        """What the last line tells."""
        return [Key("answer", 0, self.verb, "plain"), Key("leave", 1)]

    def fields(self) -> ComposeResult:
        """What is asked."""
        yield from ()

    def answer(self) -> Answer | str:
        """The answer, or a sentence on what is missing."""
        raise NotImplementedError

    def text(self, field: str) -> str:
        """What was typed."""
        return self.query_one(f"#{field}", Input).value.strip()

    @on(Input.Submitted)
    def action_answer(self) -> None:
        self.take()

    def take(self) -> None:
        """Closes with the answer, or says what is missing."""
        answer = self.answer()
        if isinstance(answer, str):
            wrong = self.query_one("#wrong", Static)
            wrong.update(clean(answer))
            wrong.display = True
        else:
            self.dismiss(answer)

    def action_leave(self) -> None:
        self.dismiss(None)


class Dialog(Question[AnyIntent]):
    """A question whose answer is an intent. It follows the run: overtaken, it closes itself and says why."""

    _run: RunSource | None = None
    _then: RunState | None = None
    _leave: Unsubscribe | None = None

    def follow(self, run: RunSource) -> None:
        """Says of which run it asks, as that is now. Called before it is opened."""
        self._run, self._then = run, run.state

    def overtaken(self, then: RunState, now: RunState) -> str:
        """Why the question no longer stands, as a sentence; empty while it does."""
        return ""

    def on_mount(self) -> None:
        if self._run is not None:
            self._leave = self._run.subscribe(self._run_changed)
            self._look()

    def on_unmount(self) -> None:
        if self._leave is not None:
            self._leave()

    def on_screen_resume(self) -> None:
        self._look()

    def _run_changed(self, state: RunState, entries: tuple[Entry, ...]) -> None:
        self.call_later(self._look)

    def _look(self) -> None:
        """Closes when the question is overtaken; under another screen, once that is closed."""
        if self._run is None or self._then is None or self.app.screen is not self:
            return
        if why := self.overtaken(self._then, self._run.state):
            self._run = None
            self.app.notify(why, severity="warning", timeout=12)
            self.dismiss(None)


def field(label: str, name: str, value: str = "", hint: str = "") -> ComposeResult:
    """A line to type in, under its label."""
    yield Label(clean(label), markup=False)
    yield Field(name, value, hint)


class ChoiceList(LineView[tuple[str, str]]):
    """One of several, each in view: chosen with the arrow keys, its number or the mouse."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(str(number), f"choose({number - 1})", f"choice {number}", show=False)
        for number in range(1, 10)
    ]

    def __init__(self, choices: Sequence[tuple[str, str]], *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.keeps_cursor = True
        self.show(tuple(choices))

    @property
    def value(self) -> str:
        """The chosen one's id."""
        return self.rows[self.cursor][0]

    def pieces(self, row: tuple[str, str], width: int) -> list[Piece]:
        number = self.rows.index(row)
        sign = "◉" if number == self.cursor else "○"
        return crop([(f"{sign} {number + 1} ", "muted"), (clean(row[1]), "plain")], width)

    def move_to(self, index: int, *, tell: bool = True) -> None:
        self._drawn.clear()
        super().move_to(index, tell=tell)

    def action_choose(self, number: int) -> None:
        self.move_to(number)
