"""Node ports and cluster addresses: each in its range, and none of two Services."""

import json
from collections.abc import Iterator

from alfred_tui.demo.kube.errors import Cause, invalid, invalid_value
from alfred_tui.demo.kube.objects import Key, Obj
from alfred_tui.demo.kube.store import Store

SERVICES = Key("", "services")
_NODE_PORTS = range(30000, 32768)
_NETWORK = "10.96."
_EXPOSED = ("NodePort", "LoadBalancer")


def allocate(store: Store, new: Obj, stated: Obj) -> None:
    """Moves node ports that nobody stated to free ones, in place; `stated` is the spec as it was sent.

    ApiError 422 for a stated node port or cluster address that cannot be had.
    """
    meta, spec = new["metadata"], new["spec"]
    place = (meta.get("namespace"), meta.get("name"))
    others = [one for one in store.list(SERVICES) if _place(one) != place]
    taken = {port.get("nodePort") for other in others for port in _exposed_ports(other["spec"])}
    asked = {port.get("nodePort") for port in stated.get("ports") or () if isinstance(port, dict)}
    for port in _exposed_ports(spec):
        while port.get("nodePort") in taken and port["nodePort"] not in asked:
            port["nodePort"] = _NODE_PORTS[(port["nodePort"] - _NODE_PORTS[0] + 1) % len(_NODE_PORTS)]
    causes = [*_address_causes(spec, others), *_node_port_causes(spec, taken)]
    if causes:
        raise invalid("", "Service", meta.get("name", ""), causes)


def _place(service: Obj) -> tuple[str, str]:
    return service["metadata"]["namespace"], service["metadata"]["name"]


def _exposed_ports(spec: Obj) -> list[Obj]:
    return list(spec.get("ports") or ()) if spec.get("type") in _EXPOSED else []


def _address_causes(spec: Obj, others: list[Obj]) -> Iterator[Cause]:
    address = spec.get("clusterIP")
    if not address or address == "None" or spec.get("type") == "ExternalName":
        return
    why = ""
    if not address.startswith(_NETWORK):
        why = "the provided network does not match the current range"
    elif any(other["spec"].get("clusterIP") == address for other in others):
        why = "provided IP is already allocated"
    if why:
        shown = json.dumps(spec.get("clusterIPs") or [address], separators=(",", ":"))
        text = f"Invalid value: {shown}: failed to allocate IP {address}: {why}"
        yield Cause("spec.clusterIPs", "FieldValueInvalid", text)


def _node_port_causes(spec: Obj, taken: set[int | None]) -> Iterator[Cause]:
    for at, port in enumerate(_exposed_ports(spec)):
        number = port.get("nodePort")
        if number in taken:
            yield invalid_value(f"spec.ports[{at}].nodePort", number, "provided port is already allocated")
        elif number not in _NODE_PORTS:
            why = "provided port is not in the valid range. The range of valid ports is 30000-32767"
            yield invalid_value(f"spec.ports[{at}].nodePort", number, why)
