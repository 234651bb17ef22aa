"""How pods stand, which of them come first, and those of one cause told together: twelve pods that cannot
pull one image are one trouble."""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from alfred_tui.domain.cluster.workloads import Pod

Standing = Literal["doomed", "unwell", "starting", "ending", "well"]
"""The worst first. Starting and ending pods are not well yet or any more, and nothing is wrong with them."""


def standing(pod: Pod) -> Standing:
    """How a pod stands."""
    if pod.well:
        return "well"
    if pod.diagnosis is not None:
        return "doomed" if pod.diagnosis.doomed else "unwell"
    return "ending" if pod.status == "Terminating" else "starting"


def by_standing(pods: Iterable[Pod], since: float = 0.0) -> dict[Standing, list[Pod]]:
    """The pods of each standing, the worst first, each in the order in which they came; but before the
    others those whose trouble began after `since`."""
    found: dict[Standing, list[Pod]] = {
        "doomed": [], "unwell": [], "starting": [], "ending": [], "well": [],
    }  # fmt: skip
    pods = tuple(pods)
    found["well"] = [one for one in pods if one.well]  # most are, and of ten thousand that is what costs
    for pod in [one for one in pods if not one.well]:
        found[standing(pod)].append(pod)
    for unwell in (found["doomed"], found["unwell"]):
        unwell.sort(key=lambda one: not _began_since(one, since))
    return found


def _began_since(pod: Pod, since: float) -> bool:
    # The API tells times without fractions of a second.
    return pod.diagnosis is not None and pod.diagnosis.began_at + 1 > since


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Several pods with the same trouble."""

    cause: str
    """As `Diagnosis.group`: `ImagePullBackOff reg/alfred-bot:v2 (manifest unknown)`."""
    pods: int
    owners: tuple[str, ...]
    """Names of the workloads that they are of."""
    doomed: bool
    recent: bool
    """Whether it began after what was asked for, for one of them at least."""


def groups(pods: Iterable[Pod], since: float = 0.0) -> tuple[Group, ...]:
    """The causes that two pods or more have: those that began after `since` first, then the most pods."""
    found: dict[tuple[str, str, str], list[Pod]] = {}
    for pod in [one for one in pods if not one.well]:
        if pod.diagnosis is not None:
            cause = pod.diagnosis.group or pod.diagnosis.cause
            # An exit code says little by itself: that of another workload's program is another trouble.
            whose = (pod.namespace, pod.owner) if pod.diagnosis.container else ("", "")
            found.setdefault((cause, *whose), []).append(pod)
    told = [_group(cause, members, since) for (cause, *_), members in found.items() if len(members) > 1]
    return tuple(sorted(told, key=lambda one: (not one.recent, -one.pods, one.cause)))


def _group(cause: str, members: Sequence[Pod], since: float) -> Group:
    owners = dict.fromkeys(one.owner.rpartition("/")[2] for one in members if one.owner)
    doomed = any(one.diagnosis.doomed for one in members if one.diagnosis is not None)
    recent = any(_began_since(one, since) for one in members)
    return Group(cause=cause, pods=len(members), owners=tuple(owners), doomed=doomed, recent=recent)
