import pytest
from alfred_tui.demo.kube.objects import Key
from alfred_tui.demo.traffic.fleet import (
    WEIGHT_ANNOTATION,
    Place,
    backends,
    canary_share,
    service_backends,
    tag_of,
)

from tests.unit.demo_traffic.platform import PODS, Platform, pod


@pytest.mark.parametrize(
    ("image", "tag"),
    [
        ("registry.local/alfred-bot:2.5.0", "2.5.0"),
        ("registry.local:5000/alfred-bot", ""),
        ("registry.local:5000/alfred-bot:2.5.0@sha256:00ff", "2.5.0"),
        ("", ""),
    ],
)
def test_the_tag_of_an_image(image: str, tag: str) -> None:
    assert tag_of(image) == tag


def test_a_pod_that_is_being_deleted_runs_but_takes_no_requests() -> None:
    platform = Platform()
    platform.store.mark_deleted(PODS, "default", "alfred-bot-stable-0", 30)
    found = backends(platform.store)[Place("alfred-bot", "stable")]
    assert (found.running, found.ready, found.tags) == (3, 2, ("2.4.0", "2.4.0"))


def test_a_pod_that_has_not_started_does_not_run() -> None:
    platform = Platform()
    platform.change("alfred-bot-stable-0", containerStatuses=[{"state": {"waiting": {"reason": "Pulling"}}}])
    platform.change("alfred-bot-stable-1", containerStatuses=[])
    found = backends(platform.store)[Place("alfred-bot", "stable")]
    assert (found.running, found.ready, found.crashing) == (1, 1, 0)


def test_other_pods_are_nobodys_backends() -> None:
    platform = Platform()
    stray = pod("stray", 0)
    del stray["metadata"]["labels"]["app"]
    platform.store.create(PODS, stray)
    assert {place.service for place in backends(platform.store)} == {
        "alfred-bot",
        "mission-control",
        "architect-apiligence",
        "financial-tax",
        "legal-compliance",
    }


def test_a_service_is_behind_all_its_tracks() -> None:
    platform = Platform()
    platform.start_canary()
    assert service_backends(platform.store, "alfred-bot").ready == 4


@pytest.mark.parametrize(("weight", "share"), [("10", 0.1), ("25", 0.25), ("400", 1.0), ("some", 0.0)])
def test_the_gateways_weight_is_the_canarys_share(weight: str, share: float) -> None:
    platform = Platform()
    metadata = {
        "namespace": "default",
        "name": "alfred-bot-canary",
        "annotations": {WEIGHT_ANNOTATION: weight},
    }
    platform.store.create(Key("apps", "deployments"), {"metadata": metadata, "spec": {}})
    assert canary_share(platform.store) == share
