"""A lead's acts on workloads in words: what one will do, why not now, and what became of it.

The same for the screen, the report and the headless lines.
"""

from alfred_tui.domain.cluster.needs import of_act
from alfred_tui.domain.cluster.workload_acts import ActKind, WorkloadAct, elsewhere
from alfred_tui.domain.cluster.workloads import ClusterView, RevisionView, RolloutView, Target
from alfred_tui.domain.evidence import Outcome

_ENDS = {
    "passed": "done",
    "failed": "not done",
    "error": "not known whether it was done",
    "interrupted": "interrupted",
}


def act_told(act: WorkloadAct) -> str:
    """What was asked: `undo of Deployment shop to revision 12 by maria: the note`."""
    back = f" to revision {act.revision}" if act.revision else ""
    note = f": {act.note}" if act.note else ""
    return f"{act.act} of {act.kind} {act.name}{back} by {act.by}{note}"


def end_told(outcome: Outcome | None) -> str:
    """What became of it, with its reason and evidence."""
    if outcome is None:
        return "under way"
    told = _ENDS.get(outcome.status, outcome.status)
    facts = ", ".join(f"{one.label} {one.value}" for one in outcome.evidence)
    return told + (f" ({facts})" if facts else "") + (f". {outcome.reason}" if outcome.reason else "")


def why_not(
    view: ClusterView, rollout: RolloutView | None, act: ActKind, target: Target | None = None
) -> str:
    """Why an act on what is shown cannot be asked for now; empty when it can. The engine may still refuse.

    `target` is what the run leads.
    """
    fresh = view.rollouts_freshness
    if fresh.connection != "live":
        why = f" {fresh.message}" if fresh.message else ""
        if fresh.connection == "expired":
            # What is shown may be of this moment; nothing can be asked for on it.
            return f"The login is expired, so nothing is done on what is shown.{why}"
        return f"What is shown is not live ({fresh.connection}); nothing is done on it.{why}"
    if rollout is None:
        return "It is not there any more; there is nothing to act on."
    what = f"{rollout.kind} {rollout.name}"
    if target is not None and (why := elsewhere(what, rollout.namespace, target.namespace)):
        return why
    if missing := view.rights.refusal(*of_act(act, rollout.kind)):
        return missing
    if act in ("pause", "resume") and rollout.kind != "Deployment":
        return f"Kubernetes pauses Deployments only, and {what} is none."
    if act in ("restart", "undo") and rollout.paused:
        return f"{what} is paused; resume it first, or nothing would roll out."
    return ""


def will(rollout: RolloutView, act: ActKind, back: RevisionView | None = None) -> tuple[str, ...]:
    """Exactly what the act will do, in sentences."""
    what = f"{rollout.kind} {rollout.name}"
    match act:
        case "restart":
            return (
                f"It sets the annotation kubectl.kubernetes.io/restartedAt in the pod template of {what},"
                " as kubectl rollout restart does; image and configuration stay as they are written.",
                _replaced(rollout),
            )
        case "pause":
            return (
                f"It sets spec.paused of {what}. A rollout under way stops where it is ({rollout.updated} of"
                f" {rollout.desired} pods updated); all pods go on running. Until it is resumed, changes of"
                " the template wait.",
            )
        case "resume":
            return (f"It takes spec.paused of {what} away. Its template is then rolled out as it stands.",)
        case "undo":
            return (*_back(rollout, back), NOT_RESTORED)


NOT_RESTORED = (
    "It does not restore: replicas, strategy, ConfigMaps, Secrets, Services, or what migrations changed. The"
    " manifests stay as they are, so the next kubectl apply of them returns to the version that is left now."
)


def _back(rollout: RolloutView, back: RevisionView | None) -> tuple[str, ...]:
    number = back.number if back else 0
    images = back.images if back else {}
    changes = [
        f"{name}: {rollout.images.get(name, 'none')} → {images.get(name, 'none')}"
        for name in sorted(rollout.images.keys() | images.keys())
        if rollout.images.get(name) != images.get(name)
    ]
    first = (
        f"It puts the pod template of revision {number} back into {rollout.kind} {rollout.name}; that gets a"
        f" new revision number. {_replaced(rollout, back.replicas if back else 0)}"
    )
    return (first, "\n".join(changes) or "No image changes; see the difference for what does.")


def _replaced(rollout: RolloutView, stay: int = 0) -> str:
    """How many pods are replaced; `stay` have the template already."""
    if rollout.on_delete:
        return "Its strategy is OnDelete: no pod is replaced until somebody deletes it."
    if rollout.kept:
        some = f"{rollout.desired - rollout.kept} of its {rollout.desired} pods"
        return f"{some} are replaced; the partition keeps the others."
    which = (
        f"{max(0, rollout.desired - stay)} of {rollout.desired} pods"
        if stay
        else f"All {rollout.desired} pods"
    )
    others = f" {stay} run it already and stay." if stay else ""
    order = (
        " Each waits until the one before is ready; one that cannot become ready is not replaced until"
        " somebody deletes it."
        if rollout.one_by_one
        else ""
    )
    return f"{which} are replaced, a few at a time; what they hold in memory is lost.{others}{order}"
