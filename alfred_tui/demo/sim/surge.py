"""How many pods a Deployment may have and lose while it rolls (k8s.io/kubectl/pkg/util/deployment)."""

import math
from collections.abc import Sequence

from alfred_tui.demo.kube.objects import Obj, epoch

DESIRED = "deployment.kubernetes.io/desired-replicas"
MAXIMUM = "deployment.kubernetes.io/max-replicas"


def replicas(obj: Obj) -> int:
    """The replicas an object asks for."""
    return int(obj["spec"].get("replicas", 1))


def available(replica_set: Obj) -> int:
    return int(replica_set.get("status", {}).get("availableReplicas", 0))


def is_rolling(deployment: Obj) -> bool:
    return bool(deployment["spec"].get("strategy", {}).get("type", "RollingUpdate") == "RollingUpdate")


def scaled_value(value: int | str, total: int, *, round_up: bool) -> int:
    """A number, or a percentage of `total`."""
    if not isinstance(value, str):
        return value
    part = int(value.rstrip("%")) * total
    return math.ceil(part / 100) if round_up else part // 100


def fenceposts(surge: int | str, unavailable: int | str, desired: int) -> tuple[int, int]:
    """maxSurge rounded up and maxUnavailable rounded down; both 0 would never move, so 1 may be missing."""
    most = scaled_value(surge, desired, round_up=True)
    fewest = scaled_value(unavailable, desired, round_up=False)
    return (most, 1) if most == 0 and fewest == 0 else (most, fewest)


def _bounds(deployment: Obj) -> tuple[int, int]:
    rolling = deployment["spec"].get("strategy", {}).get("rollingUpdate") or {}
    surge, unavailable = rolling.get("maxSurge", "25%"), rolling.get("maxUnavailable", "25%")
    return fenceposts(surge, unavailable, replicas(deployment))


def max_surge(deployment: Obj) -> int:
    return _bounds(deployment)[0] if is_rolling(deployment) else 0


def max_unavailable(deployment: Obj) -> int:
    desired = replicas(deployment)
    if not is_rolling(deployment) or desired == 0:
        return 0
    return min(_bounds(deployment)[1], desired)


def new_size(deployment: Obj, sets: Sequence[Obj], newest: Obj) -> int:
    """The size to which the newest ReplicaSet may grow now; `sets` are all of them."""
    desired = replicas(deployment)
    if not is_rolling(deployment):
        return desired
    room = desired + max_surge(deployment) - sum(replicas(one) for one in sets)
    if room <= 0:
        return replicas(newest)
    return replicas(newest) + min(room, desired - replicas(newest))


def room_to_scale_down(deployment: Obj, sets: Sequence[Obj], newest: Obj) -> int:
    """How many old pods may go without too few being available."""
    fewest = replicas(deployment) - max_unavailable(deployment)
    unready = replicas(newest) - available(newest)
    return sum(replicas(one) for one in sets) - fewest - unready


def proportions(deployment: Obj, sets: Sequence[Obj]) -> dict[str, int]:
    """The sizes of ReplicaSets by name when a Deployment is resized in the middle of a rollout.

    Each gets its share of the pods to add or take away; what rounding leaves over goes to the largest.
    """
    desired = replicas(deployment)
    allowed = desired + max_surge(deployment) if desired > 0 else 0
    change = allowed - sum(replicas(one) for one in sets)
    newest_first = change > 0

    def order(one: Obj) -> tuple[int, float]:
        created = epoch(one["metadata"]["creationTimestamp"])
        return -replicas(one), -created if newest_first else created

    sizes: dict[str, int] = {}
    given = 0
    ordered = sorted(sets, key=order)
    for one in ordered:
        share = _share(deployment, one, change, given) if change else 0
        sizes[one["metadata"]["name"]] = replicas(one) + share
        given += share
    if ordered and change:
        first = ordered[0]["metadata"]["name"]
        sizes[first] = max(0, sizes[first] + change - given)
    return sizes


def _share(deployment: Obj, one: Obj, change: int, given: int) -> int:
    left = change - given
    size = replicas(one)
    if size == 0 or left == 0:
        return 0
    if replicas(deployment) == 0:
        wanted = -size
    else:
        notes = one["metadata"].get("annotations") or {}
        before = int(notes.get(MAXIMUM) or deployment.get("status", {}).get("replicas", 0) or size)
        now = replicas(deployment) + max_surge(deployment)
        # Half away from zero, as Go's math.Round.
        wanted = math.floor(size * now / before + 0.5) - size
    return min(wanted, left) if change > 0 else max(wanted, left)
