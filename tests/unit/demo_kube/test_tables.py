"""The rows of `kubectl get` say what Kubernetes' printers say."""

from typing import Any

import pytest
from alfred_tui.demo.kube.objects import epoch
from alfred_tui.demo.kube.store import Key, Obj
from alfred_tui.demo.kube.tables import printer

from tests.unit.demo_kube.objects import container, pod

NOW = epoch("2026-01-01T00:01:00Z")
META: Obj = {"name": "x", "namespace": "default", "creationTimestamp": "2026-01-01T00:00:00Z"}


def row(group: str, resource: str, **fields: Any) -> dict[str, Any]:
    """A printed row by column."""
    found = printer(Key(group, resource))
    obj = {"metadata": META, **fields}
    return dict(zip([column.name for column in found.columns], found.cells(obj, NOW), strict=True))


def pod_row(obj: Obj) -> dict[str, Any]:
    return row("", "pods", **obj)


WAITING: Obj = {"waiting": {"reason": "CrashLoopBackOff"}}
ENDED: Obj = {"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": "2026-01-01T00:00:50Z"}}


@pytest.mark.parametrize(
    ("status", "ready", "shown", "restarts"),
    [
        ({"phase": "Pending"}, "0/1", "Pending", "0"),
        (
            {"phase": "Running", "containerStatuses": [container(ready=True, running={})]},
            "1/1",
            "Running",
            "0",
        ),
        (
            {"phase": "Running", "containerStatuses": [container(restarts=2, last=ENDED, **WAITING)]},
            "0/1",
            "CrashLoopBackOff",
            "2 (10s ago)",
        ),
        ({"phase": "Failed", "reason": "Evicted"}, "0/1", "Evicted", "0"),
        (
            {"phase": "Failed", "containerStatuses": [container(terminated={"exitCode": 137})]},
            "0/1",
            "ExitCode:137",
            "0",
        ),
        (
            {"phase": "Failed", "containerStatuses": [container(terminated={"exitCode": 0, "signal": 9})]},
            "0/1",
            "Signal:9",
            "0",
        ),
        (
            {"phase": "Succeeded", "containerStatuses": [container(terminated={"reason": "Completed"})]},
            "0/1",
            "Completed",
            "0",
        ),
        (
            {"phase": "Pending", "conditions": [{"type": "PodScheduled", "reason": "SchedulingGated"}]},
            "0/1",
            "SchedulingGated",
            "0",
        ),
    ],
)
def test_a_pods_status(status: Obj, ready: str, shown: str, restarts: str) -> None:
    cells = pod_row(pod(**status))
    assert (cells["Ready"], cells["Status"], cells["Restarts"]) == (ready, shown, restarts)


def test_init_containers_show_until_they_are_done() -> None:
    obj = pod(phase="Pending", initContainerStatuses=[container("i", running={})])
    obj["spec"]["initContainers"] = [{"name": "i"}, {"name": "j"}]
    assert pod_row(obj)["Status"] == "Init:0/2"
    obj["status"]["initContainerStatuses"] = [container("i", waiting={"reason": "ImagePullBackOff"})]
    assert pod_row(obj)["Status"] == "Init:ImagePullBackOff"
    obj["status"]["initContainerStatuses"] = [container("i", terminated={"exitCode": 2})]
    assert pod_row(obj)["Status"] == "Init:ExitCode:2"


def test_a_sidecar_counts_among_the_containers() -> None:
    sidecar = {**container("s", ready=True, running={}), "started": True}
    obj = pod(
        phase="Running",
        containerStatuses=[container(ready=True, running={})],
        initContainerStatuses=[sidecar],
    )
    obj["spec"]["initContainers"] = [{"name": "s", "restartPolicy": "Always"}]
    cells = pod_row(obj)
    assert (cells["Ready"], cells["Status"]) == ("2/2", "Running")


def test_a_pod_being_deleted_is_terminating() -> None:
    obj = pod(phase="Running", containerStatuses=[container(ready=True, running={})])
    obj["metadata"] = {**META, "deletionTimestamp": "2026-01-01T00:01:30Z"}
    cells = pod_row(obj)
    assert (cells["Ready"], cells["Status"], cells["IP"]) == ("1/1", "Terminating", "<none>")


def test_a_deployment() -> None:
    cells = row(
        "apps",
        "deployments",
        spec={
            "replicas": 3,
            "selector": {"matchLabels": {"b": "2", "a": "1"}},
            "template": {
                "spec": {"containers": [{"name": "x", "image": "i:1"}, {"name": "y", "image": "j:1"}]}
            },
        },
        status={"readyReplicas": 2, "updatedReplicas": 1, "availableReplicas": 2},
    )
    assert cells == {
        "Name": "x",
        "Ready": "2/3",
        "Up-to-date": 1,
        "Available": 2,
        "Age": "60s",
        "Containers": "x,y",
        "Images": "i:1,j:1",
        "Selector": "a=1,b=2",
    }


@pytest.mark.parametrize(
    ("spec", "external", "ports"),
    [
        ({"type": "ClusterIP", "clusterIP": "10.96.0.9", "ports": [{"port": 80}]}, "<none>", "80/TCP"),
        (
            {"type": "NodePort", "clusterIP": "1.1.1.1", "ports": [{"port": 80, "nodePort": 30080}]},
            "<none>",
            "80:30080/TCP",
        ),
        ({"type": "LoadBalancer", "ports": []}, "<pending>", "<none>"),
        ({"type": "ExternalName", "externalName": "a.b"}, "a.b", "<none>"),
    ],
)
def test_a_service(spec: Obj, external: str, ports: str) -> None:
    cells = row("", "services", spec=spec)
    assert (cells["External-IP"], cells["Port(s)"]) == (external, ports)


def test_an_autoscaler_shows_current_and_wanted() -> None:
    metric = {"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": 80}}}
    spec = {
        "scaleTargetRef": {"kind": "Deployment", "name": "web"},
        "minReplicas": 1,
        "maxReplicas": 5,
        "metrics": [metric],
    }
    current = {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 33}}}
    cells = row("autoscaling", "horizontalpodautoscalers", spec=spec, status={"currentMetrics": [current]})
    assert (cells["Reference"], cells["Targets"]) == ("Deployment/web", "cpu: 33%/80%")
    assert row("autoscaling", "horizontalpodautoscalers", spec=spec)["Targets"] == "cpu: <unknown>/80%"


def test_a_node() -> None:
    cells = row(
        "",
        "nodes",
        spec={"unschedulable": True},
        status={
            "conditions": [{"type": "Ready", "status": "True"}],
            "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}],
            "nodeInfo": {"kubeletVersion": "v1.36.0"},
        },
    )
    assert (cells["Status"], cells["Roles"], cells["Version"]) == (
        "Ready,SchedulingDisabled",
        "<none>",
        "v1.36.0",
    )
    assert (cells["Internal-IP"], cells["External-IP"], cells["OS-Image"]) == (
        "10.0.0.1",
        "<none>",
        "<unknown>",
    )


def test_an_event_of_either_api() -> None:
    old = row(
        "",
        "events",
        type="Normal",
        reason="Scaled",
        message=" up \n",
        involvedObject={"kind": "Deployment", "name": "web"},
        source={"component": "deployment-controller"},
        firstTimestamp="2026-01-01T00:00:00Z",
        lastTimestamp="2026-01-01T00:00:55Z",
        count=4,
    )
    assert (old["Last Seen"], old["Object"], old["Message"], old["Count"]) == (
        "5s",
        "deployment/web",
        "up",
        4,
    )
    new = row(
        "",
        "events",
        eventTime="2026-01-01T00:00:30.5Z",
        reportingComponent="scheduler",
        reportingInstance="scheduler-1",
        involvedObject={"kind": "Pod", "name": "p"},
    )
    assert (new["Last Seen"], new["Source"], new["Count"]) == ("29s", "scheduler, scheduler-1", 1)


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ({}, "Running"),
        ({"conditions": [{"type": "Complete", "status": "True"}]}, "Complete"),
        ({"conditions": [{"type": "Failed", "status": "True"}]}, "Failed"),
        ({"conditions": [{"type": "Suspended", "status": "True"}]}, "Suspended"),
    ],
)
def test_a_jobs_status(status: Obj, shown: str) -> None:
    assert row("batch", "jobs", spec={"completions": 1}, status=status)["Status"] == shown


def test_claims_and_volumes_abbreviate_access_modes() -> None:
    claim = row(
        "",
        "persistentvolumeclaims",
        spec={"volumeName": "pv-1", "storageClassName": "standard", "volumeMode": "Filesystem"},
        status={"phase": "Bound", "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"]},
    )
    assert (claim["Status"], claim["Capacity"], claim["Access Modes"]) == ("Bound", "1Gi", "RWO")


def test_more_than_three_endpoints_are_counted() -> None:
    endpoints = [{"addresses": [f"10.0.0.{n}"]} for n in range(5)]
    cells = row(
        "discovery.k8s.io", "endpointslices", addressType="IPv4", ports=[{"port": 80}], endpoints=endpoints
    )
    assert cells["Endpoints"] == "10.0.0.0,10.0.0.1,10.0.0.2 + 2 more..."


def test_kinds_without_columns_of_their_own_show_when_they_were_made() -> None:
    assert row("rbac.authorization.k8s.io", "roles") == {"Name": "x", "Created At": "2026-01-01T00:00:00Z"}
