"""What a lead does to a workload from its screen, by the same changes that the steps make.

What the server refused was not done. What it did not answer to may have been: that is told as not known.
"""

import contextlib

from alfred_tui.actions.context import Equipment
from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.errors import ClusterError
from alfred_tui.cluster.changes import acts, deployment_undo
from alfred_tui.cluster.changes.set_acts import undo_set
from alfred_tui.cluster.objects.ownership import Since
from alfred_tui.cluster.objects.resources import WORKLOADS
from alfred_tui.domain.errors import CockpitError, NotConfigured
from alfred_tui.domain.evidence import Evidence, Outcome
from alfred_tui.domain.rollback.point import WorkloadPoint
from alfred_tui.domain.run.events import WorkloadActBegun

_LOST = "Whether it was done is not known: look at the workload before you do it again."


async def perform(act: WorkloadActBegun, equipment: Equipment) -> Outcome:
    """Performs it. Raises CockpitError when nothing was changed."""
    if equipment.connect is None:
        raise NotConfigured(equipment.no_target or "No cluster is connected.")
    connection = await equipment.connect()
    try:
        outcome, since = await _perform(connection, act, equipment.clock.now())
    except ClusterError as error:
        if error.status and error.status < 500:
            raise
        return Outcome(status="error", reason=f"{error} {_LOST}")
    if equipment.live is not None:
        with contextlib.suppress(CockpitError):  # the panel's trouble is not the act's
            live = await equipment.live()
            # So that no panel takes an old condition for the new generation's.
            live.pin(act.kind, act.name, since, namespace=act.namespace)
    return outcome


async def _perform(connection: Connection, act: WorkloadActBegun, now: float) -> tuple[Outcome, Since]:
    """Performs it; the outcome, and since when the workload is another."""
    if act.act == "undo":
        done = await _undo(connection, act)
        return _undone(done), Since(generation=done.generation, condition_before=done.condition_before)
    generation, changed = await _change(connection, act, now)
    fact = Evidence(label="generation", value=str(generation), kind="number", ok=True)
    reason = ""
    if not changed:
        there = {"pause": " It was paused already.", "resume": " It was not paused."}.get(act.act, "")
        reason = f"Nothing had to be changed.{there}"
    return Outcome(status="passed", reason=reason, evidence=(fact,)), Since(generation=generation)


async def _change(connection: Connection, act: WorkloadActBegun, now: float) -> tuple[int, bool]:
    if act.act == "restart":
        return await acts.restart(connection, act.namespace, act.name, now, WORKLOADS[act.kind])
    return await acts.pause(connection, act.namespace, act.name, act.act == "pause")


async def _undo(connection: Connection, act: WorkloadActBegun) -> deployment_undo.Undone:
    if act.kind != "Deployment":
        return await undo_set(connection, WORKLOADS[act.kind], act.namespace, act.name, act.revision)
    point = WorkloadPoint(namespace=act.namespace, name=act.name, revision=act.revision)
    return await deployment_undo.undo(connection, point, act.revision)


def _undone(done: deployment_undo.Undone) -> Outcome:
    facts = (
        Evidence(label="generation", value=str(done.generation), kind="number", ok=True),
        Evidence(label="images", value=", ".join(done.images.values())),
    )
    same = "" if done.changed else "Nothing had to be changed: it runs that template already."
    return Outcome(status="passed", reason=same, evidence=facts)
