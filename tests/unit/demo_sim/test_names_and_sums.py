"""Hashes, names and the arithmetic of surge."""

import random

import pytest
from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.kube.podspec import default_pod
from alfred_tui.demo.sim.naming import fnv32a, meaningful, safe, suffix, template_hash
from alfred_tui.demo.sim.surge import fenceposts, max_surge, max_unavailable, scaled_value


@pytest.mark.parametrize(("text", "value"), [("", 0x811C9DC5), ("a", 0xE40C292C), ("foobar", 0xBF9CF968)])
def test_the_hash_is_fnv_1a(text: str, value: int) -> None:
    assert fnv32a(text.encode()) == value


def test_numbers_are_written_in_the_safe_alphabet() -> None:
    """The digits as in real pod-template-hashes: 0 to 5 become 4 to 9, the others letters."""
    assert safe("0123456789") == "456789bcdf"
    assert set(suffix(random.Random(1), 200)) == set("bcdfghjklmnpqrstvwxz2456789")


def test_equal_templates_have_equal_hashes_whatever_is_left_empty() -> None:
    one = {"metadata": {"labels": {"a": "1"}, "creationTimestamp": None}, "spec": {"containers": []}}
    two = {"spec": {}, "metadata": {"annotations": {}, "labels": {"a": "1"}}}
    assert template_hash(one) == template_hash(two)
    assert template_hash(one) != template_hash(one, 1)
    assert template_hash(one) != template_hash({**two, "spec": {"containers": [{"name": "a"}]}})


def test_empty_maps_outside_the_metadata_mean_something() -> None:
    assert meaningful({"emptyDir": {}, "args": [], "node": None}) == {"emptyDir": {}}


@pytest.mark.parametrize(
    ("value", "total", "up", "expected"),
    [
        ("25%", 3, True, 1),
        ("25%", 3, False, 0),
        ("25%", 4, True, 1),
        ("25%", 10, True, 3),
        ("25%", 10, False, 2),
        ("100%", 7, True, 7),
        ("0%", 7, True, 0),
        ("1%", 100, True, 1),
        (2, 100, True, 2),
    ],
)
def test_percentages_round_up_for_surge_and_down_for_the_unavailable(
    value: int | str, total: int, up: bool, expected: int
) -> None:
    assert scaled_value(value, total, round_up=up) == expected


def test_when_neither_more_nor_fewer_would_be_allowed_one_may_be_missing() -> None:
    assert fenceposts("0%", "25%", 3) == (0, 1)
    assert fenceposts("25%", "25%", 3) == (1, 0)


def deployment(replicas: int, kind: str = "RollingUpdate") -> Obj:
    return {"spec": {"replicas": replicas, "strategy": {"type": kind}}}


def test_bounds_of_a_deployment_without_replicas_or_with_recreate() -> None:
    assert max_unavailable(deployment(0)) == 0
    assert max_unavailable(deployment(3, "Recreate")) == 0
    assert max_surge(deployment(3, "Recreate")) == 0
    assert (max_surge(deployment(3)), max_unavailable(deployment(8))) == (1, 2)


@pytest.mark.parametrize(
    ("requests", "limits", "expected"),
    [
        ({}, {}, "BestEffort"),
        ({"cpu": "1"}, {}, "Burstable"),
        ({"cpu": "1", "memory": "1Gi"}, {"cpu": "1", "memory": "1Gi"}, "Guaranteed"),
        ({}, {"cpu": "1", "memory": "1Gi"}, "Guaranteed"),
        ({"cpu": "1", "memory": "1Gi"}, {"cpu": "2", "memory": "1Gi"}, "Burstable"),
    ],
)
def test_quality_of_service(requests: Obj, limits: Obj, expected: str) -> None:
    pod = {"spec": {"containers": [{"resources": {"requests": requests, "limits": limits}}]}}
    default_pod(pod)
    assert pod["status"]["qosClass"] == expected  # type: ignore[comparison-overlap]
