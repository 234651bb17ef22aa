"""events.k8s.io/v1: the same events as the core group's, with that group's field names."""

from alfred_tui.demo.kube.objects import Key, Obj

CORE = Key("", "events")
ALIAS = Key("events.k8s.io", "events")

_NAMES = {
    "involvedObject": "regarding",
    "message": "note",
    "reportingComponent": "reportingController",
    "source": "deprecatedSource",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "count": "deprecatedCount",
}


def as_alias(event: Obj) -> Obj:
    """A core event as events.k8s.io/v1 has it."""
    renamed = {_NAMES.get(name, name): value for name, value in event.items()}
    return {**renamed, "apiVersion": "events.k8s.io/v1", "kind": "Event"}
