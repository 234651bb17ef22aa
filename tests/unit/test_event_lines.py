"""A headless run's lines: what an event says to a person who has no screen."""

from alfred_tui.domain.document.actions import Run
from alfred_tui.domain.document.checklist import Checklist, Phase, Section, Step
from alfred_tui.domain.run.events import AnyEvent, Entry, RunStarted, StepCancelAsked, StepProgressed
from alfred_tui.domain.run.folding import begin
from alfred_tui.headless.stdout import text_line


def test_what_a_step_is_at_has_a_line_only_where_it_is_told_aloud() -> None:
    step = Step(id="migrate", title="Migrate", action=Run(command="true"))
    section = Section(id="s", title="S", steps=(step,))
    checklist = Checklist(title="T", phases=(Phase(id="p", title="P", sections=(section,)),))
    started = Entry(seq=1, at=0.0, event=RunStarted(run="r", title="T", digest="d", lead="ann", host="h"))
    state = begin(checklist, started)

    def line(event: AnyEvent) -> str:
        return text_line(state, Entry(seq=2, at=61.0, event=event))

    assert line(StepProgressed(step="migrate", note="3 of 5 are ready")) == ""
    told = line(StepProgressed(step="migrate", note="reconnecting to db (10.0.0.7)", aloud=True))
    assert told == "    1:01  running       migrate: reconnecting to db (10.0.0.7)"
    assert line(StepCancelAsked(step="migrate", by="ann")) == "    1:01  cancelling    migrate, asked by ann"
