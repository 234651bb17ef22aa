"""What autoscalers, disruption budgets, volume claims and role bindings the API server refuses."""

import json
from collections.abc import Iterator

from alfred_tui.demo.kube.errors import Cause, forbidden_value, invalid_value, required
from alfred_tui.demo.kube.objects import Obj


def autoscaler_causes(obj: Obj, old: Obj | None) -> Iterator[Cause]:
    spec = obj.get("spec") or {}
    least, most = spec.get("minReplicas", 1), spec.get("maxReplicas", 0)
    if least < 0:
        yield invalid_value("spec.minReplicas", least, "must be greater than or equal to 0")
    if most < 1:
        yield required("spec.maxReplicas", "must be set and greater than 0")
    if most < least:
        yield invalid_value("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`")
    target = spec.get("scaleTargetRef") or {}
    for field in ("kind", "name"):
        if not target.get(field):
            yield required(f"spec.scaleTargetRef.{field}")


def budget_causes(obj: Obj, old: Obj | None) -> Iterator[Cause]:
    spec = obj.get("spec") or {}
    if "minAvailable" in spec and "maxUnavailable" in spec:
        # Told in the names that the structure has in Go.
        shown = {
            "MinAvailable": spec["minAvailable"],
            "Selector": spec.get("selector"),
            "MaxUnavailable": spec["maxUnavailable"],
            "UnhealthyPodEvictionPolicy": spec.get("unhealthyPodEvictionPolicy"),
        }
        text = json.dumps(shown, separators=(",", ":"))
        why = f"Invalid value: {text}: minAvailable and maxUnavailable cannot be both set"
        yield Cause("spec", "FieldValueInvalid", why)
    for field in ("minAvailable", "maxUnavailable"):
        value = spec.get(field)
        if isinstance(value, int) and value < 0:
            yield invalid_value(f"spec.{field}", value, "must be greater than or equal to 0")


def claim_causes(obj: Obj, old: Obj | None) -> Iterator[Cause]:
    if old is None:
        return
    if _fixed(obj, old) != _fixed(old, old):
        why = (
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for "
            "bound claims"
        )
        yield forbidden_value("spec", why)


def _fixed(claim: Obj, old: Obj) -> Obj:
    """What of a claim's spec stays: only a bound one may ask for more."""
    free = {"volumeName", "volumeAttributesClassName"}
    if (old.get("status") or {}).get("phase") == "Bound":
        free.add("resources")
    return {name: value for name, value in claim["spec"].items() if name not in free}


def role_binding_causes(obj: Obj, old: Obj | None) -> Iterator[Cause]:
    if old is not None and obj.get("roleRef") != old.get("roleRef"):
        role = obj.get("roleRef") or {}
        shown = {
            "APIGroup": role.get("apiGroup", ""),
            "Kind": role.get("kind", ""),
            "Name": role.get("name", ""),
        }
        text = json.dumps(shown, separators=(",", ":"))
        yield Cause("roleRef", "FieldValueInvalid", f"Invalid value: {text}: cannot change roleRef")
