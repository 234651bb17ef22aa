"""A lead's acts on workloads: on disk before their effect, refused in words, never thought done unseen."""

import asyncio
from typing import Any

import msgspec
import pytest
from alfred_tui.actions.clock import Clock
from alfred_tui.actions.context import Equipment
from alfred_tui.actions.registry import performers
from alfred_tui.domain.cluster.workloads import Target
from alfred_tui.domain.document.actions import Attest
from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.evidence import Evidence, Outcome
from alfred_tui.domain.run import intents as i
from alfred_tui.domain.run.events import (
    AnyEvent,
    Entry,
    Result,
    RunFinished,
    RunStarted,
    WorkloadActBegun,
    WorkloadActEnded,
)
from alfred_tui.domain.run.folding import begin, fold
from alfred_tui.domain.run.state import RunState
from alfred_tui.engine.decisions import No, decide
from alfred_tui.engine.engine import Engine
from alfred_tui.headless.stdout import json_line, text_line
from alfred_tui.present.report import data, markdown

from tests.unit.engine.test_engine import MemoryLog, document, step

DONE = Outcome(status="passed", evidence=(Evidence(label="generation", value="6", kind="number", ok=True),))


def restart(**fields: Any) -> i.ActOnWorkload:
    given: dict[str, Any] = {"kind": "Deployment", "name": "shop", "act": "restart", "word": "restart"}
    return i.ActOnWorkload(by="ann", **given | fields)


class Bench:
    """An engine over memory whose cluster is `perform`."""

    def __init__(self, *, refuses: str = "", target: bool = True, state: RunState | None = None) -> None:
        self.led_by = refuses
        self.asked_of_the_server = ""
        cluster = Target(context="prod", namespace="alfred", server="https://x") if target else None
        started = RunStarted(run="r", title="t", digest="d", lead="ann", host="h", target=cluster)
        self.log, clock = MemoryLog(), Clock()
        self.performed: list[WorkloadActBegun] = []
        self.on_disk: list[int] = []
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.error: Exception | None = None
        first = begin(document(step("a", Attest())), Entry(seq=1, at=clock.now(), event=started))
        self.engine = Engine(
            state or first,
            self.log,
            Equipment(clock=clock, workdir=None, environ={}),  # type: ignore[arg-type]
            performers(),
            attempt_folder=lambda name, attempt: None,  # type: ignore[arg-type,return-value]
            on_workload=self.perform,
            may_start=lambda: self.led_by or None,
            confirm=self.confirm,
        )
        self.running = asyncio.create_task(self.engine.run())

    async def confirm(self) -> None:
        self.led_by = self.led_by or self.asked_of_the_server

    async def perform(self, act: WorkloadActBegun, equipment: Equipment) -> Outcome:
        self.performed.append(act)
        self.on_disk.append(sum(isinstance(one.event, WorkloadActBegun) for one in self.log.entries))
        await self.go_on.wait()
        if self.error:
            raise self.error
        return DONE

    async def ended(self) -> RunState:
        async with asyncio.timeout(10):
            while not self.engine.state.acts or self.engine.state.acts[-1].outcome is None:
                await asyncio.sleep(0)
        return self.engine.state

    async def close(self) -> None:
        self.engine.close()
        await self.running


async def test_an_act_is_on_disk_before_its_effect_and_its_end_after_it() -> None:
    bench = Bench()
    assert (await bench.engine.submit(restart(note="stuck connections"))).accepted
    state = await bench.ended()
    await bench.close()
    assert bench.on_disk == [1]
    (act,) = state.acts
    assert (act.number, act.namespace, act.by, act.note) == (1, "alfred", "ann", "stuck connections")
    assert act.outcome == DONE
    assert state.first_change_at == act.at


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"word": "yes"}, "Type restart to confirm; nothing was done."),
        ({"namespace": "other"}, "is in other; this run leads in alfred"),
        ({"act": "undo", "word": "undo"}, "Choose the revision"),
        ({"act": "undo", "revision": 3, "word": ""}, "Type undo"),
        ({"act": "pause", "kind": "StatefulSet", "word": ""}, "Kubernetes pauses Deployments only"),
    ],
)
async def test_what_cannot_be_done_is_refused_with_the_reason(fields: dict[str, Any], why: str) -> None:
    bench = Bench()
    answer = await bench.engine.submit(restart(**fields))
    await bench.close()
    assert not answer.accepted
    assert why in answer.message
    assert bench.performed == []
    assert bench.engine.state.acts == ()


def over(result: Result, soak: float) -> RunState:
    """A run that changed something and ended at 100."""
    cluster = Target(context="prod eu", namespace="alfred", server="https://x")
    started = RunStarted(run="r", title="t", digest="d", lead="ann", host="h", target=cluster)
    checklist = document(step("a", Attest()))
    rollback = msgspec.structs.replace(checklist.rollback, soak=soak)
    first = begin(msgspec.structs.replace(checklist, rollback=rollback), Entry(seq=1, at=0, event=started))
    act = WorkloadActBegun(
        number=1, kind="Deployment", namespace="alfred", name="shop", act="restart", by="a"
    )
    events: tuple[AnyEvent, ...] = (act, WorkloadActEnded(number=1, outcome=DONE), RunFinished(result=result))
    return fold(first, [Entry(seq=n, at=100, event=one) for n, one in enumerate(events, 2)])


def test_in_the_soak_an_act_is_taken_and_recorded() -> None:
    (begun,) = decide(over("done", 600), restart(), 500.0)
    assert isinstance(begun, WorkloadActBegun)
    assert begun.number == 2


@pytest.mark.parametrize(
    ("result", "at"), [("done", 701.0), ("stopped", 101.0)], ids=["after the soak", "stopped"]
)
def test_after_the_soak_the_refusal_names_the_command(result: Result, at: float) -> None:
    for fields, command in (
        ({}, "rollout restart deployment/shop"),
        ({"act": "undo", "word": "undo", "revision": 7}, "rollout undo deployment/shop --to-revision=7"),
        ({"kind": "StatefulSet"}, "rollout restart statefulset/shop"),
    ):
        with pytest.raises(No) as refused:
            decide(over(result, 600), restart(**fields), at)
        assert str(refused.value).endswith(f"By hand: kubectl --context 'prod eu' -n alfred {command}")


async def test_while_another_lead_holds_the_run_nothing_is_done() -> None:
    bench = Bench(refuses="bea@box leads here now.")
    answer = await bench.engine.submit(restart())
    await bench.close()
    assert answer.message == "bea@box leads here now."
    assert bench.performed == []


async def test_who_leads_is_asked_of_the_server_before_an_act() -> None:
    bench = Bench()
    bench.asked_of_the_server = "bea@box leads here now."
    answer = await bench.engine.submit(restart())
    await bench.close()
    assert answer.message == "bea@box leads here now."
    assert bench.performed == []


async def test_without_a_cluster_there_is_nothing_to_act_on() -> None:
    bench = Bench(target=False)
    assert "No cluster is connected" in (await bench.engine.submit(restart())).message
    await bench.close()


async def test_a_second_act_on_a_workload_waits_for_the_end_of_the_first() -> None:
    bench = Bench()
    bench.go_on.clear()
    assert (await bench.engine.submit(restart())).accepted
    assert "is under way" in (await bench.engine.submit(restart())).message
    assert (await bench.engine.submit(restart(name="search"))).accepted
    bench.go_on.set()
    await bench.ended()
    await bench.close()
    assert [one.name for one in bench.performed] == ["shop", "search"]


async def test_a_refusal_of_the_cluster_and_a_defect_are_told_apart() -> None:
    for error, status, told in (
        (CockpitError("The Deployment shop is paused."), "failed", "Nothing was changed: The Deployment"),
        (RuntimeError("oops"), "error", "this is a defect"),
    ):
        bench = Bench()
        bench.error = error
        await bench.engine.submit(restart())
        outcome = (await bench.ended()).acts[0].outcome
        await bench.close()
        assert outcome is not None
        assert outcome.status == status
        assert told in outcome.reason


async def test_an_act_whose_end_nobody_saw_is_interrupted_and_not_done_again() -> None:
    before = Bench()
    await before.close()
    begun = WorkloadActBegun(number=1, kind="Deployment", name="shop", act="restart", by="ann")
    state = fold(before.engine.state, [Entry(seq=9, at=1.0, event=begun)])
    bench = Bench(state=state)
    outcome = (await bench.ended()).acts[0].outcome
    await bench.close()
    assert outcome is not None
    assert outcome.status == "interrupted"
    assert bench.performed == []


async def test_leaving_waits_for_the_answer_of_an_act_that_was_sent() -> None:
    bench = Bench()
    bench.go_on.clear()
    await bench.engine.submit(restart())
    bench.engine.detach()
    await asyncio.sleep(0)
    bench.go_on.set()
    await bench.running
    assert bench.engine.state.acts[0].outcome == DONE


def told_state() -> RunState:
    started = RunStarted(run="r", title="t", digest="d", lead="ann", host="h")
    state = begin(document(step("a", Attest())), Entry(seq=1, at=100.0, event=started))
    begun = WorkloadActBegun(
        number=1, kind="StatefulSet", name="db", act="undo", by="ann", revision=3, note="slow *queries*"
    )
    ended = WorkloadActEnded(number=1, outcome=DONE)
    return fold(state, [Entry(seq=2, at=160.0, event=begun), Entry(seq=3, at=161.0, event=ended)])


def test_the_report_and_the_headless_lines_tell_acts() -> None:
    state = told_state()
    lines = markdown(state, 200.0)
    assert "## Acts on workloads" in lines
    assert (
        "- [x] 1970-01-01 00:02:40Z undo of StatefulSet db to revision 3 by ann: slow \\*queries\\*"
        " — done (generation 6)" in lines
    )
    assert data(state, 200.0)["acts"][0]["outcome"]["status"] == "passed"
    begun = WorkloadActBegun(number=1, kind="StatefulSet", name="db", act="undo", by="ann", revision=3)
    first = Entry(seq=2, at=160.0, event=begun)
    last = Entry(seq=3, at=161.0, event=WorkloadActEnded(number=1, outcome=DONE))
    assert "undo of StatefulSet db to revision 3 by ann" in text_line(state, first)
    assert "done (generation 6)" in text_line(state, last)
    assert '"type":"workload_act_begun"' in json_line(state, first)
