"""What the run knows is filled in so that a value is only ever a value."""

import subprocess

import pytest
from alfred_tui.domain.document.actions import Run, TerraformPlan
from alfred_tui.domain.document.checklist import Checklist, Phase, Section, Step
from alfred_tui.domain.errors import NotConfigured
from alfred_tui.domain.evidence import Outcome
from alfred_tui.domain.run import events as e
from alfred_tui.domain.run.folding import begin, fold
from alfred_tui.domain.run.resolve import resolve
from alfred_tui.domain.run.state import RunState


def state(value: str, output: str = "") -> RunState:
    steps = (
        Step(id="a", title="a", action=Run(command="x")),
        Step(id="b", title="b", action=Run(command="y")),
    )
    section = Section(id="s", title="s", steps=steps)
    document = Checklist(title="t", phases=(Phase(id="p", title="p", sections=(section,)),))
    begun = begin(
        document, e.Entry(seq=1, at=1, event=e.RunStarted(run="r", title="t", digest="", lead="a", host="h"))
    )
    events: list[e.AnyEvent] = [e.ValueGiven(name="host", value=value, by="ann")]
    if output:
        outcome = Outcome(status="passed", outputs={"name": output})
        events += [e.StepStarted(step="a", attempt=1), e.StepFinished(step="a", attempt=1, outcome=outcome)]
    return fold(begun, [e.Entry(seq=2 + n, at=2, event=event) for n, event in enumerate(events)])


def shell(command: str, known: RunState) -> str:
    step = resolve(Step(id="z", title="z", action=Run(command=command)), known)
    assert isinstance(step.action, Run)
    return subprocess.run(
        ["bash", "-c", step.action.command], capture_output=True, text=True, check=True
    ).stdout


EVIL = ["$(echo pwned)", "`echo pwned`", "'; echo pwned; '", '"; echo pwned; "', "a b", "$HOME"]


@pytest.mark.parametrize("value", EVIL)
@pytest.mark.parametrize(
    "command", ["echo <host>", 'echo "<host>"', "echo '<host>'", "cat <<END\n<host>\nEND"]
)
def test_a_placeholder_s_value_reaches_the_program_as_it_is_wherever_it_stands(
    command: str, value: str
) -> None:
    assert shell(command, state(value)).strip() == value


@pytest.mark.parametrize("value", EVIL)
def test_a_step_s_output_reaches_the_next_command_as_it_is(value: str) -> None:
    assert shell("echo ${steps.a.name}", state("x", value)).strip() == value


def test_an_output_that_was_never_left_is_not_configured_and_says_so() -> None:
    with pytest.raises(NotConfigured, match=r"needs “name” of the step a, which left none \(pending\)"):
        resolve(Step(id="z", title="z", action=Run(command="echo ${steps.a.name}")), state("x"))


def test_other_actions_are_filled_in_too() -> None:
    step = resolve(
        Step(id="z", title="z", action=TerraformPlan(dir="d", target=("<host>",))), state("aws_x.y")
    )
    assert isinstance(step.action, TerraformPlan)
    assert step.action.target == ("aws_x.y",)
