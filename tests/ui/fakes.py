"""A run, a cluster, a canary and outputs without anything behind them, on a clock that stands still."""

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import msgspec
from alfred_tui.documents import find, load_layout
from alfred_tui.domain.cluster.named import NamedObject
from alfred_tui.domain.cluster.pod_choice import pod_choice
from alfred_tui.domain.cluster.pod_detail import PodDetail
from alfred_tui.domain.cluster.workloads import (
    ClusterView,
    ContainerUsage,
    Diagnosis,
    Freshness,
    NodeUsage,
    Pod,
    PodUsage,
    RevisionView,
    RolloutView,
    Target,
)
from alfred_tui.domain.document import actions as a
from alfred_tui.domain.document.checklist import (
    Asked,
    Checklist,
    Phase,
    Procedure,
    Rollback,
    Section,
    Step,
    TriggerRule,
)
from alfred_tui.domain.document.layout import Layout
from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.evidence import Outcome
from alfred_tui.domain.logs.lines import LineKind, LogLine, LogOrigin, LogsView, LogsWanted
from alfred_tui.domain.run.events import AnyEvent, Entry, RunStarted, StepFinished, StepStarted, StepWaiting
from alfred_tui.domain.run.folding import begin, fold
from alfred_tui.domain.run.intents import Answer, AnyIntent, Cancel
from alfred_tui.domain.run.planning import plan
from alfred_tui.domain.run.state import RunState
from alfred_tui.engine.decisions import No, decide
from alfred_tui.present.canary import CanaryView, MetricView, SeriesView
from alfred_tui.ui.app import CockpitApp
from alfred_tui.ui.ports import Cockpit, Output

NOON = 1_800_014_400.0
"""15 January 2027, 12:00:00 UTC."""


class FakeClock:
    """Stands still until it is moved."""

    def __init__(self, at: float = NOON) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at

    def pass_(self, seconds: float) -> None:
        self.at += seconds


def attest(step_id: str, title: str, **fields: Any) -> Step:
    return Step(id=step_id, title=title, action=a.Attest(**fields))


CHECKLIST = Checklist(
    title="Release of the platform",
    ask={"ticket": Asked(prompt="The ticket of this change", default="CHG-1")},
    phases=(
        Phase(
            id="preparation",
            title="Preparation",
            sections=(
                Section(
                    id="reviews",
                    title="Reviews",
                    why="What four eyes saw, two did not miss.",
                    parallel=True,
                    steps=(
                        attest("notes", "Release notes are written"),
                        attest("dashboards", "Dashboards show the new version"),
                        attest("approval", "Two people approved", people=2),
                        attest("backup", "The backup was restored once", evidence="required"),
                        Step(
                            id="tests",
                            title="All tests pass",
                            why="A red test is a red light.",
                            source="make test",
                            action=a.Run(command="make test"),
                            changes=False,
                        ),
                        Step(
                            id="announce",
                            title="The window is announced",
                            action=a.Run(command="announce <ticket>"),
                            changes=False,
                        ),
                    ),
                ),
            ),
        ),
        Phase(
            id="release",
            title="Release",
            sections=(
                Section(
                    id="rollout",
                    title="Rollout",
                    steps=(
                        Step(
                            id="apply",
                            title="Apply the manifests",
                            action=a.Run(command="kubectl apply -k prod"),
                            confirm="apply",
                        ),
                        attest("look", "The site works"),
                    ),
                ),
            ),
        ),
    ),
    rollback=Rollback(
        triggers=(
            TriggerRule(id="errors", title="Error rate above 1% for 5 minutes", unit="%", sustained=300.0),
            TriggerRule(id="broken", title="Critical functionality is broken"),
        ),
        procedures=(
            Procedure(
                id="application",
                title="Application",
                warns=("Migrations stay applied.",),
                steps=(
                    Step(
                        id="undo",
                        title="Put the old version back",
                        action=a.Undo(deployments=("shop", "search")),
                    ),
                    Step(
                        id="verify",
                        title="Wait for the rollouts",
                        action=a.Rollout(deployments=("shop", "search")),
                    ),
                ),
            ),
            Procedure(
                id="database",
                title="Database",
                steps=(attest("restore", "The backup is restored"),),
            ),
        ),
    ),
)


class FakeRun:
    """A run that decides and folds as the engine does, and performs nothing."""

    def __init__(
        self, clock: FakeClock | None = None, checklist: Checklist = CHECKLIST, **started: Any
    ) -> None:
        self.clock = clock or FakeClock()
        start = RunStarted(
            run="20270115-1200",
            title=checklist.title,
            digest="",
            lead="maria",
            host="box",
            target=Target(context="prod-eu", namespace="shop", server="https://prod"),
        )
        entry = Entry(seq=1, at=self.clock(), event=msgspec.structs.replace(start, **started))
        self.state: RunState = begin(checklist, entry)
        self.intents: list[AnyIntent] = []
        self.cancelled: list[str] = []
        self._listeners: list[Callable[[RunState, tuple[Entry, ...]], None]] = []
        self.ask_what_is_due()

    def subscribe(self, listener: Callable[[RunState, tuple[Entry, ...]], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def submit(self, intent: AnyIntent) -> Answer:
        self.intents.append(intent)
        try:
            events = decide(self.state, intent, self.clock())
        except No as no:
            return Answer(accepted=False, message=str(no))
        if isinstance(intent, Cancel):
            self.cancelled.append(intent.step)
        self.record(*events)
        self.ask_what_is_due()
        return Answer(accepted=True)

    def record(self, *events: AnyEvent) -> None:
        """Events happen."""
        at, first = self.clock(), self.state.seq + 1
        entries = tuple(Entry(seq=first + n, at=at, event=event) for n, event in enumerate(events))
        self.state = fold(self.state, entries)
        for listener in tuple(self._listeners):
            listener(self.state, entries)

    def ask_what_is_due(self) -> None:
        """Steps whose turn it is ask their person."""
        asks = plan(self.state, self.clock()).ask
        if asks:
            self.record(*(StepWaiting(step=step.id, ask=ask) for step, ask in asks))

    def start(self, step: str) -> None:
        """A step begins an attempt."""
        self.record(StepStarted(step=step, attempt=self.state.steps[step].attempt + 1))

    def finish(self, step: str, status: str = "passed", reason: str = "", **outcome: Any) -> None:
        """The attempt ends."""
        ended = Outcome(status=status, reason=reason, **outcome)  # type: ignore[arg-type]
        self.record(StepFinished(step=step, attempt=self.state.steps[step].attempt, outcome=ended))
        self.ask_what_is_due()

    @property
    def status(self) -> dict[str, str]:
        """Every step's status."""
        return {step: one.status for step, one in self.state.steps.items()}


LIVE = Freshness(connection="live", since=NOON - 600, heard_at=NOON)


def pod(name: str = "shop-6d4b75cb6d-2x8kq", **fields: Any) -> Pod:
    base = Pod(
        namespace="shop",
        name=name,
        uid=name,
        status="Running",
        ready=1,
        containers=1,
        restarts=0,
        new_restarts=0,
        created_at=NOON - 3600,
        node="node-1",
        labels={"app": name.partition("-")[0]},
    )
    return msgspec.structs.replace(base, **fields)


BAD_POD = pod(
    "search-7f9c66b5d4-abcde",
    status="CrashLoopBackOff",
    ready=0,
    restarts=3,
    new_restarts=3,
    created_at=NOON - 95,
    well=False,
    node="node-2",
    diagnosis=Diagnosis(
        cause="CrashLoopBackOff",
        sentence="exits with code 1 about 2 s after its start, 3rd restart",
        doomed=True,
    ),
)


def rollout(name: str, **fields: Any) -> RolloutView:
    base = RolloutView(
        kind="Deployment",
        namespace="shop",
        name=name,
        phase="complete",
        message="",
        desired=3,
        updated=3,
        ready=3,
        available=3,
        revision=13,
        images={"app": f"registry.example/{name}:2.5.0"},
    )
    return msgspec.structs.replace(base, **fields)


USED = PodUsage(
    namespace="shop", name="shop-6d4b75cb6d-2x8kq", cpu=120, memory=230 << 20,
    containers=(
        ContainerUsage(
            name="shop", cpu=120, memory=230 << 20, cpu_request=100, cpu_limit=500, memory_request=128 << 20,
            memory_limit=256 << 20,
        ),
    ),
    cpu_history=(20, 60, 90, 120), memory_history=(100 << 20, 150 << 20, 200 << 20, 230 << 20),
)  # fmt: skip
CLUSTER = ClusterView(
    pods=(
        pod(),
        pod("shop-6d4b75cb6d-9hzlp", node="node-2", created_at=NOON - 86400 * 3),
        pod("shop-canary-5c8d9f7b66-qq2rt", track="canary", node="node-3", created_at=NOON - 300),
        BAD_POD,
    ),
    pods_freshness=LIVE,
    rollouts=(
        rollout(
            "shop",
            phase="progressing",
            message="1 of 3 updated replicas are available",
            updated=3,
            available=1,
            revision=13,
            from_revision=12,
        ),
        rollout("search"),
    ),
    rollouts_freshness=LIVE,
    nodes=(
        NodeUsage(
            name="node-1",
            cpu=9800,
            memory=24 << 30,
            cpu_capacity=16000,
            memory_capacity=64 << 30,
            cpu_history=(4000, 5200, 9800),
            memory_history=(24 << 30, 24 << 30, 24 << 30),
        ),
        NodeUsage(name="node-2", cpu=15400, memory=52 << 30, cpu_capacity=16000, memory_capacity=64 << 30),
    ),
    usage=(USED,),
    heaviest=(USED,),
    usage_freshness=LIVE,
)


class FakeCluster:
    """Shows what it is given."""

    def __init__(self, view: ClusterView = CLUSTER) -> None:
        self._view = view
        self._listeners: list[Callable[[], None]] = []
        self.revisions: dict[str, Sequence[RevisionView]] = {
            name: [revision(name, number) for number in (11, 12, 13)] for name in ("shop", "search")
        }
        self.diffs: dict[tuple[str, int, int], Sequence[str]] = {}
        self.any_diff: Sequence[str] = ()
        self.details: dict[str, PodDetail] = {}
        self.yamls: dict[str, Sequence[str]] = {}
        self.names: dict[str, Sequence[NamedObject]] = {}
        self.failing: dict[str, str] = {}
        """What cannot be read, and the sentence why."""

    def view(self) -> ClusterView:
        return self._view

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def history(self, kind: str, namespace: str, name: str) -> Sequence[RevisionView]:
        self._fail("history")
        return self.revisions.get(name, ())

    async def diff(self, kind: str, namespace: str, name: str, before: int, after: int) -> Sequence[str]:
        self._fail("diff")
        return self.diffs.get((name, before, after), self.any_diff)

    async def pod(self, namespace: str, name: str) -> PodDetail:
        self._fail("pod")
        return self.details[name]

    async def yaml(self, kind: str, namespace: str, name: str) -> Sequence[str]:
        self._fail("yaml")
        return self.yamls[name]

    async def named(self, kind: str, namespace: str, name: str) -> Sequence[NamedObject]:
        self._fail("named")
        return self.names[name]

    def _fail(self, what: str) -> None:
        if what in self.failing:
            raise CockpitError(self.failing[what])

    def change(self, **fields: Any) -> None:
        """The cluster is another."""
        self._view = msgspec.structs.replace(self._view, **fields)
        for listener in tuple(self._listeners):
            listener()


def revision(name: str, number: int) -> RevisionView:
    return RevisionView(
        number=number,
        name=f"{name}-{number}",
        images={"app": f"registry.example/{name}:2.{number - 8}.0"},
        created_at=NOON - 86400,
    )


def series(*points: float | None, gap: str = "") -> SeriesView:
    known = [one for one in points if one is not None]
    return SeriesView(points=points, last=known[-1] if known else None, gap=gap)


CANARY = CanaryView(
    service="shop",
    metrics=(
        MetricView(
            name="error rate",
            unit="%",
            limit=1.0,
            canary=series(*(0.3, 0.5, 0.4, None, 0.6, 0.9, 1.4, 1.6) * 3),
            baseline=series(*(0.4, 0.3) * 12),
            verdict="fail",
        ),
        MetricView(
            name="p95 latency",
            unit="ms",
            limit=500.0,
            canary=series(*(210.0, 240.0, 290.0) * 8),
            baseline=series(*(220.0, 230.0) * 12),
            verdict="pass",
        ),
    ),
    phase="baking",
    elapsed=360.0,
    bake=900.0,
    samples=24,
    verdict="fail",
    freshness=LIVE,
)


class FakeCanary:
    """Shows what it is given."""

    def __init__(self, view: CanaryView = CANARY) -> None:
        self.shown = view

    def view(self) -> CanaryView:
        return self.shown

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        return lambda: None


class FakeOutput:
    """Lines in memory, as a spool gives them; a `portion` of them is counted at a time."""

    def __init__(self, *lines: str, portion: int = 1 << 30) -> None:
        self.all = list(lines)
        self._portion = portion
        self._counted = 0

    @property
    def size(self) -> int:
        return sum(len(line) + 1 for line in self.all)

    @property
    def line_count(self) -> int:
        return self._counted

    def refresh(self) -> bool:
        self._counted = min(len(self.all), self._counted + self._portion)
        return self._counted == len(self.all)

    def lines(self, start: int, count: int) -> list[str]:
        return self.all[start : start + count]

    def search(self, pattern: str, from_line: int = 0, *, backwards: bool = False) -> int | None:
        numbers = range(from_line, -1, -1) if backwards else range(from_line, len(self.all))
        return next((n for n in numbers if n < len(self.all) and re.search(pattern, self.all[n])), None)


class FakeLogs:
    """Gives what a test says; saves into memory."""

    def __init__(self, origins: Sequence[LogOrigin] = (), lines: Sequence[LogLine] = ()) -> None:
        self.shown = LogsView(origins=tuple(origins))
        self.first = tuple(lines)
        self.asked: list[LogsWanted] = []
        self.closed = 0
        self.saved: dict[str, Sequence[str]] = {}
        self.give: Callable[[Sequence[LogLine]], None] = lambda lines: None

    def follow(self, wanted: LogsWanted, take: Callable[[Sequence[LogLine]], None]) -> "FakeLogs":
        pod_choice(wanted.pods)
        self.asked.append(wanted)
        self.give = take
        take(self.first)
        return self

    def view(self) -> LogsView:
        return self.shown

    async def close(self) -> None:
        self.closed += 1

    async def save(self, path: str, lines: Sequence[str]) -> str:
        if path in self.saved:
            raise CockpitError(f"{path} exists already and was left as it is.", hint="Name another file.")
        self.saved[path] = lines
        return f"/home/maria/{path}"


def log_origin(number: int, pod: str, **fields: Any) -> LogOrigin:
    base = LogOrigin(number=number, namespace="shop", pod=pod, uid=pod, container="app", state="following")
    return msgspec.structs.replace(base, **fields)


def log_line(origin: int, text: str, second: int = 0, kind: LineKind = "line") -> LogLine:
    at = b"" if kind == "notice" else f"2027-01-15T12:00:{second:02}.250000000Z".encode()
    return LogLine(origin, at, text.encode(), kind)


@cache
def layouts() -> dict[str, Layout]:
    """The shipped ones."""
    return {name: load_layout(find(name, kind="layouts")) for name in ("cockpit", "walkthrough", "oncall")}


def cockpit(run: FakeRun | None = None, *, leads: bool = True, **fields: Any) -> Cockpit:
    """Everything a screen needs, over fakes."""
    run = run or FakeRun()
    outputs: dict[str, Output] = fields.pop("outputs", {})
    parts: dict[str, Any] = {
        "layouts": dict(layouts()),
        "cluster": FakeCluster(),
        "canary": FakeCanary(),
        "logs": FakeLogs(),
        "lead": "maria",
        "output": lambda step, attempt: outputs.get(step),
    }
    return Cockpit(run=run, now=run.clock, submit=run.submit if leads else None, **parts | fields)


def app(run: FakeRun | None = None, **fields: Any) -> CockpitApp:
    """The app over fakes."""
    return CockpitApp(cockpit(run, **fields))
