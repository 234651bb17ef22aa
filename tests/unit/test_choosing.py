"""One service, several or all go back; side by side or in order: the steps that are planned for a choice."""

import pytest
from alfred_tui.domain.document import actions as a
from alfred_tui.domain.document.checklist import Checklist, Phase, Procedure, Rollback, Section, Step
from alfred_tui.domain.rollback.choosing import chosen_steps, order_of, undone
from alfred_tui.domain.run.events import Entry, RollbackStarted, RunStarted
from alfred_tui.domain.run.folding import begin
from alfred_tui.domain.run.intents import RollBack
from alfred_tui.engine.decisions import No, decide

ALL = ("bot", "mission", "tax")
STEPS = (
    Step(id="history", title="", action=a.History(deployments=ALL)),
    Step(id="undo", title="", action=a.Undo(deployments=ALL, order=("mission", "bot")), needs=("history",)),
    Step(id="traffic", title="", action=a.StableTraffic(stable="bot", canary="bot-canary")),
    Step(
        id="canary",
        title="",
        action=a.RemoveCanary(deployments=("bot-canary",), service="bot"),
        needs=("traffic",),
    ),
    Step(id="pin", title="", action=a.PinImages(overlay="prod", deployments=ALL), needs=("undo",)),
    Step(id="status", title="", action=a.Rollout(deployments=ALL), needs=("undo",)),
    Step(id="health", title="", action=a.Http(url="x", each=ALL), needs=("status", "canary")),
    Step(id="said", title="", action=a.Attest()),
)


def test_without_a_choice_nothing_is_another() -> None:
    assert chosen_steps(STEPS, ()) == STEPS
    assert undone(STEPS) == ALL
    assert order_of(STEPS) == ("mission", "bot")


def test_what_is_left_out_is_in_no_step() -> None:
    steps = {one.id: one for one in chosen_steps(STEPS, ("bot",))}
    assert steps["history"].action == a.History(deployments=("mission", "tax"))
    assert steps["undo"].action == a.Undo(deployments=("mission", "tax"), order=("mission",))
    assert steps["pin"].action == a.PinImages(overlay="prod", deployments=("mission", "tax"))
    assert steps["status"].action == a.Rollout(deployments=("mission", "tax"))
    assert steps["health"].action == a.Http(url="x", each=("mission", "tax"))


def test_the_canary_of_a_service_that_is_left_out_stays_and_nothing_waits_for_its_end() -> None:
    steps = {one.id: one for one in chosen_steps(STEPS, ("bot",))}
    assert not {"traffic", "canary"} & set(steps)
    assert steps["health"].needs == ("status",)


def test_all_at_once_although_an_order_is_stated() -> None:
    assert order_of(chosen_steps(STEPS, (), side_by_side=True)) == ()


def test_a_rollback_is_started_with_the_steps_that_were_chosen() -> None:
    started = decided(RollBack(by="ann", procedure="back", word="rollback", left_out=("bot", "mission")))
    assert undone(started.steps) == ("tax",)


@pytest.mark.parametrize(
    ("left_out", "why"), [(("other",), "cannot be left out"), (ALL, "Every service is left out")]
)
def test_what_leaves_nothing_or_means_nothing_is_refused(left_out: tuple[str, ...], why: str) -> None:
    with pytest.raises(No, match=why):
        decided(RollBack(by="ann", procedure="back", word="rollback", left_out=left_out))


def decided(intent: RollBack) -> RollbackStarted:
    back = Procedure(id="back", title="Back", steps=STEPS)
    phase = Phase(id="p", title="P", sections=(Section(id="s", title="S", steps=()),))
    checklist = Checklist(title="t", phases=(phase,), rollback=Rollback(procedures=(back,)))
    start = RunStarted(run="r", title="t", digest="", lead="ann", host="box")
    (event,) = decide(begin(checklist, Entry(seq=1, at=1.0, event=start)), intent, 2.0)
    assert isinstance(event, RollbackStarted)
    return event
