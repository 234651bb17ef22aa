"""What pods use and write: steady, told from their names and the time, and silent of errors in health."""

import re
from itertools import pairwise

import pytest
from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.kube.quantities import parse_quantity
from alfred_tui.demo.scenarios import SCENARIOS, Image
from alfred_tui.demo.sim.pods import container_request

from tests.unit.demo_sim.conftest import Build
from tests.unit.demo_sim.lab import Lab, scenario


def name(pod: Obj) -> str:
    return str(pod["metadata"]["name"])


def log(lab: Lab, *, previous: bool = False, pod: Obj | None = None) -> list[str]:
    found = pod or lab.pods()[0]
    return [text for _, text in lab.cluster.lines("default", name(found), "web", previous=previous)]


def test_usage_stays_between_a_quarter_and_three_fifths_of_the_request(lab: Lab) -> None:
    lab.deploy()
    lab.run(30)
    spec = lab.pods()[0]["spec"]["containers"][0]
    cpu, memory = 1000 * float(container_request(spec, "cpu")), float(parse_quantity("128Mi"))
    for _ in range(200):
        lab.run(60)
        for pod in lab.pods():
            used = lab.cluster.pod("default", name(pod))
            assert used is not None
            assert 0.25 * cpu <= used["web"][0] <= 0.6 * cpu
            assert 0.25 * memory <= used["web"][1] <= 0.6 * memory


def test_usage_moves_slowly_and_not_between_two_samples(lab: Lab) -> None:
    lab.deploy(replicas=1)
    lab.run(45)
    (pod,) = lab.pods()
    seen: list[int] = []
    for _ in range(60):
        lab.run(5)
        used = lab.cluster.pod("default", name(pod))
        assert used is not None
        seen.append(used["web"][0])
    steps = [abs(after - before) for before, after in pairwise(seen)]
    assert max(steps) <= 15
    assert steps.count(0) >= len(steps) * 2 // 3 - 1
    assert len(set(seen)) > 5


def test_a_pod_has_no_usage_before_its_first_sample_and_while_it_waits(lab: Lab) -> None:
    lab.deploy("v1-crash", replicas=1)
    lab.run(4)
    assert lab.cluster.pod("default", name(lab.pod())) is None
    lab.run(200)
    assert lab.cluster.pod("default", name(lab.pod())) is None
    assert lab.cluster.pod("default", "absent") is None


def test_a_node_uses_what_its_pods_and_its_system_use(build: Build) -> None:
    lab = build(nodes=1)
    empty = lab.cluster.node("node-0")
    lab.deploy()
    lab.run(60)
    used = lab.cluster.node("node-0")
    pods = [lab.cluster.pod("default", name(pod)) for pod in lab.pods()]
    assert empty is not None
    assert used is not None
    system = used[0] - sum(pod["web"][0] for pod in pods if pod)
    assert 150 < system < 400
    assert used[1] > empty[1]
    assert lab.cluster.node("absent") is None


def test_a_healthy_pod_tells_of_requests_at_a_modest_rate(lab: Lab) -> None:
    lab.deploy(replicas=1)
    lab.run(120)
    lines = log(lab)
    assert 40 < len(lines) < 80
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
    expected = rf"{stamp} INFO {name(lab.pod())} handled request id=\d+ status=200"
    assert all(re.fullmatch(expected, line) for line in lines[2:])
    assert not any(re.search(r"(?i)error|exception|traceback|fatal|panic", line) for line in lines)


def test_a_log_only_grows_and_its_times_do_not_go_back(lab: Lab) -> None:
    lab.deploy(replicas=1)
    lab.run(20)
    pod = name(lab.pod())
    before = lab.cluster.lines("default", pod, "web", previous=False)[:]
    lab.run(60)
    after = lab.cluster.lines("default", pod, "web", previous=False)
    assert after[: len(before)] == before
    assert len(after) > len(before)
    times = [at for at, _ in after]
    assert times == sorted(times)


def test_a_log_of_days_is_read_from_its_end(lab: Lab) -> None:
    lab.deploy(replicas=1)
    lab.run(10)
    lab.run(12 * 86_400)
    assert 400 < len(log(lab)) < 700


def test_a_crashing_container_leaves_the_cause_in_its_log(lab: Lab) -> None:
    lab.deploy("v1-crash", replicas=1)
    lab.run(30)
    assert any(" ERROR " in line for line in log(lab))
    assert log(lab)[-1].endswith("exiting with code 1")
    assert any(" ERROR " in line for line in log(lab, previous=True))


def test_a_waiting_containers_last_run_is_its_previous_one(lab: Lab) -> None:
    lab.deploy("v1-crash", replicas=1)
    states: dict[str, tuple[list[str], list[str]]] = {}
    for _ in range(120):
        lab.run(0.25)
        state = lab.pod()["status"]["containerStatuses"][0]["state"] if lab.pods() else {}
        states |= {name: (log(lab), log(lab, previous=True)) for name in state}
    waiting, running = states["waiting"], states["running"]
    assert waiting[0] == waiting[1] != []
    assert running[1][-1].endswith("exiting with code 1")
    assert running[0] != running[1]


def test_a_container_that_never_ran_before_has_no_previous_log(lab: Lab) -> None:
    lab.deploy(replicas=1)
    lab.run(30)
    assert log(lab, previous=True) == []
    assert lab.cluster.lines("default", name(lab.pod()), "absent", previous=False) == []
    assert lab.cluster.lines("default", "absent", "web", previous=False) == []


def test_errors_are_in_the_log_in_the_share_the_scenario_says(build: Build) -> None:
    lab = build(scenario(bad=Image(error_ratio=0.1)))
    lab.deploy("bad", replicas=1)
    lab.run(900)
    lines = log(lab)
    assert sum(" ERROR " in line for line in lines) / len(lines) == pytest.approx(0.1, abs=0.05)


def test_only_the_scenarios_of_failing_pods_have_images_that_write_errors() -> None:
    noisy = {
        story.name
        for story in SCENARIOS.values()
        for image in story.images.values()
        if image.error_ratio or image.conduct in ("crash", "oom")
    }
    assert noisy == {"canary-errors", "crash-loop"}
