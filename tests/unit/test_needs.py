"""The rights that the cockpit needs, and the accounts that the documentation offers for them."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from alfred_tui.documents import load_checklist
from alfred_tui.domain.cluster.needs import (
    ACTS,
    LOGS,
    Need,
    asks_cluster,
    distinct,
    every_step,
    for_lead,
    for_panels,
    of_action,
    rights,
)
from alfred_tui.domain.cluster.rights import Right, Rights
from alfred_tui.domain.document import actions as a
from alfred_tui.domain.document.checklist import Checklist

ROOT = Path(__file__).parents[2]
# What `kubectl apply -k` of an ordinary application changes: only the manifests can tell.
APPLIED = {
    *rights("apps", "deployments", "create update"),
    *rights("apps", "deployments/scale", "create patch update delete"),
    *rights("", "services", "create patch update"),
    *rights("", "configmaps", "create patch update"),
    *rights("", "persistentvolumeclaims", "create patch update"),
    *rights("", "secrets", "update"),
    *rights("autoscaling", "horizontalpodautoscalers", "create patch update"),
    *rights("networking.k8s.io", "ingresses", "create patch update"),
    *rights("networking.k8s.io", "networkpolicies", "create patch update"),
    *rights("storage.k8s.io", "storageclasses", "create patch", everywhere=True),
}
READS = {"get", "list", "watch"}


def granted(manifest: str) -> set[Right]:
    """Every right of docs/rbac/MANIFEST."""
    return set(_rights(yaml.safe_load_all((ROOT / "docs" / "rbac" / manifest).read_text())))


def _rights(roles: Iterable[dict[str, Any]]) -> Iterator[Right]:
    for role in roles:
        for rule in role["rules"]:
            for group in rule["apiGroups"]:
                for resource in rule["resources"]:
                    for verb in rule["verbs"]:
                        yield Right(group, resource, verb, role["kind"] == "ClusterRole")


def given(wanted: Iterable[Right], by: set[Right]) -> list[str]:
    """Those that are not given, in words: a right at the cluster's scope serves in a namespace too."""
    return [
        str(one)
        for one in wanted
        if one not in by and msgspec.structs.replace(one, everywhere=True) not in by
    ]


@pytest.fixture(scope="module")
def production() -> Checklist:
    return load_checklist(ROOT / "checklists" / "production.yaml", environ={}).checklist


def test_the_watchers_account_has_what_a_watcher_needs_and_only_reads() -> None:
    account = granted("watcher.yaml")
    assert given(distinct(for_panels()), account) == []
    assert {one.verb for one in account} <= READS
    assert not any(one.resource == "secrets" for one in account)


def test_the_leads_account_has_what_the_shipped_checklist_needs(production: Checklist) -> None:
    needs = (*for_panels(), *for_lead(production))
    assert given((*distinct(needs), *ACTS), granted("lead.yaml")) == []


def test_the_leads_account_changes_nothing_that_nothing_needs(production: Checklist) -> None:
    wanted = {*distinct((*for_panels(), *for_lead(production))), *ACTS, *APPLIED}
    wanted |= {msgspec.structs.replace(one, everywhere=True) for one in wanted}
    extra = [str(one) for one in granted("lead.yaml") if one not in wanted and one.verb not in READS]
    assert extra == []


def test_every_kind_of_step_that_asks_the_cluster_says_which_rights_it_needs() -> None:
    elsewhere = {
        a.Attest, a.Run, a.Coverage, a.Approvals, a.Vulnerabilities, a.TerraformPlan, a.TerraformApply,
        a.Http, a.Query, a.Alerts, a.Targets, a.Compare, a.StartRollback,
    }  # fmt: skip
    told = {a.ManifestsDryRun, a.Canary, a.Rollout}  # by what the manifests, the ladder, the names are
    for kind in set(a.ACTIONS) - elsewhere - told:
        fields = {one.name: () for one in msgspec.structs.fields(kind) if one.required}
        assert of_action(msgspec.convert(_plain(kind, fields), kind)), kind.key


def _plain(kind: type[a.Action], fields: dict[str, Any]) -> dict[str, Any]:
    texts = {"name": "x", "canary": "x", "stable": "x", "resource": "cpu", "replicas": 1, "overlay": "x"}
    return {"type": kind.key, **{name: texts.get(name, {} if name == "data" else []) for name in fields}}


def test_a_ladder_needs_rights_on_what_carries_the_traffic() -> None:
    traffic = a.Traffic(stable="s", canary="c", by="istio", route="r")
    ladder = a.Canary(service="s", metrics=(), steps=(a.Rung(weight=5),), traffic=traffic)
    assert [str(one) for one in of_action(ladder)] == [
        "get virtualservices.networking.istio.io",
        "patch virtualservices.networking.istio.io",
    ]
    assert of_action(a.Canary(service="s", metrics=())) == ()
    assert not asks_cluster(a.Canary(service="s", metrics=()))


def test_a_rollout_needs_the_kinds_that_it_names() -> None:
    found = [str(one) for one in of_action(a.Rollout(statefulsets=("db",)))]
    assert "get statefulsets.apps" in found
    assert "get deployments.apps" not in found


def test_a_rollbacks_steps_count(production: Checklist) -> None:
    assert any(isinstance(step.action, a.Undo) for step in every_step(production))
    uses = [one.use for one in for_lead(production) if one.right == Right("apps", "deployments", "patch")]
    assert uses


def test_a_refusal_joins_the_verbs_of_a_resource_and_says_where() -> None:
    nodes = rights("", "nodes", "list", everywhere=True)
    pods = rights("", "pods", "list watch delete")
    known = Rights(namespace="shop", refused=frozenset((*nodes, *pods)), allowed=frozenset(LOGS))
    assert known.refusal(*LOGS) == ""
    assert known.refusal(*pods, *LOGS) == (
        "This account may not list, watch and delete pods in shop."
        " Ask for that right, or use another context."
    )
    assert known.told(nodes) == "list nodes at the cluster's scope"
    assert Rights(refused=frozenset(pods)).told(pods[:1]) == "list pods in all namespaces"


def test_what_was_not_asked_is_not_missing() -> None:
    assert Rights().missing(ACTS) == ()
    assert distinct([Need(right=LOGS[0], use="a"), Need(right=LOGS[0], use="b")]) == LOGS
