"""Rows change when what they tell changes, and only then."""

from typing import Any

import pytest
from alfred_tui.cluster.live.pod_board import RETOLD, PodBoard
from alfred_tui.cluster.live.rollout_board import RolloutBoard
from alfred_tui.cluster.objects.ownership import Since
from alfred_tui.cluster.objects.partial import Deployment, Node, Pod, ReplicaSet, StatefulSet
from alfred_tui.cluster.store.kind_store import Change, key_of
from alfred_tui.domain.cluster.workloads import Pod as Row

from tests.unit.cluster.kube import Moment, event, make, pod, story

NOW = 1795396000.0


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def came(*objects: Any) -> list[Change[Any]]:
    return [Change(key_of(one), None, one) for one in objects]


def changed(old: Any, new: Any) -> list[Change[Any]]:
    return [Change(key_of(old), old, new)]


def running(name: str = "a", restarts: int = 0, **fields: Any) -> Pod:
    status = {
        "phase": "Running",
        "conditions": [{"type": "Ready", "status": "True"}],
        "containerStatuses": [
            {
                "name": "c",
                "ready": True,
                "restartCount": restarts,
                "state": {"running": {}},
                **fields.pop("status", {}),
            }
        ],
    }
    owner = {"ownerReferences": [{"kind": "ReplicaSet", "name": "rs", "uid": "uid-rs", "controller": True}]}
    metadata = {
        **owner,
        "labels": {"track": "canary", "pod-template-hash": "h"},
        **fields.pop("metadata", {}),
    }
    return pod(name, metadata=metadata, spec={"nodeName": "n", **fields.pop("spec", {})}, status=status)


def row(board: PodBoard, name: str = "a") -> Row:
    return board.rows["default", name]


def test_a_pod_is_told_as_kubectl_tells_it_and_more() -> None:
    board = PodBoard(Clock())
    board.pods(came(running()))
    told = row(board)
    assert (told.status, told.ready, told.containers, told.well) == ("Running", 1, 1, True)
    assert (told.owner, told.revision, told.track, told.node) == ("ReplicaSet/rs", "h", "canary", "n")
    assert told.images == ("registry.local/c:v1",)


def test_a_pod_belongs_to_its_deployment_whichever_is_known_first() -> None:
    owner = {"ownerReferences": [{"kind": "Deployment", "name": "bot", "uid": "d", "controller": True}]}
    replicaset = make(ReplicaSet, name="rs", metadata=owner)
    for first in (True, False):
        board = PodBoard(Clock())
        if first:
            board.replicasets(came(replicaset))
        board.pods(came(running()))
        if not first:
            board.replicasets(came(replicaset))
        assert row(board).owner == "Deployment/bot"


def test_a_row_is_the_same_object_while_nothing_about_it_changed() -> None:
    board = PodBoard(Clock())
    first = running()
    board.pods(came(first))
    before = row(board)
    board.pods(changed(first, running(metadata={"resourceVersion": "2"})))
    assert row(board) is before
    board.pods(changed(first, running(restarts=1)))
    assert row(board) is not before


def test_restarts_before_the_first_look_are_not_new() -> None:
    board = PodBoard(Clock())
    first = running(restarts=3)
    board.pods(came(first))
    assert row(board).new_restarts == 0
    board.pods(changed(first, running(restarts=5)))
    assert (row(board).restarts, row(board).new_restarts) == (5, 2)


def test_all_restarts_of_a_pod_that_comes_later_are_new() -> None:
    board = PodBoard(Clock())
    board.counting = True
    board.pods(came(running(restarts=2)))
    assert row(board).new_restarts == 2


def test_a_resumed_run_knows_of_restarts_that_it_did_not_see() -> None:
    end = {"terminated": {"exitCode": 1, "finishedAt": "2026-11-23T01:05:00Z"}}
    board = PodBoard(Clock(), began_at=NOW - 300)
    young = {"creationTimestamp": "2026-11-23T01:05:00Z"}
    old = {"creationTimestamp": "2026-11-01T00:00:00Z"}
    board.pods(
        came(
            running("young", 4, metadata=young),
            running("again", 4, metadata=old, status={"lastState": end}),
            running("quiet", 4, metadata=old),
        )
    )
    assert [row(board, name).new_restarts for name in ("young", "again", "quiet")] == [4, 1, 0]


def test_a_warning_about_a_pod_reaches_its_row_and_goes_with_it() -> None:
    board = PodBoard(Clock())
    starting = pod("a", spec={"nodeName": "n"}, status={"phase": "Pending"})
    board.pods(came(starting))
    assert row(board).diagnosis is None
    warned = event("FailedMount", 'secret "x" not found', about="a")
    board.events(came(warned))
    diagnosis = row(board).diagnosis
    assert diagnosis is not None
    assert diagnosis.cause == "FailedMount"
    assert board.diagnoses == {"uid-a": diagnosis}
    board.events(changed(warned, None))
    assert row(board).diagnosis is None
    assert board.diagnoses == {}


def test_why_a_claim_has_no_volume_is_told_by_the_pod_that_waits_for_it() -> None:
    board = PodBoard(Clock())
    said = "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": said}
    volumes = [{"persistentVolumeClaim": {"claimName": "data"}}]
    board.pods(came(pod("a", spec={"volumes": volumes}, status={"conditions": [condition]})))
    failed = event(
        "ProvisioningFailed",
        'storageclass "fast" not found',
        involvedObject={"kind": "PersistentVolumeClaim", "name": "data", "uid": "uid-claim"},
    )
    board.events(came(failed))
    assert board.retell()
    diagnosis = row(board).diagnosis
    assert diagnosis is not None
    assert '(data): storageclass "fast" not found.' in diagnosis.sentence
    board.events(changed(failed, None))
    board.retell()
    assert "fast" not in getattr(row(board).diagnosis, "sentence", "")


def test_a_warning_that_comes_before_its_pod_is_kept() -> None:
    board = PodBoard(Clock())
    board.events(came(event("FailedMount", "x", about="a")))
    board.pods(came(pod("a", spec={"nodeName": "n"}, status={"phase": "Pending"})))
    assert row(board).diagnosis is not None


def node(ready: str) -> Node:
    return make(
        Node,
        name="n",
        metadata={"namespace": ""},
        status={"conditions": [{"type": "Ready", "status": ready}]},
    )


def test_pods_of_a_node_that_is_lost_are_unwell_until_it_is_back() -> None:
    board = PodBoard(Clock())
    board.pods(came(running()))
    board.nodes(came(node("True")))
    assert row(board).well
    board.nodes(changed(node("True"), node("Unknown")))
    assert not row(board).well
    board.nodes(changed(node("Unknown"), node("True")))
    assert row(board).well


def test_time_alone_makes_a_leaving_pod_overdue() -> None:
    clock = Clock()
    board = PodBoard(clock)
    board.pods(came(running(metadata={"deletionTimestamp": "2026-11-23T01:06:40Z"})))
    assert (row(board).status, row(board).well, row(board).diagnosis) == ("Terminating", False, None)
    assert not board.retell()
    clock.now += 60
    assert board.retell()
    assert row(board).diagnosis is not None


def test_of_very_many_unsettled_pods_each_is_looked_at_in_its_turn() -> None:
    clock = Clock()
    board = PodBoard(clock)
    leaving = {"deletionTimestamp": "2026-11-23T01:06:40Z"}
    board.pods(came(*(running(f"p{number}", metadata=leaving) for number in range(RETOLD * 2))))
    clock.now += 60
    for _ in range(2):
        board.retell()
    assert all(one.diagnosis is not None for one in board.rows.values())


def test_what_is_gone_leaves_nothing_behind() -> None:
    board = PodBoard(Clock())
    gone = running()
    board.pods(came(gone))
    board.events(came(event("Unhealthy", "x", about="a")))
    board.pods(changed(gone, None))
    assert board.rows == {}
    assert board.pods_of("uid-rs") == []
    assert board.pod(("default", "a")) is None


def test_changed_pods_name_their_controllers() -> None:
    board = PodBoard(Clock())
    board.pods(came(running()))
    assert board.touched == {"uid-rs"}


# Rollouts


def played(name: str, until: int, clock: Clock | None = None) -> tuple[RolloutBoard, PodBoard]:
    """A recorded story, told to the boards event by event."""
    clock = clock or Clock()
    pods = PodBoard(clock)
    board = RolloutBoard(clock, pods.pods_of, pods.diagnoses)
    known: dict[Any, Any] = {}
    for kind, one in story(name):
        if int(one.metadata.resource_version) > until:
            break
        key = (type(one), key_of(one))
        change: list[Change[Any]] = [Change(key_of(one), known.get(key), None if kind == "DELETED" else one)]
        known[key] = change[0].new
        match one:
            case Pod():
                pods.pods(change)
            case ReplicaSet():
                board.replicasets(change)
            case Deployment():
                board.workloads(change)
        board.touched(pods.touched)
        pods.touched.clear()
        board.refresh()
    return board, pods


def test_the_rows_of_a_recorded_story_are_those_of_its_objects() -> None:
    board, _ = played("financial-tax", 1043)
    assert [(one.name, one.phase, one.from_revision, one.revision) for one in board.rows()] == [
        ("financial-tax", "doomed", 1, 2)
    ]
    assert played("financial-tax", 1061)[0].rows()[0].phase == "complete"


def test_a_rollout_began_when_its_change_was_seen_and_ended_when_it_was_done() -> None:
    clock = Clock()
    board, _ = played("alfred-bot", 617, clock)
    clock.now += 5
    assert (board.rows()[0].began_at, board.rows()[0].ended_at) == (NOW, 0)
    done = Moment("alfred-bot", 712).deployment
    board.workloads(changed(done, done))
    board.refresh()
    assert (board.rows()[0].phase, board.rows()[0].ended_at) == ("complete", NOW + 5)
    clock.now += 100
    board.workloads(changed(done, done))
    board.refresh()
    assert board.rows()[0].ended_at == NOW + 5


def test_an_old_deadline_is_not_believed_after_a_change_that_was_seen() -> None:
    def at(generation: int, observed: int) -> Deployment:
        condition = {
            "type": "Progressing",
            "reason": "ProgressDeadlineExceeded",
            "lastUpdateTime": "2026-11-23T01:00:00Z",
        }
        return make(
            Deployment,
            metadata={"generation": generation},
            spec={"replicas": 1},
            status={"observedGeneration": observed, "conditions": [condition]},
        )

    clock = Clock()
    pods = PodBoard(clock)
    board = RolloutBoard(clock, pods.pods_of, pods.diagnoses)
    board.workloads(came(at(2, 2)))
    board.refresh()
    assert board.rows()[0].phase == "failed"
    board.workloads(changed(at(2, 2), at(3, 3)))
    board.refresh()
    assert board.rows()[0].phase == "progressing"
    clock.now += 601
    board.workloads(changed(at(3, 3), at(3, 3)))
    board.refresh()
    assert board.rows()[0].phase == "failed"


X = ("Deployment", "default", "x")


def at_rest(generation: int, uid: str = "uid-x", *, paused: bool = False, updated: int = 1) -> Deployment:
    counts = {"replicas": 1, "updatedReplicas": updated, "readyReplicas": 1, "availableReplicas": 1}
    return make(
        Deployment,
        metadata={"generation": generation, "uid": uid},
        spec={"replicas": 1, "paused": paused},
        status={"observedGeneration": generation, **counts},
    )


def rollouts(clock: Clock | None = None) -> RolloutBoard:
    clock = clock or Clock()
    pods = PodBoard(clock)
    return RolloutBoard(clock, pods.pods_of, pods.diagnoses)


def times(board: RolloutBoard) -> tuple[float, float]:
    found, _ = board.row(X)
    assert found is not None
    return found.began_at, found.ended_at


def phase(board: RolloutBoard) -> str:
    found, _ = board.row(X)
    assert found is not None
    assert found in board.rows()
    return f"{found.phase}: {found.message}"


@pytest.mark.parametrize("pinned_first", [True, False])
def test_a_rollout_that_was_over_before_a_pinned_change_is_not_taken_for_it(pinned_first: bool) -> None:
    board = rollouts()
    if pinned_first:
        board.pin(X, Since(generation=3))
    board.workloads(came(at_rest(2)))
    board.pin(X, Since(generation=3))
    assert phase(board) == "progressing: Waiting for generation 3 of the spec to be seen."
    board.workloads(changed(at_rest(2), at_rest(3)))
    assert phase(board).startswith("complete")


def test_a_pin_without_a_time_leaves_what_was_seen_of_the_change() -> None:
    board = rollouts()
    board.workloads(came(at_rest(2)))
    board.workloads(changed(at_rest(2), at_rest(3)))
    began = board.row(X)[0]
    board.pin(X, Since(generation=3))
    assert began is not None
    assert (board.row(X)[0], began.began_at) == (began, NOW)


@pytest.mark.parametrize("pinned_first", [True, False])
def test_each_change_of_our_own_has_a_beginning_of_its_own(pinned_first: bool) -> None:
    clock = Clock()
    board = rollouts(clock)
    board.workloads(came(at_rest(2)))
    for generation in (3, 4):
        clock.now += 100
        if pinned_first:
            board.pin(X, Since(generation=generation))
        rolling = at_rest(generation, updated=0)
        board.workloads(changed(at_rest(generation - 1), rolling))
        board.pin(X, Since(generation=generation))
        clock.now += 7
        board.workloads(changed(rolling, at_rest(generation)))
        assert times(board) == (clock.now - 7, clock.now)


@pytest.mark.parametrize("pinned", [True, False])
def test_pausing_and_resuming_what_is_through_is_no_rollout(pinned: bool) -> None:
    clock = Clock()
    board = rollouts(clock)
    board.workloads(came(at_rest(2)))
    board.workloads(changed(at_rest(2), at_rest(3)))
    before = times(board)
    for generation, paused in ((4, True), (5, False)):
        clock.now += 60
        if pinned:
            board.pin(X, Since(generation=generation))
        board.workloads(changed(at_rest(generation - 1), at_rest(generation, paused=paused)))
        assert (times(board), phase(board).split(":")[0]) == (before, "complete")


def test_what_waited_for_the_resume_begins_with_it() -> None:
    clock = Clock()
    board = rollouts(clock)
    waiting = at_rest(3, paused=True, updated=0)
    board.workloads(came(at_rest(2, paused=True)))
    board.workloads(changed(at_rest(2, paused=True), waiting))
    clock.now += 60
    board.workloads(changed(waiting, at_rest(4, updated=0)))
    assert times(board) == (clock.now, 0)


def test_a_pin_holds_for_no_other_object_of_that_name() -> None:
    board = rollouts()
    board.pin(X, Since(generation=7))
    board.workloads(came(at_rest(7)))
    board.workloads(changed(at_rest(7), at_rest(1, uid="another")))
    assert phase(board).startswith("complete")


def test_rows_are_made_a_few_at_a_time_when_asked() -> None:
    clock = Clock()
    pods = PodBoard(clock)
    board = RolloutBoard(clock, pods.pods_of, pods.diagnoses)
    board.workloads(came(*(make(StatefulSet, name=f"s{number}") for number in range(5))))
    assert board.refresh(3)
    assert len(board.rows()) == 3
    assert not board.refresh(3)
    assert len(board.rows()) == 5


def test_a_deleted_workload_has_no_row() -> None:
    clock = Clock()
    pods = PodBoard(clock)
    board = RolloutBoard(clock, pods.pods_of, pods.diagnoses)
    gone = make(Deployment)
    board.workloads(came(gone))
    board.refresh()
    board.workloads(changed(gone, None))
    assert board.rows() == ()
    assert board.find("Deployment", "default", "x") is None
    assert board.row(X) == (None, False)


def test_pods_that_cannot_be_created_are_told_in_the_row_of_their_statefulset() -> None:
    clock = Clock()
    pods = PodBoard(clock)
    board = RolloutBoard(clock, pods.pods_of, pods.diagnoses)
    board.workloads(came(make(StatefulSet, name="db", spec={"replicas": 1})))
    board.events(came(event("FailedCreate", "exceeded quota: compute", about="db", kind="StatefulSet")))
    board.refresh()
    assert "exceeded quota: compute" in board.rows()[0].message


def test_a_secret_in_a_warning_or_a_condition_is_hidden_in_the_rows() -> None:
    def hide(text: str) -> str:
        return text.replace("hunter2", "‹KEY›")

    board = PodBoard(Clock(), hide=hide)
    board.events(came(event("FailedMount", "cannot mount with hunter2", about="a")))
    board.pods(came(pod("a", spec={"nodeName": "n"}, status={"phase": "Pending"})))
    diagnosis = row(board).diagnosis
    assert diagnosis is not None
    assert "‹KEY›" in diagnosis.sentence
    assert "hunter2" not in repr(row(board))


def test_a_secret_in_what_holds_a_rollout_up_is_hidden_in_its_row() -> None:
    clock = Clock()
    pods = PodBoard(clock)
    board = RolloutBoard(clock, pods.pods_of, pods.diagnoses, lambda text: text.replace("hunter2", "‹KEY›"))
    board.workloads(came(make(StatefulSet, name="db", spec={"replicas": 1})))
    board.events(came(event("FailedCreate", "refused: hunter2", about="db", kind="StatefulSet")))
    board.refresh()
    assert "refused: ‹KEY›" in board.rows()[0].message
