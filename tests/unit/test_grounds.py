"""What a step that waits for its word rests on: the verdicts before it, with what was found."""

from alfred_tui.domain.document.actions import Run, TerraformApply, TerraformPlan
from alfred_tui.domain.document.checklist import Checklist, Phase, Section, Step, When
from alfred_tui.domain.evidence import Evidence, Outcome
from alfred_tui.domain.run.events import AnyEvent, Entry, RunStarted, StepFinished, StepStarted
from alfred_tui.domain.run.folding import begin, fold
from alfred_tui.domain.run.state import RunState
from alfred_tui.present.run import grounds


def run(*events: AnyEvent) -> RunState:
    steps = (
        Step(id="plan", title="Plan", action=TerraformPlan(dir="infra")),
        Step(id="apply", title="Apply", action=TerraformApply(plan="plan"), confirm="apply"),
        Step(id="judge", title="Compare error rates", action=Run(command="judge")),
        Step(id="go", title="Promote", action=Run(command="go"), when=When(passed=("judge",))),
    )
    section = Section(id="s", title="S", steps=steps)
    checklist = Checklist(title="t", phases=(Phase(id="p", title="P", sections=(section,)),))
    start = RunStarted(run="r", title="t", digest="", lead="ann", host="box")
    state = begin(checklist, Entry(seq=1, at=1.0, event=start))
    return fold(state, tuple(Entry(seq=n, at=2.0, event=event) for n, event in enumerate(events, 2)))


def ended(step: str, label: str, value: str) -> tuple[AnyEvent, AnyEvent]:
    outcome = Outcome(status="passed", evidence=(Evidence(label=label, value=value),))
    return StepStarted(step=step, attempt=1), StepFinished(step=step, attempt=1, outcome=outcome)


def test_a_promotion_rests_on_the_judgement_that_chose_its_branch() -> None:
    state = run(*ended("judge", "error rate", "0.42% against 0.39%"))
    assert grounds(state, "go") == ("Compare error rates: passed", "  error rate: 0.42% against 0.39%")


def test_an_apply_rests_on_the_plan_that_it_applies() -> None:
    state = run(*ended("plan", "changes", "2 to add, 1 to destroy"))
    assert grounds(state, "apply") == ("Plan: passed", "  changes: 2 to add, 1 to destroy")


def test_a_step_without_either_rests_on_nothing_that_is_shown() -> None:
    assert grounds(run(), "judge") == ()
