"""One workload from the cluster's view: its pods by revision, troubles and pace; and why not to act."""

from typing import Any

import msgspec
import pytest
from alfred_tui.domain.cluster.needs import rights
from alfred_tui.domain.cluster.rights import Rights
from alfred_tui.domain.cluster.workloads import (
    ClusterView,
    Diagnosis,
    Freshness,
    Pod,
    RevisionView,
    RolloutView,
    Target,
)
from alfred_tui.present.workload import share, workload_detail
from alfred_tui.present.workload_acts import why_not, will

NOW = 1000.0
LIVE = Freshness(connection="live", since=0.0)
ROLLOUT = RolloutView(
    kind="Deployment",
    namespace="shop",
    name="a",
    phase="progressing",
    message="",
    desired=4,
    updated=2,
    ready=3,
    available=3,
    newest="n",
    images={"app": "a:2", "side": "s:1"},
)


def pod(name: str, revision: str, *, ready: bool = True, at: float = 900.0, why: str = "") -> Pod:
    diagnosis = Diagnosis(cause=why, sentence=f"{why}.", group=why, began_at=at) if why else None
    return Pod(
        namespace="shop",
        name=name,
        uid=name,
        status="Running",
        ready=int(ready),
        containers=1,
        restarts=0,
        new_restarts=0,
        created_at=at,
        owner="Deployment/a",
        revision=revision,
        well=ready,
        diagnosis=diagnosis,
    )


def view(*pods: Pod, rollout: RolloutView = ROLLOUT, **fields: Any) -> ClusterView:
    fresh: dict[str, Any] = dict.fromkeys(("pods_freshness", "rollouts_freshness", "usage_freshness"), LIVE)
    return ClusterView(pods=pods, rollouts=(rollout,), **fresh | fields)


def detail(*pods: Pod, rollout: RolloutView = ROLLOUT) -> Any:
    return workload_detail(view(*pods, rollout=rollout), "Deployment", "shop", "a", NOW)


def test_pods_of_the_new_and_the_old_revision_are_counted_apart() -> None:
    other = msgspec.structs.replace(pod("x", "n"), owner="Deployment/b")
    elsewhere = msgspec.structs.replace(pod("y", "n"), namespace="test")
    found = detail(pod("p1", "n"), pod("p2", "o"), pod("p3", "o"), other, elsewhere)
    assert [one.name for one in found.new] == ["p1"]
    assert [one.name for one in found.old] == ["p2", "p3"]
    assert workload_detail(view(), "Deployment", "shop", "missing", NOW) is None


def test_while_the_newest_revision_is_not_known_no_pod_counts_as_new() -> None:
    found = detail(pod("p1", ""), rollout=msgspec.structs.replace(ROLLOUT, newest=""))
    assert found.new == ()


def test_the_pace_counts_ready_new_pods_since_the_first_was_made() -> None:
    found = detail(
        pod("p1", "n", at=960.0), pod("p2", "n", at=980.0), pod("p3", "n", ready=False), pod("o", "o")
    )
    assert found.pace == 2 / 100
    assert found.left == 100


def test_pods_that_were_there_before_the_change_say_nothing_of_its_pace() -> None:
    back = msgspec.structs.replace(ROLLOUT, began_at=970.0)
    assert detail(pod("there", "n", at=500.0), pod("o", "o", ready=False), rollout=back).pace == 0.0
    found = detail(pod("there", "n", at=500.0), pod("p", "n", at=980.0), rollout=back)
    assert found.pace == 1 / 20
    assert found.left == 40


@pytest.mark.parametrize(
    ("fields", "pods"),
    [
        ({"phase": "complete"}, [pod("p", "n")]),
        ({"phase": "paused"}, [pod("p", "n")]),
        ({"phase": "doomed"}, [pod("p", "n")]),
        ({}, [pod("p", "n", ready=False)]),
        ({}, []),
        ({"on_delete": True}, [pod("p", "n")]),
        ({"kept": 3}, [pod("p", "n")]),
        ({}, [pod("p", "n", at=NOW + 5)]),
    ],
)
def test_no_pace_and_no_estimate_where_they_would_be_a_guess(fields: dict[str, Any], pods: list[Pod]) -> None:
    found = detail(*pods, rollout=msgspec.structs.replace(ROLLOUT, **fields))
    assert (found.pace, found.left) == (0.0, None)


@pytest.mark.parametrize(
    ("counts", "done"),
    [
        ({"updated": 0, "available": 4}, 0.0),
        ({"updated": 2, "available": 3}, 0.5),
        ({"updated": 4, "available": 3}, 0.75),
        ({"updated": 4, "available": 4}, 1.0),
        ({"updated": 4, "available": 0}, 0.0),
        ({"updated": 4, "available": 6}, 1.0),
        ({"updated": 0, "available": 4, "kept": 2}, 0.0),
        ({"updated": 2, "available": 3, "kept": 2}, 0.5),
        ({"updated": 2, "available": 1, "kept": 2}, 0.0),
        ({"updated": 2, "available": 4, "kept": 2}, 1.0),
        ({"updated": 0, "available": 4, "kept": 4}, 1.0),
        ({"updated": 0, "available": 0, "desired": 0}, 1.0),
    ],
)
def test_a_rollout_is_done_when_all_that_it_is_to_replace_is_there(
    counts: dict[str, Any], done: float
) -> None:
    assert share(msgspec.structs.replace(ROLLOUT, **counts)) == done


def test_a_cause_is_told_once_with_how_many_of_each_revision_have_it() -> None:
    found = detail(
        pod("n1", "n", ready=False, why="OOMKilled", at=950),
        pod("n2", "n", ready=False, why="OOMKilled", at=940),
        pod("n3", "n", ready=False, why="Unschedulable"),
        pod("o1", "o"),
        pod("o2", "o", ready=False, why="OOMKilled"),
    )
    assert [(one.group, one.new, one.old, one.began_at) for one in found.troubles] == [
        ("OOMKilled", 2, 1, 900.0),
        ("Unschedulable", 1, 0, 900.0),
    ]


def test_only_what_is_live_there_and_allowed_may_be_acted_on() -> None:
    refused = Rights(namespace="shop", refused=frozenset(rights("apps", "replicasets", "get")))
    stale = Freshness(connection="unreachable", since=0.0, message="No answer.")
    assert why_not(view(), ROLLOUT, "restart") == ""
    led = Target(context="c", namespace="other", server="s")
    assert "this run leads in other and changes nothing else" in why_not(view(), ROLLOUT, "restart", led)
    assert "is not live (unreachable); nothing is done on it. No answer." in why_not(
        view(rollouts_freshness=stale), ROLLOUT, "restart"
    )
    refused_login = Freshness(connection="expired", since=NOW, heard_at=NOW, message="Log in again.")
    expired = why_not(view(rollouts_freshness=refused_login), ROLLOUT, "restart")
    assert expired == "The login is expired, so nothing is done on what is shown. Log in again."
    assert "not there any more" in why_not(view(), None, "restart")
    assert "may not get replicasets.apps in shop" in why_not(view(rights=refused), ROLLOUT, "undo")
    assert why_not(view(rights=refused), ROLLOUT, "restart") == ""
    paused = msgspec.structs.replace(ROLLOUT, paused=True)
    assert "resume it first" in why_not(view(), paused, "undo")
    assert why_not(view(), paused, "resume") == ""
    db = msgspec.structs.replace(ROLLOUT, kind="DaemonSet")
    assert "pauses Deployments only" in why_not(view(), db, "pause")


def test_each_act_says_exactly_what_it_will_do() -> None:
    def told(act: Any, **fields: Any) -> str:
        back = RevisionView(number=3, name="a-3", images={"app": "a:1", "side": "s:1"}, created_at=0.0)
        return " ".join(
            will(msgspec.structs.replace(ROLLOUT, **fields), act, back if act == "undo" else None)
        )

    assert "restartedAt" in told("restart")
    assert "All 4 pods are replaced" in told("restart")
    assert "1 of its 4 pods are replaced; the partition" in told("restart", kept=3)
    assert "0 of its 4 pods are replaced; the partition" in told("restart", kept=4)
    assert "no pod is replaced until somebody deletes it" in told("restart", on_delete=True)
    assert "stops where it is (2 of 4 pods updated)" in told("pause")
    assert "rolled out as it stands" in told("resume")
    assert "one that cannot become ready is not replaced until" in told("restart", one_by_one=True)
    there = RevisionView(number=3, name="a-3", images={}, created_at=0.0, replicas=3)
    undone = " ".join(will(ROLLOUT, "undo", there))
    assert "1 of 4 pods are replaced" in undone
    assert "3 run it already and stay" in undone
    undo = told("undo")
    assert "app: a:2 → a:1" in undo
    assert "side" not in undo
    assert "It does not restore" in undo
    assert "returns to the version that is left now" in undo
