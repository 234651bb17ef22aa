"""Which pods a typed line means."""

import pytest
from alfred_tui.domain.cluster.pod_choice import pod_choice
from alfred_tui.domain.cluster.workloads import Pod
from alfred_tui.domain.errors import Usage
from alfred_tui.domain.logs.lines import LogOrigin
from alfred_tui.present.log_labels import log_labels


def pod(name: str, owner: str = "", namespace: str = "shop", **labels: str) -> Pod:
    return Pod(
        namespace=namespace, name=name, uid=name, status="Running", ready=1, containers=1, restarts=0,
        new_restarts=0, created_at=0.0, owner=owner, labels=labels,
    )  # fmt: skip


PODS = (
    pod("shop-a", "Deployment/shop", app="shop", track="stable"),
    pod("shop-b", "Deployment/shop", app="shop", track="canary"),
    pod("search-a", "StatefulSet/search", app="search"),
    pod("other", "Deployment/shop", namespace="elsewhere", app="shop"),
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("pod/shop-a", ["shop-a"]),
        ("Deployment/shop", ["shop-a", "shop-b"]),
        ("StatefulSet/search", ["search-a"]),
        ("SHOP", ["shop-a", "shop-b"]),
        ("app=shop", ["shop-a", "shop-b"]),
        ("app==shop,track!=canary", ["shop-a"]),
        ("app in (shop, search) !track", ["search-a"]),
        ("track notin (canary,stable)", ["search-a"]),
        ("app=shop, -b", ["shop-b"]),
        ("app=", []),
        ("nothing", []),
    ],
)
def test_what_a_line_means(text: str, names: list[str]) -> None:
    fits = pod_choice(text, "shop")
    assert [one.name for one in PODS if fits(one)] == names


def test_without_a_namespace_all_are_meant() -> None:
    assert pod_choice("app=shop")(PODS[3])


@pytest.mark.parametrize("text", ["", "  ", ",", "app in (shop", "(", ")"])
def test_what_means_nothing_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(Usage, match="says no pods"):
        pod_choice(text)


def origin(number: int, name: str, container: str = "app") -> LogOrigin:
    return LogOrigin(number=number, namespace="shop", pod=name, uid=name, container=container)


def test_labels_tell_pods_apart_in_little_room_and_are_whole_in_much() -> None:
    names = ["alfred-bot-687d8ff66f-7222w", "alfred-bot-687d8ff66f-8hvq5"]
    origins = [origin(n, name) for n, name in enumerate(names)]
    assert log_labels(origins, 80) == {0: "…7222w", 1: "…8hvq5"}
    assert log_labels(origins, 200) == dict(enumerate(names))


def test_containers_are_named_where_there_are_several() -> None:
    origins = [origin(0, "shop-a"), origin(1, "shop-a", "proxy")]
    assert log_labels(origins, 80) == {0: "shop-a/app", 1: "shop-a/proxy"}


def test_no_label_is_longer_than_its_room() -> None:
    origins = [origin(0, "a" * 200), origin(1, "b" * 200, "c" * 60)]
    for width in (20, 80, 200):
        labels = log_labels(origins, width)
        assert max(map(len, labels.values())) <= max(12, width // 6)
        assert len(set(labels.values())) == 2
