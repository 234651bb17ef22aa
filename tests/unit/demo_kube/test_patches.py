"""JSON patch and merge patch change what they say and refuse what does not fit."""

from typing import Any

import pytest
from alfred_tui.demo.kube.patches import json_patch, merge_patch
from alfred_tui.demo.kube.store import ApiError, Obj


@pytest.mark.parametrize(
    ("target", "patch", "expected"),
    [
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": 1, "b": 2}, {"b": None}, {"a": 1}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": None, "d": 3}}, {"a": {"c": 2, "d": 3}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": 1}, {"a": {"b": None, "c": 1}}, {"a": {"c": 1}}),
    ],
)
def test_a_merge_patch_merges_objects_and_replaces_everything_else(
    target: Obj, patch: Obj, expected: Obj
) -> None:
    assert merge_patch(target, patch) == expected


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "add", "path": "/b", "value": 2}, {"a": [1, 2], "b": 2}),
        ({"op": "add", "path": "/a/-", "value": 3}, {"a": [1, 2, 3]}),
        ({"op": "add", "path": "/a/0", "value": 0}, {"a": [0, 1, 2]}),
        ({"op": "remove", "path": "/a/0"}, {"a": [2]}),
        ({"op": "replace", "path": "/a/1", "value": 9}, {"a": [1, 9]}),
        ({"op": "copy", "from": "/a/0", "path": "/c"}, {"a": [1, 2], "c": 1}),
        ({"op": "move", "from": "/a", "path": "/b"}, {"b": [1, 2]}),
        ({"op": "test", "path": "/a/0", "value": 1}, {"a": [1, 2]}),
        ({"op": "add", "path": "/x~1y~0z", "value": 1}, {"a": [1, 2], "x/y~z": 1}),
    ],
)
def test_each_operation_of_a_json_patch(operation: Obj, expected: Obj) -> None:
    assert json_patch({"a": [1, 2]}, [operation]) == expected


def test_a_json_patch_leaves_its_target_alone() -> None:
    target: Obj = {"a": {"b": 1}}
    json_patch(target, [{"op": "replace", "path": "/a/b", "value": 2}])
    assert target == {"a": {"b": 1}}


@pytest.mark.parametrize(
    ("patch", "code"),
    [
        ([{"op": "remove", "path": "/nope"}], 422),
        ([{"op": "test", "path": "/a", "value": 2}], 422),
        ([{"op": "replace", "path": "/a/b/c", "value": 2}], 422),
        ([{"op": "add", "path": "/l/7", "value": 2}], 422),
        ([{"op": "bend", "path": "/a"}], 422),
        ([{"op": "add", "path": "a"}], 422),
        ([{"op": "add"}], 422),
    ],
)
def test_a_json_patch_that_does_not_fit_is_refused(patch: Any, code: int) -> None:
    with pytest.raises(ApiError) as refused:
        json_patch({"a": 1, "l": []}, patch)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/spec/nope"},
        {"op": "test", "path": "/spec/replicas", "value": 99},
        {"op": "replace", "path": "/spec/nope/x", "value": 99},
    ],
)
def test_a_patch_that_does_not_fit_is_refused_without_the_why_as_by_kubernetes(operation: Obj) -> None:
    with pytest.raises(ApiError) as refused:
        json_patch({"spec": {"replicas": 2}}, [operation])
    # kube-apiserver 1.36.2
    assert refused.value.message == "the server rejected our request due to an error in our request"
    assert (refused.value.code, refused.value.details) == (422, {})
