"""What Services and Ingresses the API server refuses, in Kubernetes' words."""

import re
from collections.abc import Iterator

from alfred_tui.demo.kube.errors import Cause, duplicate, invalid_json, invalid_value, required, unsupported
from alfred_tui.demo.kube.names import SUBDOMAIN, SUBDOMAIN_PROBLEM, port_name_problem
from alfred_tui.demo.kube.objects import Obj

_WILDCARD_PROBLEM = (
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must "
    "consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. "
    f"'*.example.com', regex used for validation is '\\*\\.{SUBDOMAIN}')"
)


def service_causes(obj: Obj, old: Obj | None) -> Iterator[Cause]:
    spec = obj.get("spec") or {}
    types = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
    if spec.get("type") not in types:
        yield unsupported("spec.type", spec.get("type"), types)
    ports = spec.get("ports") or []
    if not ports and spec.get("type") != "ExternalName" and spec.get("clusterIP") != "None":
        yield required("spec.ports")
    seen: set[str] = set()
    for at, port in enumerate(ports):
        path = f"spec.ports[{at}]"
        number = port.get("port")
        if not isinstance(number, int) or not 1 <= number <= 65535:
            yield invalid_value(f"{path}.port", number or 0, "must be between 1 and 65535, inclusive")
        target = port.get("targetPort")
        if isinstance(target, str) and (problem := port_name_problem(target)):
            yield invalid_value(f"{path}.targetPort", target, problem)
        name = port.get("name", "")
        if len(ports) > 1 and not name:
            yield required(f"{path}.name")
        if name and name in seen:
            yield duplicate(f"{path}.name", name)
        seen.add(name)
    before = ((old or {}).get("spec") or {}).get("clusterIP")
    if before and spec.get("type") != "ExternalName" and spec.get("clusterIP") != before:
        yield invalid_json("spec.clusterIPs[0]", [spec.get("clusterIP")], "may not change once set")


def ingress_causes(obj: Obj, old: Obj | None) -> Iterator[Cause]:
    spec = obj.get("spec") or {}
    if not spec.get("rules") and not spec.get("defaultBackend"):
        yield invalid_json("spec", spec, "either `defaultBackend` or `rules` must be specified")
    for at, rule in enumerate(spec.get("rules") or ()):
        yield from _host_causes(str(rule.get("host", "")), f"spec.rules[{at}].host")
        for number, path in enumerate((rule.get("http") or {}).get("paths") or ()):
            where = f"spec.rules[{at}].http.paths[{number}]"
            if not path.get("pathType"):
                yield required(f"{where}.pathType", "pathType must be specified")
            if not path.get("backend"):
                yield required(f"{where}.backend")


def _host_causes(host: str, path: str) -> Iterator[Cause]:
    if "*" in host:
        if not re.fullmatch(rf"\*\.{SUBDOMAIN}", host):
            yield invalid_value(path, host, _WILDCARD_PROBLEM)
    elif host and not re.fullmatch(SUBDOMAIN, host):
        yield invalid_value(path, host, SUBDOMAIN_PROBLEM)
