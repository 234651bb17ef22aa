"""Every way in which a pod is unwell, from the object forms that kubelets, runtimes and schedulers give."""

from typing import Any

import msgspec
import pytest
from alfred_tui.cluster.diagnosis.container_trouble import ordinal
from alfred_tui.cluster.diagnosis.likeness import alike
from alfred_tui.cluster.diagnosis.pods import creation_failure, diagnose
from alfred_tui.cluster.objects.partial import Condition, Event, Pod, Volume
from alfred_tui.domain.cluster.workloads import Diagnosis

from tests.unit.cluster.kube import Moment, event, pod

START = "2026-11-23T01:00:00Z"
LONG_AGO = "2026-11-23T00:30:00Z"
END = "2026-11-23T01:00:40Z"
NOW = 1795396000.0  # 2026-11-23T01:06:40Z, six minutes after END
IMAGE = "registry.local/alfred-bot:v2"


def test_the_tests_clock_is_what_it_says() -> None:
    diagnosis = diagnose(crashed(1, finished=END), now=NOW)
    assert diagnosis is not None
    assert diagnosis.began_at == NOW - 360


def state(name: str = "alfred-bot", **fields: Any) -> dict[str, Any]:
    return {"name": name, "restartCount": 0, "ready": False, "image": IMAGE, **fields}


def bot(
    *statuses: dict[str, Any], phase: str = "Running", spec: dict[str, Any] | None = None, **more: Any
) -> Pod:
    container = {
        "name": "alfred-bot",
        "image": IMAGE,
        "resources": {"limits": {"memory": "256Mi"}, "requests": {"cpu": "500m", "memory": "128Mi"}},
    }
    status = {"phase": phase, "containerStatuses": list(statuses), **more.pop("status", {})}
    return pod(spec={"nodeName": "node-1", "containers": [container], **(spec or {})}, status=status, **more)


def waiting(reason: str, message: str = "", **fields: Any) -> Pod:
    return bot(state(state={"waiting": {"reason": reason, "message": message}}, **fields), phase="Pending")


def ended(code: int, reason: str = "Error", *, finished: str = END, **fields: Any) -> dict[str, Any]:
    end = {"exitCode": code, "reason": reason, "startedAt": START, "finishedAt": finished, **fields}
    return {"terminated": end}


def crashed(
    code: int, reason: str = "Error", *, restarts: int = 3, finished: str = END, **fields: Any
) -> Pod:
    back_off = "back-off 40s restarting failed container=alfred-bot pod=x_default(uid)"
    return bot(
        state(
            restartCount=restarts,
            state={"waiting": {"reason": "CrashLoopBackOff", "message": back_off}},
            lastState=ended(code, reason, finished=finished, **fields),
        )
    )


def told(pod: Pod, *events: Event, **options: Any) -> Diagnosis:
    diagnosis = diagnose(pod, events, now=NOW, **options)
    assert diagnosis is not None
    assert diagnosis.sentence.endswith(".")
    assert "\n" not in diagnosis.sentence
    assert diagnosis.look_at
    assert diagnosis.group
    return diagnosis


# Well


@pytest.mark.parametrize("phase", ["Succeeded", "Running"])
def test_a_pod_that_is_done_or_ready_has_no_diagnosis(phase: str) -> None:
    running = state(ready=True, state={"running": {"startedAt": START}})
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    assert diagnose(bot(running, phase=phase, status=ready), now=NOW) is None


@pytest.mark.parametrize("reason", ["ContainerCreating", "PodInitializing"])
def test_a_pod_that_is_only_starting_has_no_diagnosis(reason: str) -> None:
    assert diagnose(waiting(reason), now=NOW) is None


def test_a_container_has_half_a_minute_to_become_ready() -> None:
    young = bot(state(state={"running": {"startedAt": "2026-11-23T01:06:20Z"}}))
    assert diagnose(young, now=NOW) is None
    assert told(bot(state(state={"running": {"startedAt": START}}))).cause == "NotReady"


@pytest.mark.parametrize("probe", ["readinessProbe", "startupProbe"])
def test_a_container_whose_probe_begins_late_has_longer_to_become_ready(probe: str) -> None:
    late = {"containers": [{"name": "alfred-bot", "image": IMAGE, probe: {"initialDelaySeconds": 300}}]}
    young = bot(state(state={"running": {"startedAt": "2026-11-23T01:04:00Z"}}), spec=late)
    assert diagnose(young, now=NOW) is None
    assert told(bot(state(state={"running": {"startedAt": START}}), spec=late)).cause == "NotReady"


def test_a_pod_within_its_grace_period_is_well() -> None:
    leaving = bot(state(state=ended(143)), metadata={"deletionTimestamp": "2026-11-23T01:07:00Z"})
    assert diagnose(leaving, now=NOW) is None


# Images


@pytest.mark.parametrize(
    ("message", "why", "doomed"),
    [
        (
            'failed to pull and unpack image "registry.local/alfred-bot:v2": failed to resolve reference '
            '"registry.local/alfred-bot:v2": registry.local/alfred-bot:v2: not found',
            "no such image or tag (not found)",
            True,
        ),
        (
            "reading manifest v2 in registry.local/alfred-bot: manifest unknown: manifest unknown",
            "no such image or tag (manifest unknown)",
            True,
        ),
        (
            "failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized",
            "does not let this cluster in",
            False,
        ),
        (
            "dial tcp: lookup registry.local on 10.96.0.10:53: no such host",
            "the registry cannot be reached from the node",
            False,
        ),
        ("toomanyrequests: You have reached your pull rate limit", "limits the rate of pulls", False),
        (
            "no match for platform in manifest: not found",
            "not built for this node's platform",
            True,
        ),
    ],
)
def test_an_image_that_cannot_be_pulled_is_told_with_its_cause(message: str, why: str, doomed: bool) -> None:
    diagnosis = told(waiting("ErrImagePull", message))
    assert f"Image {IMAGE} of alfred-bot cannot be pulled: " in diagnosis.sentence
    assert why in diagnosis.sentence
    assert diagnosis.doomed is doomed
    assert diagnosis.cause == "ErrImagePull"


def test_while_pulling_backs_off_the_cause_is_that_of_the_last_try() -> None:
    failed = event(
        "Failed",
        f'Failed to pull image "{IMAGE}": rpc error: code = NotFound desc = manifest unknown',
        involvedObject={"fieldPath": "spec.containers{alfred-bot}"},
        firstTimestamp=START,
        lastTimestamp=END,
    )
    diagnosis = told(waiting("ImagePullBackOff", f'Back-off pulling image "{IMAGE}"'), failed)
    assert "manifest unknown" in diagnosis.sentence
    assert diagnosis.group == f"ImagePullBackOff {IMAGE} (manifest unknown)"
    assert diagnosis.began_at == NOW - 400
    assert diagnosis.doomed


def test_a_back_off_without_any_cause_is_not_doomed() -> None:
    assert not told(waiting("ImagePullBackOff", f'Back-off pulling image "{IMAGE}"')).doomed


@pytest.mark.parametrize("reason", ["InvalidImageName", "ErrImageNeverPull"])
def test_an_image_that_can_never_come_is_doomed(reason: str) -> None:
    assert told(waiting(reason, "couldn't parse image reference")).doomed


# Crashes


def test_a_crash_loop_is_told_with_exit_code_life_and_count() -> None:
    diagnosis = told(crashed(1))
    assert (
        diagnosis.sentence == "Container alfred-bot ended with exit code 1, 40s after its start; 3rd restart."
    )
    assert diagnosis.cause == "CrashLoopBackOff"
    assert diagnosis.group == "CrashLoopBackOff alfred-bot (exit code 1)"
    assert diagnosis.doomed


def test_a_container_that_ran_out_of_memory_is_told_with_its_limit() -> None:
    diagnosis = told(crashed(137, "OOMKilled"))
    assert diagnosis.cause == "OOMKilled"
    assert (
        "was OOMKilled at its memory limit of 256Mi, 40s after its start; 3rd restart" in diagnosis.sentence
    )


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (139, "was ended by SIGSEGV (exit code 139)"),
        (137, "was ended by SIGKILL (exit code 137)"),
        (127, "exit code 127 (the command is not in the image)"),
        (0, "ends by itself with exit code 0, though it should keep running"),
        (255, "ended with exit code 255, 40s"),
        (192, "was ended by SIGRTMAX (exit code 192)"),
    ],
)
def test_an_exit_code_is_told_in_words(code: int, words: str) -> None:
    assert words in told(crashed(code)).sentence


def test_the_termination_message_is_told_without_its_escape_sequences() -> None:
    message = "starting\npanic: no database\x1b[31m\n"
    found = told(crashed(2, message=message))
    assert found.last_words == ("panic: no database",)
    assert found.whole == f"{found.sentence.removesuffix('.')}; its last words: panic: no database."


def test_a_crash_without_a_last_state_is_still_told() -> None:
    lost = bot(state(restartCount=2, state={"waiting": {"reason": "CrashLoopBackOff"}}))
    assert told(lost).sentence == "Container alfred-bot crashes again and again; 2nd restart."


def test_a_container_killed_by_its_liveness_probe_is_told_so() -> None:
    probe = event("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 500")
    assert (
        "after its liveness probe failed: HTTP probe failed with statuscode: 500"
        in told(crashed(137), probe).sentence
    )


@pytest.mark.parametrize(("code", "doomed"), [(127, True), (128, False)])
def test_a_container_that_cannot_run_is_doomed_unless_the_runtime_may_yet_manage(
    code: int, doomed: bool
) -> None:
    message = 'exec: "/app": stat /app: no such file or directory'
    unstarted = bot(state(state=ended(code, "ContainerCannotRun", message=message)))
    diagnosis = told(unstarted)
    assert f"cannot be started: {message}" in diagnosis.sentence
    assert diagnosis.doomed is doomed


def test_a_running_container_that_its_probe_killed_is_told_so() -> None:
    probe = event("Unhealthy", "Liveness probe failed: connection refused")
    running = state(ready=True, restartCount=1, state={"running": {"startedAt": END}}, lastState=ended(137))
    sentence = told(bot(running), probe).sentence
    assert "1st restart, running again, after its liveness probe failed: connection refused." in sentence


def test_what_could_not_be_executed_is_told_without_the_chain_of_runtimes() -> None:
    message = (
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc "
        'create failed: unable to start container process: exec: "/app/serve": stat /app/serve: no such file '
        "or directory: unknown"
    )
    diagnosis = told(crashed(128, "StartError", message=message))
    assert diagnosis.sentence == (
        'Container alfred-bot cannot be started: exec: "/app/serve": stat /app/serve: no such file or '
        "directory; 3rd restart."
    )
    assert "log" not in diagnosis.look_at


def test_a_crash_loop_began_with_its_first_back_off() -> None:
    backing = event(
        "BackOff", "Back-off restarting failed container", firstTimestamp=START, lastTimestamp=END
    )
    assert told(crashed(1), backing).began_at == NOW - 400


def test_a_trouble_of_which_nothing_says_when_it_began_began_when_the_pod_was_not_ready() -> None:
    unready = {"type": "Ready", "status": "False", "lastTransitionTime": START}
    held = {"waiting": {"reason": "CreateContainerConfigError", "message": 'secret "x" not found'}}
    assert told(bot(state(state=held), status={"conditions": [unready]})).began_at == NOW - 400


@pytest.mark.parametrize("ready", [True, False])
def test_a_recent_restart_of_a_running_container_is_told_and_not_doomed(ready: bool) -> None:
    """Also while it may yet become ready: one that crashes again and again spends most of its time so."""
    just_now = {"running": {"startedAt": "2026-11-23T01:06:30Z"}}
    running = state(ready=ready, restartCount=1, state=just_now, lastState=ended(137, "OOMKilled"))
    diagnosis = told(bot(running))
    assert diagnosis.cause == "OOMKilled"
    assert "1st restart, running again" in diagnosis.sentence
    assert not diagnosis.doomed


def test_a_crash_loop_goes_on_in_the_moment_in_which_its_container_has_ended() -> None:
    again = told(bot(state(restartCount=2, state=ended(1))))
    assert (again.doomed, again.group) == (True, told(crashed(1)).group)
    first = state(restartCount=1, state=ended(1))
    after_long = state(restartCount=2, state=ended(1, startedAt=LONG_AGO))
    assert not any(told(bot(one)).doomed for one in (first, after_long))


@pytest.mark.parametrize(
    ("fields", "before", "doomed"),
    [
        ({}, START, True),
        ({"ready": True}, START, False),
        ({"restartCount": 1}, START, False),
        ({"state": {"running": {"startedAt": "2026-11-23T01:05:00Z"}}}, START, False),
        ({}, LONG_AGO, False),
    ],
)
def test_a_crash_loop_goes_on_while_its_container_runs_for_a_moment(
    fields: dict[str, Any], before: str, doomed: bool
) -> None:
    """Until it is ready or has lived twice as long as the last time, which was 40 s or half an hour."""
    just_now = {"running": {"startedAt": "2026-11-23T01:06:00Z"}}
    last = ended(1, startedAt=before)
    probed = {"containers": [{"name": "alfred-bot", "readinessProbe": {"initialDelaySeconds": 300}}]}
    running = bot(state(**{"restartCount": 3, "state": just_now, "lastState": last, **fields}), spec=probed)
    diagnosis = told(running)
    assert diagnosis.doomed is doomed
    assert diagnosis.sentence.endswith("restart, running again.")
    backs_off = told(crashed(1)).group
    assert (diagnosis.group == backs_off) is doomed, "one cause with those that back off"


def test_an_old_restart_is_forgotten() -> None:
    running = state(ready=True, restartCount=1, state={"running": {"startedAt": END}}, lastState=ended(1))
    assert diagnose(bot(running), now=NOW + 3600) is None


def test_the_recorded_crash_loop_is_told() -> None:
    crashing = [one for one in Moment("financial-tax", 1043).all(Pod) if one.metadata.name.endswith("drsv5")]
    diagnosis = diagnose(crashing[0], now=NOW)
    assert diagnosis is not None
    assert diagnosis.sentence.startswith("Container financial-tax ended with exit code 1")
    assert diagnosis.doomed


# Configuration


@pytest.mark.parametrize(
    ("message", "sentence", "doomed"),
    [
        (
            "couldn't find key openai-api-key in Secret default/alfred-secrets",
            "needs the key openai-api-key of the Secret alfred-secrets, which has no such key",
            True,
        ),
        ('secret "alfred-secrets" not found', "needs the Secret alfred-secrets, which does not exist", True),
        ('configmap "flags" not found', "needs the ConfigMap flags, which does not exist", True),
        (
            "container has runAsNonRoot and image will run as root (pod: x)",
            "must not run as root, and its image does",
            True,
        ),
        (
            "failed to sync secret cache: timed out waiting for the condition",
            "cannot be configured: failed",
            False,
        ),
    ],
)
def test_a_configuration_error_names_what_is_missing(message: str, sentence: str, doomed: bool) -> None:
    diagnosis = told(waiting("CreateContainerConfigError", message))
    assert sentence in diagnosis.sentence
    assert diagnosis.doomed is doomed


def test_any_other_reason_to_wait_is_told_as_it_was_said() -> None:
    diagnosis = told(waiting("CreateContainerError", "context deadline exceeded"))
    assert diagnosis.sentence == (
        "Container alfred-bot cannot be started (CreateContainerError): context deadline exceeded."
    )
    assert not diagnosis.doomed


# Scheduling


def unscheduled(message: str, **fields: Any) -> Pod:
    condition = {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": message,
        "lastTransitionTime": START,
    }
    return bot(phase="Pending", spec={"nodeName": ""}, status={"conditions": [condition]}, **fields)


@pytest.mark.parametrize(
    ("message", "sentence", "look_at"),
    [
        (
            "0/4 nodes are available: 1 node(s) had untolerated taint {example.com/control-plane: }, "
            "3 Insufficient cpu. preemption: 0/4 nodes are available: 4 No preemption victims found.",
            "No node takes it (0 of 4 would): 1 node(s) had untolerated taint "
            "{example.com/control-plane: }, 3 Insufficient cpu; it asks for 500m cpu, 128Mi memory.",
            "kubectl describe nodes",
        ),
        (
            "0/2 nodes are available: 2 node(s) had untolerated taint {dedicated: db}.",
            "No node takes it (0 of 2 would): 2 node(s) had untolerated taint {dedicated: db}.",
            "Taints",
        ),
        (
            "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.",
            "2 node(s) didn't match Pod's node affinity/selector.",
            "Node labels",
        ),
        (
            "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
            "It has unbound PersistentVolumeClaims: no volume is there for them yet.",
            "persistentvolumeclaim",
        ),
        (
            "0/4 nodes are available: 4 Insufficient cpu. no new claims to deallocate, preemption: "
            "0/4 nodes are available: 4 Preemption is not helpful for scheduling.",
            "No node takes it (0 of 4 would): 4 Insufficient cpu; it asks for",
            "kubectl describe nodes",
        ),
        (
            '0/4 nodes are available: persistentvolumeclaim "data.eu" not found. not found',
            "It needs the PersistentVolumeClaim data.eu, which does not exist here.",
            "persistentvolumeclaim",
        ),
        (
            'persistentvolumeclaim "data" not found',
            'cannot be scheduled: persistentvolumeclaim "data" not found.',
            "events",
        ),
    ],
)
def test_an_unschedulable_pod_is_told_with_how_many_nodes_and_why(
    message: str, sentence: str, look_at: str
) -> None:
    diagnosis = told(unscheduled(message))
    assert sentence in diagnosis.sentence
    assert look_at in diagnosis.look_at
    assert diagnosis.cause == "Unschedulable"
    assert diagnosis.began_at == NOW - 400
    assert not diagnosis.doomed


def test_unscheduled_pods_of_one_cause_are_one_group_whatever_is_said_of_preemption() -> None:
    reasons = "0/4 nodes are available: 4 Insufficient cpu."
    first = told(unscheduled(f"{reasons} no new claims to deallocate, preemption: 0/4 nodes are available."))
    assert first.group == told(unscheduled(reasons)).group == "Unschedulable (4 Insufficient cpu)"


def test_an_unbound_claim_is_told_by_its_name_and_with_what_its_provisioner_says() -> None:
    waits = unscheduled(
        "0/4 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found",
    )
    claim = msgspec.convert({"persistentVolumeClaim": {"claimName": "data"}}, Volume)
    waits = msgspec.structs.replace(
        waits, spec=msgspec.structs.replace(waits.spec, volumes=[Volume(), claim])
    )
    failed = event("ProvisioningFailed", 'storageclass.storage.k8s.io "fast-ssd" not found')
    assert told(waits, failed).sentence == (
        'It has unbound PersistentVolumeClaims (data): storageclass.storage.k8s.io "fast-ssd" not found.'
    )


def test_a_pod_that_no_scheduler_speaks_of_is_told_after_half_a_minute() -> None:
    ignored = bot(phase="Pending", spec={"nodeName": ""}, metadata={"creationTimestamp": START})
    assert told(ignored).cause == "Unscheduled"
    assert told(ignored).began_at == NOW - 400


def test_scheduling_gates_are_told() -> None:
    gated = {"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}
    assert (
        told(bot(phase="Pending", spec={"nodeName": ""}, status={"conditions": [gated]})).cause
        == "SchedulingGated"
    )


def test_a_pod_that_nobody_has_tried_to_schedule_yet_is_well() -> None:
    assert diagnose(bot(phase="Pending", spec={"nodeName": ""}), now=NOW) is None


# Probes, init containers, volumes, nodes


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (
            "Readiness probe failed: HTTP probe failed with statuscode: 503",
            "The readiness probe of alfred-bot fails: HTTP probe failed with statuscode: 503.",
        ),
        (
            'Startup probe failed: Get "http://10.0.0.1:8080/health": dial tcp: connect: connection refused',
            "The startup probe of alfred-bot fails: ",
        ),
    ],
)
def test_a_failing_probe_is_told_with_its_answer(message: str, sentence: str) -> None:
    probe = event(
        "Unhealthy",
        message,
        involvedObject={"fieldPath": "spec.containers{alfred-bot}"},
        firstTimestamp=START,
        lastTimestamp="2026-11-23T01:05:00Z",
        count=30,
    )
    diagnosis = told(bot(state(state={"running": {"startedAt": START}})), probe)
    assert sentence in diagnosis.sentence
    assert not diagnosis.doomed


def test_a_probe_that_failed_before_the_last_start_is_not_believed() -> None:
    probe = event("Unhealthy", "Readiness probe failed: no", firstTimestamp=START, lastTimestamp=START)
    diagnosis = told(bot(state(state={"running": {"startedAt": END}})), probe)
    assert diagnosis.cause == "NotReady"


def test_a_probe_of_another_container_says_nothing_of_this_one() -> None:
    probe = event(
        "Unhealthy",
        "Readiness probe failed: no",
        involvedObject={"fieldPath": "spec.containers{sidecar}"},
        lastTimestamp=END,
    )
    assert told(bot(state(state={"running": {"startedAt": START}})), probe).cause == "NotReady"


def test_a_failing_init_container_is_told_as_one() -> None:
    made = bot(
        state(state={"waiting": {"reason": "PodInitializing"}}),
        phase="Pending",
        spec={"initContainers": [{"name": "migrate", "image": "m"}]},
        status={
            "initContainerStatuses": [
                {
                    "name": "migrate",
                    "restartCount": 2,
                    "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                    "lastState": ended(1),
                }
            ]
        },
    )
    assert told(made).sentence.startswith("Init container migrate ended with exit code 1")


@pytest.mark.parametrize(
    ("reason", "message", "sentence"),
    [
        (
            "FailedMount",
            'MountVolume.SetUp failed for volume "creds" : secret "db-creds" not found',
            'A volume cannot be mounted: MountVolume.SetUp failed for volume "creds" : secret "db-creds"',
        ),
        (
            "FailedAttachVolume",
            'Multi-Attach error for volume "pvc-1"',
            "A volume cannot be mounted: Multi-Attach",
        ),
        (
            "FailedCreatePodSandBox",
            "Failed to create pod sandbox: rpc error: failed to setup network",
            "Its network sandbox cannot be made: Failed to create pod sandbox",
        ),
    ],
)
def test_what_keeps_containers_from_being_made_is_told(reason: str, message: str, sentence: str) -> None:
    diagnosis = told(waiting("ContainerCreating"), event(reason, message))
    assert sentence in diagnosis.sentence
    assert diagnosis.cause == reason


def test_a_pod_that_is_made_for_long_without_a_warning_is_told() -> None:
    scheduled = {"type": "PodScheduled", "status": "True", "lastTransitionTime": START}
    making = state(state={"waiting": {"reason": "ContainerCreating"}})
    diagnosis = told(bot(making, phase="Pending", status={"conditions": [scheduled]}))
    assert diagnosis.cause == "ContainerCreating"
    assert diagnosis.began_at == NOW - 400
    assert diagnose(bot(making, phase="Pending", status={"conditions": [scheduled]}), now=NOW - 310) is None
    assert "kubectl describe pod" in diagnosis.look_at


def test_an_init_container_that_runs_on_is_told_as_what_the_others_wait_for() -> None:
    made = bot(
        state(state={"waiting": {"reason": "PodInitializing"}}),
        phase="Pending",
        spec={"initContainers": [{"name": "wait-db", "image": "m"}]},
        status={"initContainerStatuses": [{"name": "wait-db", "state": {"running": {"startedAt": START}}}]},
    )
    diagnosis = told(made)
    assert diagnosis.sentence.startswith("Init container wait-db still runs")
    assert not diagnosis.doomed


@pytest.mark.parametrize(
    "message",
    [
        'Startup probe failed: Get "http://{ip}:8080/healthz": dial tcp {ip}:8080: connection refused',
        'Readiness probe failed: sandbox "{uid}" of {name} is gone',
    ],
)
def test_pods_with_one_trouble_are_one_group_whatever_is_theirs_alone(message: str) -> None:
    def group(name: str, ip: str, uid: str) -> str:
        mine = message.format(name=name, ip=ip, uid=uid)
        running = state(state={"running": {"startedAt": START}})
        made = bot(running, name=name, status={"podIP": ip})
        return told(made, event("Unhealthy", mine, lastTimestamp=END)).group

    first = group("web-7c-abcde", "10.244.2.1", "0fadc33a-f59b-414f-8577-144af691c920")
    assert first == group("web-7c-vwxyz", "10.244.2.15", "e" * 12 + "0" * 52)
    assert "…" in first


def test_a_digest_in_a_cause_stays_for_it_names_an_image() -> None:
    pinned = f"registry.local/bot@sha256:{'0a' * 32}"
    assert alike(bot(), f"ImagePullBackOff {pinned}") == f"ImagePullBackOff {pinned}"


def test_a_volume_that_failed_once_says_nothing_of_a_running_container() -> None:
    running = state(ready=True, state={"running": {"startedAt": START}})
    assert diagnose(bot(running), [event("FailedMount", "x")], now=NOW) is None


def test_a_pod_on_a_dead_node_is_told_by_its_node() -> None:
    running = state(ready=True, state={"running": {"startedAt": START}})
    diagnosis = told(bot(running), node_ready=False)
    assert diagnosis.cause == "NodeNotReady"
    assert "Its node node-1 is not ready" in diagnosis.sentence


def test_an_evicted_pod_is_told_with_the_nodes_reason_and_is_not_doomed() -> None:
    message = "The node was low on resource: memory. Threshold quantity: 100Mi, available: 88Mi."
    diagnosis = told(bot(phase="Failed", status={"reason": "Evicted", "message": message}))
    assert diagnosis.sentence == f"It was evicted from node-1: {message}"
    assert not diagnosis.doomed


def test_a_failed_pod_is_told_by_its_container_and_is_doomed() -> None:
    diagnosis = told(bot(state(state=ended(3)), phase="Failed"))
    assert "exit code 3" in diagnosis.sentence
    assert diagnosis.doomed


def test_a_pod_that_failed_for_a_reason_of_its_own_is_told_by_it() -> None:
    failed = bot(phase="Failed", status={"reason": "UnexpectedAdmissionError", "message": "no devices"})
    diagnosis = told(failed)
    assert diagnosis.sentence == "It has failed (UnexpectedAdmissionError): no devices."
    assert diagnosis.doomed


@pytest.mark.parametrize(
    ("metadata", "node_ready", "why"),
    [
        ({"finalizers": ["example.com/drain"]}, True, "the finalizer example.com/drain is not removed"),
        ({}, False, "its node node-1 is not ready"),
        ({}, True, "have not stopped within their grace period"),
    ],
)
def test_a_pod_stuck_terminating_is_told_with_what_holds_it(
    metadata: dict[str, Any], node_ready: bool, why: str
) -> None:
    stuck = bot(state(), metadata={"deletionTimestamp": START, **metadata})
    diagnosis = told(stuck, node_ready=node_ready)
    assert why in diagnosis.sentence
    assert diagnosis.cause == "Terminating"


def test_a_pod_that_is_not_marked_ready_is_not_well_whatever_its_containers_say() -> None:
    unready = {
        "type": "Ready",
        "status": "False",
        "reason": "ContainersNotReady",
        "lastTransitionTime": START,
    }
    running = state(ready=True, state={"running": {"startedAt": START}})
    diagnosis = told(bot(running, status={"conditions": [unready]}))
    assert "its condition Ready is False (ContainersNotReady)" in diagnosis.sentence
    assert diagnosis.began_at == NOW - 400
    assert not diagnosis.doomed


def test_a_pull_and_the_pause_before_the_next_one_are_one_cause() -> None:
    message = "manifest unknown"
    pulling, pausing = (told(waiting(one, message)) for one in ("ErrImagePull", "ImagePullBackOff"))
    assert pulling.group == pausing.group == f"ImagePullBackOff {IMAGE} (manifest unknown)"


def test_a_closed_readiness_gate_is_told() -> None:
    ready = {
        "type": "Ready",
        "status": "False",
        "reason": "ReadinessGatesNotReady",
        "message": 'corresponding condition of pod readiness gate "lb" does not exist.',
    }
    running = state(ready=True, state={"running": {"startedAt": START}})
    assert 'readiness gate "lb" does not exist' in told(bot(running, status={"conditions": [ready]})).sentence


def test_of_two_troubles_the_doomed_one_is_told() -> None:
    slow = state("slow", state={"running": {"startedAt": START}})
    broken = state(state={"waiting": {"reason": "InvalidImageName"}})
    assert told(bot(slow, broken)).cause == "InvalidImageName"


# Where to look next


@pytest.mark.parametrize(
    ("pod", "command"),
    [
        (crashed(1), "kubectl logs x -c alfred-bot --previous -n default"),
        (bot(state(state=ended(1)), phase="Running"), "kubectl logs x -c alfred-bot -n default"),
        (bot(state(state={"running": {"startedAt": START}})), "kubectl logs x -c alfred-bot -n default"),
        (
            waiting("CreateContainerConfigError", "couldn't find key url in Secret default/$(rm -rf *)"),
            "kubectl describe secret '$(rm' -n default",
        ),
    ],
    ids=["crashes", "ended", "not ready", "a hostile name"],
)
def test_the_next_look_is_a_command_that_can_be_pasted(pod: Pod, command: str) -> None:
    assert told(pod).look_at.endswith(command)


# Workloads without pods


def test_a_quota_is_told_from_the_replica_failure_condition() -> None:
    message = 'pods "x-" is forbidden: exceeded quota: compute, requested: cpu=1, used: cpu=4, limited: cpu=4'
    condition = Condition(type="ReplicaFailure", status="True", reason="FailedCreate", message=message)
    diagnosis = creation_failure([condition], namespace="shop")
    assert diagnosis is not None
    assert diagnosis.sentence == (
        "Its pods cannot be created: exceeded quota: compute (cpu=1 asked for, cpu=4 of cpu=4 used)."
    )
    assert diagnosis.look_at == "kubectl describe resourcequota -n shop"


def test_a_refused_creation_is_told_from_events() -> None:
    failed = event("FailedCreate", 'Error creating: serviceaccount "bot" not found', kind="ReplicaSet")
    diagnosis = creation_failure([], [failed], namespace="shop")
    assert diagnosis is not None
    assert 'serviceaccount "bot" not found' in diagnosis.sentence


def test_pods_that_could_be_created_have_no_failure() -> None:
    assert creation_failure([Condition(type="ReplicaFailure", status="False")], namespace="shop") is None


@pytest.mark.parametrize(
    ("count", "text"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (21, "21st")],
)
def test_ordinals(count: int, text: str) -> None:
    assert ordinal(count) == text
