"""No form of a secret is in any event; what the record hangs together by stays."""

import msgspec
import pytest
from alfred_tui.domain.document.actions import Run
from alfred_tui.domain.document.checklist import Checklist, Phase, Section, Step
from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.evidence import Evidence, Outcome
from alfred_tui.domain.rollback.point import RollbackPoint, WorkloadPoint
from alfred_tui.domain.run.events import (
    AnyEvent,
    Ask,
    PointCaptured,
    RunFinished,
    RunPaused,
    StepDecided,
    StepFinished,
    StepProgressed,
    StepSigned,
    StepWaiting,
    TriggerMoved,
)
from alfred_tui.domain.run.redacted import redacting, refuse_secrets
from alfred_tui.domain.run.triggers import TriggerState
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.test_redaction import embeddings, forms, secrets


def events(text: str) -> list[AnyEvent]:
    """Every place of the record where people, programs and servers have their say."""
    fact = Evidence(label=text, value=f"saw {text}!")
    return [
        StepFinished(
            step="a", attempt=1,
            outcome=Outcome(status="failed", reason=text, evidence=(fact,), outputs={"name": text}),
        ),
        StepWaiting(
            step="a", ask=Ask(kind="sign", prompt=text, because=text), evidence=(fact,), outputs={"x": text}
        ),
        StepProgressed(step="a", note=text),
        StepSigned(step="a", by=text, note=text, evidence=(fact,)),
        StepDecided(step="a", by="ann", verdict="passed", note=text),
        RunPaused(by="ann", reason=text),
        RunFinished(result="failed", reason=text),
        TriggerMoved(trigger="t", state=TriggerState(status="fired", message=text), note=text),
    ]  # fmt: skip


def said(event: object) -> list[str]:
    """All text in an event but its ids and states."""
    if isinstance(event, str):
        return [event]
    if isinstance(event, list):
        return [text for one in event for text in said(one)]
    if isinstance(event, dict):
        own = {"type", "step", "kind", "status", "verdict", "result", "trigger"}
        return [text for key, one in event.items() if key not in own for text in said(one)]
    return []


@settings(deadline=None)
@given(secrets, st.data())
def test_no_form_of_a_secret_is_in_an_event(known: dict[str, str], data: st.DataObject) -> None:
    value = data.draw(st.sampled_from(sorted(known.values())))
    form = data.draw(st.sampled_from(list(embeddings(value)))).decode("utf-8", "replace")
    redact = redacting(known)
    for event in events(form):
        told = [text for text in said(msgspec.to_builtins(redact(event))) if text != "ann"]
        assert len(told) == len([text for text in said(msgspec.to_builtins(event)) if text != "ann"])
        for one in forms(value):
            assert not [text for text in told if one in text.encode()]


def test_ids_states_and_numbers_stay_although_a_secret_is_the_same_word() -> None:
    redact = redacting({"WORD": "failed", "OTHER": "migrate"})
    event = StepFinished(
        step="migrate",
        attempt=3,
        outcome=Outcome(status="failed", reason="migrate failed", outputs={"n": "1"}),
    )
    done = redact(event)
    assert isinstance(done, StepFinished)
    assert (done.step, done.attempt, done.outcome.status) == ("migrate", 3, "failed")
    assert done.outcome.reason == "‹OTHER› ‹WORD›"


def test_a_pod_template_with_a_secret_is_not_kept_at_all() -> None:
    def point(value: str) -> RollbackPoint:
        template = {"spec": {"containers": [{"name": "app", "env": [{"name": "URL", "value": value}]}]}}
        workload = WorkloadPoint(namespace="n", name="api", revision=3, template_hash="h", template=template)
        return RollbackPoint(at=1.0, workloads=(workload,))

    redact = redacting({"URL": "postgres://secret"})
    done = redact(PointCaptured(point=point("postgres://secret")))
    assert isinstance(done, PointCaptured)
    assert done.point.workloads[0].template == {}
    assert done.point.workloads[0].revision == 3
    harmless = PointCaptured(point=point("in-a-secret"))
    assert redact(harmless) is harmless


def document(command: str) -> Checklist:
    step = Step(id="a", title="A", action=Run(command=command))
    return Checklist(
        title="T", phases=(Phase(id="p", title="P", sections=(Section(id="s", title="S", steps=(step,)),)),)
    )


def test_a_checklist_that_holds_a_secret_is_refused_with_its_place() -> None:
    with pytest.raises(CockpitError, match=r"TOKEN stands in the checklist \(step a\)") as error:
        refuse_secrets(document("curl -H 'Token: hunter22'"), {"TOKEN": "hunter22"})
    assert "hunter22" not in str(error.value)
    refuse_secrets(document('curl -H "Token: $TOKEN"'), {"TOKEN": "hunter22"})
