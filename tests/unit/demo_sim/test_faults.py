"""The strained API server fails reads that clients can repeat, and never the same one twice running."""

import pytest
from alfred_tui.demo.sim.faults import ApiFaults

PODS = "/api/v1/namespaces/default/pods"
EVENTS = "/api/v1/namespaces/default/events"
REPLICA_SETS = "/apis/apps/v1/namespaces/default/replicasets"
METRICS = "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods"


def answers(method: str, path: str, count: int = 2000) -> list[int | None]:
    faults = ApiFaults()
    return [faults.fault(method, path) for _ in range(count)]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "/apis/apps/v1/namespaces/default/deployments/web"),
        ("POST", PODS),
        ("DELETE", PODS),
        ("GET", f"{PODS}/web-1"),
        ("GET", f"{PODS}/web-1/log"),
        ("GET", "/openapi/v3"),
        ("GET", "/openapi/v3/apis/apps/v1"),
        ("GET", "/api"),
        ("GET", "/apis"),
        ("GET", "/apis/apps/v1"),
        ("GET", "/version"),
        ("GET", "/"),
    ],
)
def test_writes_single_objects_and_discovery_are_always_served(method: str, path: str) -> None:
    assert set(answers(method, path)) == {None}


@pytest.mark.parametrize("path", [PODS, REPLICA_SETS, "/api/v1/pods", "/apis/apps/v1/deployments"])
def test_what_kubectl_needs_is_only_refused_in_ways_it_repeats(path: str) -> None:
    assert set(answers("GET", path)) == {None, 429, 0}


@pytest.mark.parametrize("path", [EVENTS, METRICS, "/api/v1/nodes"])
def test_other_reads_meet_every_trouble(path: str) -> None:
    assert set(answers("GET", path)) == {None, 429, 500, 503, 0}


def test_about_a_tenth_of_the_reads_fail() -> None:
    failed = [answer for answer in answers("GET", PODS) if answer is not None]
    assert len(failed) / 2000 == pytest.approx(0.107, abs=0.03)


def test_a_read_that_failed_succeeds_the_next_time() -> None:
    faults = ApiFaults()
    for _ in range(2000):
        if faults.fault("GET", PODS) is not None:
            assert faults.fault("GET", PODS) is None


def test_the_same_seed_gives_the_same_trouble() -> None:
    assert answers("GET", PODS) == answers("GET", PODS)
