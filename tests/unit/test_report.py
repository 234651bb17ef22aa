"""The report as one reads it who was not there: what was done and what not, when, and on whose word."""

from alfred_tui.domain.document import actions as a
from alfred_tui.domain.document.checklist import Checklist, Phase, Section, Step
from alfred_tui.domain.evidence import Evidence, Outcome
from alfred_tui.domain.run.events import (
    AnyEvent,
    Ask,
    Entry,
    RollbackStarted,
    RunFinished,
    RunStarted,
    StepConfirmed,
    StepDecided,
    StepFinished,
    StepReopened,
    StepSigned,
    StepSkipped,
    StepStarted,
    StepWaiting,
)
from alfred_tui.domain.run.folding import begin, fold
from alfred_tui.domain.run.state import RunState
from alfred_tui.present.report import data, markdown
from msgspec.structs import replace

STEPS = tuple(
    Step(id=name, title=name.capitalize(), action=a.Run(command=name))
    for name in ("apply", "mesh", "docs", "later", "probe", "note")
)
START = RunStarted(run="r", title="t", digest="ab12", lead="ann", host="box", version="1.2.3")


def lines(*events: AnyEvent) -> list[str]:
    return markdown(unfinished(*events), 3600.0).splitlines()


def unfinished(*events: AnyEvent) -> RunState:
    phase = Phase(id="p", title="P", sections=(Section(id="s", title="S", steps=STEPS),))
    state = begin(Checklist(title="t", phases=(phase,)), Entry(seq=1, at=1.0, event=START))
    return fold(state, [Entry(seq=n, at=60.0 * n, event=one) for n, one in enumerate(events, 2)])


def test_a_run_that_nobody_leads_does_not_run() -> None:
    begun = unfinished(StepStarted(step="apply", attempt=1))
    assert "- Result: **running**" in markdown(begun, 3600.0)
    unled = markdown(begun, begun.at, led=False)
    last = "running at its last event, 1970-01-01 00:02:00Z"
    assert f"- Result: **unfinished, and nobody leads it** — {last}\n" in unled
    assert "- [ ] Apply — **running at the last event**" in unled
    assert data(begun, begun.at, led=False)["led"] is False
    elsewhere = markdown(begun, begun.at, led=None)
    assert f"- Result: **unfinished** — {last}; whether it is led can be told on box only\n" in elsewhere
    assert "- [ ] Apply — **running at the last event**" in elsewhere


def test_a_run_that_is_over_needs_nobody_who_leads_it() -> None:
    over = unfinished(RunFinished(result="done"))
    assert "- Result: **done**\n" in markdown(over, over.at, led=False)
    assert "- Result: **done**\n" in markdown(over, over.at, led=None)


def skipped(step: str, cause: str) -> StepSkipped:
    return StepSkipped(step=step, by="ann", reason="because", cause=cause)  # type: ignore[arg-type]


def ended(step: str, status: str) -> tuple[AnyEvent, ...]:
    outcome = Outcome(status=status)  # type: ignore[arg-type]
    return StepStarted(step=step, attempt=1), StepFinished(step=step, attempt=1, outcome=outcome)


def test_what_was_not_done_is_told_apart() -> None:
    told = lines(
        skipped("mesh", "not-applicable"), skipped("docs", "person"), skipped("later", "scope"),
        skipped("probe", "branch"),
    )  # fmt: skip
    assert "- [ ] Mesh — **not applicable**, 1970-01-01 00:02:00Z" in told
    assert "- [ ] Docs — **skipped**, 1970-01-01 00:03:00Z" in told
    assert "- [ ] Later — **left out of this run**, 1970-01-01 00:04:00Z" in told
    assert "- [ ] Probe — **not applicable**, 1970-01-01 00:05:00Z" in told


def test_the_head_counts_how_the_steps_ended_and_what_rests_on_a_persons_word() -> None:
    told = lines(
        skipped("mesh", "not-applicable"),
        StepSigned(step="note", by="bea"),
        *ended("apply", "passed"),
        *ended("probe", "failed"),
        StepDecided(step="probe", by="ann", verdict="passed", note="looked"),
    )
    assert (
        "- Settled: 4 of 6 (3 passed, 2 pending, 1 not applicable; 1 signed by people, 1 decided by people)"
        in told
    )


def test_a_step_says_when_it_ended_and_a_signed_one_when_it_was_signed() -> None:
    told = lines(*ended("apply", "passed"), StepSigned(step="note", by="bea"))
    assert "- [x] Apply — **passed**, 1:00, 1970-01-01 00:03:00Z" in told
    assert "- [x] Note — **passed**" in told
    assert "  - signed by bea, 1970-01-01 00:04:00Z" in told


def test_who_typed_the_word_that_started_a_change_is_told() -> None:
    ask = StepWaiting(step="apply", ask=Ask(kind="confirm", prompt="apply"))
    told = lines(ask, StepConfirmed(step="apply", by="ann"), *ended("apply", "passed"))
    assert told[told.index("- [x] Apply — **passed**, 1:00, 1970-01-01 00:05:00Z") + 1] == (
        "  - confirmed by ann"
    )


def test_the_head_names_the_checklist_the_program_and_each_rollback() -> None:
    back = RollbackStarted(procedure="application", title="Application Rollback", steps=(), by="ann")
    told = lines(back)
    assert "- Checklist: sha256 ab12" in told
    assert "- Led with: alfred-cockpit 1.2.3" in told
    assert "- Rollback: Application Rollback, started by ann at 1970-01-01 00:02:00Z: through" in told


def rolled_back(*steps: str) -> RollbackStarted:
    undo = tuple(
        Step(id=name, title=name.capitalize(), action=a.Undo(deployments=("api",))) for name in steps
    )
    return RollbackStarted(procedure="application", title="Back", steps=undo, by="ann")


def test_a_rollback_that_is_run_again_leaves_what_the_first_one_came_to() -> None:
    refused = Outcome(status="failed", reason="api: is paused")
    good = Outcome(status="passed")
    told = lines(
        rolled_back("undo", "pin"),
        StepStarted(step="undo", attempt=1),
        StepFinished(step="undo", attempt=1, outcome=refused),
        StepStarted(step="pin", attempt=1),
        StepFinished(step="pin", attempt=1, outcome=good),
        rolled_back("undo"),
        StepStarted(step="undo", attempt=2),
        StepFinished(step="undo", attempt=2, outcome=good),
    )
    first, second = (number for number, line in enumerate(told) if line == "## Rollback: Back")
    before, after = "\n".join(told[first:second]), "\n".join(told[second:])
    assert "- [ ] Undo — **failed**" in before
    assert "api: is paused" in before
    assert "- [x] Pin — **passed**" in before
    assert "- [x] Undo — **passed**" in after
    assert "before: failed (api: is paused)" in after
    assert any(line.endswith("00:02:00Z: not through, 1 failed, 1 passed") for line in told)
    assert any(line.endswith("00:07:00Z: through") for line in told)


def test_what_was_shown_above_the_word_stands_under_who_typed_it() -> None:
    shown = Evidence(label="would change", kind="command", value="Deployment api\n-  image: a\n```")
    told = lines(
        StepWaiting(step="apply", ask=Ask(kind="confirm", word="apply")),
        StepConfirmed(step="apply", by="ann", shown=(shown,)),
    )
    first = told.index("  - confirmed by ann")
    assert told[first + 1 : first + 7] == [
        "  - would change, as it stood above the word:",
        "    ````",
        "    Deployment api",
        "    -  image: a",
        "    ```",
        "    ````",
    ]


def test_what_was_taken_back_is_told_with_who_did_it_and_why() -> None:
    failed = Outcome(status="failed", reason="exit 7")
    told = lines(
        StepStarted(step="apply", attempt=1),
        StepFinished(step="apply", attempt=1, outcome=failed),
        StepReopened(step="apply", by="ann", reason="the lock is gone"),
        StepStarted(step="apply", attempt=2),
        StepFinished(step="apply", attempt=2, outcome=Outcome(status="passed")),
        StepSigned(step="note", by="bea"),
        StepReopened(step="note", by="ann", reason="the wrong page"),
        *ended("probe", "error"),
        StepDecided(step="probe", by="ann", verdict="passed", note="seen by hand"),
    )
    assert "  - before: failed (exit 7); taken back by ann: the lock is gone, 1970-01-01 00:03:00Z" in told
    assert (
        "  - before: passed, signed by bea; taken back by ann: the wrong page, 1970-01-01 00:07:00Z" in told
    )
    assert any(line.startswith("  - before: error") for line in told)


def test_a_failure_that_was_tried_again_by_itself_is_told() -> None:
    step = replace(STEPS[0], retries=1)
    phase = Phase(id="p", title="P", sections=(Section(id="s", title="S", steps=(step,)),))
    state = begin(Checklist(title="t", phases=(phase,)), Entry(seq=1, at=1.0, event=START))
    events: tuple[AnyEvent, ...] = (
        StepStarted(step="apply", attempt=1),
        StepFinished(step="apply", attempt=1, outcome=Outcome(status="failed", reason="exit 7")),
        *ended("apply", "passed"),
    )
    state = fold(state, [Entry(seq=n, at=60.0 * n, event=one) for n, one in enumerate(events, 2)])
    assert "  - before: failed (exit 7), 1970-01-01 00:03:00Z" in markdown(state, 3600.0).splitlines()
