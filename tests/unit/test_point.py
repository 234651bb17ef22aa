"""What the rollback point is worth: told from what steps found and people signed, else not known."""

import msgspec
from alfred_tui.domain.document import actions as a
from alfred_tui.domain.document.checklist import Checklist, Phase, Section, Step
from alfred_tui.domain.evidence import Outcome
from alfred_tui.domain.rollback.point import Needed, RollbackPoint, WorkloadPoint
from alfred_tui.domain.run.events import (
    AnyEvent,
    Entry,
    PointCaptured,
    RunStarted,
    StepDecided,
    StepFinished,
    StepSigned,
    StepStarted,
)
from alfred_tui.domain.run.folding import begin, fold
from alfred_tui.domain.run.state import RunState
from alfred_tui.present.point import point_facts, workload_words
from alfred_tui.present.report import markdown

STEPS = (
    Step(id="backup", title="Backup verified", action=a.Run(command="backup")),
    Step(id="point", title="Point", action=a.CapturePoint(deployments=("bot",), restore_tested=("backup",))),
)
POINT = PointCaptured(
    point=RollbackPoint(
        at=10.0,
        workloads=(
            WorkloadPoint(
                namespace="default",
                name="bot",
                revision=3,
                images={"app": "registry.local/bot:2.4.0"},
                digests={"app": "sha256:" + "a" * 64},
                replicas=3,
                hpa_min=0,
                hpa_max=6,
            ),
        ),
        terraform={"infra": 7},
        needs=(Needed(step="backup", title="Backup verified", values={}),),
    )
)


def facts(*events: AnyEvent, steps: tuple[Step, ...] = STEPS) -> dict[str, tuple[str, bool | None]]:
    return {one.label: (one.value, one.ok) for one in point_facts(after(*events, steps=steps))}


def after(*events: AnyEvent, steps: tuple[Step, ...] = STEPS) -> RunState:
    phase = Phase(id="p", title="P", sections=(Section(id="s", title="S", steps=steps),))
    start = RunStarted(run="r", title="t", digest="", lead="ann", host="box")
    state = begin(Checklist(title="t", phases=(phase,)), Entry(seq=1, at=1.0, event=start))
    return fold(state, [Entry(seq=n, at=60.0 * n, event=one) for n, one in enumerate(events, 2)])


def ended(status: str) -> tuple[AnyEvent, ...]:
    outcome = Outcome(status=status)  # type: ignore[arg-type]
    return StepStarted(step="backup", attempt=1), StepFinished(step="backup", attempt=1, outcome=outcome)


def test_without_a_point_there_is_nothing_to_tell() -> None:
    assert facts() == {}


def test_a_workload_is_told_with_its_digest_and_bounds() -> None:
    assert facts(POINT)["bot"][0] == (
        "revision 3, registry.local/bot:2.4.0 sha256:aaaaaaaaaaaa…, 3 replicas, autoscaled 0…6"
    )
    assert facts(POINT)["state of infra"] == ("serial 7", None)
    assert facts(POINT)["backup"][0].startswith("not known")


def test_a_serial_that_is_not_known_is_told_with_the_reason() -> None:
    why = "Neither terraform nor tofu is on PATH here."
    unread = msgspec.structs.replace(POINT.point, terraform={}, no_serial={"infra": why})
    nothing = PointCaptured(point=unread)
    assert facts(nothing)["state of infra"] == (f"not known: {why}", None)


def test_an_image_that_names_its_digest_is_told_with_that_one_alone() -> None:
    image = "registry.local/envoy@sha256:" + "b" * 64
    saved = WorkloadPoint(
        namespace="default", name="bot", revision=3, images={"proxy": image}, replicas=1,
        digests={"proxy": "sha256:" + "c" * 64},
    )  # fmt: skip
    assert workload_words(saved) == f"revision 3, {image}, 1 replica"


def test_a_restore_was_tested_only_where_the_named_step_passed() -> None:
    assert facts(POINT)["restore tested"] == ("not known: “Backup verified” is pending", None)
    assert facts(POINT, *ended("failed"))["restore tested"][0] == "not known: “Backup verified” is failed"
    assert facts(POINT, *ended("passed"))["restore tested"] == (
        "“Backup verified” passed 1970-01-01 00:04:00Z",
        True,
    )


def test_what_a_person_decided_or_signed_is_that_persons_word() -> None:
    decided = StepDecided(step="backup", by="bea", verdict="passed", note="looked at it")
    told, ok = facts(POINT, *ended("failed"), decided)["restore tested"]
    assert told.endswith("decided by bea")
    assert ok is None


def test_a_checklist_that_names_no_test_of_a_restore_says_so() -> None:
    plain = Step(id="point", title="Point", action=a.CapturePoint(deployments=("bot",)))
    told = facts(POINT, steps=(STEPS[0], plain))["restore tested"]
    assert told == ("not known: the checklist names no step that tests it", None)


def test_who_was_told_is_what_was_signed_on_the_point() -> None:
    assert facts(POINT)["told"] == ("not known", None)
    signed = StepSigned(step="point", by="ann", note="on-call and *deploy*")
    assert facts(POINT, signed)["told"][0] == "on-call and *deploy* (signed by ann, 1970-01-01 00:03:00Z)"
    silent = StepSigned(step="point", by="ann")
    assert facts(POINT, silent)["told"][0].startswith("no names were noted (signed by ann")


def test_the_report_has_the_whole_point() -> None:
    signed = StepSigned(step="point", by="ann", note="on-call and *deploy*")
    lines = markdown(after(POINT, *ended("passed"), signed), 900.0).splitlines()
    assert "  - restore tested: “Backup verified” passed 1970-01-01 00:04:00Z" in lines
    assert "  - told: on-call and \\*deploy\\* (signed by ann, 1970-01-01 00:05:00Z)" in lines
    assert any(line.startswith("  - bot: revision 3, ") for line in lines)
