"""The status column says what kubectl's says."""

import json
from typing import Any

import pytest
from alfred_tui.cluster.objects.partial import Pod
from alfred_tui.cluster.objects.pod_status import shown, status_text

from tests.unit.cluster.kube import DATA, decoded, pod

RUNNING = {"running": {"startedAt": "2026-11-23T01:00:00Z"}}


def waiting(reason: str) -> dict[str, Any]:
    return {"waiting": {"reason": reason}}


def ended(code: int, reason: str = "", signal: int = 0) -> dict[str, Any]:
    return {"terminated": {"exitCode": code, "reason": reason, "signal": signal}}


def container(state: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "c", "state": state, "restartCount": 0, "ready": False, **more}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"phase": "Pending"}, "Pending"),
        ({"phase": "Failed", "reason": "Evicted"}, "Evicted"),
        ({"phase": "Running", "containerStatuses": [container(RUNNING, ready=True)]}, "Running"),
        (
            {"phase": "Running", "containerStatuses": [container(waiting("CrashLoopBackOff"))]},
            "CrashLoopBackOff",
        ),
        ({"phase": "Pending", "containerStatuses": [container(waiting("ErrImagePull"))]}, "ErrImagePull"),
        ({"phase": "Running", "containerStatuses": [container(ended(1, "Error"))]}, "Error"),
        ({"phase": "Failed", "containerStatuses": [container(ended(137, "OOMKilled"))]}, "OOMKilled"),
        ({"phase": "Failed", "containerStatuses": [container(ended(3))]}, "ExitCode:3"),
        ({"phase": "Failed", "containerStatuses": [container(ended(0, signal=9))]}, "Signal:9"),
        ({"phase": "Succeeded", "containerStatuses": [container(ended(0, "Completed"))]}, "Completed"),
        (
            {
                "phase": "Pending",
                "conditions": [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}],
            },
            "SchedulingGated",
        ),
    ],
)
def test_a_pod_of_one_container(changes: dict[str, Any], text: str) -> None:
    assert status_text(pod(status=changes)) == text


@pytest.mark.parametrize(("ready", "text"), [("True", "Running"), ("False", "NotReady")])
def test_one_container_ended_and_another_runs_on(ready: str, text: str) -> None:
    made = pod(
        spec={"containers": [{"name": "a"}, {"name": "b"}]},
        status={
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": ready}],
            "containerStatuses": [container(ended(0, "Completed")), container(RUNNING, ready=True)],
        },
    )
    assert shown(made)[:3] == (text, 1, 2)


@pytest.mark.parametrize(
    ("states", "text"),
    [
        ([], "PodInitializing"),
        ([waiting("PodInitializing"), waiting("PodInitializing")], "Init:0/2"),
        ([RUNNING, waiting("PodInitializing")], "Init:0/2"),
        ([ended(0, "Completed"), RUNNING], "Init:1/2"),
        ([ended(0, "Completed"), waiting("ImagePullBackOff")], "Init:ImagePullBackOff"),
        ([ended(1, "Error")], "Init:Error"),
        ([ended(2)], "Init:ExitCode:2"),
        ([ended(0, signal=6)], "PodInitializing"),
        ([ended(134, signal=6)], "Init:Signal:6"),
    ],
)
def test_a_pod_that_initializes(states: list[dict[str, Any]], text: str) -> None:
    made = pod(
        spec={"initContainers": [{"name": "i1"}, {"name": "i2"}]},
        status={
            "phase": "Pending",
            "containerStatuses": [container(waiting("PodInitializing"))],
            "initContainerStatuses": [container(state, name=f"i{n}") for n, state in enumerate(states, 1)],
        },
    )
    assert status_text(made) == text


def test_a_sidecar_counts_as_a_container_and_its_restarts_count() -> None:
    made = pod(
        spec={"initContainers": [{"name": "side", "restartPolicy": "Always"}, {"name": "once"}]},
        status={
            "phase": "Running",
            "conditions": [{"type": "Initialized", "status": "True"}],
            "initContainerStatuses": [
                container(RUNNING, name="side", ready=True, started=True, restartCount=2),
                container(ended(0, "Completed"), name="once", restartCount=5),
            ],
            "containerStatuses": [container(RUNNING, ready=True, restartCount=1)],
        },
    )
    assert shown(made) == ("Running", 2, 2, 3)


def test_restarts_of_init_containers_show_while_initializing() -> None:
    made = pod(
        spec={"initContainers": [{"name": "i"}]},
        status={
            "phase": "Pending",
            "initContainerStatuses": [container(waiting("CrashLoopBackOff"), name="i", restartCount=4)],
        },
    )
    assert shown(made) == ("Init:CrashLoopBackOff", 0, 1, 4)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ({"phase": "Running"}, "Terminating"),
        ({"phase": "Succeeded"}, "Succeeded"),
        ({"phase": "Running", "reason": "NodeLost"}, "Unknown"),
    ],
)
def test_a_pod_that_is_deleted(status: dict[str, Any], text: str) -> None:
    made = pod(metadata={"deletionTimestamp": "2026-11-23T01:00:00Z"}, status=status)
    assert status_text(made) == text


def test_every_recorded_table_row_is_computed_again() -> None:
    """kubectl's own printer, on a real server: name, ready, status and restarts of every pod it printed."""
    recorded_rows = json.loads((DATA / "pod-rows.json").read_text())
    assert len(recorded_rows) > 3
    for row in recorded_rows:
        seen = shown(decoded(Pod, row["object"]))
        restarts = int(row["cells"][3].split()[0])
        assert [f"{seen.ready}/{seen.containers}", seen.status] == row["cells"][1:3]
        assert seen.restarts == restarts
