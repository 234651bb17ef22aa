"""Printers of what leads traffic to pods: services, ingresses, endpoints and policies."""

from typing import Any

from alfred_tui.demo.kube.objects import Key, Obj
from alfred_tui.demo.kube.tables.model import (
    NONE,
    UNSET,
    Printer,
    age,
    columns,
    joined,
    labels_text,
    name,
    selector,
)


def _service(obj: Obj, now: float) -> list[Any]:
    spec = obj.get("spec") or {}
    addresses = spec.get("clusterIPs") or []
    internal = (
        NONE if spec.get("type") == "ExternalName" else addresses[0] if addresses else spec.get("clusterIP")
    )
    return [
        name(obj),
        spec.get("type", ""),
        internal or NONE,
        _external(obj),
        _ports(spec.get("ports") or []),
        age(obj, now),
        labels_text(spec.get("selector")),
    ]


def _external(obj: Obj) -> str:
    spec = obj.get("spec") or {}
    fixed = spec.get("externalIPs") or []
    if spec.get("type") == "LoadBalancer":
        return joined([*_load_balancer(obj), *fixed], "<pending>")
    if spec.get("type") == "ExternalName":
        return str(spec.get("externalName", NONE))
    return joined(fixed, NONE)


def _load_balancer(obj: Obj) -> list[str]:
    ingress = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    return [str(point.get("ip") or point.get("hostname")) for point in ingress]


def _ports(ports: list[Obj]) -> str:
    shown: list[str] = []
    for port in ports:
        node = f":{port['nodePort']}" if port.get("nodePort") else ""
        shown.append(f"{port['port']}{node}/{port.get('protocol', 'TCP')}")
    return joined(shown, NONE)


def _ingress(obj: Obj, now: float) -> list[Any]:
    spec = obj.get("spec") or {}
    hosts = [rule["host"] for rule in spec.get("rules") or () if rule.get("host")]
    shown = joined(hosts[:3], "*") + (f" + {len(hosts) - 3} more..." if len(hosts) > 3 else "")
    return [
        name(obj),
        spec.get("ingressClassName") or NONE,
        shown,
        joined(_load_balancer(obj)),
        "80, 443" if spec.get("tls") else "80",
        age(obj, now),
    ]


def _ingress_class(obj: Obj, now: float) -> list[Any]:
    spec = obj.get("spec") or {}
    found = spec.get("parameters")
    parameters = NONE
    if found:
        group = f".{found['apiGroup']}" if found.get("apiGroup") else ""
        parameters = f"{found.get('kind', '')}{group}/{found.get('name', '')}"
    return [name(obj), spec.get("controller", ""), parameters, age(obj, now)]


def _endpoints(obj: Obj, now: float) -> list[Any]:
    shown = [
        f"{address['ip']}:{port['port']}" if port else str(address["ip"])
        for subset in obj.get("subsets") or ()
        for port in subset.get("ports") or [{}]
        for address in subset.get("addresses") or ()
    ]
    return [name(obj), _some(shown, NONE), age(obj, now)]


def _endpoint_slice(obj: Obj, now: float) -> list[Any]:
    ports = [str(port["port"]) for port in obj.get("ports") or () if port.get("port") is not None]
    addresses = [a for endpoint in obj.get("endpoints") or () for a in endpoint.get("addresses") or ()]
    return [
        name(obj),
        obj.get("addressType", ""),
        _some(ports, UNSET if not obj.get("ports") else "*"),
        _some(addresses, UNSET),
        age(obj, now),
    ]


def _some(parts: list[str], empty: str) -> str:
    """At most three, and how many more."""
    more = f" + {len(parts) - 3} more..." if len(parts) > 3 else ""
    return joined(parts[:3], empty) + more


def _network_policy(obj: Obj, now: float) -> list[Any]:
    return [name(obj), selector((obj.get("spec") or {}).get("podSelector")), age(obj, now)]


PRINTERS = {
    Key("", "services"): Printer(
        columns("Name,Type,Cluster-IP,External-IP,Port(s),Age", "Selector"), _service
    ),
    Key("", "endpoints"): Printer(columns("Name,Endpoints,Age"), _endpoints),
    Key("discovery.k8s.io", "endpointslices"): Printer(
        columns("Name,AddressType,Ports,Endpoints,Age"), _endpoint_slice
    ),
    Key("networking.k8s.io", "ingresses"): Printer(columns("Name,Class,Hosts,Address,Ports,Age"), _ingress),
    Key("networking.k8s.io", "ingressclasses"): Printer(
        columns("Name,Controller,Parameters,Age"), _ingress_class
    ),
    Key("networking.k8s.io", "networkpolicies"): Printer(columns("Name,Pod-Selector,Age"), _network_policy),
}
