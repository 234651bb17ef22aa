"""Manifests by the server's own dry run: every object goes through defaulting, admission and validation."""

import re
import shlex

import msgspec

from alfred_tui.actions.commands import execute, interrupted, judge
from alfred_tui.actions.context import StepContext
from alfred_tui.domain.document.actions import ManifestsDryRun
from alfred_tui.domain.errors import NotConfigured
from alfred_tui.domain.evidence import Evidence, Outcome

_UNJUDGED = re.compile(
    r"dial tcp|was refused - did you specify|Unable to connect to the server|i/o timeout|x509:"
    r"|is forbidden: User|You must be logged in|asked for the client to provide credentials"
)
"""What kubectl 1.37 writes when the server could not be asked, or may not be: it is no word on a manifest."""


def unjudged(outcome: Outcome) -> Outcome:
    """The outcome, as an error where the server has not judged the manifests at all."""
    if outcome.status != "failed" or not _UNJUDGED.search(outcome.reason):
        return outcome
    told = f"The server has not judged the manifests: {outcome.reason}"
    return msgspec.structs.replace(outcome, status="error", reason=told)


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
    outcome = unjudged(await judge(ctx, finished))
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
