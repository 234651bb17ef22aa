"""Manifests by the server's own dry run: every object goes through defaulting, admission and validation."""

import shlex

from alfred_tui.actions.commands import execute, interrupted, judge
from alfred_tui.actions.context import StepContext
from alfred_tui.domain.actions import ManifestsDryRun
from alfred_tui.domain.errors import NotConfigured
from alfred_tui.domain.evidence import Evidence, Outcome


async def manifests(ctx: StepContext) -> Outcome:
    """`kubectl apply --dry-run=server` of a kustomization, or of plain files."""
    action = ctx.step.action
    assert isinstance(action, ManifestsDryRun)
    ctx.namespace()
    folder = ctx.equipment.workdir / action.path
    if not folder.exists():
        raise NotConfigured(f"{action.path} is not there.")
    names = ("kustomization.yaml", "kustomization.yml", "Kustomization")
    how = "-k" if any((folder / name).exists() for name in names) else "-f"
    finished = await execute(ctx, f"kubectl apply {how} {shlex.quote(action.path)} --dry-run=server")
    if finished is None:
        return interrupted()
    outcome = await judge(ctx, finished)
    lines = finished.spool.stdout_text(200_000).splitlines()
    told = Evidence(
        label="objects", value=f"{len([line for line in lines if 'dry run' in line])} accepted by the server"
    )
    return Outcome(
        status=outcome.status,
        reason=outcome.reason,
        evidence=(*outcome.evidence, told),
        outputs=outcome.outputs,
    )
