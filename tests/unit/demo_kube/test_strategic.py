"""A strategic merge patch knows which lists merge, and follows the directives kubectl sends."""

import pytest
from alfred_tui.demo.kube import schema
from alfred_tui.demo.kube.store import ApiError, Obj
from alfred_tui.demo.kube.strategic import strategic_merge

DEPLOYMENT = schema.definition("apps.v1.Deployment")


def deployment(*containers: Obj, **pod: object) -> Obj:
    return {"spec": {"template": {"spec": {"containers": list(containers), **pod}}}}


def containers(obj: Obj) -> list[Obj]:
    found: list[Obj] = obj["spec"]["template"]["spec"]["containers"]
    return found


def patched(target: Obj, patch: Obj) -> Obj:
    return strategic_merge(target, patch, DEPLOYMENT)


def test_setting_one_image_leaves_the_other_container_and_the_order() -> None:
    target = deployment({"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1", "tty": True})
    patch = deployment({"name": "b", "image": "b:2"})
    patch["spec"]["template"]["spec"]["$setElementOrder/containers"] = [{"name": "a"}, {"name": "b"}]
    assert containers(patched(target, patch)) == [
        {"name": "a", "image": "a:1"},
        {"name": "b", "image": "b:2", "tty": True},
    ]


def test_a_deleted_container_goes_and_only_it() -> None:
    target = deployment({"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"})
    patch = deployment({"$patch": "delete", "name": "b"})
    assert containers(patched(target, patch)) == [{"name": "a", "image": "a:1"}]


def test_the_element_order_of_the_patch_decides() -> None:
    target = deployment({"name": "a"}, {"name": "b"}, {"name": "c"})
    patch = deployment()
    patch["spec"]["template"]["spec"]["$setElementOrder/containers"] = [
        {"name": "c"},
        {"name": "a"},
        {"name": "b"},
    ]
    assert [c["name"] for c in containers(patched(target, patch))] == ["c", "a", "b"]


def test_an_added_container_stands_before_those_the_patch_does_not_name() -> None:
    target = deployment({"name": "a"}, {"name": "b"})
    assert [c["name"] for c in containers(patched(target, deployment({"name": "new"})))] == ["new", "a", "b"]


def test_environment_variables_merge_by_name_inside_a_merged_container() -> None:
    target = deployment({"name": "a", "env": [{"name": "X", "value": "1"}, {"name": "Y", "value": "2"}]})
    patch = deployment({"name": "a", "env": [{"name": "Y", "value": "3"}]})
    assert {e["name"]: e["value"] for e in containers(patched(target, patch))[0]["env"]} == {
        "X": "1",
        "Y": "3",
    }


def test_a_list_without_a_merge_key_is_replaced() -> None:
    target = deployment({"name": "a", "args": ["1", "2"]}, tolerations=[{"key": "x"}])
    patch = deployment({"name": "a", "args": ["3"]}, tolerations=[{"key": "y"}])
    result = patched(target, patch)
    assert containers(result)[0]["args"] == ["3"]
    assert result["spec"]["template"]["spec"]["tolerations"] == [{"key": "y"}]


def test_replace_takes_the_list_as_given() -> None:
    target = deployment({"name": "a"}, {"name": "b"})
    assert containers(patched(target, deployment({"name": "c"}, {"$patch": "replace"}))) == [{"name": "c"}]


def test_retained_keys_are_all_that_stays() -> None:
    target: Obj = {"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}}
    patch: Obj = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}
    assert patched(target, patch) == {"spec": {"strategy": {"type": "Recreate"}}}


def test_null_removes_and_an_object_can_be_replaced() -> None:
    target: Obj = {"metadata": {"labels": {"a": "1", "b": "2"}, "annotations": {"x": "y"}}}
    patch: Obj = {"metadata": {"labels": {"b": None}, "annotations": {"$patch": "replace", "z": "1"}}}
    assert patched(target, patch) == {"metadata": {"labels": {"a": "1"}, "annotations": {"z": "1"}}}


def test_primitives_merge_and_can_be_deleted_from_a_list() -> None:
    target: Obj = {"metadata": {"finalizers": ["a", "b"]}}
    assert patched(target, {"metadata": {"finalizers": ["c"]}})["metadata"]["finalizers"] == ["c", "a", "b"]
    patch: Obj = {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]}}
    assert patched(target, patch) == {"metadata": {"finalizers": ["b"]}}


def test_an_item_without_its_merge_key_is_refused() -> None:
    with pytest.raises(ApiError, match="does not contain declared merge key: name"):
        patched(deployment({"name": "a"}), deployment({"image": "x"}))


def test_the_target_is_left_alone() -> None:
    target = deployment({"name": "a", "image": "1"})
    patched(target, deployment({"name": "a", "image": "2"}))
    assert containers(target) == [{"name": "a", "image": "1"}]
