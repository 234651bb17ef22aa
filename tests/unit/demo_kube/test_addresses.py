"""Addresses are understood, rights are checked, and the API describes itself."""

import json

import pytest
from alfred_tui.demo.kube import discovery, openapi, schema
from alfred_tui.demo.kube.forms import PARTIAL, TABLE, WHOLE, form
from alfred_tui.demo.kube.kinds import GROUP_VERSIONS, KINDS
from alfred_tui.demo.kube.listing import ListOptions
from alfred_tui.demo.kube.reviews import review
from alfred_tui.demo.kube.rights import ADMIN, VIEWER, Access, Authenticator, User, allowed, check
from alfred_tui.demo.kube.routes import target, verb
from alfred_tui.demo.kube.store import ApiError

NOBODY = User("oncall", (), "none")


@pytest.mark.parametrize(
    ("path", "resource", "namespace", "name", "subresource"),
    [
        ("/api/v1/pods", "pods", None, "", ""),
        ("/api/v1/namespaces/d/pods", "pods", "d", "", ""),
        ("/api/v1/namespaces/d/pods/p", "pods", "d", "p", ""),
        ("/api/v1/namespaces/d/pods/p/log", "pods", "d", "p", "log"),
        ("/api/v1/namespaces", "namespaces", "", "", ""),
        ("/api/v1/namespaces/d", "namespaces", "", "d", ""),
        ("/api/v1/namespaces/d/status", "namespaces", "", "d", "status"),
        ("/api/v1/nodes/n", "nodes", "", "n", ""),
        ("/apis/apps/v1/namespaces/d/deployments/w/scale", "deployments", "d", "w", "scale"),
        ("/apis/storage.k8s.io/v1/storageclasses/s", "storageclasses", "", "s", ""),
    ],
)
def test_a_path_names_a_resource(
    path: str, resource: str, namespace: str | None, name: str, subresource: str
) -> None:
    found = target(path)
    assert found is not None
    assert (found.kind.resource, found.namespace) == (resource, namespace)
    assert (found.name, found.subresource) == (name, subresource)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/nonsense",
        "/apis/apps/v2/deployments",
        "/apis/apps/v1/namespaces/d/deployments/w/nonsense",
        "/api/v1/pods/p",
        "/api/v1/namespaces/d/nodes",
        "/other",
    ],
)
def test_a_path_that_is_not_served(path: str) -> None:
    assert target(path) is None


def test_methods_become_verbs_or_are_refused() -> None:
    pods, one = target("/api/v1/namespaces/d/pods"), target("/api/v1/namespaces/d/pods/p")
    events = target("/apis/events.k8s.io/v1/namespaces/d/events")
    assert pods is not None
    assert one is not None
    assert events is not None
    assert verb("GET", pods, ListOptions()) == "list"
    assert verb("GET", pods, ListOptions(watch=True)) == "watch"
    assert verb("DELETE", pods, ListOptions()) == "deletecollection"
    assert verb("PATCH", one, ListOptions()) == "patch"
    for method, found in (("POST", one), ("PUT", pods), ("POST", events)):
        with pytest.raises(ApiError) as refused:
            verb(method, found, ListOptions())
        assert refused.value.code == 405


def test_the_viewer_reads_everything_but_secrets() -> None:
    assert allowed(VIEWER, Access("list", "", "pods", namespace="d"))
    assert allowed(VIEWER, Access("get", "", "pods", "log", "d", "p"))
    assert allowed(VIEWER, Access("watch", "apps", "deployments"))
    assert not allowed(VIEWER, Access("get", "", "secrets", namespace="d", name="s"))
    for action in ("create", "update", "patch", "delete", "deletecollection"):
        assert not allowed(VIEWER, Access(action, "apps", "deployments"))
    assert allowed(ADMIN, Access("delete", "", "secrets"))


@pytest.mark.parametrize(
    ("access", "message"),
    [
        (
            Access("list", "", "pods", namespace="default"),
            'pods is forbidden: User "oncall" cannot list resource "pods" in API group "" '
            'in the namespace "default"',
        ),
        (
            Access("get", "apps", "deployments", namespace="default", name="alfred-bot"),
            'deployments.apps "alfred-bot" is forbidden: User "oncall" cannot get resource "deployments" '
            'in API group "apps" in the namespace "default"',
        ),
        (
            Access("patch", "apps", "deployments", "scale", "default", "x"),
            'deployments.apps "x" is forbidden: User "oncall" cannot patch resource "deployments/scale" '
            'in API group "apps" in the namespace "default"',
        ),
        (
            Access("list", "", "nodes"),
            'nodes is forbidden: User "oncall" cannot list resource "nodes" in API group "" '
            "at the cluster scope",
        ),
    ],
)
def test_refusals_are_worded_as_kubernetes_does(access: Access, message: str) -> None:
    with pytest.raises(ApiError) as refused:
        check(NOBODY, access)
    assert (refused.value.code, refused.value.message) == (403, message)


def test_a_token_is_known_or_unauthorized() -> None:
    authenticator = Authenticator()
    assert authenticator.user(f"Bearer {authenticator.viewer_token}") == VIEWER
    for header in ("", "Bearer wrong", f"Basic {authenticator.admin_token}"):
        with pytest.raises(ApiError) as refused:
            authenticator.user(header)
        assert refused.value.code == 401


def test_a_client_can_ask_what_it_may() -> None:
    def may(user: User, action: str, resource: str) -> bool:
        spec = {"resourceAttributes": {"verb": action, "resource": resource, "namespace": "d"}}
        return bool(review("selfsubjectaccessreviews", {"spec": spec}, user, 0)["status"]["allowed"])

    assert may(VIEWER, "list", "pods")
    assert not may(VIEWER, "delete", "pods")
    assert may(ADMIN, "delete", "pods")
    rules = review("selfsubjectrulesreviews", {}, VIEWER, 0)["status"]["resourceRules"]
    assert "secrets" not in [resource for rule in rules for resource in rule["resources"]]
    who = review("selfsubjectreviews", {}, VIEWER, 0)["status"]["userInfo"]
    assert who["username"] == "oncall"


def test_every_kind_is_discovered_in_both_forms() -> None:
    items = discovery.aggregated(core=True)["items"] + discovery.aggregated(core=False)["items"]
    aggregated = {
        (item["metadata"].get("name", ""), resource["resource"])
        for item in items
        for version in item["versions"]
        for resource in version["resources"]
    }
    plain = set()
    for group, version in GROUP_VERSIONS:
        listed = discovery.api_resources(group, version)
        assert listed is not None
        plain |= {(group, entry["name"]) for entry in listed["resources"] if "/" not in entry["name"]}
    assert aggregated == plain == {(kind.group, kind.resource) for kind in KINDS}


def test_scaling_is_discovered_as_kubectl_looks_for_it() -> None:
    listed = discovery.api_resources("apps", "v1")
    assert listed is not None
    scale = next(entry for entry in listed["resources"] if entry["name"] == "deployments/scale")
    assert (scale["group"], scale["version"], scale["kind"]) == ("autoscaling", "v1", "Scale")


def test_kubectl_apply_finds_field_validation_in_the_openapi_document() -> None:
    document = json.loads(openapi.group_document("apis/apps/v1") or b"")
    patch = document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"]
    assert "fieldValidation" in [parameter["name"] for parameter in patch["parameters"]]
    containers = document["components"]["schemas"]["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"]
    assert containers["x-kubernetes-list-map-keys"] == ["name"]
    assert containers["x-kubernetes-patch-merge-key"] == "name"
    assert "apis/apps/v1" in json.loads(openapi.index_document())["paths"]


def test_every_stored_kind_has_a_structure() -> None:
    stored = [kind for kind in KINDS if kind.group != "metrics.k8s.io"]
    assert [kind.definition for kind in stored if schema.definition(kind.definition) is None] == []


def test_every_type_in_the_schema_is_known() -> None:
    known = schema.definitions()
    used = {f.type.name for d in known.values() for f in d.fields.values() if f.type.is_definition}
    assert used <= set(known)


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("", WHOLE),
        ("application/json", WHOLE),
        ("application/json;as=Table;v=v1;g=meta.k8s.io,application/json", TABLE),
        ("application/vnd.kubernetes.protobuf,application/json", WHOLE),
        ("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1", PARTIAL),
        (
            "application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1;g=meta.k8s.io",
            TABLE,
        ),
    ],
)
def test_the_form_a_client_accepts(accept: str, wanted: str) -> None:
    assert form(accept, "").as_ == wanted


def test_an_unknown_form_is_not_acceptable() -> None:
    with pytest.raises(ApiError) as refused:
        form("text/html", "")
    assert refused.value.code == 406
