"""The store keeps the bookkeeping of a Kubernetes API: versions, generations, owners, order of changes."""

import pytest
from alfred_tui.demo.kube.objects import clone
from alfred_tui.demo.kube.store import ApiError, Change, Key, Obj, Store

DEPLOYMENTS = Key("apps", "deployments")
REPLICA_SETS = Key("apps", "replicasets")
PODS = Key("", "pods")
NAMESPACES = Key("", "namespaces")


@pytest.fixture
def store() -> Store:
    return Store(lambda: 1_700_000_000.0)


def deployment(name: str = "web", namespace: str = "default", replicas: int = 1) -> Obj:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"replicas": replicas},
    }


def owned(name: str, *owners: Obj) -> Obj:
    references = [{"kind": "X", "name": o["metadata"]["name"], "uid": o["metadata"]["uid"]} for o in owners]
    return {"metadata": {"name": name, "namespace": "default", "ownerReferences": references}, "spec": {}}


def test_create_gives_identity_time_version_and_generation(store: Store) -> None:
    made = store.create(DEPLOYMENTS, deployment())
    meta = made["metadata"]
    assert meta["creationTimestamp"] == "2023-11-14T22:13:20Z"
    assert meta["generation"] == 1
    assert meta["resourceVersion"] == str(store.revision)
    assert len(meta["uid"]) == 36
    assert store.get(DEPLOYMENTS, "default", "web") is made


def test_what_is_handed_in_is_copied(store: Store) -> None:
    mine = deployment()
    store.create(DEPLOYMENTS, mine)
    mine["spec"]["replicas"] = 99
    stored = store.get(DEPLOYMENTS, "default", "web")
    assert stored is not None
    assert stored["spec"]["replicas"] == 1


def test_a_taken_name_is_refused_in_kubernetes_words(store: Store) -> None:
    store.create(DEPLOYMENTS, deployment())
    with pytest.raises(ApiError) as refused:
        store.create(DEPLOYMENTS, deployment())
    assert refused.value.code == 409
    assert refused.value.message == 'deployments.apps "web" already exists'
    assert refused.value.details == {"name": "web", "group": "apps", "kind": "deployments"}


def test_generated_names_add_five_characters(store: Store) -> None:
    made = store.create(PODS, {"metadata": {"generateName": "web-", "namespace": "default"}, "spec": {}})
    assert made["metadata"]["name"].startswith("web-")
    assert len(made["metadata"]["name"]) == len("web-") + 5


def test_list_is_sorted_and_can_be_one_namespace(store: Store) -> None:
    for namespace, name in [("b", "z"), ("a", "y"), ("b", "c"), ("ab", "q")]:
        store.create(DEPLOYMENTS, deployment(name, namespace))
    names = [(o["metadata"]["namespace"], o["metadata"]["name"]) for o in store.list(DEPLOYMENTS)]
    assert names == [("a", "y"), ("ab", "q"), ("b", "c"), ("b", "z")]
    assert [o["metadata"]["name"] for o in store.list(DEPLOYMENTS, "b")] == ["c", "z"]
    assert [o["metadata"]["name"] for o in store.list(DEPLOYMENTS, "a")] == ["y"]
    assert store.list(DEPLOYMENTS, "none") == []


def test_only_a_changed_spec_raises_the_generation(store: Store) -> None:
    made = clone(store.create(DEPLOYMENTS, deployment()))
    made["metadata"]["labels"] = {"a": "b"}
    made = clone(store.update(DEPLOYMENTS, made))
    assert made["metadata"]["generation"] == 1
    made["spec"]["replicas"] = 2
    assert store.update(DEPLOYMENTS, made)["metadata"]["generation"] == 2


def test_a_status_update_leaves_spec_and_generation(store: Store) -> None:
    made = clone(store.create(DEPLOYMENTS, deployment()))
    made["spec"]["replicas"] = 7
    made["status"] = {"replicas": 1}
    after = store.update(DEPLOYMENTS, made, subresource="status")
    assert after["spec"]["replicas"] == 1
    assert after["status"] == {"replicas": 1}
    assert after["metadata"]["generation"] == 1


def test_a_spec_update_leaves_the_status(store: Store) -> None:
    made = clone(store.create(DEPLOYMENTS, deployment()))
    made["status"] = {"replicas": 1}
    made = clone(store.update(DEPLOYMENTS, made, subresource="status"))
    made["status"] = {"replicas": 100}
    made["spec"]["replicas"] = 3
    assert store.update(DEPLOYMENTS, made)["status"] == {"replicas": 1}


def test_a_stale_write_is_a_conflict(store: Store) -> None:
    first = store.create(DEPLOYMENTS, deployment())
    newer = clone(first)
    newer["spec"]["replicas"] = 2
    store.update(DEPLOYMENTS, newer)
    stale = clone(first)
    stale["spec"]["replicas"] = 3
    with pytest.raises(ApiError, match="the object has been modified; please apply your changes") as refused:
        store.update(DEPLOYMENTS, stale)
    assert (refused.value.code, refused.value.reason) == (409, "Conflict")


def test_an_update_without_a_version_overwrites(store: Store) -> None:
    store.create(DEPLOYMENTS, deployment())
    assert store.update(DEPLOYMENTS, deployment(replicas=5))["spec"]["replicas"] == 5


def test_an_update_that_changes_nothing_is_no_change(store: Store) -> None:
    made = store.create(DEPLOYMENTS, deployment())
    before = store.revision
    assert store.update(DEPLOYMENTS, clone(made)) is made
    assert store.revision == before


def test_updating_or_deleting_an_absent_object_is_not_found(store: Store) -> None:
    with pytest.raises(ApiError, match=r'deployments.apps "web" not found'):
        store.update(DEPLOYMENTS, deployment())
    with pytest.raises(ApiError, match=r'deployments.apps "web" not found'):
        store.delete(DEPLOYMENTS, "default", "web")


def test_deleting_an_owner_takes_what_only_it_owned(store: Store) -> None:
    owner = store.create(DEPLOYMENTS, deployment())
    other = store.create(DEPLOYMENTS, deployment("other"))
    only = store.create(REPLICA_SETS, owned("only", owner))
    store.create(PODS, owned("grandchild", only))
    store.create(REPLICA_SETS, owned("shared", owner, other))
    store.delete(DEPLOYMENTS, "default", "web")
    assert [o["metadata"]["name"] for o in store.list(REPLICA_SETS)] == ["shared"]
    assert store.list(PODS) == []
    shared = store.list(REPLICA_SETS)[0]["metadata"]
    assert [reference["name"] for reference in shared["ownerReferences"]] == ["other"]


def test_orphaned_dependents_stay_and_forget_the_owner(store: Store) -> None:
    owner = store.create(DEPLOYMENTS, deployment())
    store.create(REPLICA_SETS, owned("only", owner))
    store.delete(DEPLOYMENTS, "default", "web", orphan=True)
    assert "ownerReferences" not in store.list(REPLICA_SETS)[0]["metadata"]


def test_a_finalizer_holds_the_object_until_it_is_removed(store: Store) -> None:
    held = deployment()
    held["metadata"]["finalizers"] = ["example.com/hold"]
    store.create(DEPLOYMENTS, held)
    marked = clone(store.delete(DEPLOYMENTS, "default", "web"))
    assert marked["metadata"]["deletionTimestamp"] == "2023-11-14T22:13:20Z"
    assert store.count(DEPLOYMENTS) == 1
    del marked["metadata"]["finalizers"]
    store.update(DEPLOYMENTS, marked)
    assert store.count(DEPLOYMENTS) == 0


def test_a_deleted_namespace_takes_its_objects_along(store: Store) -> None:
    store.create(NAMESPACES, {"metadata": {"name": "gone"}})
    store.create(DEPLOYMENTS, deployment("web", "gone"))
    store.create(DEPLOYMENTS, deployment("web", "kept"))
    store.delete(NAMESPACES, "", "gone")
    assert [o["metadata"]["namespace"] for o in store.list(DEPLOYMENTS)] == ["kept"]


def test_graceful_deletion_marks_until_somebody_deletes(store: Store) -> None:
    store.create(PODS, {"metadata": {"name": "p", "namespace": "default"}, "spec": {}})
    marked = store.mark_deleted(PODS, "default", "p", 30)
    assert marked["metadata"]["deletionTimestamp"] == "2023-11-14T22:13:50Z"
    assert marked["metadata"]["deletionGracePeriodSeconds"] == 30
    store.delete(PODS, "default", "p")
    assert store.count(PODS) == 0


def test_listeners_hear_every_write_in_order_also_their_own(store: Store) -> None:
    heard: list[Change] = []

    def react(change: Change) -> None:
        if change.type == "ADDED" and change.key == DEPLOYMENTS:
            store.create(PODS, owned("child", change.obj))

    store.subscribe(react)
    store.subscribe(heard.append)
    store.create(DEPLOYMENTS, deployment())
    store.delete(DEPLOYMENTS, "default", "web")
    assert [(c.type, c.key.resource) for c in heard] == [
        ("ADDED", "deployments"),
        ("ADDED", "pods"),
        ("DELETED", "deployments"),
        ("DELETED", "pods"),
    ]
    assert [c.revision for c in heard] == sorted(c.revision for c in heard)
    assert heard[2].obj["metadata"]["resourceVersion"] == str(heard[2].revision)
