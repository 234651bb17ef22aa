"""Why a pod is not well, for a step's evidence: in the words that the panel has for it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from alfred_tui.actions.context import StepContext
from alfred_tui.cluster.diagnosis.pods import diagnose
from alfred_tui.cluster.objects.partial import Pod
from alfred_tui.domain.cluster.workloads import Diagnosis
from alfred_tui.domain.cluster.workloads import Pod as Row

if TYPE_CHECKING:
    from alfred_tui.cluster.live.live_cluster import LiveCluster

_SEEN = 5.0
"""Real seconds for which the panel's words for what is unwell are waited for."""

Why = Callable[[Pod], Diagnosis | None]


def own_words(ctx: StepContext) -> Why:
    """What the pod itself tells."""
    return lambda pod: diagnose(pod, now=ctx.clock.now())


async def panels_words(ctx: StepContext, live: "LiveCluster | None") -> Why:
    """What the panel says of a pod, with its warnings and last words; what the pod itself tells where the
    panel does not know it (yet)."""
    own = own_words(ctx)
    if live is None:
        return own
    with suppress(TimeoutError):
        async with asyncio.timeout(_SEEN):
            while any(live.freshness((kind,)).connection == "connecting" for kind in ("Pod", "Event")):
                await live.changed()
            await live.last_words(_SEEN)

    def why(pod: Pod) -> Diagnosis | None:
        row = row_of(live, pod)
        return (row.diagnosis if row is not None else None) or own(pod)

    return why


def row_of(live: "LiveCluster", pod: Pod) -> Row | None:
    """The pod as the panel shows it."""
    row = live.row(pod.metadata.namespace, pod.metadata.name)
    return row if row is not None and row.uid == pod.metadata.uid else None
