"""A Deployment that a procedure names and the cluster does not have: why, and what a person can do."""

from alfred_tui.actions.context import StepContext
from alfred_tui.cluster.changes.other_kinds import kind_of
from alfred_tui.present.point import replicas_words


async def why_not_there(ctx: StepContext, name: str) -> str:
    """The sentence, without the name; empty when it was not there before this release either."""
    kind = await kind_of(await ctx.connection(), ctx.namespace(), name)
    if kind:
        return f"it is a {kind}, and a procedure puts Deployments back; return it by hand, on its own screen"
    point = ctx.state().point
    if point is not None and name in point.absent:
        return ""
    saved = point.workload(name) if point else None
    was = f" ({', '.join(saved.images.values())}, {replicas_words(saved)})" if saved else ""
    return (
        "there is no such Deployment any more, and an undo cannot make it; apply its manifest of the release"
        f" before{was}"
    )


AS_BEFORE = "is not there, as it was not before this release"
