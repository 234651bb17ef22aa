"""All traffic back to stable, before the canary goes: a route that leads to nothing answers with errors."""

from alfred_tui.actions.context import StepContext
from alfred_tui.cluster.changes.stable_traffic import to_stable
from alfred_tui.domain.document.actions import StableTraffic
from alfred_tui.domain.evidence import Evidence, Outcome


async def stable_traffic(ctx: StepContext) -> Outcome:
    """Sets what gives the canary a share; what could not be looked at or set is told, and has failed."""
    action = ctx.step.action
    assert isinstance(action, StableTraffic)
    found = await to_stable(await ctx.connection(), ctx.namespace(), action)
    facts = tuple(Evidence(label=one.what, value=one.told, ok=one.ok) for one in found)
    bad = [one for one in found if one.ok is False]
    if not bad:
        return Outcome(status="passed", evidence=facts)
    told = "; ".join(f"{one.what}: {one.told}" for one in bad)
    return Outcome(status="failed", reason=f"The canary may still be sent requests. {told}", evidence=facts)
