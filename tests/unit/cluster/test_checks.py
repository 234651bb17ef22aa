"""A check passes only on what it has seen."""

from typing import Any

import msgspec
import pytest
from alfred_tui.cluster.checks import network_checks
from alfred_tui.cluster.checks import workload_checks as checks
from alfred_tui.cluster.checks.verdicts import Verdict, outcome
from alfred_tui.cluster.diagnosis.pods import diagnose
from alfred_tui.cluster.objects import network_objects as net
from alfred_tui.cluster.objects.partial import DaemonSet, Deployment, Pod, Selector, StatefulSet
from alfred_tui.cluster.objects.selectors import selects
from alfred_tui.domain.cluster.workloads import ContainerUsage, Diagnosis, PodUsage
from alfred_tui.domain.evidence import Evidence

from tests.unit.cluster.kube import make, pod

READY = {"conditions": [{"type": "Ready", "status": "True"}], "phase": "Running"}


NOW = 1795396000.0


def running(name: str, restarts: int = 0, **fields: Any) -> Any:
    status = {**READY, "containerStatuses": [{"name": "c", "restartCount": restarts}]}
    return pod(name, status=status, **fields)


def own_words(one: Pod) -> Diagnosis | None:
    return diagnose(one, now=NOW)


def holds(verdict: Verdict) -> bool:
    assert verdict.fact.value
    return verdict.status == "passed"


# Together


def test_nothing_looked_at_is_inconclusive() -> None:
    assert outcome([], "no services").status == "inconclusive"


def test_the_worst_decides_and_the_first_bad_fact_is_the_reason() -> None:
    good = Verdict(status="passed", fact=Evidence(label="a", value="fine", ok=True))
    bad = Verdict(status="failed", fact=Evidence(label="b", value="broken", ok=False))
    unclear = Verdict(status="inconclusive", fact=Evidence(label="c", value="who knows", ok=False))
    result = outcome([good, unclear, bad, bad], "")
    assert (result.status, result.reason) == ("failed", "b: broken (and 1 more)")
    assert len(result.evidence) == 4


def test_what_is_exempt_does_not_pass_for_the_others() -> None:
    exempt = Verdict(status="skipped", fact=Evidence(label="a", value="exempt"))
    good = Verdict(status="passed", fact=Evidence(label="b", value="fine", ok=True))
    assert outcome([exempt], "only exempt ones").status == "inconclusive"
    result = outcome([exempt, good], "")
    assert (result.status, len(result.evidence)) == ("passed", 2)


# Selectors


@pytest.mark.parametrize(
    ("selector", "fits"),
    [
        (None, False),
        (Selector(), True),
        (Selector(match_labels={"app": "bot"}), True),
        (Selector(match_labels={"app": "other"}), False),
        (Selector(match_expressions=[Selector.Expression("app", "In", ["bot", "x"])]), True),
        (Selector(match_expressions=[Selector.Expression("app", "NotIn", ["bot"])]), False),
        (Selector(match_expressions=[Selector.Expression("gone", "NotIn", ["bot"])]), True),
        (Selector(match_expressions=[Selector.Expression("app", "Exists")]), True),
        (Selector(match_expressions=[Selector.Expression("app", "DoesNotExist")]), False),
        (Selector(match_expressions=[Selector.Expression("app", "Resembles", ["bot"])]), False),
    ],
)
def test_a_selector_fits_as_in_kubernetes(selector: Selector | None, fits: bool) -> None:
    assert selects(selector, {"app": "bot"}) is fits


# Pods


def test_a_service_without_pods_fails() -> None:
    assert checks.pods_ready("bot", [], {}, 0, own_words).status == "failed"


def test_a_service_whose_pods_are_all_leaving_has_none() -> None:
    leaving = running("a", metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"})
    assert checks.pods_ready("bot", [leaving], {}, 0, own_words).status == "failed"


def test_ready_and_completed_pods_hold() -> None:
    done = pod("job", status={"phase": "Succeeded"})
    assert holds(checks.pods_ready("bot", [running("a"), done], {}, 0, own_words))


def test_a_running_pod_that_is_not_ready_fails_by_name() -> None:
    verdict = checks.pods_ready(
        "bot", [running("a"), pod("b", status={"phase": "Running"})], {}, 0, own_words
    )
    assert verdict.fact.value == "1 of 2 pods are not ready: b is Running"


def test_a_pod_that_is_not_ready_is_told_in_the_panels_words() -> None:
    end = {"exitCode": 1, "reason": "Error", "startedAt": "2026-11-23T01:00:00Z"}
    status = {
        "name": "c",
        "restartCount": 3,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": {**end, "finishedAt": "2026-11-23T01:00:40Z", "message": "no table"}},
    }
    spec = {"nodeName": "n", "containers": [{"name": "c"}]}
    crashing = pod("b", spec=spec, status={"phase": "Running", "containerStatuses": [status]})
    verdict = checks.pods_ready("bot", [crashing], {}, 0, own_words)
    found = diagnose(crashing, now=NOW)
    assert found is not None
    assert verdict.fact.value.endswith(f"b is CrashLoopBackOff. {found.whole}")
    assert verdict.fact.value.endswith("; its last words: no table.")


def test_only_restarts_beyond_those_before_count() -> None:
    def verdict(before: int, allowed: int) -> Verdict:
        return checks.pods_ready("bot", [running("a", 3)], {"uid-a": before}, allowed, own_words)

    assert holds(verdict(3, 0))
    assert holds(verdict(2, 1))
    assert "restarted 2 times" in verdict(1, 1).fact.value


def test_a_sidecar_that_restarts_counts_too() -> None:
    proxy = {"name": "proxy", "restartCount": 2, "started": True, "ready": True, "state": {"running": {}}}
    spec = {"containers": [{"name": "c"}], "initContainers": [{"name": "proxy", "restartPolicy": "Always"}]}
    one = pod(spec=spec, status={**READY, "initContainerStatuses": [proxy]})
    assert "restarted 2 times" in checks.pods_ready("bot", [one], {}, 0, own_words).fact.value


# Network policies


def policy(name: str, selector: dict[str, Any], **spec: Any) -> net.NetworkPolicy:
    return make(net.NetworkPolicy, name=name, spec={"podSelector": selector, **spec})


BOT = [pod("a", metadata={"labels": {"app": "bot"}})]


@pytest.mark.parametrize(
    ("policies", "directions", "held"),
    [
        ([policy("all", {})], ("Ingress",), True),
        ([policy("all", {})], ("Ingress", "Egress"), False),
        ([policy("all", {}, egress=[{}])], ("Ingress", "Egress"), True),
        ([policy("all", {}, policyTypes=["Egress"])], ("Ingress",), False),
        (
            [policy("i", {}, policyTypes=["Ingress"]), policy("e", {}, policyTypes=["Egress"])],
            ("Ingress", "Egress"),
            True,
        ),
        ([policy("other", {"matchLabels": {"app": "other"}})], ("Ingress",), False),
        ([], ("Ingress",), False),
    ],
)
def test_a_pod_is_covered_by_policies_for_each_direction(
    policies: list[net.NetworkPolicy], directions: tuple[str, ...], held: bool
) -> None:
    assert holds(network_checks.policies_cover("bot", BOT, policies, directions)) is held


def test_policies_over_no_pods_are_inconclusive() -> None:
    assert network_checks.policies_cover("bot", [], [policy("all", {})], ["Ingress"]).status == "inconclusive"


# Resources


def deployment(requests: dict[str, str], limits: dict[str, str]) -> Deployment:
    container = {"name": "c", "resources": {"requests": requests, "limits": limits}}
    return make(Deployment, spec={"template": {"spec": {"containers": [container]}}})


FULL = {"cpu": "1", "memory": "1Gi"}


@pytest.mark.parametrize(
    ("requests", "limits", "said"),
    [
        ({"cpu": "500m", "memory": "128Mi"}, FULL, ""),
        ({}, FULL, "no cpu request"),
        (FULL, {"cpu": "1"}, "no memory limit"),
        ({"cpu": "2", "memory": "1Gi"}, FULL, "requests more cpu than its limit"),
        ({"cpu": "1", "memory": "1025Mi"}, FULL, "requests more memory than its limit"),
    ],
)
def test_requests_and_limits_must_be_there_and_in_order(
    requests: dict[str, str], limits: dict[str, str], said: str
) -> None:
    verdict = checks.resources_set("bot", deployment(requests, limits))
    assert holds(verdict) is not bool(said)
    assert said in verdict.fact.value


def test_a_sidecar_needs_requests_and_limits_too_and_an_init_container_that_ends_does_not() -> None:
    whole = {"name": "c", "resources": {"requests": FULL, "limits": FULL}}
    for more, held in (({"name": "once"}, True), ({"name": "proxy", "restartPolicy": "Always"}, False)):
        template = {"spec": {"containers": [whole], "initContainers": [more]}}
        verdict = checks.resources_set("db", make(StatefulSet, spec={"template": template}))
        assert holds(verdict) is held
    assert verdict.fact.value == "container proxy has no cpu request"


def test_a_service_is_there_with_its_workload_its_pods_and_its_service() -> None:
    db = make(StatefulSet, status={"availableReplicas": 3})
    agent = make(DaemonSet, status={"numberAvailable": 4})
    there = checks.workload_there("db", db, 3, ["db"], "StatefulSet db")
    assert there.fact.value == "StatefulSet db 3 available, 3 pods, Service db"
    assert checks.workload_there("log", agent, 4, [], "DaemonSet log").fact.value == (
        "DaemonSet log 4 available, 4 pods"
    )
    assert checks.workload_there("bot", None, 2, [], "no workload bot").fact.value == "no workload bot"
    assert checks.workload_there("db", db, 3, [], "StatefulSet db").fact.value == (
        "no Service db, and none that selects the pods of StatefulSet db"
    )
    assert not holds(checks.workload_there("db", db, 0, ["db"], "StatefulSet db"))


def test_resources_of_nothing_fail() -> None:
    assert not holds(checks.resources_set("bot", None))
    assert not holds(checks.resources_set("bot", make(Deployment)))


# Autoscalers


def scaler(name: str = "bot", conditions: Any = None, **spec: Any) -> net.Autoscaler:
    active = [{"type": "ScalingActive", "status": "True", "reason": "ValidMetricFound"}]
    return make(
        net.Autoscaler,
        name=name,
        spec={
            "minReplicas": 2,
            "maxReplicas": 5,
            "scaleTargetRef": {"kind": "Deployment", "name": "bot"},
            "metrics": [{"type": "Resource"}],
            **spec,
        },
        status={"currentReplicas": 3, "conditions": active if conditions is None else conditions},
    )


def test_a_sane_autoscaler_holds() -> None:
    verdict = checks.autoscaler_sane("bot", [scaler()], make(Deployment, name="bot"))
    assert verdict.fact.value == "bot 2…5, now 3"
    assert holds(verdict)


@pytest.mark.parametrize(
    ("scalers", "status", "said"),
    [
        ([], "failed", "has no HorizontalPodAutoscaler"),
        ([scaler(), scaler("two")], "failed", "will fight"),
        ([scaler(minReplicas=6)], "failed", "bounds are crossed"),
        ([scaler(metrics=[])], "failed", "scales on no metric"),
        ([scaler(conditions=[])], "inconclusive", "has not said yet"),
        (
            [scaler(conditions=[{"type": "ScalingActive", "status": "False", "reason": "FailedGetScale"}])],
            "failed",
            "not scaling: FailedGetScale",
        ),
    ],
)
def test_an_autoscaler_that_is_not_sane_is_told(
    scalers: list[net.Autoscaler], status: str, said: str
) -> None:
    verdict = checks.autoscaler_sane("bot", scalers, make(Deployment, name="bot"))
    assert verdict.status == status
    assert said in verdict.fact.value


def test_a_stateful_set_may_have_an_autoscaler() -> None:
    one = scaler(scaleTargetRef={"kind": "StatefulSet", "name": "bot"})
    assert holds(checks.autoscaler_sane("bot", [one], make(StatefulSet, name="bot")))
    assert not holds(checks.autoscaler_sane("bot", [one], make(Deployment, name="bot")))


def test_an_autoscaler_is_that_of_the_workload_whatever_the_service_is_called() -> None:
    assert holds(checks.autoscaler_sane("web", [scaler()], make(Deployment, name="bot")))


def test_an_autoscaler_of_nothing_fails() -> None:
    assert "not there" in checks.autoscaler_sane("bot", [scaler()], None).fact.value


# Storage


def test_claims_must_be_bound_to_a_class_that_exists() -> None:
    def claim(name: str, phase: str, storage: str = "fast") -> net.Claim:
        return make(net.Claim, name=name, spec={"storageClassName": storage}, status={"phase": phase})

    claims = [claim("a", "Bound"), claim("b", "Pending"), claim("c", "Bound", "gone"), claim("d", "")]
    verdicts = checks.claims_bound(claims, [make(net.StorageClass, name="fast")])
    assert [holds(one) for one in verdicts] == [True, False, False, False]


# Endpoints and ingress


def service(name: str = "bot", **spec: Any) -> net.Service:
    spec = {"selector": {"app": "bot"}, "ports": [{"name": "http", "port": 80}], **spec}
    return make(net.Service, name=name, spec=spec)


def endpoints(*ready: bool | None, of: str = "bot") -> net.EndpointSlice:
    listed = [
        {"addresses": [f"10.0.0.{number}"], "conditions": {"ready": one}} for number, one in enumerate(ready)
    ]
    labels = {"kubernetes.io/service-name": of}
    return make(net.EndpointSlice, metadata={"labels": labels}, endpoints=listed)


@pytest.mark.parametrize(
    ("slices", "count"),
    [
        ([], 0),
        ([endpoints(False)], 0),
        ([endpoints(True, False)], 1),
        ([endpoints(None)], 1),
        ([endpoints(True), endpoints(True)], 1),
        ([endpoints(True, of="other")], 0),
        ([make(net.EndpointSlice, endpoints=None)], 0),
    ],
)
def test_ready_addresses_are_counted_once(slices: list[net.EndpointSlice], count: int) -> None:
    assert network_checks.ready_endpoints("bot", slices) == count
    assert holds(network_checks.endpoints_ready(service(), slices)) is bool(count)


def test_a_service_without_endpoints_tells_what_is_wrong_with_its_pods() -> None:
    verdict = network_checks.endpoints_ready(service(), [], "1 of 2 pods are not ready: bot-1 is Pending")
    assert verdict.fact.value == "has no ready endpoint: 1 of 2 pods are not ready: bot-1 is Pending"


def test_pods_that_are_not_there_were_not_admitted_either() -> None:
    assert checks.admitted("bot", [], "no pods of bot", "default").status == "inconclusive"
    assert checks.admitted("bot", [pod("a")], "", "default").fact.value == "1 pods in default"


@pytest.mark.parametrize("spec", [{"selector": {}}, {"type": "ExternalName"}])
def test_a_service_whose_endpoints_are_not_kubernetes_is_exempt_and_told(spec: dict[str, Any]) -> None:
    verdict = network_checks.endpoints_ready(service(**spec), [])
    assert verdict.status == "skipped"
    assert verdict.fact.value


def ingress(**spec: Any) -> net.Ingress:
    return make(net.Ingress, name="web", spec=spec)


def to(name: str = "bot", port: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"service": {"name": name, "port": port or {"number": 80}}}


@pytest.mark.parametrize(
    ("backend", "status", "said"),
    [
        (to(), "passed", "→ bot:80"),
        (to(port={"name": "http"}), "passed", "→ bot:http"),
        (to(port={"number": 81}), "failed", "names port 81, which bot does not have"),
        (to("gone"), "failed", "the Service gone, which does not exist"),
        (to("empty"), "failed", "empty has no ready endpoint"),
        ({"resource": {"kind": "Bucket"}}, "inconclusive", "not checked here"),
    ],
)
def test_an_ingress_backend_must_lead_to_a_ready_endpoint(
    backend: dict[str, Any], status: str, said: str
) -> None:
    services = {"bot": service(), "empty": service("empty")}
    rule = {"host": "a.example", "http": {"paths": [{"path": "/x", "backend": backend}]}}
    for spec in ({"rules": [rule]}, {"defaultBackend": backend}):
        (verdict,) = network_checks.ingress_backends(ingress(**spec), services, [endpoints(True)])
        assert verdict.status == status
        assert said in verdict.fact.value


def test_an_ingress_without_backends_fails() -> None:
    assert not holds(network_checks.ingress_backends(ingress(), {}, [])[0])


# Mesh


def route(host: str, subset: str = "") -> net.VirtualService:
    legs = [{"route": [{"destination": {"host": host, "subset": subset}, "weight": 90}]}]
    return make(net.VirtualService, name="r", spec={"http": legs})


RULES = [
    make(net.DestinationRule, spec={"host": "bot.default.svc.cluster.local", "subsets": [{"name": "v1"}]})
]


@pytest.mark.parametrize(
    ("host", "subset", "status"),
    [
        ("bot", "", "passed"),
        ("bot", "v1", "passed"),
        ("bot.default.svc.cluster.local", "v1", "passed"),
        ("bot", "v2", "failed"),
        ("gone", "", "failed"),
        ("bot.elsewhere.svc.cluster.local", "", "inconclusive"),
        ("api.vendor.example", "", "inconclusive"),
    ],
)
def test_a_mesh_route_must_lead_to_a_known_subset(host: str, subset: str, status: str) -> None:
    (verdict,) = network_checks.mesh_routes([route(host, subset)], RULES, ["bot"])
    assert verdict.status == status


# Security, usage, secrets


@pytest.mark.parametrize(
    ("labels", "level", "held"),
    [
        ({}, "baseline", False),
        ({"pod-security.kubernetes.io/enforce": "privileged"}, "baseline", False),
        ({"pod-security.kubernetes.io/enforce": "baseline"}, "baseline", True),
        ({"pod-security.kubernetes.io/enforce": "baseline"}, "restricted", False),
        ({"pod-security.kubernetes.io/enforce": "restricted"}, "baseline", True),
        ({"pod-security.kubernetes.io/warn": "restricted"}, "baseline", False),
        ({"pod-security.kubernetes.io/enforce": "strictest"}, "baseline", False),
    ],
)
def test_the_namespace_must_enforce_the_level(labels: dict[str, str], level: str, held: bool) -> None:
    namespace = make(net.Namespace, metadata={"labels": labels})
    assert holds(checks.pod_security(namespace, level)) is held


def used(name: str, cpu: float, limit: float = 1000.0) -> PodUsage:
    container = ContainerUsage(name="c", cpu=cpu, memory=1.0, cpu_limit=limit, memory_limit=2.0)
    return PodUsage(namespace="default", name=name, cpu=cpu, memory=1.0, containers=(container,))


@pytest.mark.parametrize(
    ("usage", "pods", "status"),
    [
        ([used("a", 100), used("b", 899)], ["a", "b"], "passed"),
        ([used("a", 901)], ["a"], "failed"),
        ([used("a", 100, 0.0)], ["a"], "inconclusive"),
        ([], ["a"], "inconclusive"),
        ([used("a", 100)], ["a", "b"], "inconclusive"),
    ],
)
def test_usage_is_held_to_the_limits_of_all_pods(usage: list[PodUsage], pods: list[str], status: str) -> None:
    assert checks.usage_within("bot", usage, "cpu", 0.9, pods).status == status


def test_of_several_containers_the_one_nearest_to_its_limit_is_named() -> None:
    alone = used("a", 950)
    side = msgspec.structs.replace(alone.containers[0], name="side", cpu=10)
    two = msgspec.structs.replace(alone, containers=(*alone.containers, side))
    told = [checks.usage_within("bot", [one], "cpu", 0.9).fact.value for one in (alone, two)]
    assert told == [f"highest 95% of its limit ({which}), above 90%" for which in ("a", "a c")]


def test_the_resource_that_is_asked_for_is_the_one_that_is_held() -> None:
    assert holds(checks.usage_within("bot", [used("a", 990)], "memory", 0.9))


def test_secret_keys_must_be_there_and_not_empty_and_no_value_is_told() -> None:
    body = b'{"data": {"url": "c2VjcmV0", "empty": ""}}'
    have = net.secret_keys(body)
    assert have == {"url": True, "empty": False}
    verdicts = checks.secret_keys_present("s", have, ["url", "empty", "gone"])
    assert [holds(one) for one in verdicts] == [True, False, False]
    assert "c2VjcmV0" not in repr(verdicts)


def test_a_secret_without_data_has_no_keys() -> None:
    assert net.secret_keys(b'{"kind": "Secret"}') == {}
