"""A rollout is where kubectl says it is, and fails where kubectl only waits."""

import re
from typing import Any

import msgspec
import pytest
from alfred_tui.cluster.objects.ownership import Since
from alfred_tui.cluster.objects.partial import Condition, DaemonSet, Deployment, Pod, ReplicaSet, StatefulSet
from alfred_tui.cluster.objects.pod_status import epoch
from alfred_tui.cluster.rollouts.progress import assess
from alfred_tui.domain.cluster.workloads import Diagnosis, RolloutView

from tests.unit.cluster.kube import Moment, decoded, event, make, pod, story

NOW = 1795396000.0


def seen(moment: Moment, **options: Any) -> RolloutView:
    options.setdefault("now", NOW)
    return assess(moment.deployment, moment.all(ReplicaSet), moment.all(Pod), **options)


def words_between(name: str, first: int, last: int) -> list[str]:
    """What assess says after each recorded write of the Deployment, repetitions left out."""
    said: list[str] = []
    for _, one in story(name):
        if isinstance(one, Deployment) and first <= int(one.metadata.resource_version) <= last:
            message = assess(one, now=NOW).message
            if said[-1:] != [message]:
                said.append(message)
    return said


def waiting(what: str) -> str:
    return f'Waiting for deployment "alfred-bot" rollout to finish: {what}...'


@pytest.mark.parametrize(("first", "last"), [(532, 611), (632, 712), (747, 824)])
def test_a_rolling_update_is_told_in_the_words_that_kubectl_printed(first: int, last: int) -> None:
    assert words_between("alfred-bot", first, last) == [
        waiting("1 out of 3 new replicas have been updated"),
        waiting("2 out of 3 new replicas have been updated"),
        waiting("1 old replicas are pending termination"),
        'deployment "alfred-bot" successfully rolled out',
    ]


def test_scaling_up_is_told_in_the_words_that_kubectl_printed() -> None:
    assert words_between("alfred-bot", 885, 904) == [
        waiting("0 of 3 updated replicas are available"),
        waiting("1 of 3 updated replicas are available"),
        waiting("2 of 3 updated replicas are available"),
        'deployment "alfred-bot" successfully rolled out',
    ]


def test_scaling_to_nothing_is_not_done_while_pods_still_serve() -> None:
    """kubectl calls this moment done."""
    assert words_between("alfred-bot", 833, 833) == [waiting("3 replicas are pending termination")]
    assert seen(Moment("alfred-bot", 846)).phase == "complete"


def test_a_spec_that_the_controller_has_not_seen_is_waited_for() -> None:
    view = seen(Moment("alfred-bot", 519))
    assert (view.phase, view.message) == (
        "progressing",
        "Waiting for deployment spec update to be observed...",
    )
    assert (view.generation, view.observed) == (2, 1)


def test_our_own_change_is_waited_for_until_it_comes_back_in_the_watch() -> None:
    view = seen(Moment("alfred-bot", 824), since=Since(generation=5))
    assert view.phase == "progressing"
    assert view.message == "Waiting for generation 5 of the spec to be seen."


def test_a_passed_deadline_fails_in_kubectls_words() -> None:
    view = seen(Moment("legal-compliance", 1088))
    assert view.phase == "failed"
    assert view.message == 'deployment "legal-compliance" exceeded its progress deadline'


def test_the_old_deadline_is_not_read_with_the_new_generation() -> None:
    assert (
        seen(Moment("legal-compliance", 1089)).message
        == "Waiting for deployment spec update to be observed..."
    )
    assert seen(Moment("legal-compliance", 1095)).phase == "progressing"
    assert seen(Moment("legal-compliance", 1106)).phase == "complete"


def stale(**status: Any) -> Deployment:
    """Right after an undo: the new generation is observed, the condition is still that of the bad rollout."""
    condition = {
        "type": "Progressing",
        "status": "False",
        "reason": "ProgressDeadlineExceeded",
        "lastUpdateTime": "2026-11-23T01:00:00Z",
    }
    return make(
        Deployment,
        metadata={"generation": 3},
        spec={"replicas": 3, "progressDeadlineSeconds": 60},
        status={"observedGeneration": 3, "replicas": 3, "conditions": [condition], **status},
    )


CONDITION_AT = epoch(stale().status.conditions[0].last_update_time)


@pytest.mark.parametrize(
    ("since", "after", "phase"),
    [
        (Since(), 10, "failed"),
        (Since(generation=3, changed_at=CONDITION_AT + 100), 110, "progressing"),
        (Since(generation=3, changed_at=CONDITION_AT + 100), 160, "failed"),
        (Since(generation=3, changed_at=CONDITION_AT - 100), 10, "failed"),
        # Their clock is behind ours or ahead of it: the condition itself says whether it was renewed.
        (
            Since(generation=3, changed_at=CONDITION_AT - 100, condition_before=CONDITION_AT),
            -90,
            "progressing",
        ),
        (
            Since(generation=3, changed_at=CONDITION_AT + 100, condition_before=CONDITION_AT - 5),
            110,
            "failed",
        ),
    ],
)
def test_a_deadline_that_passed_before_our_change_is_not_believed(
    since: Since, after: float, phase: str
) -> None:
    assert assess(stale(), now=CONDITION_AT + after, since=since).phase == phase


def test_a_rollout_that_finished_in_spite_of_the_old_condition_is_complete() -> None:
    done = stale(updatedReplicas=3, availableReplicas=3, readyReplicas=3)
    since = Since(generation=3, changed_at=CONDITION_AT + 100)
    assert assess(done, now=CONDITION_AT + 110, since=since).phase == "complete"


def test_a_paused_rollout_is_told_as_paused() -> None:
    paused = make(
        Deployment,
        metadata={"generation": 2},
        spec={"replicas": 2, "paused": True},
        status={"observedGeneration": 2, "replicas": 2, "availableReplicas": 2},
    )
    view = assess(paused, now=NOW)
    assert view.phase == "paused"
    assert view.message.startswith("Paused. Waiting for deployment")


def test_a_deployment_without_replicas_in_its_spec_wants_one() -> None:
    assert assess(make(Deployment), now=NOW).desired == 1


# Beyond kubectl


def test_a_rollout_whose_every_new_pod_crashes_is_doomed_early() -> None:
    view = seen(Moment("financial-tax", 1043))
    assert view.phase == "doomed"
    assert view.message.startswith(
        "1 of 1 new pods cannot come up. Container financial-tax ended with exit code 1"
    )


def test_the_undo_of_a_doomed_rollout_is_not_doomed() -> None:
    assert seen(Moment("financial-tax", 1046)).phase == "progressing"
    assert seen(Moment("financial-tax", 1054)).phase == "progressing"
    assert seen(Moment("financial-tax", 1061)).phase == "complete"


def test_a_rollout_that_never_becomes_ready_is_not_doomed() -> None:
    assert seen(Moment("legal-compliance", 1087)).phase == "progressing"


def controlled(uid: str, **metadata: Any) -> dict[str, Any]:
    return {"ownerReferences": [{"uid": uid, "controller": True, "kind": "x", "name": "x"}], **metadata}


def crashing(name: str, owner: str, **metadata: Any) -> Pod:
    status = {"name": "c", "restartCount": 2, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
    return pod(
        name,
        metadata=controlled(owner, **metadata),
        spec={"nodeName": "n"},
        status={"phase": "Running", "containerStatuses": [status]},
    )


def starting(name: str, owner: str, **metadata: Any) -> Pod:
    return pod(
        name, metadata=controlled(owner, **metadata), spec={"nodeName": "n"}, status={"phase": "Pending"}
    )


ROLLING = make(
    Deployment,
    name="d",
    metadata={"generation": 2, "annotations": {"deployment.kubernetes.io/revision": "2"}},
    spec={"replicas": 3},
    status={"observedGeneration": 2, "replicas": 4, "updatedReplicas": 2, "availableReplicas": 3},
)


def replicaset(name: str, revision: int, image: str = "v", **fields: Any) -> ReplicaSet:
    return make(
        ReplicaSet,
        name=name,
        metadata=controlled("uid-d", annotations={"deployment.kubernetes.io/revision": str(revision)}),
        spec={"replicas": 2, "template": {"spec": {"containers": [{"name": "c", "image": image}]}}},
        **fields,
    )


REPLICASETS = [replicaset("new", 2, "v2"), replicaset("old", 1, "v1", status={"replicas": 2})]


def test_one_new_pod_that_may_yet_come_up_keeps_a_deployment_going() -> None:
    pods = [crashing("a", "uid-new"), starting("b", "uid-new")]
    assert assess(ROLLING, REPLICASETS, pods, now=NOW).phase == "progressing"
    assert assess(ROLLING, REPLICASETS, pods[:1], now=NOW).phase == "doomed"


NO_ROOM = "0/4 nodes are available: 4 Insufficient cpu. no new claims to deallocate, preemption: none."


def homeless(name: str) -> Pod:
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": NO_ROOM}
    return pod(name, metadata=controlled("uid-new"), status={"phase": "Pending", "conditions": [condition]})


@pytest.mark.parametrize(
    ("lost", "without_a_node", "begun", "phase"),
    [
        (24, 1, 0, "doomed"),
        (2, 1, 0, "doomed"),
        # As many that were never tried as were: a bigger cluster may yet show that it comes up.
        (1, 1, 0, "progressing"),
        (1, 24, 0, "progressing"),
        (0, 25, 0, "progressing"),
        (23, 1, 1, "progressing"),
    ],
)
def test_a_pod_that_no_node_takes_does_not_hold_up_the_verdict_of_those_that_were_tried(
    lost: int, without_a_node: int, begun: int, phase: str
) -> None:
    pods = [crashing(f"lost-{n}", "uid-new") for n in range(lost)]
    pods += [homeless(f"waits-{n}") for n in range(without_a_node)]
    pods += [starting(f"new-{n}", "uid-new") for n in range(begun)]
    view = assess(ROLLING, REPLICASETS, pods, now=NOW)
    assert view.phase == phase
    if phase == "doomed":
        assert view.message.startswith(f"{lost} of {lost + 1} new pods cannot come up. Container c crashes")
        assert view.message.endswith(
            "1 more: No node takes it (0 of 4 would): 4 Insufficient cpu; it asks for nothing."
        )


def test_a_pod_that_was_only_just_made_holds_the_verdict_up() -> None:
    """No scheduler has looked for its node yet: it may begin in a moment."""
    just_made = pod("just-made", metadata=controlled("uid-new"), status={"phase": "Pending"})
    pods = [crashing("a", "uid-new"), crashing("b", "uid-new"), just_made]
    assert assess(ROLLING, REPLICASETS, pods, now=NOW).phase == "progressing"


def test_pods_that_crash_in_turns_doom_a_rollout_though_one_of_them_always_runs() -> None:
    times = {"startedAt": "2026-11-23T01:05:00Z", "finishedAt": "2026-11-23T01:06:00Z"}
    last = {"terminated": {"exitCode": 1, "reason": "Error", **times}}
    running = {"running": {"startedAt": "2026-11-23T01:06:20Z"}}
    again = {"name": "c", "restartCount": 2, "ready": False, "state": running, "lastState": last}
    runs = pod(
        "b",
        metadata=controlled("uid-new"),
        spec={"nodeName": "n"},
        status={"phase": "Running", "containerStatuses": [again]},
    )
    pods = [crashing("a", "uid-new"), runs]
    assert assess(ROLLING, REPLICASETS, pods, now=NOW).phase == "doomed"
    assert assess(ROLLING, REPLICASETS, pods, now=NOW + 120).phase == "progressing", "it has outlived that"


def test_a_rollout_whose_deadline_passed_tells_beside_kubectls_words_why() -> None:
    late = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
    status = msgspec.structs.replace(ROLLING.status, conditions=[decoded(Condition, late)])
    failed = msgspec.structs.replace(ROLLING, status=status)
    view = assess(failed, REPLICASETS, [crashing("a", "uid-new")], now=NOW)
    assert view.phase == "failed"
    assert view.message.startswith('deployment "d" exceeded its progress deadline. 1 of 1 new pods cannot')


@pytest.mark.parametrize("late", [False, True])
def test_a_rollout_that_is_held_up_tells_beside_kubectls_words_what_most_new_pods_have(late: bool) -> None:
    passed = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
    conditions = [decoded(Condition, passed)] if late else []
    workload = msgspec.structs.replace(
        ROLLING, status=msgspec.structs.replace(ROLLING.status, conditions=conditions)
    )
    pods = [starting(name, "uid-new") for name in "abc"]
    no_room = Diagnosis(cause="Unschedulable", sentence="No node takes it.", group="Unschedulable (cpu)")
    other = Diagnosis(cause="Unhealthy", sentence="A probe fails.", group="Unhealthy")
    known = {"uid-a": other, "uid-b": no_room, "uid-c": no_room}
    view = assess(workload, REPLICASETS, pods, now=NOW, diagnoses=known)
    assert view.phase == ("failed" if late else "progressing")
    assert view.message.endswith(" 2 of 3 new pods: No node takes it.")


def test_a_new_pod_that_is_ready_again_holds_nothing_up() -> None:
    status = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    ready = pod("a", metadata=controlled("uid-new"), spec={"nodeName": "n"}, status=status)
    restarted = Diagnosis(cause="Restarted", sentence="It restarted.")
    view = assess(ROLLING, REPLICASETS, [ready], now=NOW, diagnoses={"uid-a": restarted})
    assert "restarted" not in view.message


def test_a_doomed_rollout_tells_the_last_words_of_whichever_pod_has_any() -> None:
    pods = [crashing("a", "uid-new"), crashing("b", "uid-new")]
    silent = Diagnosis(cause="x", sentence="It ended.", doomed=True)
    said = msgspec.structs.replace(silent, last_words=("ERROR no table",))
    view = assess(ROLLING, REPLICASETS, pods, now=NOW, diagnoses={"uid-a": silent, "uid-b": said})
    assert view.message == "2 of 2 new pods cannot come up. It ended; its last words: ERROR no table."


def test_pods_of_the_old_revision_and_leaving_ones_doom_nothing() -> None:
    leaving = crashing("c", "uid-new", deletionTimestamp="2026-11-23T01:00:00Z")
    pods = [crashing("a", "uid-old"), crashing("b", "uid-elsewhere"), leaving]
    assert assess(ROLLING, REPLICASETS, pods, now=NOW).phase == "progressing"


def test_where_it_comes_from_is_told_with_images() -> None:
    view = assess(ROLLING, REPLICASETS, now=NOW)
    assert (view.from_revision, view.revision) == (1, 2)
    assert view.from_images == {"c": "v1"}


def test_after_a_rollback_it_comes_from_the_revision_that_still_runs() -> None:
    sets = [replicaset("a", 3, "v1"), replicaset("b", 2, "v2", status={"replicas": 1})]
    rolled_back = make(
        Deployment,
        name="d",
        metadata={"generation": 3, "annotations": {"deployment.kubernetes.io/revision": "3"}},
        spec={"replicas": 2, "template": {"spec": {"containers": [{"name": "c", "image": "v1"}]}}},
        status={"observedGeneration": 3},
    )
    view = assess(rolled_back, sets, now=NOW)
    assert (view.from_revision, view.revision, view.from_images, view.images) == (
        2,
        3,
        {"c": "v2"},
        {"c": "v1"},
    )


def test_when_it_ended_is_told_once_it_has() -> None:
    moment = Moment("financial-tax", 1061)
    view = seen(moment, since=Since(changed_at=1.0))
    progressing = next(one for one in moment.deployment.status.conditions if one.type == "Progressing")
    assert view.ended_at == epoch(progressing.last_update_time)
    assert view.began_at < view.ended_at
    assert seen(Moment("financial-tax", 1016)).ended_at == 0


def test_a_replicaset_that_was_taken_up_again_does_not_say_when_the_undo_began() -> None:
    revision = {"deployment.kubernetes.io/revision": "3"}
    again = make(
        ReplicaSet,
        name="a",
        metadata=controlled(
            "uid-d",
            annotations={**revision, "deployment.kubernetes.io/revision-history": "1"},
            creationTimestamp="2026-11-23T01:00:00Z",
        ),
    )
    back = make(Deployment, name="d", metadata={"generation": 3, "annotations": revision})
    assert assess(back, [again], now=NOW).began_at == 0
    assert assess(back, [again], now=NOW, since=Since(changed_at=NOW - 5)).began_at == NOW - 5


def test_a_pause_does_not_move_the_end_of_what_was_through() -> None:
    condition = {
        "type": "Progressing",
        "status": "Unknown",
        "reason": "DeploymentPaused",
        "lastUpdateTime": "2026-11-23T05:00:00Z",
    }
    counts = {"replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1}
    paused = make(
        Deployment,
        metadata={"generation": 1},
        spec={"replicas": 1, "paused": True},
        status={"observedGeneration": 1, "conditions": [condition], **counts},
    )
    view = assess(paused, now=NOW)
    assert (view.phase, view.paused, view.ended_at) == ("complete", True, 0)


def test_pods_that_cannot_be_created_are_told_while_waiting() -> None:
    said = "exceeded quota: compute"
    condition = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": said}
    failing = replicaset("new", 2, "v2", status={"conditions": [condition]})
    failed = event("FailedCreate", said, kind="StatefulSet")
    views = (
        assess(ROLLING, [failing, REPLICASETS[1]], now=NOW),
        assess(stateful(readyReplicas=1), now=NOW, events=[failed]),
    )
    for view in views:
        assert view.phase == "progressing"
        assert view.message.endswith(f"Its pods cannot be created: {said}.")


def test_an_old_warning_about_a_deployments_replicaset_says_nothing_of_its_rollout() -> None:
    failed = event("FailedCreate", "exceeded quota: compute", kind="ReplicaSet")
    assert "quota" not in assess(ROLLING, REPLICASETS, now=NOW, events=[failed]).message


# StatefulSets


def stateful(spec: dict[str, Any] | None = None, **status: Any) -> StatefulSet:
    return make(
        StatefulSet,
        name="db",
        metadata={"generation": 2},
        spec={
            "replicas": 3,
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
            **(spec or {}),
        },
        status={
            "observedGeneration": 2,
            "replicas": 3,
            "updateRevision": "db-2",
            "currentRevision": "db-1",
            **status,
        },
    )


def partition(number: int) -> dict[str, Any]:
    return {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": number}}}


@pytest.mark.parametrize(
    ("workload", "phase", "words"),
    [
        (
            stateful(observedGeneration=1),
            "progressing",
            "Waiting for statefulset spec update to be observed...",
        ),
        (
            stateful(observedGeneration=0),
            "progressing",
            "Waiting for statefulset spec update to be observed...",
        ),
        (stateful(readyReplicas=1), "progressing", "Waiting for 2 pods to be ready..."),
        (
            stateful(readyReplicas=3, updatedReplicas=1),
            "progressing",
            "Waiting for partitioned roll out to finish: 1 out of 3 new pods have been updated...",
        ),
        (
            stateful(partition(2), readyReplicas=3, updatedReplicas=1),
            "complete",
            "partitioned roll out complete: 1 new pods have been updated...",
        ),
        (
            stateful({"updateStrategy": {"type": "RollingUpdate"}}, readyReplicas=3, updatedReplicas=1),
            "progressing",
            "waiting for statefulset rolling update to complete 1 pods at revision db-2...",
        ),
        (
            stateful({"updateStrategy": {"type": "OnDelete"}}, readyReplicas=3, updatedReplicas=1),
            "progressing",
            "2 of 3 pods run the old revision until they are deleted (OnDelete).",
        ),
        (
            # As Kubernetes 1.36 leaves it: the current revision stays the one from before.
            stateful({"updateStrategy": {"type": "OnDelete"}}, readyReplicas=3, updatedReplicas=3),
            "complete",
            "3 pods run revision db-2 (OnDelete).",
        ),
        (stateful({"replicas": 0}, readyReplicas=3), "progressing", "Waiting for 3 pods to be terminated..."),
    ],
)
def test_a_statefulset_is_told_as_kubectl_tells_it(workload: StatefulSet, phase: str, words: str) -> None:
    view = assess(workload, now=NOW)
    assert view.phase == phase
    assert view.message.startswith(words)


@pytest.mark.parametrize(
    ("policy", "strategy", "phase"),
    [
        ("", "RollingUpdate", "doomed"),
        ("OrderedReady", "RollingUpdate", "doomed"),
        ("Parallel", "RollingUpdate", "progressing"),
        ("", "OnDelete", "progressing"),
    ],
)
def test_a_broken_old_pod_for_which_the_controller_waits_is_told_with_what_helps(
    policy: str, strategy: str, phase: str
) -> None:
    undone = stateful(
        {"podManagementPolicy": policy, "updateStrategy": {"type": strategy}},
        readyReplicas=2,
        updatedReplicas=2,
    )
    broken = crashing("db-2", "uid-db", labels={"controller-revision-hash": "db-1"})
    view = assess(undone, (), [broken], now=NOW)
    assert view.phase == phase
    assert ("kubectl delete pod db-2 -n default lets the new one" in view.message) is (phase == "doomed")


@pytest.mark.parametrize(
    ("start", "name", "told"),
    [
        (0, "db-2", "kubectl delete pod db-2 -n default lets the new one"),
        (0, "db-1", "waits for db-1, which cannot become ready, before it replaces others"),
        (10, "db-12", "kubectl delete pod db-12 -n default lets the new one"),
        (
            10,
            "db-11",
            "waits for db-11, which cannot become ready, before it replaces others",
        ),
    ],
)
def test_a_broken_pod_below_the_partition_would_come_back_as_it_was(start: int, name: str, told: str) -> None:
    """Seen on Kubernetes 1.36: what is deleted there is made anew from the revision before."""
    waiting = stateful({**partition(2), "ordinals": {"start": start}}, readyReplicas=2)
    broken = crashing(name, "uid-db", labels={"controller-revision-hash": "db-1"})
    view = assess(waiting, (), [broken], now=NOW)
    assert view.phase == "doomed"
    assert told in view.message


@pytest.mark.parametrize(("number", "kept"), [(0, 0), (2, 2), (7, 3)])
def test_a_partition_keeps_so_many_pods(number: int, kept: int) -> None:
    assert assess(stateful(partition(number)), now=NOW).kept == kept


def test_one_lost_pod_of_the_new_revision_dooms_a_statefulset() -> None:
    workload = stateful({"podManagementPolicy": "Parallel"}, readyReplicas=2)
    new = crashing("db-2", "uid-db", labels={"controller-revision-hash": "db-2"})
    old = crashing("db-1", "uid-db", labels={"controller-revision-hash": "db-1"})
    assert assess(workload, pods=[old], now=NOW).phase == "progressing"
    view = assess(workload, pods=[new, old], now=NOW)
    assert view.phase == "doomed"
    assert view.from_images == {"c": "registry.local/c:v1"}


# DaemonSets


def daemon(strategy: str = "RollingUpdate", **status: Any) -> DaemonSet:
    return make(
        DaemonSet,
        name="agent",
        metadata={"generation": 2},
        spec={
            "updateStrategy": {"type": strategy},
            "template": {"spec": {"containers": [{"name": "c", "image": "registry.local/c:v1"}]}},
        },
        status={"observedGeneration": 2, "desiredNumberScheduled": 4, "updatedNumberScheduled": 4, **status},
    )


@pytest.mark.parametrize(
    ("workload", "phase", "words"),
    [
        (daemon(observedGeneration=1), "progressing", "Waiting for daemon set spec update to be observed..."),
        (
            daemon(updatedNumberScheduled=1),
            "progressing",
            'Waiting for daemon set "agent" rollout to finish: 1 out of 4 new pods have been updated...',
        ),
        (
            daemon(numberAvailable=3),
            "progressing",
            'Waiting for daemon set "agent" rollout to finish: 3 of 4 updated pods are available...',
        ),
        (daemon(numberAvailable=4), "complete", 'daemon set "agent" successfully rolled out'),
        (
            daemon("OnDelete", updatedNumberScheduled=1, numberAvailable=4),
            "progressing",
            "3 of 4 pods run the old revision until they are deleted (OnDelete).",
        ),
    ],
)
def test_a_daemonset_is_told_as_kubectl_tells_it(workload: DaemonSet, phase: str, words: str) -> None:
    view = assess(workload, now=NOW)
    assert (view.phase, view.message) == (phase, words)


def test_one_lost_new_pod_dooms_a_daemonset() -> None:
    lost = crashing("a", "uid-agent", labels={"controller-revision-hash": "2"})
    assert assess(daemon(numberAvailable=3), pods=[lost], now=NOW).phase == "doomed"


def test_the_broken_pods_that_a_change_of_the_environment_is_to_mend_do_not_doom_it() -> None:
    broken = crashing("a", "uid-agent", labels={"controller-revision-hash": "1"})
    for not_begun in (daemon(updatedNumberScheduled=0), daemon(observedGeneration=1)):
        view = assess(not_begun, pods=[broken], now=NOW)
        assert (view.phase, view.newest) == ("progressing", "")
    assert assess(daemon(updatedNumberScheduled=1), pods=[broken], now=NOW).phase == "doomed"


def test_no_recorded_moment_is_complete_before_kubectl_says_so() -> None:
    """Over all recorded writes: complete means what the API's own counters mean by it."""
    for name in ("alfred-bot", "financial-tax", "legal-compliance"):
        for _, one in story(name):
            if not isinstance(one, Deployment):
                continue
            status = one.status
            done = assess(one, now=NOW).phase == "complete"
            assert done == (
                status.observed_generation == one.metadata.generation
                and {status.replicas, status.updated_replicas, status.available_replicas}
                == {one.spec.replicas}
            )
            assert re.search(r"\w", assess(one, now=NOW).message)
