"""The health endpoints: which checks the API server says it makes, and what it answers to each."""

from collections.abc import Sequence

_HOOKS = (
    "start-apiserver-admission-initializer",
    "generic-apiserver-start-informers",
    "priority-and-fairness-config-consumer",
    "priority-and-fairness-filter",
    "storage-object-count-tracker-hook",
    "start-apiextensions-informers",
    "start-apiextensions-controllers",
    "crd-informer-synced",
    "start-system-namespaces-controller",
    "peer-endpoint-reconciler-controller",
    "start-cluster-authentication-info-controller",
    "start-kube-apiserver-identity-lease-controller",
    "start-kube-apiserver-identity-lease-garbage-collector",
    "storage-readiness",
    "start-legacy-token-tracking-controller",
    "start-service-ip-repair-controllers",
    "rbac/bootstrap-roles",
    "scheduling/bootstrap-system-priority-classes",
    "priority-and-fairness-config-producer",
    "bootstrap-controller",
    "start-kubernetes-service-cidr-controller",
    "aggregator-reload-proxy-client-cert",
    "start-kube-aggregator-informers",
    "apiservice-status-local-available-controller",
    "apiservice-status-remote-available-controller",
    "apiservice-registration-controller",
    "apiservice-wait-for-first-sync",
    "apiservice-discovery-controller",
    "kube-apiserver-autoregistration",
    "autoregister-completion",
    "apiservice-openapi-controller",
    "apiservice-openapiv3-controller",
)
_AUTOREGISTER = "autoregister-completion"
_ENDPOINTS = {
    "healthz": ("ping", "log", "etcd"),
    "livez": ("ping", "log", "etcd"),
    "readyz": ("ping", "log", "etcd", "etcd-readiness", "informer-sync"),
}


def health(path: str, *, verbose: bool, excluded: Sequence[str]) -> str | None:
    """The text of a health endpoint or one of its checks; None for a path that is neither."""
    endpoint, _, check = path.strip("/").partition("/")
    if endpoint not in _ENDPOINTS:
        return None
    checks = _checks(endpoint)
    if check:
        return "ok" if check in checks else None
    if not verbose:
        return "ok"
    lines = [f"[+]{one} {'excluded: ok' if one in excluded else 'ok'}" for one in checks]
    unknown = [one for one in excluded if one not in checks]
    if unknown:
        listed = ",".join(f'"{one}"' for one in unknown)
        lines.append(f"warn: some health checks cannot be excluded: no matches for {listed}")
    return "\n".join((*lines, f"{endpoint} check passed", ""))


def _checks(endpoint: str) -> list[str]:
    checks = list(_ENDPOINTS[endpoint])
    checks += [hook if hook == _AUTOREGISTER else f"poststarthook/{hook}" for hook in _HOOKS]
    return [*checks, "shutdown"] if endpoint == "readyz" else checks


def health_paths() -> list[str]:
    """What `/` lists of the health endpoints."""
    return [
        path
        for endpoint in _ENDPOINTS
        for path in (f"/{endpoint}", *(f"/{endpoint}/{c}" for c in _checks(endpoint)))
    ]
