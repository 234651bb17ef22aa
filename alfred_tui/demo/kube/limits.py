"""LimitRanges: what they fill into a new pod, and what they refuse (Kubernetes' LimitRanger)."""

from collections.abc import Iterator
from decimal import Decimal

from alfred_tui.demo.kube.errors import forbidden
from alfred_tui.demo.kube.objects import Key, Obj
from alfred_tui.demo.kube.podspec import qos_class
from alfred_tui.demo.kube.quantities import canonical_quantity, parse_quantity
from alfred_tui.demo.kube.store import Store

PODS = Key("", "pods")
CLAIMS = Key("", "persistentvolumeclaims")
LIMIT_RANGES = Key("", "limitranges")
LIMITED_BY = "kubernetes.io/limit-ranger"
_CONTAINERS = (("containers", "container"), ("initContainers", "init container"))


def fill_limits(store: Store, pod: Obj) -> None:
    """Gives a new pod's containers the requests and limits of its namespace's LimitRanges, in place."""
    for one in store.list(LIMIT_RANGES, pod["metadata"].get("namespace", "")):
        limits = [limit for limit in one["spec"].get("limits") or () if limit.get("type") == "Container"]
        said = list(_filled(pod["spec"], limits))
        if said:
            notes = pod["metadata"].setdefault("annotations", {})
            notes[LIMITED_BY] = f"LimitRanger plugin set: {'; '.join(said)}"
            pod.setdefault("status", {})["qosClass"] = qos_class(pod["spec"])


def _filled(spec: Obj, limits: list[Obj]) -> Iterator[str]:
    for which, called in _CONTAINERS:
        for container in spec.get(which) or ():
            resources = container.setdefault("resources", {})
            set_limits = _merge(resources, "limits", limits, "default")
            set_requests = _merge(resources, "requests", limits, "defaultRequest")
            for names, word in ((set_requests, "request"), (set_limits, "limit")):
                if names:
                    yield f"{', '.join(sorted(names))} {word} for {called} {container['name']}"


def _merge(resources: Obj, field: str, limits: list[Obj], source: str) -> list[str]:
    wanted: Obj = {}
    for limit in limits:
        wanted.update(limit.get(source) or {})
    missing = {name: value for name, value in wanted.items() if name not in (resources.get(field) or {})}
    if missing:
        resources[field] = {**(resources.get(field) or {}), **missing}
    return list(missing)


def check_limits(store: Store, key: Key, obj: Obj) -> None:
    """ApiError 403 for a pod or a volume claim beyond a LimitRange of its namespace."""
    meta = obj["metadata"]
    for one in store.list(LIMIT_RANGES, meta.get("namespace", "")):
        problems = [why for limit in one["spec"].get("limits") or () for why in _problems(key, obj, limit)]
        if problems:
            text = problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]"
            raise forbidden(key, meta.get("name") or meta.get("generateName", ""), text)


def _problems(key: Key, obj: Obj, limit: Obj) -> Iterator[str]:
    kind, spec = str(limit.get("type", "")), obj["spec"]
    if key == PODS and kind == "Container":
        for which, _ in _CONTAINERS:
            for container in spec.get(which) or ():
                resources = container.get("resources") or {}
                yield from _checked(kind, limit, resources.get("requests"), resources.get("limits"))
    elif key == PODS and kind == "Pod":
        yield from _checked(kind, limit, _total(spec, "requests"), _total(spec, "limits"))
    elif key == CLAIMS and kind == "PersistentVolumeClaim":
        requests = (spec.get("resources") or {}).get("requests")
        yield from _checked(kind, {"min": limit.get("min")}, requests, None)
        # A claim has no limits: the maximum is held against what it requests.
        yield from _checked(kind, {"max": limit.get("max")}, None, requests, word="request")


def _total(spec: Obj, field: str) -> Obj:
    """The pod's need: the sum of its containers, or its largest init container where that is more."""
    total: dict[str, Decimal] = {}
    for container in spec.get("containers") or ():
        for name, value in ((container.get("resources") or {}).get(field) or {}).items():
            total[name] = total.get(name, Decimal(0)) + parse_quantity(value)
    for container in spec.get("initContainers") or ():
        for name, value in ((container.get("resources") or {}).get(field) or {}).items():
            total[name] = max(total.get(name, Decimal(0)), parse_quantity(value))
    return {name: canonical_quantity(str(value)) for name, value in total.items()}


def _checked(
    kind: str, limit: Obj, requests: Obj | None, limits: Obj | None, *, word: str = "limit"
) -> Iterator[str]:
    requests, limits = requests or {}, limits or {}
    for name, bound in (limit.get("min") or {}).items():
        head = f"minimum {name} usage per {kind} is {bound}"
        if name not in requests:
            yield f"{head}.  No request is specified"
        elif parse_quantity(requests[name]) < parse_quantity(bound):
            yield f"{head}, but request is {requests[name]}"
        elif name in limits and parse_quantity(limits[name]) < parse_quantity(bound):
            yield f"{head}, but limit is {limits[name]}"
    for name, bound in (limit.get("max") or {}).items():
        head = f"maximum {name} usage per {kind} is {bound}"
        if name not in limits:
            yield f"{head}.  No {word} is specified"
        elif parse_quantity(limits[name]) > parse_quantity(bound):
            yield f"{head}, but {word} is {limits[name]}"
        elif name in requests and parse_quantity(requests[name]) > parse_quantity(bound):
            yield f"{head}, but request is {requests[name]}"
    for name, bound in (limit.get("maxLimitRequestRatio") or {}).items():
        yield from _ratio(kind, name, bound, requests.get(name), limits.get(name))


def _ratio(kind: str, name: str, bound: str, request: str | None, limit: str | None) -> Iterator[str]:
    head = f"{name} max limit to request ratio per {kind} is {bound}"
    if request is None or not parse_quantity(request):
        yield f"{head}, but no request is specified or request is 0"
    elif limit is None or not parse_quantity(limit):
        yield f"{head}, but no limit is specified or limit is 0"
    else:
        ratio = parse_quantity(limit) / parse_quantity(request)
        if ratio > parse_quantity(bound):
            yield f"{head}, but provided ratio is {float(ratio):f}"
