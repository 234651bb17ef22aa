"""What the run was at when a trouble began: the step beside which it is told."""

import pytest
from alfred_tui.domain.document.actions import Attest, Run
from alfred_tui.domain.document.checklist import Checklist, Phase, Section, Step
from alfred_tui.domain.evidence import Outcome
from alfred_tui.domain.run.events import (
    AnyEvent,
    Ask,
    Entry,
    RunStarted,
    StepFinished,
    StepStarted,
    StepWaiting,
)
from alfred_tui.domain.run.folding import begin, fold
from alfred_tui.domain.run.state import RunState
from alfred_tui.present.beginnings import during


def run() -> RunState:
    """From 100: Apply ran from 110.4 to 120.6, Monitor runs since 120.6; nobody has signed Agree."""
    steps = (
        Step(id="agree", title="Agree", action=Attest(prompt="Agreed.")),
        Step(id="apply", title="Apply", action=Run(command="apply")),
        Step(id="monitor", title="Monitor", action=Run(command="monitor")),
    )
    section = Section(id="s", title="S", steps=steps, parallel=True)
    checklist = Checklist(title="t", phases=(Phase(id="p", title="P", sections=(section,)),))
    start = RunStarted(run="r", title="t", digest="", lead="ann", host="box")
    state = begin(checklist, Entry(seq=1, at=100.0, event=start))
    told: tuple[tuple[float, AnyEvent], ...] = (
        (101.0, StepWaiting(step="agree", ask=Ask(kind="sign"))),
        (110.4, StepStarted(step="apply", attempt=1)),
        (120.6, StepFinished(step="apply", attempt=1, outcome=Outcome(status="passed"))),
        (120.6, StepStarted(step="monitor", attempt=1)),
    )
    return fold(state, tuple(Entry(seq=n, at=at, event=event) for n, (at, event) in enumerate(told, 2)))


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (0.0, ""),
        (98.0, "before this run"),
        (105.0, "before the first step ran"),
        (110.0, "while Apply ran"),
        (115.0, "while Apply ran"),
        (120.0, "while Apply and Monitor ran"),
        (500.0, "while Monitor ran"),
    ],
)
def test_what_began_is_told_with_the_steps_that_ran_then(at: float, words: str) -> None:
    assert during(run(), at) == words


def test_what_began_between_two_steps_is_told_with_the_one_before() -> None:
    ended = StepFinished(step="monitor", attempt=1, outcome=Outcome(status="passed"))
    state = fold(run(), (Entry(seq=9, at=200.0, event=ended),))
    assert during(state, 230.0) == "after Monitor had ended"
