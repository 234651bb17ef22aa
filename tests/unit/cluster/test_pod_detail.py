"""A pod's parts as values: containers with how they ended, conditions, and events told once."""

from datetime import UTC, datetime, timedelta

import msgspec
from alfred_tui.cluster.live.pod_detail import describe, told_once
from alfred_tui.cluster.objects import partial as o
from alfred_tui.domain.cluster.workloads import Pod as Row

T = datetime(2027, 1, 15, 12, tzinfo=UTC)
ROW = Row(
    namespace="shop",
    name="a",
    uid="u",
    status="Running",
    ready=1,
    containers=1,
    restarts=0,
    new_restarts=0,
    created_at=0.0,
    owner="Deployment/shop",
)


def event(minute: int, message: str = "m", count: int = 1, kind: str = "Warning") -> o.Event:
    at = T + timedelta(minutes=minute)
    return o.Event(
        type=kind, reason="BackOff", message=message, count=count, first_timestamp=at, last_timestamp=at
    )


def test_events_are_told_once_and_newest_first() -> None:
    found = told_once([event(1, count=3), event(5, count=2), event(9, "other", kind="Normal")])
    assert [(one.message, one.times, one.type) for one in found] == [
        ("other", 1, "Normal"),
        ("m", 5, "Warning"),
    ]
    assert found[1].last_at - found[1].first_at == 240


def test_containers_are_told_with_their_role_state_and_last_end() -> None:
    killed = o.Terminated(exit_code=137, signal=9, reason="OOMKilled", started_at=T, finished_at=T)
    pod = o.Pod(
        metadata=o.Meta(name="a", owner_references=[o.Owner("ReplicaSet", "shop-1", "r", True)]),
        spec=o.PodSpec(
            containers=[
                o.Container(
                    name="app", image="i:1", resources=o.Resources(limits={"memory": "1Gi", "cpu": 2})
                ),
                o.Container(name="late"),
            ],
            init_containers=[o.Container(name="init"), o.Container(name="proxy", restart_policy="Always")],
        ),
        status=o.PodStatus(
            conditions=[o.Condition(type="Ready", status="False", reason="R", last_transition_time=T)],
            container_statuses=[
                o.ContainerStatus(
                    name="app",
                    restart_count=2,
                    state=o.ContainerState(waiting=o.Waiting("CrashLoopBackOff", "b")),
                    last_state=o.ContainerState(terminated=killed),
                )
            ],
            init_container_statuses=[
                o.ContainerStatus(name="init", state=o.ContainerState(terminated=o.Terminated(exit_code=3))),
                o.ContainerStatus(
                    name="proxy", ready=True, state=o.ContainerState(running=o.Running(started_at=T))
                ),
            ],
        ),
    )
    detail = describe(pod, ROW, (), "why")
    assert [(one.name, one.role, one.state) for one in detail.containers] == [
        ("init", "init", "terminated"),
        ("proxy", "sidecar", "running"),
        ("app", "container", "waiting"),
        ("late", "container", "unknown"),
    ]
    init, proxy, app, _ = detail.containers
    assert init.ended is not None
    assert init.ended.exit_code == 3
    assert proxy.since == T.timestamp()
    assert app.before is not None
    assert (app.before.exit_code, app.before.signal, app.before.reason) == (137, 9, "OOMKilled")
    assert (app.reason, app.message, app.restarts) == ("CrashLoopBackOff", "b", 2)
    assert app.limits == {"memory": "1Gi", "cpu": "2"}
    assert detail.owners == ("ReplicaSet/shop-1", "Deployment/shop")
    assert detail.conditions[0].since == T.timestamp()
    assert detail.missing == "why"


def test_a_pod_of_nobody_has_no_owners() -> None:
    bare = msgspec.structs.replace(ROW, owner="")
    assert describe(o.Pod(), bare, ()).owners == ()
