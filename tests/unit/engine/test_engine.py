"""The engine carries out the plan, takes intents, and lets no unknown pass as a success."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest
from alfred_tui.actions.clock import Clock
from alfred_tui.actions.context import Equipment, Performer, StepContext
from alfred_tui.domain.document.actions import Action, Attest, Canary, Run, Scale
from alfred_tui.domain.document.checklist import Checklist, Phase, Procedure, Rollback, Section, Step, When
from alfred_tui.domain.errors import CockpitError, NotConfigured
from alfred_tui.domain.evidence import Evidence, Outcome
from alfred_tui.domain.run import intents as i
from alfred_tui.domain.run.events import AnyEvent, Entry, RunStarted, StepCancelAsked, StepStarted
from alfred_tui.domain.run.folding import begin
from alfred_tui.domain.run.state import RunState
from alfred_tui.engine.engine import Engine


class MemoryLog:
    """Keeps events in memory; fails from event `full` on, as a full disk would."""

    def __init__(self, full: int = 10**9) -> None:
        self.entries: list[Entry] = []
        self._full = full

    async def append(self, events: Sequence[AnyEvent], at: float) -> tuple[Entry, ...]:
        if len(self.entries) + len(events) >= self._full:
            raise CockpitError("The journal could not be written: no space.")
        new = [Entry(seq=len(self.entries) + 2 + n, at=at, event=event) for n, event in enumerate(events)]
        self.entries += new
        return tuple(new)


def step(step_id: str, action: Action | None = None, **fields: object) -> Step:
    return Step(id=step_id, title=step_id, action=action or Run(command=step_id), **fields)  # type: ignore[arg-type]


def document(*steps: Step, parallel: bool = False) -> Checklist:
    section = Section(id="s", title="S", steps=steps, parallel=parallel)
    back = Procedure(
        id="application", title="Back", steps=(step("undo", Scale(deployments=("a",), replicas=1)),)
    )
    return Checklist(
        title="t",
        phases=(Phase(id="p", title="P", sections=(section,)),),
        rollback=Rollback(procedures=(back,)),
    )


async def passes(ctx: StepContext) -> Outcome:
    return Outcome(status="passed")


class Bench:
    """An engine over memory, with performers by action."""

    def __init__(
        self,
        checklist: Checklist,
        performers: dict[type[Action], Performer] | None = None,
        *,
        log: MemoryLog | None = None,
        guard: Callable[[], str | None] = lambda: None,
        may_start: Callable[[], str | None] = lambda: None,
        waits: Callable[[], str | None] = lambda: None,
        confirm: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        started = RunStarted(run="r", title="t", digest="d", lead="ann", host="h")
        self.log = log or MemoryLog()
        clock = Clock(speed=1000)
        self.engine = Engine(
            begin(checklist, Entry(seq=1, at=clock.now(), event=started)),
            self.log,
            Equipment(clock=clock, workdir=Path(), environ={}),
            performers or {Run: passes, Scale: passes},
            attempt_folder=lambda name, attempt: Path(name),
            guard=guard,
            may_start=may_start,
            waits=waits,
            confirm=confirm,
        )
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Bench":
        self._task = asyncio.create_task(self.engine.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task
        self.engine.close()
        await self._task

    def status(self, step_id: str) -> str:
        """A step's status now."""
        return self.engine.state.steps[step_id].status

    async def until(self, holds: Callable[[RunState], bool]) -> RunState:
        """Waits for the state, not for time."""
        changed = asyncio.Event()
        leave = self.engine.subscribe(lambda state, entries: changed.set())
        async with asyncio.timeout(5):
            while not holds(self.engine.state):
                changed.clear()
                await changed.wait()
        leave()
        return self.engine.state


def is_(step_id: str, status: str) -> Callable[[RunState], bool]:
    return lambda state: state.steps[step_id].status == status


async def test_a_checklist_of_commands_runs_to_its_end() -> None:
    async with Bench(document(step("a"), step("b"))) as bench:
        state = await bench.until(lambda state: state.result is not None)
    assert state.result == "done"
    assert [type(one.event).__name__ for one in bench.log.entries] == [
        "StepStarted", "StepFinished", "StepStarted", "StepFinished", "RunFinished",
    ]  # fmt: skip


async def test_the_start_is_recorded_before_the_effect() -> None:
    seen: list[int] = []

    async def effect(ctx: StepContext) -> Outcome:
        seen.append(len(bench.log.entries))
        return Outcome(status="passed")

    bench = Bench(document(step("a")), {Run: effect})
    async with bench:
        await bench.until(is_("a", "passed"))
    assert seen == [1]


@pytest.mark.parametrize(
    ("error", "status"),
    [(CockpitError("no answer"), "error"), (RuntimeError("a defect"), "error")],
)
async def test_what_could_not_answer_is_an_error_and_holds(error: Exception, status: str) -> None:
    async def fails(ctx: StepContext) -> Outcome:
        raise error

    async with Bench(document(step("a"), step("b")), {Run: fails}) as bench:
        state = await bench.until(is_("a", status))
    assert str(error) in state.steps["a"].reason
    assert state.steps["b"].status == "pending"


async def test_what_is_not_configured_asks_a_person_and_needs_their_reason() -> None:
    async def missing(ctx: StepContext) -> Outcome:
        raise NotConfigured("trivy is not on PATH here.")

    async with Bench(document(step("a")), {Run: missing}) as bench:
        state = await bench.until(is_("a", "waiting"))
        assert state.steps["a"].ask is not None
        assert state.steps["a"].ask.because == "trivy is not on PATH here."
        refused = await bench.engine.submit(i.Sign(by="ann", steps=("a",)))
        assert not refused.accepted
        assert "needs a reason" in refused.message
        assert (await bench.engine.submit(i.Sign(by="ann", steps=("a",), note="scanned in CI"))).accepted
        assert bench.status("a") == "passed"


async def test_evidence_is_a_reason_too() -> None:
    async def missing(ctx: StepContext) -> Outcome:
        raise NotConfigured("trivy is not on PATH here.")

    async with Bench(document(step("a")), {Run: missing}) as bench:
        await bench.until(is_("a", "waiting"))
        link = Evidence(label="link", value="https://ci.example/1", kind="link")
        assert (await bench.engine.submit(i.Sign(by="ann", steps=("a",), evidence=(link,)))).accepted
        assert bench.status("a") == "passed"


@pytest.mark.parametrize("note", ["", " \t\n "])
async def test_white_space_is_neither_a_note_nor_evidence(note: str) -> None:
    blank = (Evidence(label="pasted", value=note, kind="note"),)
    sure = Attest(evidence="required")
    async with Bench(document(step("a", sure), step("b", sure), parallel=True)) as bench:
        await bench.until(is_("b", "waiting"))
        many = i.Sign(by="ann", steps=("a", "b"), note=note, evidence=blank)
        refused = await bench.engine.submit(many)
        assert not refused.accepted
        assert "needs evidence" in refused.message
        assert (bench.status("a"), bench.status("b")) == ("waiting", "waiting")


async def test_two_people_are_two_names_whatever_their_case() -> None:
    async with Bench(document(step("a", Attest(people=2)))) as bench:
        await bench.until(is_("a", "waiting"))
        assert (await bench.engine.submit(i.Sign(by="Ann", steps=("a",)))).accepted
        again = await bench.engine.submit(i.Sign(by="ann", steps=("a",)))
        assert not again.accepted
        assert bench.status("a") == "waiting"
        assert (await bench.engine.submit(i.Sign(by="Bob", steps=("a",)))).accepted
        assert bench.status("a") == "passed"


async def test_a_timeout_stops_the_step_and_is_no_success() -> None:
    async def hangs(ctx: StepContext) -> Outcome:
        await asyncio.Event().wait()
        return Outcome(status="passed")

    async with Bench(document(step("a", timeout=0.01)), {Run: hangs}) as bench:
        state = await bench.until(is_("a", "error"))
    assert "not done after" in state.steps["a"].reason


async def test_a_step_that_another_cockpit_began_has_its_time_from_the_resumption_and_says_so() -> None:
    async def hangs(ctx: StepContext) -> Outcome:
        await asyncio.Event().wait()
        return Outcome(status="passed")

    bench = Bench(document(step("a", timeout=0.01)), {Run: hangs})
    await bench.engine.note([StepStarted(step="a", attempt=1)])
    async with bench:
        state = await bench.until(is_("a", "error"))
    assert "It was not done 10ms after the run was resumed and was stopped" in state.steps["a"].reason


async def test_a_cancelled_step_says_so_and_can_be_retried_with_a_note() -> None:
    tries: list[int] = []

    async def hangs_once(ctx: StepContext) -> Outcome:
        tries.append(ctx.attempt)
        if ctx.attempt == 1:
            await asyncio.Event().wait()
        return Outcome(status="passed")

    async with Bench(document(step("a")), {Run: hangs_once}) as bench:
        await bench.until(is_("a", "running"))
        assert (await bench.engine.submit(i.Cancel(by="ann", step="a"))).accepted
        await bench.until(is_("a", "cancelled"))
        assert not (await bench.engine.submit(i.Retry(by="ann", step="a"))).accepted
        assert (await bench.engine.submit(i.Retry(by="ann", step="a", note="nothing was written"))).accepted
        await bench.until(is_("a", "passed"))
    assert tries == [1, 2]


async def test_what_was_to_be_cancelled_is_stopped_by_who_resumes() -> None:
    """The cockpit was left before the step had ended: its host was away."""
    ends: list[str] = []

    async def hangs(ctx: StepContext) -> Outcome:
        try:
            await asyncio.Event().wait()
        finally:
            ends.append("left" if ctx.detached() else "stopped")
        return Outcome(status="passed")

    bench = Bench(document(step("a")), {Run: hangs})
    first = asyncio.create_task(bench.engine.run())
    await bench.until(is_("a", "running"))
    bench.engine.detach()  # at the same moment
    assert (await bench.engine.submit(i.Cancel(by="ann", step="a"))).accepted
    assert (await bench.engine.submit(i.Cancel(by="bob", step="a"))).accepted
    await first
    assert bench.status("a") == "running"
    asked = [one.event for one in bench.log.entries if isinstance(one.event, StepCancelAsked)]
    assert asked == [StepCancelAsked(step="a", by="ann")]
    resumed = Bench(document(step("a")), {Run: hangs}, log=bench.log)
    resumed.engine._state = bench.engine.state
    async with resumed:
        state = await resumed.until(is_("a", "cancelled"))
        assert state.steps["a"].reason == "Cancelled by ann; what it had done so far stands."
        assert (await resumed.engine.submit(i.Retry(by="ann", step="a", note="again"))).accepted
        state = await resumed.until(is_("a", "running"))
        assert state.steps["a"].cancelled_by == ""
    assert ends == ["left", "stopped", "stopped"]


async def test_a_typed_word_starts_a_guarded_step_and_no_other() -> None:
    async with Bench(document(step("a", confirm="apply"))) as bench:
        await bench.until(is_("a", "waiting"))
        assert not (await bench.engine.submit(i.Confirm(by="ann", step="a", word="yes"))).accepted
        assert (await bench.engine.submit(i.Confirm(by="ann", step="a", word="apply"))).accepted
        await bench.until(is_("a", "passed"))


async def test_a_cluster_that_changed_under_way_pauses_the_run_before_the_change() -> None:
    bench = Bench(document(step("a")), guard=lambda: "The context prod has changed.")
    async with bench:
        state = await bench.until(lambda state: bool(state.paused_by))
    assert state.paused_why == "The context prod has changed."
    assert state.steps["a"].status == "pending"


async def test_a_lead_that_lost_the_cluster_starts_nothing_however_often_it_is_continued() -> None:
    bench = Bench(document(step("a", changes=False)), may_start=lambda: "bob@desk leads now.")
    async with bench:
        await bench.until(lambda state: bool(state.paused_by))
        assert (await bench.engine.submit(i.Continue(by="ann"))).accepted
        state = await bench.until(lambda state: state.paused_by == "the cockpit")
    assert state.paused_why == "bob@desk leads now."
    assert state.steps["a"].status == "pending"


async def test_whether_one_still_leads_is_asked_afresh_before_a_start_and_only_then() -> None:
    asked: list[str] = []
    lost: list[str] = []

    async def confirm() -> None:
        asked.append("asked")
        lost.append("bob@desk leads now.")

    bench = Bench(
        document(step("a", changes=False)), may_start=lambda: lost[0] if lost else None, confirm=confirm
    )
    async with bench:
        state = await bench.until(lambda state: bool(state.paused_by))
    assert (state.paused_why, state.steps["a"].status) == ("bob@desk leads now.", "pending")
    assert asked == ["asked"]


async def test_while_it_cannot_be_asked_who_leads_nothing_starts_and_what_runs_goes_on() -> None:
    quiet: list[str] = ["No answer."]
    asked: list[str] = []

    async def confirm() -> None:
        asked.append("asked")

    rows = document(step("asks", Attest()), step("starts"), parallel=True)
    bench = Bench(rows, waits=lambda: quiet[0] if quiet else None, confirm=confirm)
    async with bench:
        state = await bench.until(is_("asks", "waiting"))  # what needs no start is done
        await asyncio.sleep(0.05)
        assert (state.steps["starts"].status, state.paused_by, state.result) == ("pending", "", None)
        assert len(asked) <= 2  # it waits for the answer, and does not spin
        quiet.clear()
        bench.engine.look_again()
        await bench.until(is_("starts", "passed"))


async def test_a_step_that_only_a_skipped_one_held_up_is_asked_for_too() -> None:
    """Its turn comes within one look at what is due."""
    asked: list[str] = []

    async def confirm() -> None:
        asked.append("asked")

    branch = When(failed=("a",))
    bench = Bench(document(step("a"), step("b", when=branch), step("c")), confirm=confirm)
    async with bench:
        state = await bench.until(lambda state: state.result is not None)
    assert (state.steps["b"].status, state.steps["c"].status) == ("skipped", "passed")
    assert len(asked) == 2


async def test_a_rollback_cancels_what_runs_and_goes_its_own_way() -> None:
    async def hangs(ctx: StepContext) -> Outcome:
        await asyncio.Event().wait()
        return Outcome(status="passed")

    async with Bench(document(step("a"), step("b")), {Run: hangs, Scale: passes}) as bench:
        await bench.until(is_("a", "running"))
        wrong = await bench.engine.submit(i.RollBack(by="ann", procedure="application", word="yes"))
        assert not wrong.accepted
        assert (
            await bench.engine.submit(i.RollBack(by="ann", procedure="application", word="rollback"))
        ).accepted
        state = await bench.until(lambda state: state.result is not None)
        await bench.until(is_("a", "cancelled"))
    assert state.result == "rolled_back"
    assert state.steps["undo"].status == "passed"


async def test_leaving_keeps_running_steps_running_for_who_comes_next() -> None:
    async def hangs(ctx: StepContext) -> Outcome:
        await asyncio.Event().wait()
        return Outcome(status="passed")

    bench = Bench(document(step("a")), {Run: hangs})
    task = asyncio.create_task(bench.engine.run())
    await bench.until(is_("a", "running"))
    bench.engine.detach()
    await task
    assert bench.engine.state.steps["a"].status == "running"
    assert [type(one.event).__name__ for one in bench.log.entries] == ["StepStarted"]


async def test_a_full_disk_stops_the_run_with_a_sentence_and_nothing_unrecorded_happens() -> None:
    effects: list[str] = []

    async def effect(ctx: StepContext) -> Outcome:
        effects.append(ctx.step.id)
        return Outcome(status="passed")

    bench = Bench(document(step("a"), step("b")), {Run: effect}, log=MemoryLog(full=3))
    async with asyncio.timeout(5):
        await bench.engine.run()
    assert bench.engine.failure is not None
    assert "no space" in str(bench.engine.failure)
    assert effects == ["a"]
    assert not (await bench.engine.submit(i.Pause(by="ann"))).accepted


async def test_a_full_disk_is_told_at_once_and_what_runs_beside_is_left_to_itself() -> None:
    left: list[bool] = []
    told: list[bool] = []

    async def effect(ctx: StepContext) -> Outcome:
        if ctx.step.id == "long":
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                left.append(ctx.detached())
                raise
        return Outcome(status="passed")

    bench = Bench(document(step("long"), step("short"), parallel=True), {Run: effect}, log=MemoryLog(full=3))
    bench.engine.subscribe(lambda state, entries: told.append(bench.engine.failure is not None))
    async with asyncio.timeout(5):
        await bench.engine.run()
    assert "no space" in str(bench.engine.failure)
    assert told[-1]
    assert left == [True]
    assert bench.status("long") == bench.status("short") == "running"


async def test_a_machine_s_finding_waits_for_the_review_that_the_step_asks_for() -> None:
    async with Bench(document(step("a", sign=Attest(prompt="Read the plan.")))) as bench:
        state = await bench.until(is_("a", "waiting"))
        assert state.steps["a"].ask is not None
        assert state.steps["a"].ask.prompt == "Read the plan."
        await bench.engine.submit(i.Sign(by="ann", steps=("a",)))
        assert bench.status("a") == "passed"


async def test_an_action_that_this_program_does_not_know_is_an_error() -> None:
    canary = Canary(service="x", metrics=())
    async with Bench(document(step("a", canary))) as bench:
        state = await bench.until(is_("a", "error"))
    assert "cannot perform" in state.steps["a"].reason
