"""What `kubectl get` prints: each kind's columns and cells, as Kubernetes' own printers make them."""

from alfred_tui.demo.kube.objects import Key, Obj
from alfred_tui.demo.kube.tables.cluster import PRINTERS as CLUSTER
from alfred_tui.demo.kube.tables.model import Column, Printer, name_column
from alfred_tui.demo.kube.tables.network import PRINTERS as NETWORK
from alfred_tui.demo.kube.tables.pods import PRINTERS as PODS
from alfred_tui.demo.kube.tables.workloads import PRINTERS as WORKLOADS

__all__ = ["Column", "Printer", "printer"]

_PRINTERS: dict[Key, Printer] = {**PODS, **WORKLOADS, **NETWORK, **CLUSTER}


def _name_and_time(obj: Obj, now: float) -> list[object]:
    return [obj["metadata"]["name"], obj["metadata"].get("creationTimestamp", "")]


_CREATED_AT = Printer((name_column(), Column("Created At", "date")), _name_and_time)


def printer(key: Key) -> Printer:
    """The printer of a kind; kinds without columns of their own show name and creation time."""
    return _PRINTERS.get(key, _CREATED_AT)
