"""Server-side apply merges what is stated, guards what others set, and removes what is no longer stated."""

import json

import pytest
from alfred_tui.demo.kube import managed, schema
from alfred_tui.demo.kube.apply import LAST_APPLIED, server_side_apply
from alfred_tui.demo.kube.fieldsets import from_v1, path_text, to_v1
from alfred_tui.demo.kube.managed import APPLY, UPDATE, Manager
from alfred_tui.demo.kube.objects import clone
from alfred_tui.demo.kube.store import ApiError, Obj

from tests.unit.demo_kube.objects import deployment

DEFINITION = schema.definition("apps.v1.Deployment")
KUBECTL = Manager("kubectl", APPLY, "apps/v1")
OTHER = Manager("other", APPLY, "apps/v1")
T1, T2 = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"


def apply(live: Obj | None, config: Obj, manager: Manager = KUBECTL, *, force: bool = False) -> Obj:
    return server_side_apply(live, config, DEFINITION, manager, T1, force=force)


def updated(live: Obj, new: Obj, name: str = "somebody") -> Obj:
    """`live` replaced by `new` as an update by somebody."""
    new = clone(new)
    managed.after_update(live, new, DEFINITION, Manager(name, UPDATE, "apps/v1"), T2, set())
    return new


def image(obj: Obj) -> str:
    return str(obj["spec"]["template"]["spec"]["containers"][0]["image"])


def test_the_first_apply_owns_exactly_what_it_states() -> None:
    made = apply(None, deployment(replicas=2))
    entry = made["metadata"]["managedFields"][0]
    assert (entry["manager"], entry["operation"], entry["time"]) == ("kubectl", "Apply", T1)
    assert entry["fieldsV1"] == {
        "f:metadata": {"f:labels": {"f:app": {}}},
        "f:spec": {
            "f:replicas": {},
            "f:selector": {},
            "f:template": {
                "f:metadata": {"f:labels": {"f:app": {}}},
                "f:spec": {"f:containers": {'k:{"name":"web"}': {".": {}, "f:image": {}, "f:name": {}}}},
            },
        },
    }


def test_ports_are_told_apart_with_their_default_protocol() -> None:
    config = deployment()
    config["spec"]["template"]["spec"]["containers"][0]["ports"] = [{"containerPort": 80}]
    made = apply(None, config)
    assert 'k:{"containerPort":80,"protocol":"TCP"}' in json.dumps(made["metadata"]).replace('\\"', '"')


def test_applying_the_same_again_changes_nothing() -> None:
    made = apply(None, deployment())
    assert server_side_apply(made, deployment(), DEFINITION, KUBECTL, T2, force=False) == made


def test_what_an_update_set_is_guarded_until_forced() -> None:
    made = apply(None, deployment())
    changed = clone(made)
    changed["spec"]["template"]["spec"]["containers"][0]["image"] = "web:2"
    live = updated(made, changed, "kubectl-set")
    with pytest.raises(ApiError) as refused:
        apply(live, deployment())
    assert refused.value.code == 409
    assert refused.value.message == (
        'Apply failed with 1 conflict: conflict with "kubectl-set" using apps/v1: '
        '.spec.template.spec.containers[name="web"].image'
    )
    assert (refused.value.details or {})["causes"][0]["reason"] == "FieldManagerConflict"
    forced = apply(live, deployment(), force=True)
    assert image(forced) == "web:1"
    assert [entry["manager"] for entry in forced["metadata"]["managedFields"]] == ["kubectl"]


def test_several_conflicts_are_listed_by_manager() -> None:
    live = apply(None, deployment(replicas=2, paused=True), OTHER)
    with pytest.raises(ApiError) as refused:
        apply(live, deployment(replicas=3, paused=False))
    assert refused.value.message == (
        'Apply failed with 2 conflicts: conflicts with "other":\n- .spec.paused\n- .spec.replicas'
    )


def test_stating_the_same_value_is_no_conflict_but_shared_ownership() -> None:
    live = apply(None, deployment(replicas=2), OTHER)
    shared = apply(live, deployment(replicas=2))
    assert {entry["manager"] for entry in shared["metadata"]["managedFields"]} == {"kubectl", "other"}


def test_a_field_no_longer_stated_goes_unless_somebody_else_owns_it() -> None:
    live = apply(None, deployment(replicas=2, paused=True))
    live = apply(live, deployment(replicas=2), OTHER)
    after = apply(live, deployment())
    assert after["spec"]["replicas"] == 2
    assert "paused" not in after["spec"]


def test_a_container_no_longer_stated_goes_with_what_was_defaulted_in_it() -> None:
    config = deployment()
    config["spec"]["template"]["spec"]["containers"].append({"name": "sidecar", "image": "s:1"})
    live = apply(None, config)
    live["spec"]["template"]["spec"]["containers"][1]["imagePullPolicy"] = "IfNotPresent"
    after = apply(live, deployment())
    assert [c["name"] for c in after["spec"]["template"]["spec"]["containers"]] == ["web"]


def test_what_nobody_is_recorded_for_belongs_to_who_was_before() -> None:
    with pytest.raises(ApiError, match='conflict with "before-first-apply" using apps/v1'):
        apply(deployment(image="web:0"), deployment())


def test_annotations_of_others_survive_the_removal_of_ones_own() -> None:
    config = deployment()
    config["metadata"]["annotations"] = {"mine": "1"}
    live = apply(None, config)
    live["metadata"]["annotations"]["theirs"] = "2"
    assert apply(live, deployment())["metadata"]["annotations"] == {"theirs": "2"}


def test_kubectl_takes_over_what_it_applied_from_the_client_side() -> None:
    first = deployment()
    first["metadata"]["annotations"] = {LAST_APPLIED: json.dumps(deployment())}
    live = clone(first)
    managed.after_update(
        None, live, DEFINITION, Manager("kubectl-client-side-apply", UPDATE, "apps/v1"), T1, set()
    )
    after = apply(live, deployment(image="web:2"))
    assert image(after) == "web:2"
    # The annotation follows, so that a client-side apply afterwards starts from the truth.
    assert json.loads(after["metadata"]["annotations"][LAST_APPLIED])["spec"]["template"]["spec"] == {
        "containers": [{"name": "web", "image": "web:2"}]
    }


def test_the_applied_configuration_and_the_live_object_are_left_alone() -> None:
    live, config = apply(None, deployment()), deployment(image="web:2")
    before = clone((live, config))
    apply(live, config)
    assert [live, config] == list(before)


def test_an_update_takes_over_what_it_changes_and_forgets_what_it_removes() -> None:
    live = apply(None, deployment(replicas=2, paused=True))
    changed = clone(live)
    changed["spec"]["replicas"] = 5
    del changed["spec"]["paused"]
    after = updated(live, changed)
    mine = {entry["manager"]: entry["fieldsV1"] for entry in after["metadata"]["managedFields"]}
    assert mine["somebody"] == {"f:spec": {"f:replicas": {}}}
    assert "f:replicas" not in mine["kubectl"]["f:spec"]
    assert "f:paused" not in mine["kubectl"]["f:spec"]


def test_an_update_that_changes_nothing_leaves_the_records() -> None:
    live = apply(None, deployment())
    assert updated(live, live) == live


def test_field_sets_survive_the_way_through_their_json_form() -> None:
    fields: Obj = {
        "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
        "f:spec": {"f:ports": {'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:port": {}}}},
    }
    paths = from_v1(fields)
    assert to_v1(paths) == fields
    assert sorted(map(path_text, paths)) == [
        ".metadata.labels",
        ".metadata.labels.app",
        '.spec.ports[port=80,protocol="TCP"]',
        '.spec.ports[port=80,protocol="TCP"].port',
    ]
