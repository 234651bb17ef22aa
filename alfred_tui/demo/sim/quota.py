"""ResourceQuotas: the one way in which the API refuses a pod that a controller wants to make."""

from decimal import Decimal

from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.kube.quantities import canonical_quantity, parse_quantity
from alfred_tui.demo.kube.store import ApiError, Store
from alfred_tui.demo.sim.kinds import PODS, QUOTAS
from alfred_tui.demo.sim.pods import is_finished, requested

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
    """ApiError 403 when the pod would exceed a quota of its namespace."""
    namespace = pod["metadata"]["namespace"]
    for quota in store.list(QUOTAS, namespace):
        hard = {name: limit for name, limit in quota["spec"].get("hard", {}).items() if name in _COUNTED}
        present = [one for one in store.list(PODS, namespace) if not is_finished(one)] if hard else []
        used = {name: sum((_need(one, name) for one in present), Decimal(0)) for name in hard}
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


def _need(pod: Obj, name: str) -> Decimal:
    resource = _COUNTED[name]
    return requested(pod, resource) if resource else Decimal(1)


def _text(value: Decimal) -> str:
    return canonical_quantity(str(value))
