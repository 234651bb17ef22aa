"""The one lead of a cluster, from the run's side: its Lease as far as it can be had, and its loss."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from alfred_tui.cli.options import Options
from alfred_tui.domain.cluster.workloads import Target
from alfred_tui.domain.errors import CockpitError, Refused, Usage
from alfred_tui.domain.run.events import AnyEvent, LeadTakenOver
from alfred_tui.domain.run.intents import Pause
from alfred_tui.engine.engine import Engine
from alfred_tui.engine.heartbeat import boot_seconds

if TYPE_CHECKING:
    from alfred_tui.cli.shared import SharedConnection
    from alfred_tui.cluster.lease.lead_lease import LeadLease, Standing


async def take_lease(
    shared: "SharedConnection", target: Target, holder: str, options: Options, tell: Callable[[str], None]
) -> "tuple[LeadLease, list[AnyEvent], str]":
    """The cluster's Lease, taken as far as it can be; the event if it was somebody else's; a notice.

    `tell` hears at once for whom it waits. Raises Refused when somebody else leads there, Usage when there is
    no such namespace.
    """
    from alfred_tui.cluster.lease.lead_lease import NAME, LeadLease
    from alfred_tui.cluster.store.reads import namespace_there

    lease = LeadLease(shared, target.namespace, holder, clock=boot_seconds)
    try:
        unsure = await namespace_there(await shared())
    except (Refused, Usage):
        raise
    except CockpitError as error:
        lease.put_off(error.message)
        return lease, [], ""
    before = await lease.take(over=options.take_over, tell=tell)
    where = f"{target.namespace}/{NAME}"
    taken = [LeadTakenOver(by=options.lead_name(), before=before, where=where)] if before else []
    return lease, list[AnyEvent](taken), unsure


async def leader(options: Options, resume: str) -> tuple[str, str]:
    """Who leads where this run would, in a sentence, and the word that takes over; empty when nobody does.

    Raises CockpitError when that cannot be asked.
    """
    from alfred_tui.cli.given import find_target
    from alfred_tui.cli.resuming import as_begun
    from alfred_tui.cli.shared import SharedConnection
    from alfred_tui.cluster.lease.lead_lease import LeadLease
    from alfred_tui.journal import RunFolder, state_dir

    if resume:
        folder = RunFolder.find(state_dir(options.state_dir, os.environ), resume)
        options = as_begun(options, folder.started())
    target, why_not = find_target(options)
    if target is None:
        raise CockpitError(why_not)
    shared = SharedConnection(target)
    try:
        return await LeadLease(shared, target.namespace, "", clock=boot_seconds).leader()
    finally:
        await shared.close()


def unguarded(lease: "LeadLease | None") -> str:
    """The sentence when nothing but the lock on this machine keeps a second lead of the cluster off."""
    standing = lease.standing() if lease else None
    return standing.told if standing and standing.word == "unguarded" else ""


def may_start(lease: "LeadLease | None") -> Callable[[], str | None]:
    """Why nothing may be started until a person decides, or None."""

    def why_not() -> str | None:
        standing = lease.standing() if lease else None
        return None if standing is None or standing.may_start or standing.waits else standing.told

    return why_not


def waits(lease: "LeadLease | None") -> Callable[[], str | None]:
    """Why nothing may be started until the API server answers, or None."""

    def why_not() -> str | None:
        standing = lease.standing() if lease else None
        return standing.told if standing and standing.waits else None

    return why_not


def silent(lease: "LeadLease | None") -> bool:
    """Whether the Lease is not renewed, and the lead has been told."""
    return lease is not None and lease.standing().word in ("silent", "refused")


def overtaken(lease: "LeadLease | None") -> bool:
    """Whether the Lease is another's, who may be alive or is known to be."""
    return lease is not None and lease.standing().word in ("doubted", "lost")


async def keep(lease: "LeadLease", engine: Engine, tell: Callable[[str], None]) -> None:
    """Renews the Lease, or goes on trying to take it, until cancelled or lost.

    Each change is told, but for a question that the server answered when it was asked again; while somebody
    else may lead, the run is paused.
    """
    told = lease.standing().word

    async def moved(now: "Standing") -> None:
        nonlocal told
        engine.look_again()
        if now.word not in ("asking", told):
            told = now.word
            tell(now.told)
        if now.word in ("doubted", "lost"):
            await engine.submit(Pause(by="the cockpit", reason=now.told))

    await lease.keep(moved)
