"""No piece of a secret in what a cluster says, wherever its messages are cut on the way to the screen."""

import msgspec
from alfred_tui.cluster.access.errors import read_status
from alfred_tui.cluster.diagnosis.pods import diagnose
from alfred_tui.cluster.live.pod_detail import describe
from alfred_tui.cluster.logs.log_cleaner import LONGEST, Cleaner
from alfred_tui.cluster.objects.partial import Event, Pod
from alfred_tui.cluster.rollouts.revisions import diff_templates
from alfred_tui.domain.cluster.workloads import Pod as Row
from alfred_tui.domain.logs.rule import LogRule
from alfred_tui.domain.redaction import Redactor
from alfred_tui.domain.run.redacted import hiding
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.cluster.kube import Json, decoded
from tests.unit.test_redaction import OTHER, forms, pieces

NOW = 1795396000.0
ROW = Row(
    namespace="n",
    name="x",
    uid="u",
    status="",
    ready=0,
    containers=1,
    restarts=0,
    new_restarts=0,
    created_at=0.0,
)
# Spaces, line ends and what looks like an id: all that is made another text before it is shown.
values = st.text("abcdefgh0123 \n\t-", min_size=12, max_size=80).filter(lambda value: not value.isspace())
secret = settings(deadline=None)


def with_a_form(data: st.DataObject, value: str) -> tuple[bytes, str]:
    """A form of the value, and a text with it somewhere."""
    form = data.draw(st.sampled_from(list(forms(value))))
    before, after = data.draw(st.tuples(st.integers(0, 400), st.integers(0, 400)))
    return form, f"{OTHER[:1] * before} {form.decode()} {OTHER[:1] * after}"


def pods(text: str) -> list[Json]:
    """Pods in which that is said, once in each place."""
    ended = {"exitCode": 1, "reason": "Error", "message": text, "finishedAt": "2026-11-23T01:00:40Z"}
    containers: list[Json] = [
        {
            "state": {"waiting": {"reason": "CrashLoopBackOff", "message": text}},
            "lastState": {"terminated": ended},
        },
        {"state": {"terminated": ended}},
        *(
            {"state": {"waiting": {"reason": reason, "message": text}}}
            for reason in ("CreateContainerConfigError", "RunContainerError", "ErrImagePull")
        ),
    ]
    statuses: list[Json] = [
        {"phase": "Running", "containerStatuses": [{"name": "c", "restartCount": 2, **one}]}
        for one in containers
    ]
    statuses += [
        {"phase": "Failed", "reason": "Evicted", "message": text},
        {"phase": "Pending", "conditions": [
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": text}
        ]},
        {"phase": "Running", "conditions": [
            {"type": "Ready", "status": "False", "reason": "ReadinessGatesNotReady", "message": text}
        ]},
    ]  # fmt: skip
    named: Json = {"metadata": {"name": "x"}, "spec": {"containers": [{"name": "c"}]}}
    return [{**named, "status": one} for one in statuses]


def warning(text: str) -> Json:
    about = {"kind": "Pod", "name": "x"}
    return {"type": "Warning", "reason": "Failed", "message": text, "involvedObject": about}


@secret
@given(st.data(), values)
def test_no_piece_is_in_a_diagnosis_or_in_a_pod_s_details(data: st.DataObject, value: str) -> None:
    form, text = with_a_form(data, value)
    hide = hiding({"KEY": value})
    events = [decoded(Event, warning(text), hide)]
    for given_ in pods(text):
        pod = decoded(Pod, given_, hide)
        told = [diagnose(pod, found, now=NOW) for found in ((), events)]
        for one in (*told, describe(pod, ROW, events)):
            shown = "\n".join(texts(msgspec.to_builtins(one)))
            assert not pieces(form, shown)
            assert not pieces(b" ".join(form.split()), shown)


def texts(value: object) -> list[str]:
    """All texts in plain data."""
    if isinstance(value, dict):
        return [text for one in value.values() for text in texts(one)]
    if isinstance(value, list | tuple):
        return [text for one in value for text in texts(one)]
    return [value] if isinstance(value, str) else []


@secret
@given(st.data(), values)
def test_no_piece_is_in_the_words_of_a_refusal(data: st.DataObject, value: str) -> None:
    form, text = with_a_form(data, value)
    hide = hiding({"KEY": value})
    assert not pieces(form, read_status(text.encode(), hide).message)
    assert not pieces(form, read_status(msgspec.json.encode({"message": text}), hide).message)
    cause = {"details": {"causes": [{"field": "spec", "message": text}]}}
    details = read_status(msgspec.json.encode(cause), hide).details
    assert details is not None
    assert details.causes
    assert not pieces(form, details.causes[0].message)


@secret
@given(st.data(), values.filter(lambda value: "\n" not in value), st.booleans())
def test_no_piece_is_in_a_log_line_that_is_longer_than_is_kept(
    data: st.DataObject, value: str, more: bool
) -> None:
    form = data.draw(st.sampled_from(list(forms(value))))
    before = data.draw(st.integers(LONGEST - len(form) - 2, LONGEST + 2))
    lines = [b"-" * before + form + b"-" * 20, *([b"next"] * more)]
    cleaner = Cleaner(Redactor({"KEY": value}), LogRule(""), 1)
    done = [*cleaner.feed(lines), *cleaner.flush()]
    assert not [one for one in done if pieces(form, one.text.decode("utf-8", "surrogateescape"))]
    assert [one.text for one in done[1:]] == [b"next"] * more


def test_a_key_that_is_cut_off_within_a_long_line_leaves_each_line_its_time() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\n-----END KEY-----"
    at = [b"2026-11-23T01:00:0%dZ" % second for second in range(4)]
    begun = [b"-----BEGIN KEY-----", b"MIIEvQIBADANBgkqhk" + b"x" * LONGEST, b"fine", b"too"]
    cleaner = Cleaner(Redactor({"KEY": key}), LogRule(""), 1)
    done = [*cleaner.feed([b"%s %s" % one for one in zip(at, begun, strict=True)]), *cleaner.flush()]
    assert [one.at for one in done] == at
    assert [one.text for one in done[2:]] == [b"fine", b"too"]


@secret
@given(st.data(), values)
def test_no_piece_is_in_a_difference_of_templates(data: st.DataObject, value: str) -> None:
    form, text = with_a_form(data, value)
    after = {"spec": {"containers": [{"name": "c", "args": [text]}]}}
    shown = "\n".join(diff_templates({"spec": {"containers": []}}, after, hiding({"KEY": value})))
    assert not pieces(form, shown)
    assert not pieces(b" ".join(form.split()), shown)
