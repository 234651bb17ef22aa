"""Which function performs which action. Modules are imported when their action is first performed."""

import asyncio
from collections.abc import Mapping
from importlib import import_module

from alfred_tui import loading
from alfred_tui.actions.context import Equipment, Performer, StepContext
from alfred_tui.domain.document import actions as a
from alfred_tui.domain.evidence import Outcome
from alfred_tui.domain.run.events import WorkloadActBegun

_HOMES: dict[type[a.Action], str] = {
    a.Run: "commands:run",
    a.Coverage: "files:coverage",
    a.Vulnerabilities: "files:vulnerabilities",
    a.Approvals: "web:approvals",
    a.Http: "web:http",
    a.TerraformPlan: "terraform:plan",
    a.TerraformApply: "terraform:apply",
    a.ManifestsDryRun: "manifests:manifests",
    a.SecretKeys: "cluster_checks:secret_keys_there",
    a.SecretApply: "cluster_checks:secret_apply",
    a.Pods: "cluster_checks:pods",
    a.Workloads: "cluster_checks:workloads",
    a.Endpoints: "network_checks:endpoints",
    a.NetworkPolicies: "network_checks:network_policies",
    a.Resources: "cluster_checks:resources",
    a.Autoscalers: "cluster_checks:autoscalers",
    a.Claims: "cluster_checks:claims",
    a.IngressBackends: "network_checks:ingress",
    a.Mesh: "network_checks:mesh",
    a.PodSecurity: "cluster_checks:pod_security",
    a.Usage: "usage:usage",
    a.Logs: "logs:logs",
    a.Rollout: "rollouts:rollout",
    a.Promote: "rollouts:promote",
    a.RemoveCanary: "rollouts:remove_canary",
    a.StableTraffic: "stable_traffic:stable_traffic",
    a.PinImages: "pinning:pin_images",
    a.CapturePoint: "points:capture",
    a.History: "undoing:history",
    a.Undo: "undoing:undo",
    a.Scale: "scaling:scale",
    a.Canary: "canaries:canary",
    a.Compare: "canaries:compare",
    a.Query: "prometheus:query",
    a.Alerts: "prometheus:alerts",
    a.Targets: "prometheus:targets",
}
"""Attestations and the start of a rollback are a person's, and performed by nobody."""


class _Late:
    """A performer that is imported when it is first called, beside the loop: the screen goes on."""

    def __init__(self, home: str) -> None:
        self._home = home
        self._performer: Performer | None = None

    async def __call__(self, ctx: StepContext) -> Outcome:
        if self._performer is None:
            self._performer = await asyncio.to_thread(self._load)
        return await self._performer(ctx)

    def _load(self) -> Performer:
        module, _, name = self._home.partition(":")
        with loading.ONE:
            performer: Performer = getattr(import_module(f"alfred_tui.actions.{module}"), name)
        return performer


def performers() -> Mapping[type[a.Action], Performer]:
    """All of them."""
    return {action: _Late(home) for action, home in _HOMES.items()}


async def on_workload(act: WorkloadActBegun, equipment: Equipment) -> Outcome:
    """Performs what a lead does to a workload beside the steps. Raises CockpitError: nothing was changed."""
    from alfred_tui.actions.workload_acts import perform  # costs the cluster's imports

    return await perform(act, equipment)
