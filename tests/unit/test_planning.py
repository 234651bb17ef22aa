"""What is due, and what holds: the plan as a pure function of the state."""

from collections.abc import Sequence

import pytest
from alfred_tui.domain.document.actions import Attest, Compare, Run, StartRollback
from alfred_tui.domain.document.checklist import (
    Checklist,
    Limits,
    Phase,
    Procedure,
    Rollback,
    Section,
    Step,
    When,
)
from alfred_tui.domain.evidence import Outcome, Status
from alfred_tui.domain.run import events as e
from alfred_tui.domain.run.folding import begin, fold
from alfred_tui.domain.run.planning import begins_with, placeholders, plan, troubles
from alfred_tui.domain.run.state import RunState
from alfred_tui.domain.run.targets import pinned_targets

T0 = 1000.0


def run_step(step_id: str, **fields: object) -> Step:
    return Step(id=step_id, title=step_id.upper(), action=Run(command=f"do {step_id}"), **fields)  # type: ignore[arg-type]


def checklist(*sections: Sequence[Step], parallel: bool = False, limit: int = 8) -> Checklist:
    return Checklist(
        title="t",
        limits=Limits(steps=limit),
        phases=tuple(
            Phase(
                id=f"p{n}",
                title=f"P{n}",
                sections=(Section(id=f"s{n}", title=f"S{n}", steps=tuple(steps), parallel=parallel),),
            )
            for n, steps in enumerate(sections)
        ),
        rollback=Rollback(procedures=(Procedure(id="application", title="Back", steps=(run_step("undo"),)),)),
    )


def state_of(document: Checklist, *events: e.AnyEvent) -> RunState:
    started = e.RunStarted(run="r", title="t", digest="d", lead="ann", host="h")
    state = begin(document, e.Entry(seq=1, at=T0, event=started))
    return fold(state, [e.Entry(seq=2 + n, at=T0 + 1 + n, event=event) for n, event in enumerate(events)])


def ended(step: str, status: Status, attempt: int = 1) -> list[e.AnyEvent]:
    return [
        e.StepStarted(step=step, attempt=attempt),
        e.StepFinished(step=step, attempt=attempt, outcome=Outcome(status=status, reason="because")),
    ]


def started(state: RunState, now: float = T0 + 100) -> list[str]:
    return [step.id for step in plan(state, now).start]


def test_steps_of_a_section_start_one_after_another() -> None:
    document = checklist([run_step("a"), run_step("b")])
    assert started(state_of(document)) == ["a"]
    assert started(state_of(document, e.StepStarted(step="a", attempt=1))) == []
    assert started(state_of(document, *ended("a", "passed"))) == ["b"]


def test_steps_of_a_parallel_section_start_together_up_to_the_limit() -> None:
    document = checklist([run_step("a"), run_step("b"), run_step("c")], parallel=True, limit=2)
    assert started(state_of(document)) == ["a", "b"]
    assert started(state_of(document, *ended("a", "passed"), e.StepStarted(step="b", attempt=1))) == ["c"]


def test_a_phase_begins_when_the_one_before_is_settled() -> None:
    document = checklist([run_step("a")], [run_step("b")])
    assert started(state_of(document, e.StepStarted(step="a", attempt=1))) == []
    assert started(state_of(document, *ended("a", "passed"))) == ["b"]


def test_a_step_with_needs_waits_for_them_and_not_for_its_predecessor() -> None:
    document = checklist([run_step("a"), run_step("b"), run_step("c", needs=("a",))])
    state = state_of(document, *ended("a", "passed"), e.StepStarted(step="b", attempt=1))
    assert started(state) == ["c"]


@pytest.mark.parametrize("status", ["failed", "error", "inconclusive", "cancelled", "interrupted"])
def test_a_step_that_ended_badly_holds_what_follows(status: Status) -> None:
    state = state_of(checklist([run_step("a"), run_step("b")]), *ended("a", status))
    assert started(state) == []
    assert [step.id for step in troubles(state)] == ["a"]
    assert plan(state, T0).finish is None


def test_a_failure_that_may_continue_does_not_hold_but_an_unknown_does() -> None:
    document = checklist([run_step("a", on_fail="continue"), run_step("b")])
    assert started(state_of(document, *ended("a", "failed"))) == ["b"]
    assert started(state_of(document, *ended("a", "inconclusive"))) == []


def test_a_retry_waits_for_its_back_off_and_doubles_it() -> None:
    document = checklist([run_step("a", retries=2, retry_delay=10.0)])
    once = state_of(document, *ended("a", "failed"))
    failed_at = once.at
    assert plan(once, failed_at + 9).wake_at == failed_at + 10
    assert started(once, failed_at + 9) == []
    assert started(once, failed_at + 10) == ["a"]
    twice = fold(
        once, [e.Entry(seq=9 + n, at=failed_at + 10, event=x) for n, x in enumerate(ended("a", "failed", 2))]
    )
    assert plan(twice, failed_at + 10).wake_at == failed_at + 30
    thrice = fold(
        twice,
        [e.Entry(seq=20 + n, at=failed_at + 30, event=x) for n, x in enumerate(ended("a", "failed", 3))],
    )
    assert thrice.steps["a"].status == "failed"
    assert plan(thrice, failed_at + 999).start == ()


def branches() -> Checklist:
    compare = Compare(canary="x", metric="m")
    return checklist(
        [
            Step(id="compare", title="Compare", action=compare, on_fail="continue"),
            run_step("proceed", when=When(passed=("compare",))),
            run_step("back", when=When(failed=("compare",))),
        ]
    )


@pytest.mark.parametrize(
    ("status", "taken", "other"), [("passed", "proceed", "back"), ("failed", "back", "proceed")]
)
def test_of_two_branches_the_untaken_one_is_settled_with_the_reason(
    status: Status, taken: str, other: str
) -> None:
    state = state_of(branches(), *ended("compare", status))
    skipped: list[str] = []
    for _ in range(2):
        due = plan(state, T0)
        skipped += [step.id for step, reason in due.skip if "not applicable" in reason]
        events = [e.StepSkipped(step=step.id, reason=reason, cause="branch") for step, reason in due.skip]
        state = fold(
            state, [e.Entry(seq=state.seq + 1 + n, at=state.at, event=x) for n, x in enumerate(events)]
        )
        if taken in started(state):
            state = fold(
                state,
                [
                    e.Entry(seq=state.seq + 1 + n, at=state.at, event=x)
                    for n, x in enumerate(ended(taken, "passed"))
                ],
            )
    assert other in skipped
    assert taken not in skipped
    assert plan(state, T0).finish == "done"


def test_neither_branch_is_taken_while_the_verdict_is_not_known() -> None:
    due = plan(state_of(branches(), *ended("compare", "inconclusive")), T0)
    assert due.start == ()
    assert due.skip == ()


def test_an_attestation_is_asked_and_never_started() -> None:
    document = checklist([Step(id="a", title="Looked?", action=Attest(people=2))])
    due = plan(state_of(document), T0)
    assert due.start == ()
    assert [(step.id, ask.kind, ask.people) for step, ask in due.ask] == [("a", "sign", 2)]


def test_a_placeholder_is_asked_for_before_the_step_starts_and_once_for_all() -> None:
    document = checklist([run_step("a"), run_step("b")], parallel=True)
    with_holes = [
        Step(id=name, title=name, action=Run(command=f"{name} https://<service-url>/x"))
        for name in ("a", "b")
    ]
    document = checklist(with_holes, parallel=True)
    state = state_of(document)
    assert plan(state, T0).start == ()
    assert {ask.names for _, ask in plan(state, T0).ask} == {("service-url",)}
    waiting = fold(
        state,
        [
            e.Entry(seq=2 + n, at=T0, event=e.StepWaiting(step=step.id, ask=ask))
            for n, (step, ask) in enumerate(plan(state, T0).ask)
        ],
    )
    given = fold(
        waiting, [e.Entry(seq=9, at=T0, event=e.ValueGiven(name="service-url", value="x.test", by="ann"))]
    )
    assert started(given) == ["a", "b"]


def test_a_redirection_is_no_placeholder() -> None:
    assert placeholders(run_step("a")) == ()
    assert placeholders(Step(id="a", title="a", action=Run(command="sort < in > out && cat <<EOF"))) == ()


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ('echo "<h1>v2</h1>" > page', ()),
        ("echo '<h1>v2</h1>' | tee <file>", ("file",)),
        ('curl "https://<host>/"', ("host",)),
        ("grep '<title>' page", ("title",)),
        ("cat <title> '</title>'", ("title",)),
        ("grep '<''title>' page", ()),
    ],
)
def test_markup_in_quotes_is_no_placeholder_once_it_is_closed(command: str, names: tuple[str, ...]) -> None:
    assert placeholders(Step(id="a", title="a", action=Run(command=command))) == names


def test_what_is_declared_is_a_placeholder_wherever_it_stands() -> None:
    step = Step(id="a", title="a", action=Run(command="echo '<h1>v2</h1>'"))
    assert placeholders(step, {"h1"}) == ("h1",)


def test_a_run_that_was_stopped_short_goes_on_where_it_was() -> None:
    document = checklist([run_step("a"), run_step("b")])
    stopped = [*ended("a", "passed"), e.RunFinished(result="stopped", reason="nobody has signed")]
    assert started(state_of(document, *stopped)) == []
    again = state_of(document, *stopped, e.RunContinued(by="ann"))
    assert (again.result, again.result_why, again.ended_at) == (None, "", 0.0)
    assert started(again) == ["b"]


def test_a_paused_run_starts_nothing() -> None:
    assert started(state_of(checklist([run_step("a")]), e.RunPaused(by="ann"))) == []


def test_a_rollback_takes_over_and_ends_the_run_as_rolled_back() -> None:
    document = checklist([run_step("a"), run_step("b")])
    procedure = document.procedure("application")
    assert procedure is not None
    begun = e.RollbackStarted(procedure="application", title="Back", steps=procedure.steps, by="ann")
    state = state_of(document, *ended("a", "failed"), begun)
    assert started(state) == ["undo"]
    state = fold(state, [e.Entry(seq=30 + n, at=T0, event=x) for n, x in enumerate(ended("undo", "passed"))])
    assert plan(state, T0).finish == "rolled_back"


def rollback(procedure: str, *steps: Step, **fields: object) -> e.RollbackStarted:
    return e.RollbackStarted(procedure=procedure, title=procedure, steps=steps, by="ann", **fields)  # type: ignore[arg-type]


def test_a_rollback_that_is_not_through_is_not_forgotten_over_a_later_one() -> None:
    """The application is back and its overlay not yet pinned when the database's rollback begins."""
    undo, pin = run_step("undo"), run_step("pin", confirm="pin")
    begun = (
        *ended("a", "failed"),
        rollback("application", undo, pin, targets={"bot": 7}),
        *ended("undo", "passed"),
        rollback("database", run_step("restore"), targets={"bot": 3}),
    )
    state = state_of(checklist([run_step("a")]), *begun)
    assert started(state) == ["restore"]
    assert [step.id for step, _ in plan(state, T0 + 100).ask] == ["pin"]
    assert (pinned_targets(state, "undo"), pinned_targets(state, "restore")) == ({"bot": 7}, {"bot": 3})
    state = state_of(checklist([run_step("a")]), *begun, *ended("restore", "passed"))
    assert plan(state, T0 + 100).finish is None
    confirmed = e.StepConfirmed(step="pin", by="ann")
    state = state_of(checklist([run_step("a")]), *begun, *ended("restore", "passed"), confirmed)
    assert started(state) == ["pin"]
    done = (*begun, *ended("restore", "passed"), confirmed, *ended("pin", "passed"))
    assert plan(state_of(checklist([run_step("a")]), *done), T0 + 100).finish == "rolled_back"


def test_a_procedure_that_is_begun_again_takes_the_place_of_its_earlier_beginning() -> None:
    first = rollback("application", run_step("undo"), run_step("canary"))
    failed = (*ended("undo", "passed"), *ended("canary", "failed"))
    again = rollback("application", run_step("undo"))
    state = state_of(checklist([run_step("a")]), first, *failed, again, *ended("undo", "passed", 2))
    assert troubles(state) == ()
    assert plan(state, T0 + 100).finish == "rolled_back"


def test_what_a_procedure_asks_for_is_asked_anew_when_it_is_begun_again() -> None:
    """The queue is back; now it is the cache's turn. What the checklist asks for too stays."""
    document = checklist([run_step("a", env={"REGION": "<region>"})])
    plan_one = Step(id="plan", title="Plan", action=Run(command="plan <resource> <region>"))
    given = (
        e.ValueGiven(name="region", value="eu", by="ann"),
        e.ValueGiven(name="resource", value="queue", by="ann"),
    )
    first = state_of(document, *ended("a", "failed"), *given, rollback("infrastructure", plan_one))
    assert first.values == {"region": "eu", "resource": "queue"}
    state = state_of(
        document, *ended("a", "failed"), *given, rollback("infrastructure", plan_one),
        *ended("plan", "passed"), rollback("infrastructure", plan_one),
    )  # fmt: skip
    assert state.values == {"region": "eu"}
    assert [ask.names for _, ask in plan(state, T0 + 100).ask] == [("resource",)]


def test_a_rollbacks_changes_wait_for_the_end_of_what_it_stops_but_not_for_ever() -> None:
    """A deployment that takes its time to end would bring the bad version back after the undo."""
    look = run_step("look", changes=False)
    undo = run_step("undo", needs=("look",))
    begun = (e.StepStarted(step="a", attempt=1), rollback("application", look, undo))
    at = T0 + 2
    assert started(state_of(checklist([run_step("a")]), *begun), at) == ["look"]
    looked = (*begun, *ended("look", "passed"))
    waits = plan(state_of(checklist([run_step("a")]), *looked), at + 5)
    assert (waits.start, waits.wake_at) == ((), at + 30)
    assert started(state_of(checklist([run_step("a")]), *looked), at + 31) == ["undo"]
    cancelled = e.StepFinished(step="a", attempt=1, outcome=Outcome(status="cancelled", reason="stopped"))
    assert started(state_of(checklist([run_step("a")]), *looked, cancelled), at + 5) == ["undo"]
    harmless = run_step("a", changes=False)
    assert started(state_of(checklist([harmless]), *looked), at + 5) == ["undo"]


def test_a_step_that_starts_a_rollback_asks_for_it() -> None:
    document = checklist([Step(id="a", title="Back?", action=StartRollback(procedure="application"))])
    assert [ask.kind for _, ask in plan(state_of(document), T0).ask] == ["rollback"]


def test_a_run_without_unsettled_steps_is_done() -> None:
    assert plan(state_of(checklist([run_step("a")]), *ended("a", "passed")), T0).finish == "done"


def test_what_a_skipped_check_lets_begin_is_known_before_it_is_skipped() -> None:
    document = checklist([run_step("check"), run_step("stop"), run_step("restore", confirm="restore")])
    state = state_of(document, *ended("check", "failed"))
    assert [one.id for one in begins_with(state, ["check"], T0 + 100)] == ["stop"]
    # What waits for a word does not begin by itself, and all that is skipped begins nothing.
    assert begins_with(state, ["check", "stop"], T0 + 100) == ()
    assert begins_with(state, ["check", "stop", "restore"], T0 + 100) == ()


def test_what_begins_anyway_is_not_told_of_a_skip() -> None:
    state = state_of(checklist([run_step("a"), run_step("b")], parallel=True), *ended("a", "failed"))
    assert begins_with(state, ["a"], T0 + 100) == ()
