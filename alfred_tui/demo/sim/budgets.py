"""The disruption controller: how many pods of a PodDisruptionBudget may go at present."""

from collections.abc import Iterable

from alfred_tui.demo.kube.objects import Change, Obj, clone
from alfred_tui.demo.kube.selectors import selects
from alfred_tui.demo.sim.conditions import transitioned
from alfred_tui.demo.sim.kinds import BUDGETS, DEPLOYMENTS, PODS, REPLICA_SETS
from alfred_tui.demo.sim.ownership import controller_of
from alfred_tui.demo.sim.pods import is_active, is_ready
from alfred_tui.demo.sim.surge import replicas, scaled_value
from alfred_tui.demo.sim.world import Place, World, place


class Budgets:
    """Reconciles PodDisruptionBudgets."""

    watches = frozenset((BUDGETS, PODS))

    def __init__(self, world: World) -> None:
        self._world = world

    def touched(self, change: Change) -> Iterable[Place]:
        if change.key == BUDGETS:
            return [place(change)]
        meta = change.obj["metadata"]
        return [
            (meta["namespace"], budget["metadata"]["name"])
            for budget in self._world.store.list(BUDGETS, meta["namespace"])
            if selects(budget["spec"].get("selector") or {}, meta.get("labels") or {})
        ]

    def reconcile(self, namespace: str, name: str) -> float | None:
        store = self._world.store
        budget = store.get(BUDGETS, namespace, name)
        if budget is None:
            return None
        selector = budget["spec"].get("selector") or {}
        pods = [
            pod
            for pod in store.list(PODS, namespace)
            if is_active(pod) and selects(selector, pod["metadata"].get("labels") or {})
        ]
        expected, healthy = self._expected(namespace, pods), sum(map(is_ready, pods))
        wanted = _wanted(budget["spec"], expected)
        allowed = max(0, healthy - wanted) if expected else 0
        enough = allowed > 0
        condition = {
            "type": "DisruptionAllowed",
            "status": "True" if enough else "False",
            "observedGeneration": budget["metadata"].get("generation", 1),
            "lastTransitionTime": self._world.stamp(),
            "reason": "SufficientPods" if enough else "InsufficientPods",
            "message": "",
        }
        status = {
            "conditions": transitioned(budget.get("status", {}).get("conditions", []), condition),
            "currentHealthy": healthy,
            "desiredHealthy": wanted,
            "disruptionsAllowed": allowed,
            "expectedPods": expected,
            "observedGeneration": budget["metadata"].get("generation", 1),
        }
        if status != budget.get("status"):
            store.update(BUDGETS, {**clone(budget), "status": status}, subresource="status")
        return None

    def _expected(self, namespace: str, pods: list[Obj]) -> int:
        """The sum of the replicas that the pods' Deployments ask for; pods of others count as they are."""
        deployments: dict[str, int] = {}
        others = 0
        for pod in pods:
            owner = controller_of(pod)
            one = self._world.store.get(REPLICA_SETS, namespace, owner["name"]) if owner else None
            above = controller_of(one) if one is not None else None
            found = self._world.store.get(DEPLOYMENTS, namespace, above["name"]) if above else None
            if found is None:
                others += 1
            else:
                deployments[found["metadata"]["name"]] = replicas(found)
        return sum(deployments.values()) + others


def _wanted(spec: Obj, expected: int) -> int:
    if "maxUnavailable" in spec:
        return max(0, expected - scaled_value(spec["maxUnavailable"], expected, round_up=True))
    return scaled_value(spec.get("minAvailable", 0), expected, round_up=True)
