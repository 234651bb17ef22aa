"""Lists are paged, consistent, and answered at a revision or not at all."""

import pytest
from alfred_tui.demo.kube.kinds import BY_KEY
from alfred_tui.demo.kube.listing import EXACT, SNAPSHOTS, Lister, ListOptions, Page
from alfred_tui.demo.kube.store import ApiError, Key, Store
from alfred_tui.demo.kube.watch import WatchHub

from tests.unit.demo_kube.objects import pod

PODS = Key("", "pods")
KIND = BY_KEY[PODS]


@pytest.fixture
def store() -> Store:
    return Store(lambda: 0.0)


@pytest.fixture
def lister(store: Store) -> Lister:
    lister = Lister(store, WatchHub(store))
    for number in range(5):
        store.create(PODS, pod(f"p{number}"))
    return lister


def names(page: Page) -> list[str]:
    return [obj["metadata"]["name"] for obj in page.items]


def test_a_list_in_pages_tells_how_many_are_left(lister: Lister) -> None:
    first = lister.page(KIND, "default", ListOptions(limit=2))
    assert names(first) == ["p0", "p1"]
    assert first.meta["remainingItemCount"] == 3
    second = lister.page(KIND, "default", ListOptions(limit=2, continue_=first.meta["continue"]))
    third = lister.page(KIND, "default", ListOptions(limit=2, continue_=second.meta["continue"]))
    assert names(second) + names(third) == ["p2", "p3", "p4"]
    assert "continue" not in third.meta


def test_later_pages_show_the_state_of_the_first(lister: Lister, store: Store) -> None:
    first = lister.page(KIND, "default", ListOptions(limit=2))
    store.delete(PODS, "default", "p3")
    store.create(PODS, pod("p2a"))
    rest = lister.page(KIND, "default", ListOptions(continue_=first.meta["continue"]))
    assert names(rest) == ["p2", "p3", "p4"]
    assert rest.meta["resourceVersion"] == first.meta["resourceVersion"]


def test_an_expired_continuation_is_refused_with_a_way_to_go_on(lister: Lister, store: Store) -> None:
    first = lister.page(KIND, "default", ListOptions(limit=2))
    store.delete(PODS, "default", "p3")
    lister.expire()
    with pytest.raises(ApiError) as refused:
        lister.page(KIND, "default", ListOptions(limit=2, continue_=first.meta["continue"]))
    assert (refused.value.code, refused.value.reason) == (410, "Expired")
    again = refused.value.status()["metadata"]["continue"]
    assert names(lister.page(KIND, "default", ListOptions(continue_=again))) == ["p2", "p4"]


def test_only_so_many_lists_are_held_open(lister: Lister) -> None:
    first = lister.page(KIND, "default", ListOptions(limit=1))
    for number in range(SNAPSHOTS):
        lister.page(KIND, "default", ListOptions(limit=1, fields=f"metadata.name!=x{number}"))
    with pytest.raises(ApiError, match="too old to display a consistent list"):
        lister.page(KIND, "default", ListOptions(continue_=first.meta["continue"]))


def test_selectors_hide_how_many_are_left(lister: Lister) -> None:
    page = lister.page(KIND, "default", ListOptions(limit=2, fields="metadata.name!=p0"))
    assert names(page) == ["p1", "p2"]
    assert "remainingItemCount" not in page.meta


def test_an_exact_revision_is_served_while_nothing_changed_since(lister: Lister, store: Store) -> None:
    then = str(store.revision)
    store.create(Key("", "configmaps"), {"metadata": {"name": "other", "namespace": "default"}})
    page = lister.page(KIND, None, ListOptions(resource_version=then, match=EXACT))
    assert page.meta["resourceVersion"] == then
    store.delete(PODS, "default", "p0")
    with pytest.raises(ApiError, match="The resourceVersion for the provided list is too old") as refused:
        lister.page(KIND, None, ListOptions(resource_version=then, match=EXACT))
    assert refused.value.code == 410


def test_a_revision_yet_to_come_times_out(lister: Lister, store: Store) -> None:
    with pytest.raises(ApiError, match="Too large resource version: 9999") as refused:
        lister.page(KIND, None, ListOptions(resource_version="9999"))
    assert refused.value.code == 504


def test_any_version_is_the_current_one(lister: Lister, store: Store) -> None:
    assert lister.page(KIND, None, ListOptions(resource_version="0")).meta["resourceVersion"] == str(
        store.revision
    )


@pytest.mark.parametrize(
    "options",
    [
        ListOptions(resource_version="abc"),
        ListOptions(continue_="%%%"),
    ],
)
def test_options_that_make_no_sense_are_bad_requests(lister: Lister, options: ListOptions) -> None:
    with pytest.raises(ApiError) as refused:
        lister.page(KIND, None, options)
    assert refused.value.code == 400
