"""Whatever stands in names, titles, notes and output is shown as text, everywhere it can come to."""

import msgspec
import pytest
from alfred_tui.domain.cluster.pod_detail import (
    ContainerDetail,
    ContainerEnd,
    PodCondition,
    PodDetail,
    PodEvent,
)
from alfred_tui.domain.cluster.workloads import Diagnosis, Freshness, NodeUsage
from alfred_tui.domain.document import actions as a
from alfred_tui.domain.document.checklist import Asked, Phase, Procedure, Rollback, Section, Step, TriggerRule
from alfred_tui.domain.document.layout import Layout
from alfred_tui.domain.evidence import Evidence
from alfred_tui.domain.run.events import StepProgressed, TriggerMoved
from alfred_tui.domain.run.triggers import TriggerState

from tests.ui.fakes import (
    CANARY,
    CHECKLIST,
    CLUSTER,
    NOON,
    FakeCanary,
    FakeCluster,
    FakeOutput,
    FakeRun,
    layouts,
    pod,
    revision,
    rollout,
)
from tests.ui.seat import NARROW, Seat, seat

EVIL = (
    "\x1b]0;owned\x07\x1b[2J[bold red]x[/bold red][@click=app.quit]"
    "\u202eabc\u200bd漢\u0301\u0301\u0301\u0301\udcff"
)
FORBIDDEN = ("\x1b", "\x07", "\u202e", "\u200b", "\udcff", "\u0301\u0301\u0301")


def hostile_run() -> FakeRun:
    step = Step(
        id="evil", title=f"title {EVIL}", why=f"why {EVIL}", source=f"source {EVIL}",
        action=a.Run(command=f"echo {EVIL}"), changes=False,
    )  # fmt: skip
    ask = Step(id="sign", title=f"sign {EVIL}", action=a.Attest(prompt=f"prompt {EVIL}", people=2))
    value = Step(id="value", title=f"value {EVIL}", action=a.Run(command="echo <ticket>"), changes=False)
    confirm = Step(id="confirm", title=f"confirm {EVIL}", action=a.Run(command=EVIL), confirm="go")
    undo = Step(id="undo", title=f"undo {EVIL}", action=a.Undo(deployments=("shop",)))
    checklist = msgspec.structs.replace(
        CHECKLIST,
        title=f"checklist {EVIL}",
        ask={"ticket": Asked(prompt=f"ticket {EVIL}", default=EVIL)},
        phases=(
            Phase(
                id="phase", title=f"phase {EVIL}", why=f"why {EVIL}",
                sections=(
                    Section(
                        id="section", title=f"section {EVIL}", parallel=True,
                        steps=(step, ask, value, confirm),
                    ),
                ),
            ),
        ),
        rollback=Rollback(
            triggers=(TriggerRule(id="rule", title=f"trigger {EVIL}"),),
            procedures=(
                Procedure(id="back", title=f"back {EVIL}", warns=(f"warns {EVIL}",), steps=(undo,)),
                Procedure(id="other", title=f"other {EVIL}", steps=(ask,)),
            ),
        ),
    )  # fmt: skip
    return FakeRun(checklist=checklist, lead=f"lead {EVIL}", run=f"run {EVIL}", scenario=EVIL)


def hostile_cluster() -> FakeCluster:
    bad = Diagnosis(
        cause="Evil", sentence=f"sentence {EVIL}", doomed=True, last_words=(f"words {EVIL}",), words_of=EVIL
    )
    stale = Freshness(connection="stale", since=NOON - 60, heard_at=NOON - 60, message=f"message {EVIL}")
    view = msgspec.structs.replace(
        CLUSTER,
        pods=(pod(f"pod {EVIL}", status=EVIL, node=EVIL, well=False, diagnosis=bad),),
        pods_freshness=stale,
        rollouts=(
            rollout("shop", message=f"waits {EVIL}", phase="progressing", images={EVIL: f"image:{EVIL}"}),
            rollout(f"rollout {EVIL}", phase="doomed", message=EVIL),
        ),
        rollouts_freshness=stale,
        nodes=(NodeUsage(name=EVIL, cpu=1, memory=1, cpu_capacity=0, memory_capacity=0, ready=False),),
        usage_freshness=stale,
    )
    cluster = FakeCluster(view)
    evil = msgspec.structs.replace(revision("shop", 12), change_cause=EVIL, images={EVIL: EVIL})
    cluster.revisions = {"shop": [evil]}
    cluster.any_diff = (f"-{EVIL}", f"+{EVIL}")
    return cluster


def hostile_canary() -> FakeCanary:
    metric = msgspec.structs.replace(
        CANARY.metrics[0], name=f"metric {EVIL}", unit="\x1b[31m", reason=EVIL, verdict=EVIL
    )
    stale = Freshness(connection="unreachable", since=NOON, message=EVIL)
    view = msgspec.structs.replace(
        CANARY, metrics=(metric,), service=EVIL, verdict=EVIL, freshness=stale, marks=((3, EVIL),)
    )
    return FakeCanary(view)


def inert(lead: Seat, *, shown: bool = True) -> None:
    """Nothing on the screen that a terminal would obey, and every line exactly as wide as it is.

    `shown`: whether a part of what comes from outside must be there.
    """
    width, height = lead.app.size
    strips = lead.app.screen._compositor.render_strips()
    assert len(strips) == height
    for strip in strips:
        assert strip.cell_length == width
    assert not shown or "␛]0;owned␇" in lead.text
    for mark in FORBIDDEN:
        assert mark not in lead.text, (mark, lead.line(mark))
    for strip in strips:
        for segment in strip:
            assert "@click" not in (segment.style.meta if segment.style else {})


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_every_panel_is_inert(size: tuple[int, int]) -> None:
    run = hostile_run()
    evil = Layout(title=EVIL, about=EVIL, columns=layouts()["cockpit"].columns)
    async with seat(
        run,
        size=size,
        cluster=hostile_cluster(),
        canary=hostile_canary(),
        lead=f"lead {EVIL}",
        layouts={"cockpit": layouts()["cockpit"], EVIL: evil},
        outputs={"evil": FakeOutput(EVIL, f"tab\t{EVIL}", "wide " + "漢" * 200)},
        notices=[f"notice {EVIL}"],
    ) as lead:
        inert(lead)
        run.start("evil")
        run.record(StepProgressed(step="evil", note=f"note {EVIL}"))
        await lead.until(lambda: lead.selected == "evil")
        for key in ("1", "2", "3", "4", "right", "L"):
            await lead.press(key)
            inert(lead)
        facts = (Evidence(label=f"label {EVIL}", value=f"fact {EVIL}", ok=False),)
        run.finish("evil", "failed", f"reason {EVIL}\nsecond line", evidence=facts, outputs={EVIL: EVIL})
        fired = TriggerState(status="fired", since=NOON, subject=EVIL, message=EVIL)
        run.record(TriggerMoved(trigger="rule", state=fired))
        await lead.until(lambda: lead.app._notifications)
        inert(lead)


async def test_every_dialog_is_inert() -> None:
    run = hostile_run()
    run.start("evil")
    run.finish("evil", "failed", f"reason {EVIL}")
    given = {"cluster": hostile_cluster(), "lead": f"lead {EVIL}"}
    asked = [("evil", "enter"), ("evil", "n"), ("sign", "enter"), ("value", "enter"), ("confirm", "enter")]
    async with seat(run, size=NARROW, **given) as lead:
        for step, key in asked:
            await lead.go(step)
            await lead.press(key)
            inert(lead)
            await lead.press("escape")
        for key in ("D", "X", "?", "ctrl+r"):
            await lead.press(key)
            inert(lead, shown=key in ("D", "ctrl+r"))
            await lead.press("escape")
        run.start("value")
        for key in ("q", "escape", "ctrl+p"):
            await lead.press(key)
            inert(lead, shown=key == "q")


async def test_what_people_typed_is_inert_in_the_sign_offs() -> None:
    run = hostile_run()
    async with seat(run, lead="maria") as lead:
        await lead.go("sign")
        await lead.press("enter")
        await lead.write("note", EVIL.replace("\udcff", ""))
        await lead.write("evidence", EVIL.replace("\udcff", ""))
        await lead.press("enter")
        await lead.until(lambda: run.state.steps["sign"].signatures)
        await lead.sees("SIGN-OFFS 1")
        inert(lead)


async def test_markup_in_a_notification_is_text() -> None:
    async with seat() as lead:
        lead.app.notify("[bold]not bold[/bold] \x1b[31mred", title="[b]title[/b]")
        await lead.sees("[bold]not bold[/bold] ␛[31mred", "[b]title[/b]")


async def test_a_workload_a_pod_and_its_yaml_are_inert() -> None:
    cluster = hostile_cluster()
    row = cluster.view().pods[0]
    end = ContainerEnd(exit_code=1, reason=EVIL, message=EVIL)
    container = ContainerDetail(
        name=EVIL, role="container", image=EVIL, state="waiting", reason=EVIL, message=EVIL, before=end,
        requests={"cpu": EVIL},
    )  # fmt: skip
    cluster.details[row.name] = PodDetail(
        row=row,
        containers=(container,),
        conditions=(PodCondition(type=EVIL, status=EVIL, reason=EVIL, message=EVIL),),
        events=(PodEvent(type="Warning", reason=EVIL, message=EVIL, times=2, first_at=0.0, last_at=9.0),),
        owners=(EVIL,),
        missing=EVIL,
    )
    cluster.yamls[row.name] = [EVIL, f"key: {EVIL}"]
    for kind, size in (
        (kind, size) for kind in ("#panel-pods", "#panel-rollouts") for size in (NARROW, (200, 60))
    ):
        async with seat(hostile_run(), size=size, cluster=cluster, lead=f"lead {EVIL}") as lead:
            await lead.focus(kind)
            await lead.press("enter")
            await lead.sees("EVENTS" if kind == "#panel-pods" and size != NARROW else "esc back")
            await lead.settle()
            inert(lead)
            if kind == "#panel-rollouts":
                await lead.press("r")
                inert(lead)
            else:
                await lead.press("y")
                await lead.sees("key: ")
                inert(lead)
