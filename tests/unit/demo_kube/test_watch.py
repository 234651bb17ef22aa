"""Watches hear what they asked for, can resume, and are told when they no longer can."""

import pytest
from alfred_tui.demo.kube import watch
from alfred_tui.demo.kube.objects import clone
from alfred_tui.demo.kube.selectors import label_matcher
from alfred_tui.demo.kube.store import ApiError, Key, Obj, Store
from alfred_tui.demo.kube.watch import Watcher, WatchHub

from tests.unit.demo_kube.objects import pod

PODS = Key("", "pods")


@pytest.fixture
def store() -> Store:
    return Store(lambda: 0.0)


@pytest.fixture
def hub(store: Store) -> WatchHub:
    return WatchHub(store, size=4)


def labelled(name: str, **labels: str) -> Obj:
    obj = pod(name)
    obj["metadata"]["labels"] = labels
    return obj


def heard(watcher: Watcher) -> list[tuple[str, str]]:
    return [(event.type, event.obj["metadata"]["name"]) for event in watcher.take()]


def test_a_watch_hears_its_kind_and_namespace_only(store: Store, hub: WatchHub) -> None:
    watcher = hub.open(PODS, "default", None)
    store.create(PODS, pod("a"))
    store.create(PODS, pod("b", "other"))
    store.create(Key("", "services"), {"metadata": {"name": "s", "namespace": "default"}})
    store.delete(PODS, "default", "a")
    assert heard(watcher) == [("ADDED", "a"), ("DELETED", "a")]


def test_a_selector_turns_changes_into_coming_and_going(store: Store, hub: WatchHub) -> None:
    watcher = hub.open(PODS, None, label_matcher("app=web"))
    made = clone(store.create(PODS, labelled("a", app="db")))
    made["metadata"]["labels"]["app"] = "web"
    made = clone(store.update(PODS, made))
    made["metadata"]["labels"]["more"] = "yes"
    made = clone(store.update(PODS, made))
    made["metadata"]["labels"]["app"] = "db"
    last = store.update(PODS, made)
    events = watcher.take()
    assert [event.type for event in events] == ["ADDED", "MODIFIED", "DELETED"]
    # What leaves the selection is shown as it was in it, at the revision at which it left.
    assert events[-1].obj["metadata"]["labels"] == {"app": "web", "more": "yes"}
    assert events[-1].obj["metadata"]["resourceVersion"] == last["metadata"]["resourceVersion"]


def test_a_watch_resumes_after_a_revision(store: Store, hub: WatchHub) -> None:
    store.create(PODS, pod("a"))
    since = store.revision
    store.create(PODS, pod("b"))
    watcher = hub.open(PODS, None, None, since)
    store.create(PODS, pod("c"))
    assert heard(watcher) == [("ADDED", "b"), ("ADDED", "c")]


def test_a_revision_that_is_no_longer_held_is_expired(store: Store, hub: WatchHub) -> None:
    since = store.revision
    for name in "abcde":
        store.create(PODS, pod(name))
    with pytest.raises(ApiError, match="too old resource version") as refused:
        hub.open(PODS, None, None, since)
    assert (refused.value.code, refused.value.reason) == (410, "Expired")
    assert heard(hub.open(PODS, None, None, since + 1)) == [("ADDED", name) for name in "bcde"]


def test_many_changes_of_one_kind_do_not_expire_another(store: Store, hub: WatchHub) -> None:
    since = store.revision
    store.create(PODS, pod("a"))
    for number in range(10):
        store.create(Key("", "events"), {"metadata": {"name": f"e{number}", "namespace": "default"}})
    assert heard(hub.open(PODS, None, None, since)) == [("ADDED", "a")]


def test_compaction_expires_what_was_before(store: Store, hub: WatchHub) -> None:
    since = store.revision
    store.create(PODS, pod("a"))
    hub.expire()
    with pytest.raises(ApiError, match="too old resource version"):
        hub.open(PODS, None, None, since)
    assert heard(hub.open(PODS, None, None, store.revision)) == []


def test_what_was_stored_before_the_hub_cannot_be_replayed() -> None:
    store = Store(lambda: 0.0)
    store.create(PODS, pod("a"))
    hub = WatchHub(store)
    with pytest.raises(ApiError, match="too old resource version"):
        hub.open(PODS, None, None, 1)


def test_a_watcher_that_does_not_keep_up_is_cut_off(
    store: Store, hub: WatchHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "BACKLOG", 2)
    watcher = hub.open(PODS, None, None)
    for name in "abc":
        store.create(PODS, pod(name))
    assert watcher.overrun
    assert heard(watcher) == []


def test_a_watcher_that_left_hears_no_more(store: Store, hub: WatchHub) -> None:
    watcher = hub.open(PODS, None, None)
    hub.leave(watcher)
    store.create(PODS, pod("a"))
    assert heard(watcher) == []
