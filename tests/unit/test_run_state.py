"""What the run as a whole is at, in a few words."""

from alfred_tui.domain.document.actions import Attest, Run
from alfred_tui.domain.document.checklist import Checklist, Phase, Procedure, Rollback, Section, Step
from alfred_tui.domain.run import events as e
from alfred_tui.domain.run.folding import begin, fold
from alfred_tui.domain.run.state import RunState
from alfred_tui.present.run import run_state

LOOK = Step(id="look", title="Look", action=Attest(prompt="Well?"))
BACK = (Step(id="undo", title="Undo", action=Run(command="undo")),)


def rolled_back_while_a_step_waits(*events: e.AnyEvent) -> RunState:
    document = Checklist(
        title="t",
        phases=(Phase(id="p", title="P", sections=(Section(id="s", title="S", steps=(LOOK,)),)),),
        rollback=Rollback(procedures=(Procedure(id="application", title="Back", steps=BACK),)),
    )
    started = e.RunStarted(run="r", title="t", digest="d", lead="ann", host="h")
    asked = e.StepWaiting(step="look", ask=e.Ask(kind="sign", prompt="Well?"))
    state = begin(document, e.Entry(seq=1, at=1.0, event=started))
    return fold(state, [e.Entry(seq=n, at=float(n), event=one) for n, one in enumerate((asked, *events), 2)])


def test_a_rollback_waits_for_nobody_whom_only_the_checklist_asks() -> None:
    assert run_state(rolled_back_while_a_step_waits()) == "waiting for a person"
    begun = e.RollbackStarted(by="ann", procedure="application", title="Back", steps=BACK)
    assert run_state(rolled_back_while_a_step_waits(begun)) == "rolling back"
