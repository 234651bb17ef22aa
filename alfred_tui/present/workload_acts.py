"""A lead's acts on workloads in words, the same for the screen, the report and the headless lines."""

from alfred_tui.domain.evidence import Outcome
from alfred_tui.domain.workload_acts import WorkloadAct

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
