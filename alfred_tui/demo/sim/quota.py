"""ResourceQuotas: what they refuse, and what they say is used."""

from collections.abc import Iterable
from decimal import Decimal

from alfred_tui.demo.kube.limits import check_limits, fill_limits
from alfred_tui.demo.kube.objects import Change, Obj, clone
from alfred_tui.demo.kube.quantities import canonical_quantity, parse_quantity
from alfred_tui.demo.kube.store import ApiError, Store
from alfred_tui.demo.sim.kinds import PODS, QUOTAS
from alfred_tui.demo.sim.pods import is_finished, requested
from alfred_tui.demo.sim.world import Place, World, place

# Which of a pod's needs a quota's entry limits; "" stands for the pod itself.
_COUNTED = {
    "pods": "",
    "count/pods": "",
    "cpu": "cpu",
    "requests.cpu": "cpu",
    "memory": "memory",
    "requests.memory": "memory",
}


def admit_pod(store: Store, pod: Obj) -> None:
    """Fills in the limits of its namespace; ApiError 403 when it would exceed those or a quota there."""
    fill_limits(store, pod)
    check_limits(store, PODS, pod)
    namespace = pod["metadata"]["namespace"]
    for quota in store.list(QUOTAS, namespace):
        hard = {name: limit for name, limit in quota["spec"].get("hard", {}).items() if name in _COUNTED}
        used = _used(store, namespace, hard)
        over = [name for name in sorted(hard) if used[name] + _need(pod, name) > parse_quantity(hard[name])]
        if over:
            wanted = ",".join(f"{name}={_text(_need(pod, name))}" for name in over)
            taken = ",".join(f"{name}={_text(used[name])}" for name in over)
            limits = ",".join(f"{name}={hard[name]}" for name in over)
            message = (
                f'pods "{pod["metadata"]["name"]}" is forbidden: exceeded quota: '
                f"{quota['metadata']['name']}, requested: {wanted}, used: {taken}, limited: {limits}"
            )
            raise ApiError(403, "Forbidden", message)


class Quotas:
    """Keeps the status of ResourceQuotas: what is used of what a pod can use up."""

    watches = frozenset((QUOTAS, PODS))

    def __init__(self, world: World) -> None:
        self._store = world.store

    def touched(self, change: Change) -> Iterable[Place]:
        if change.key == QUOTAS:
            return [place(change)]
        namespace = change.obj["metadata"]["namespace"]
        return [(namespace, one["metadata"]["name"]) for one in self._store.list(QUOTAS, namespace)]

    def reconcile(self, namespace: str, name: str) -> float | None:
        quota = self._store.get(QUOTAS, namespace, name)
        if quota is None:
            return None
        hard = quota["spec"].get("hard") or {}
        used = _used(self._store, namespace, [one for one in hard if one in _COUNTED])
        status = {"hard": dict(hard), "used": {one: _text(amount) for one, amount in used.items()}}
        if status != quota.get("status"):
            self._store.update(QUOTAS, {**clone(quota), "status": status}, subresource="status")
        return None


def _used(store: Store, namespace: str, names: Iterable[str]) -> dict[str, Decimal]:
    present = [one for one in store.list(PODS, namespace) if not is_finished(one)]
    return {name: sum((_need(one, name) for one in present), Decimal(0)) for name in names}


def _need(pod: Obj, name: str) -> Decimal:
    resource = _COUNTED[name]
    return requested(pod, resource) if resource else Decimal(1)


def _text(value: Decimal) -> str:
    return canonical_quantity(str(value))
