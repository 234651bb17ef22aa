"""What a step can do: one frozen type per action key of the checklist file.

The class is the file's format: the reader (`documents`) fills it, the JSON Schema is made from it, and
`alfred_tui.actions` performs it. A class's docstring is its description in the schema and in the docs.
"""

from typing import ClassVar, Literal

import msgspec

from alfred_tui.domain.document.fields import Duration, Noted, Ratio, Regex, SecretName, Shell, StepId


class Action(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", omit_defaults=True):
    """Base of all actions. `changes` says whether performing it changes the environment."""

    changes: ClassVar[bool] = False
    key: ClassVar[str] = ""
    sugar: ClassVar[str] = ""
    """The field that a plain value stands for: `run: make test` is `run: {command: make test}`."""


class Attest(Action, frozen=True, kw_only=True, omit_defaults=True, tag="attest"):
    """A named person signs that it is so. `people` distinct names are needed."""

    key: ClassVar[str] = "attest"
    sugar: ClassVar[str] = "prompt"
    prompt: str = ""
    people: int = 1
    evidence: Literal["optional", "required"] = "optional"


class Run(Action, frozen=True, kw_only=True, omit_defaults=True, tag="run"):
    """A shell command, run fail-fast (`set -euo pipefail` in bash, `set -eu` in sh) in the work folder."""

    key: ClassVar[str] = "run"
    sugar: ClassVar[str] = "command"
    changes: ClassVar[bool] = True
    command: Shell


class Coverage(Action, frozen=True, kw_only=True, omit_defaults=True, tag="coverage"):
    """Line coverage read from a report (coverage.py JSON, Cobertura XML or lcov), against a minimum."""

    key: ClassVar[str] = "coverage"
    report: str
    minimum: Ratio


class Approvals(Action, frozen=True, kw_only=True, omit_defaults=True, tag="approvals"):
    """Distinct approvals of a pull request, from the GitHub reviews API; else distinct attestations.

    `pull_request` is `owner/repository#number`, or empty when none is configured. A later review by the
    same person replaces the earlier; a dismissed one does not count; the author's does not count.
    """

    key: ClassVar[str] = "approvals"
    pull_request: str = ""
    minimum: int = 2
    api: str = "https://api.github.com"
    token_env: str = "GITHUB_TOKEN"  # noqa: S105 - the name of an environment variable
    """The environment variable that holds the token."""


class Vulnerabilities(Action, frozen=True, kw_only=True, omit_defaults=True, tag="vulnerabilities"):
    """Severities counted from a Trivy JSON report, each against the most that is allowed."""

    key: ClassVar[str] = "vulnerabilities"
    report: str
    allow: dict[str, int] = msgspec.field(default_factory=lambda: {"CRITICAL": 0, "HIGH": 0})


class TerraformPlan(Action, frozen=True, kw_only=True, omit_defaults=True, tag="terraform_plan"):
    """`init` and `plan -out`: adds, changes and destroys are read from the plan's JSON, its digest kept."""

    key: ClassVar[str] = "terraform_plan"
    sugar: ClassVar[str] = "dir"
    dir: str
    out: str = "alfred-cockpit.tfplan"
    target: tuple[str, ...] = ()


class TerraformApply(Action, frozen=True, kw_only=True, omit_defaults=True, tag="terraform_apply"):
    """Applies exactly the plan file that step `plan` made and a person saw; another digest is refused."""

    key: ClassVar[str] = "terraform_apply"
    changes: ClassVar[bool] = True
    plan: StepId


class SecretKeys(Action, frozen=True, kw_only=True, omit_defaults=True, tag="secret_keys"):
    """The Secret exists and has these keys, each with a non-empty value. No value is kept."""

    key: ClassVar[str] = "secret_keys"
    name: str
    keys: tuple[str, ...]


class SecretApply(Action, frozen=True, kw_only=True, omit_defaults=True, tag="secret_apply"):
    """Creates or updates a Secret through the API: values go from the environment into the request body."""

    key: ClassVar[str] = "secret_apply"
    changes: ClassVar[bool] = True
    name: str
    data: dict[str, SecretName]


class ManifestsDryRun(Action, frozen=True, kw_only=True, omit_defaults=True, tag="manifests"):
    """Builds a kustomization (or reads files) and has the server dry-run every object of it."""

    key: ClassVar[str] = "manifests"
    sugar: ClassVar[str] = "path"
    path: str


class ServiceCheck(Action, frozen=True, kw_only=True, omit_defaults=True):
    """Base of the checks that look at the workloads of named services."""

    services: tuple[str, ...]


class Pods(ServiceCheck, frozen=True, kw_only=True, omit_defaults=True, tag="pods"):
    """All pods of the services are Running and Ready (or Completed), without restarts since the run began."""

    key: ClassVar[str] = "pods"
    sugar: ClassVar[str] = "services"
    max_new_restarts: int = 0


class Workloads(ServiceCheck, frozen=True, kw_only=True, omit_defaults=True, tag="workloads"):
    """The services' workloads (Deployment, StatefulSet or DaemonSet), pods and Services exist.

    A DaemonSet needs no Service.
    """

    key: ClassVar[str] = "workloads"
    sugar: ClassVar[str] = "services"


class Endpoints(ServiceCheck, frozen=True, kw_only=True, omit_defaults=True, tag="endpoints"):
    """Every Service of the services has at least one ready endpoint."""

    key: ClassVar[str] = "endpoints"
    sugar: ClassVar[str] = "services"


class NetworkPolicies(ServiceCheck, frozen=True, kw_only=True, omit_defaults=True, tag="network_policies"):
    """Every pod of the services is selected by a NetworkPolicy for each direction in `directions`."""

    key: ClassVar[str] = "network_policies"
    sugar: ClassVar[str] = "services"
    directions: tuple[Literal["Ingress", "Egress"], ...] = ("Ingress", "Egress")


class Resources(ServiceCheck, frozen=True, kw_only=True, omit_defaults=True, tag="resources"):
    """Every container of the services has cpu and memory requests and limits, requests within limits."""

    key: ClassVar[str] = "resources"
    sugar: ClassVar[str] = "services"


class Autoscalers(ServiceCheck, frozen=True, kw_only=True, omit_defaults=True, tag="autoscalers"):
    """Every service has an HPA whose bounds are sane, whose target exists and whose ScalingActive is True."""

    key: ClassVar[str] = "autoscalers"
    sugar: ClassVar[str] = "services"


class Claims(Action, frozen=True, kw_only=True, omit_defaults=True, tag="claims"):
    """Every PersistentVolumeClaim of the namespace is Bound and its StorageClass exists."""

    key: ClassVar[str] = "claims"


class IngressBackends(Action, frozen=True, kw_only=True, omit_defaults=True, tag="ingress"):
    """Every Ingress backend names an existing Service port with ready endpoints."""

    key: ClassVar[str] = "ingress"


class Mesh(Action, frozen=True, kw_only=True, omit_defaults=True, tag="mesh"):
    """Istio routes point at hosts and subsets that exist, where the mesh's types are installed."""

    key: ClassVar[str] = "mesh"


class PodSecurity(ServiceCheck, frozen=True, kw_only=True, omit_defaults=True, tag="pod_security"):
    """The namespace enforces Pod Security admission at `level` or a stricter one.

    PodSecurityPolicy was removed in Kubernetes 1.25; Pod Security admission replaces it.
    """

    key: ClassVar[str] = "pod_security"
    sugar: ClassVar[str] = "services"
    level: Literal["baseline", "restricted"] = "baseline"


class Rollout(Action, frozen=True, kw_only=True, omit_defaults=True, tag="rollout"):
    """Waits for all named rollouts side by side; fails as soon as one cannot succeed.

    A rollout is pinned to the generation seen at the start. See `kubectl rollout status` and krane's rules.
    """

    key: ClassVar[str] = "rollout"
    deployments: tuple[str, ...] = ()
    statefulsets: tuple[str, ...] = ()
    daemonsets: tuple[str, ...] = ()
    timeout: Duration = 600.0


class Logs(ServiceCheck, frozen=True, kw_only=True, omit_defaults=True, tag="logs"):
    """All log lines of the services' pods since the run's first change: none matches, or some do."""

    key: ClassVar[str] = "logs"
    must_not_match: Regex = ""
    must_match: Regex = ""
    ignore: Regex = ""
    since: Duration = 3600.0
    """How far back when the run has changed nothing yet."""


class Usage(ServiceCheck, frozen=True, kw_only=True, omit_defaults=True, tag="usage"):
    """Each container's use of `resource` is at most this share of its limit."""

    key: ClassVar[str] = "usage"
    resource: Literal["cpu", "memory"]
    maximum: Ratio = 0.9


class Http(Action, frozen=True, kw_only=True, omit_defaults=True, tag="http"):
    """GET requests that must answer with a status (and match); `{service}` in `url` is each of `each`.

    With an empty `url` the step is not configured, and a person attests.
    """

    key: ClassVar[str] = "http"
    url: str = ""
    paths: tuple[str, ...] = ("",)
    each: tuple[str, ...] = ()
    status: tuple[int, ...] = (200,)
    match: Regex = ""
    variable: Noted = ""
    """The variable that `url` is written as, if it is one: what to set where it is empty."""


class Query(Action, frozen=True, kw_only=True, omit_defaults=True, tag="query"):
    """A PromQL instant query whose every value must lie within the bounds. No data is inconclusive."""

    key: ClassVar[str] = "query"
    promql: str
    above: float | None = None
    below: float | None = None
    unit: str = ""


class Alerts(Action, frozen=True, kw_only=True, omit_defaults=True, tag="alerts"):
    """The named alerting rules are loaded and healthy; with `quiet`, none of them is firing."""

    key: ClassVar[str] = "alerts"
    names: tuple[str, ...] = ()
    quiet: bool = False


class Targets(Action, frozen=True, kw_only=True, omit_defaults=True, tag="targets"):
    """Every active scrape target of the jobs is up."""

    key: ClassVar[str] = "targets"
    jobs: tuple[str, ...] = ()


class CanaryMetric(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One measure of canary and stable. `{track}` and `{service}` in `promql` are filled in."""

    name: str
    promql: str
    unit: str = ""
    scale: float = 1.0
    """Multiplies what Prometheus answers: 100 makes percent of a ratio, 1000 milliseconds of seconds."""
    limit: float | None = None
    """In `unit`; broken for longer than `limit_for`, it fails the canary alone."""
    limit_for: Duration = 300.0
    direction: Literal["increase", "decrease", "either"] = "increase"
    critical: bool = False
    """Whether a failure of this metric alone fails the canary, whatever the score."""
    weight: float | None = None
    """Its share of the score, in percent; those without one share the rest."""
    allowed: float = 1.0
    """Effect size (mean ratio, canary over stable) up to which a significant shift still passes."""


class Rung(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A step of a canary's ladder: this share of the traffic, for this long, then a judgement."""

    weight: int
    """Percent, 1 to 100."""
    bake: Duration = 900.0


class Traffic(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the share of the traffic is set, and the names of both sides there.

    With `replicas` they are Deployments behind one Service; with `istio` subsets or hosts of the
    VirtualService `route`; with `gateway` backends of the HTTPRoute `route`.
    """

    stable: str
    canary: str
    by: Literal["replicas", "istio", "gateway"] = "replicas"
    route: str = ""


class SampleLimits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How many bad samples of one metric end a bake at once: more than this many. The defaults are those of
    Argo Rollouts' AnalysisRun."""

    failed: int = 0
    """Samples beyond the metric's limit."""
    inconclusive: int = 0
    """Samples that are no number although Prometheus answered."""
    consecutive_errors: int = 4
    """Questions in a row that Prometheus did not answer."""


class Canary(Action, frozen=True, kw_only=True, omit_defaults=True, tag="canary"):
    """Samples canary and stable for `bake`, every `interval`; passes when the bake is whole.

    It judges nothing but its own data: missing data is inconclusive. `compare` steps judge. With `steps` it
    sets the traffic's weights rung by rung, judges at the end of each, and takes the traffic back on a fail.
    """

    key: ClassVar[str] = "canary"
    service: str
    bake: Duration = 900.0
    interval: Duration = 15.0
    initial_delay: Duration = 0.0
    canary: str = "canary"
    baseline: str = "stable"
    metrics: tuple[CanaryMetric, ...]
    min_points: int = 5
    """Fewer good samples a side are inconclusive."""
    requests: str = ""
    """Query of a side's requests per second: none make a gap of its samples, too few no verdict."""
    min_requests: int = 100
    """Fewer requests to the canary are inconclusive, where they are counted by `requests`."""
    pass_from: float = 95.0
    """The score from which the metrics together pass."""
    marginal_from: float = 75.0
    """The score under which they fail; between the two it is left to a person."""
    steps: tuple[Rung, ...] = ()
    """A ladder in place of the one `bake`: at the end of each rung the metrics are judged."""
    traffic: Traffic | None = None
    """Needed for `steps`."""
    limits: SampleLimits | None = None
    """Without it no number of bad samples ends a bake before its time."""


class Compare(Action, frozen=True, kw_only=True, omit_defaults=True, tag="compare"):
    """Judges one metric of an earlier `canary` step, or without `metric` all of them by their score."""

    key: ClassVar[str] = "compare"
    canary: StepId
    metric: str = ""


class Promote(Action, frozen=True, kw_only=True, omit_defaults=True, tag="promote"):
    """Sets the canary Deployment's images on the stable one, waits for the rollout, removes the canary."""

    key: ClassVar[str] = "promote"
    changes: ClassVar[bool] = True
    canary: str
    stable: str
    timeout: Duration = 600.0


class StableTraffic(Action, frozen=True, kw_only=True, omit_defaults=True, tag="stable_traffic"):
    """Gives all traffic to stable: no VirtualService, HTTPRoute or ingress-nginx annotation sends a share to
    the canary any more. What is not installed, or names no canary, is fine."""

    key: ClassVar[str] = "stable_traffic"
    changes: ClassVar[bool] = True
    stable: str
    """The service's name, as routes write it."""
    canary: str
    """The canary's own Service; with Istio also the name of a subset of `stable`."""
    subset: str = "canary"
    """What a subset of `stable` that holds the canary is called."""


class RemoveCanary(Action, frozen=True, kw_only=True, omit_defaults=True, tag="remove_canary"):
    """Deletes the named canary Deployments and sees them gone; absent is fine."""

    key: ClassVar[str] = "remove_canary"
    sugar: ClassVar[str] = "deployments"
    changes: ClassVar[bool] = True
    deployments: tuple[str, ...]
    service: str = ""
    """Whose canary they are: a rollback that leaves out this service leaves them too."""


class CapturePoint(Action, frozen=True, kw_only=True, omit_defaults=True, tag="rollback_point"):
    """Records what a rollback returns to: revisions, images, replicas and HPA bounds of the deployments."""

    key: ClassVar[str] = "rollback_point"
    sugar: ClassVar[str] = "deployments"
    deployments: tuple[str, ...]
    restore_tested: tuple[StepId, ...] = ()
    """The steps by which a restore of the backup was tested: what they found is shown with the point."""


class History(Action, frozen=True, kw_only=True, omit_defaults=True, tag="history"):
    """Tells the revisions that each deployment can go back to, and the one that is pinned."""

    key: ClassVar[str] = "history"
    sugar: ClassVar[str] = "deployments"
    deployments: tuple[str, ...]


class Undo(Action, frozen=True, kw_only=True, omit_defaults=True, tag="undo"):
    """Puts the pinned revision's pod template back, per deployment; never the "previous" one."""

    key: ClassVar[str] = "undo"
    sugar: ClassVar[str] = "deployments"
    changes: ClassVar[bool] = True
    deployments: tuple[str, ...]
    resume: bool = False
    """Resume a paused Deployment in the same change; without it a paused one is refused."""
    order: tuple[str, ...] = ()
    """Those that go back one after another, each once the one before it is complete, what others need first.
    All that it does not name go back at once, side by side."""
    timeout: Duration = 600.0
    """For each rollout of `order`."""


class PinImages(Action, frozen=True, kw_only=True, omit_defaults=True, tag="pin_images"):
    """Pins the images that the rollback returned to in `images:` of a kustomize overlay, by digest if known.

    The next `kubectl apply -k` then does not bring the bad version back. Only the file is written.

    An overlay that is not there or has another form is not touched: a person is shown the lines to add.
    """

    key: ClassVar[str] = "pin_images"
    changes: ClassVar[bool] = True
    overlay: str
    deployments: tuple[str, ...]


class Scale(Action, frozen=True, kw_only=True, omit_defaults=True, tag="scale"):
    """Scales deployments to `replicas`; `original` is the count that the rollback point remembers."""

    key: ClassVar[str] = "scale"
    changes: ClassVar[bool] = True
    deployments: tuple[str, ...]
    replicas: int | Literal["original"]
    timeout: Duration = 300.0


class StartRollback(Action, frozen=True, kw_only=True, omit_defaults=True, tag="rollback"):
    """Asks the lead to start a rollback procedure; the run goes on inside it."""

    key: ClassVar[str] = "rollback"
    sugar: ClassVar[str] = "procedure"
    procedure: str


ACTIONS: tuple[type[Action], ...] = (
    Attest, Run, Coverage, Approvals, Vulnerabilities, TerraformPlan, TerraformApply, SecretKeys, SecretApply,
    ManifestsDryRun, Pods, Workloads, Endpoints, NetworkPolicies, Resources, Autoscalers, Claims,
    IngressBackends, Mesh, PodSecurity, Rollout, Logs, Usage, Http, Query, Alerts, Targets, Canary, Compare,
    Promote, StableTraffic, RemoveCanary, CapturePoint, History, Undo, PinImages, Scale, StartRollback,
)  # fmt: skip
BY_KEY: dict[str, type[Action]] = {action.key: action for action in ACTIONS}

AnyAction = (
    Attest | Run | Coverage | Approvals | Vulnerabilities | TerraformPlan | TerraformApply | SecretKeys
    | SecretApply | ManifestsDryRun | Pods | Workloads | Endpoints | NetworkPolicies | Resources | Autoscalers
    | Claims | IngressBackends | Mesh | PodSecurity | Rollout | Logs | Usage | Http | Query | Alerts | Targets
    | Canary | Compare | Promote | StableTraffic | RemoveCanary | CapturePoint | History | Undo | PinImages
    | Scale | StartRollback
)  # fmt: skip
