"""The demo's scenarios: what goes wrong in a deployment, and where the checklist is to notice it.

A scenario is data: the cluster reads how each image behaves, the traffic reads what users see, and the
demo's own tests read which step fails and how the run ends. Nothing else knows a scenario by name.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

RELEASE = "2.5.0"
CANARY = "2.6.0"

HEALTHY_ERROR_RATIO = 0.002
HEALTHY_P95_S = 0.18

Conduct = Literal["normal", "slow", "crash", "oom", "never-ready", "never-pulls", "completes"]


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """How containers of one image behave."""

    conduct: Conduct = "normal"
    """`normal` and `slow` become ready, `crash` and `oom` end soon after each start, `never-ready` runs
    but fails its readiness probe, `never-pulls` has no such tag in the registry, `completes` ends with
    exit code 0."""
    ready_after: float | None = None
    """Simulated seconds from a container's start to its first good readiness probe; None: 1 to 2.5."""
    lasts: float = 3.0
    """Simulated seconds from start to end, of `crash`, `oom` and `completes`."""
    error_ratio: float = 0.0
    """The share of the container's log lines that tell of an error."""


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One story. Durations are simulated seconds, ratios fractions of 1."""

    name: str
    title: str
    about: str
    """What happens and what the lead is to see, in one or two sentences."""
    failing_step: str = ""
    """The id of the checklist's step that fails; "" when none does."""
    exit_code: int = 0
    """How a headless run of the whole checklist ends."""
    on_failure: Literal["stop", "rollback"] = "stop"
    """What the lead of an unattended run does at the failing step."""
    images: Mapping[str, Image] = {}
    """By full image name; an image that is not named is `normal`."""
    canary_error_ratio: float = HEALTHY_ERROR_RATIO
    """The share of the canary's requests that are answered with an error."""
    canary_p95_s: float = HEALTHY_P95_S
    """The canary's latency, 95th percentile."""
    metrics_gap: tuple[float, float] | None = None
    """From and to, in seconds since the canary's first pod became ready: no sample of the services is
    taken in between, as when Prometheus cannot reach its targets."""
    api_faults: bool = False
    """The Kubernetes API answers some reads with 429, 500 or 503, or drops the connection."""
    migration_fails: bool = False
    """`scripts/migrate-database.sh` stops half-way with exit code 1."""

    def image(self, name: str) -> Image:
        """The conduct of an image; those named `…-crash` and `…-never` do as they are called."""
        known = self.images.get(name)
        if known is not None:
            return known
        if name.endswith("-crash"):
            return Image(conduct="crash")
        if name.endswith("-never"):
            return Image(conduct="never-ready")
        return _NORMAL


_NORMAL = Image()
SERVICES = ("alfred-bot", "mission-control", "architect-apiligence", "financial-tax", "legal-compliance")


def image_name(service: str, tag: str) -> str:
    """The full name of a service's image."""
    return f"registry.local/{service}:{tag}"


_ALL = (
    Scenario(
        name="healthy",
        title="A deployment without incident",
        about="Every step passes: the release rolls out, the canary is as good as stable and is promoted.",
    ),
    Scenario(
        name="canary-errors",
        title="The canary answers with errors",
        about=(
            "The release is fine, but one request in twenty to the canary fails. The comparison with stable"
            " shows it, and everything goes back."
        ),
        failing_step="compare-error-rates",
        exit_code=3,
        on_failure="rollback",
        images={image_name("alfred-bot", CANARY): Image(error_ratio=0.05)},
        canary_error_ratio=0.05,
    ),
    Scenario(
        name="canary-latency",
        title="The canary is slow",
        about=(
            "The canary answers without errors, but its 95th percentile is far above stable's and over the"
            " limit of 500 ms."
        ),
        failing_step="compare-latency",
        exit_code=3,
        on_failure="rollback",
        canary_p95_s=0.85,
    ),
    Scenario(
        name="crash-loop",
        title="A service crashes on start",
        about=(
            "financial-tax 2.5.0 ends with exit code 1 seconds after each start. The rollout stops at its"
            " first pod while the old pods go on serving."
        ),
        failing_step="monitor-rollout",
        exit_code=3,
        on_failure="rollback",
        images={image_name("financial-tax", RELEASE): Image(conduct="crash")},
    ),
    Scenario(
        name="missing-image",
        title="An image was never pushed",
        about="The registry has no architect-apiligence 2.5.0: its new pod cannot pull, and never starts.",
        failing_step="monitor-rollout",
        exit_code=3,
        on_failure="rollback",
        images={image_name("architect-apiligence", RELEASE): Image(conduct="never-pulls")},
    ),
    Scenario(
        name="slow-rollout",
        title="A slow rollout that succeeds",
        about=(
            "Every new pod takes 40 seconds to become ready. It looks like a stuck rollout and is none: all"
            " services get there before their deadlines."
        ),
        images={image_name(service, RELEASE): Image(conduct="slow", ready_after=40) for service in SERVICES},
    ),
    Scenario(
        name="deadline",
        title="A rollout runs into its deadline",
        about=(
            "mission-control 2.5.0 runs but never passes its readiness probe. After 120 seconds without"
            " progress the Deployment reports that it exceeded its progress deadline."
        ),
        failing_step="monitor-rollout",
        exit_code=3,
        on_failure="rollback",
        images={image_name("mission-control", RELEASE): Image(conduct="never-ready")},
    ),
    Scenario(
        name="failing-migration",
        title="The database migration fails",
        about="The migration stops half-way. Nothing of the release is deployed yet; the run stops there.",
        failing_step="apply-migrations",
        exit_code=1,
        migration_fails=True,
    ),
    Scenario(
        name="metrics-gap",
        title="The metrics stop during the canary",
        about=(
            "Two minutes into the canary's bake no samples arrive any more. Without data there is no verdict,"
            " so the run stops and asks."
        ),
        failing_step="monitor-canary",
        exit_code=1,
        metrics_gap=(120.0, 3600.0),
    ),
    Scenario(
        name="flaky-api",
        title="An API server under strain",
        about=(
            "The Kubernetes API refuses or drops some of the reads. All of them succeed when they are tried"
            " again, and so does the deployment."
        ),
        api_faults=True,
    ),
)

SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for scenario in _ALL}
"""By name, in the order in which they are listed."""
