"""Pictures of the real screen for the README: `python -m tests.screenshots DIR` writes SVGs.

The run is a rehearsed one over the fakes of the screen's tests, on a clock that stands still, so that the
same code gives the same pictures.
"""

import asyncio
import os
import random
import sys
import time
from pathlib import Path

import msgspec
from alfred_tui.documents import find, load_checklist
from alfred_tui.domain import actions as a
from alfred_tui.domain.events import (
    PointCaptured,
    StepProgressed,
    StepSigned,
    TriggerMoved,
)
from alfred_tui.domain.evidence import Evidence
from alfred_tui.domain.rollback_point import RollbackPoint, WorkloadPoint
from alfred_tui.domain.triggers import TriggerState
from alfred_tui.domain.workloads import NodeUsage, Pod, PodUsage
from alfred_tui.present.canary import CanaryView, MetricView

from tests.ui.fakes import (
    CLUSTER,
    LIVE,
    NOON,
    FakeCanary,
    FakeClock,
    FakeCluster,
    FakeOutput,
    FakeRun,
    pod,
    revision,
    rollout,
    series,
)
from tests.ui.seat import Seat, seat

_NOTES = {
    "merge-conflicts": "git says the tree is clean",
    "rollback-documentation": "walked through it with Sam yesterday",
    "on-call-assigned": "Sam until 06:00, Ines after",
    "maintenance-window": "22:00 to 00:00, no customer jobs",
}
_DIFF = (
    "@@ -14,7 +14,7 @@",
    "     - name: alfred-bot",
    "-      image: registry.example/alfred-bot:2.5.0",
    "+      image: registry.example/alfred-bot:2.4.0",
    "       resources:",
    "         limits:",
    "-          memory: 384Mi",
    "+          memory: 512Mi",
)


def rehearsed() -> FakeRun:
    """A run in the middle of its canary: what came before it is settled, and told by whom."""
    loaded = load_checklist(
        find("production", kind="checklists"),
        overrides={"service_url": "https://{service}.example"},
        environ={},
    )
    clock = FakeClock(NOON - 3480)
    run = FakeRun(clock, loaded.checklist, mode="live", run="20270115-2104")
    services = _services(run)
    for step in run.state.checklist.steps():
        clock.pass_(19.0)
        if step.id == "monitor-canary":
            break
        if isinstance(step.action, a.Attest):
            _sign(run, step.id, step.action.people)
            continue
        run.start(step.id)
        clock.pass_(7.0)
        ok = Evidence(label="exit", value="0", kind="number", ok=True)
        run.finish(step.id, evidence=(ok,))
        if step.sign:
            _sign(run, step.id, step.sign.people)
    point = tuple(
        WorkloadPoint(
            namespace="alfred", name=name, revision=12, images={"app": f"registry.example/{name}:2.4.0"}
        )
        for name in services
    )
    run.record(PointCaptured(point=RollbackPoint(at=clock.at - 1100, workloads=point)))
    clock.at = NOON - 372
    run.start("monitor-canary")
    run.record(StepProgressed(step="monitor-canary", note="25 of 60 samples"))
    armed = TriggerState(status="armed", since=NOON - 900)
    names = [rule.id for rule in run.state.checklist.rollback.triggers]
    run.record(*(TriggerMoved(trigger=name, state=armed) for name in names))
    rising = TriggerState(status="pending", since=NOON - 130, value=1.4, subject="alfred-bot")
    run.record(TriggerMoved(trigger="error-rate", state=rising))
    clock.at = NOON
    return run


def _services(run: FakeRun) -> list[str]:
    given = run.state.checklist.vars["services"]
    return list(given) if isinstance(given, tuple) else [str(given)]


def _sign(run: FakeRun, step: str, people: int) -> None:
    run.ask_what_is_due()
    for name in ("maria", "sam")[:people]:
        run.record(StepSigned(step=step, by=name, note=_NOTES.get(step, "")))


def cluster(run: FakeRun) -> FakeCluster:
    """Five services after their rollout, one of them with a canary that is not well."""
    chance = random.Random(7)
    services = _services(run)

    def replica(name: str, number: int) -> Pod:
        suffix = "".join(chance.choice("bcdfghjklmnpqrstvwxz2456789") for _ in range(5))
        hashed = f"{abs(hash_of(name)) % 16**9:x}"[:9]
        node = f"node-{(number + len(name)) % 4 + 1}"
        return pod(f"{name}-{hashed}-{suffix}", node=node, created_at=NOON - 700 - number * 41)

    pods = [replica(name, number) for name in services for number in range(3)]
    sick = msgspec.structs.replace(
        pod("alfred-bot-canary-5c8d9f7b66-qq2rt", track="canary", node="node-3", created_at=NOON - 480),
        restarts=1,
        new_restarts=1,
    )
    pods.insert(0, sick)
    usage = tuple(
        PodUsage(
            namespace=one.namespace,
            name=one.name,
            cpu=chance.randint(60, 240),
            memory=chance.randint(150, 420) << 20,
        )
        for one in pods
    )
    nodes = tuple(
        NodeUsage(
            name=f"node-{n}",
            cpu=5200 + n * 1900,
            memory=(18 + n * 9) << 30,
            cpu_capacity=16000,
            memory_capacity=64 << 30,
        )
        for n in range(1, 5)
    )
    rollouts = tuple(rollout(name, revision=13, from_revision=12) for name in services)
    canary = rollout("alfred-bot-canary", desired=1, updated=1, ready=1, available=1, revision=1)
    view = msgspec.structs.replace(
        CLUSTER, pods=tuple(pods), rollouts=(canary, *rollouts), nodes=nodes, usage=usage
    )
    fake = FakeCluster(view)
    fake.revisions = {name: [revision(name, number) for number in (11, 12, 13)] for name in services}
    return fake


def hash_of(text: str) -> int:
    """The same number on every machine and in every process."""
    out = 7
    for char in text:
        out = (out * 1_000_003 + ord(char)) % 2**61
    return out


def canary() -> FakeCanary:
    """25 samples of a canary whose errors begin to rise."""
    chance = random.Random(3)

    def line(base: float, spread: float, late: float = 1.0) -> list[float | None]:
        return [
            round(base * chance.uniform(1 - spread, 1 + spread) * (late if n > 17 else 1.0), 3)
            for n in range(25)
        ]

    errors = line(0.42, 0.3, late=3.2)
    errors[11] = None
    view = CanaryView(
        service="alfred-bot",
        metrics=(
            MetricView(
                name="error rate",
                unit="%",
                limit=1.0,
                canary=series(*errors),
                baseline=series(*line(0.39, 0.25)),
                verdict="fail",
                reason="1.35% for 1:45, stable 0.41%",
            ),
            MetricView(
                name="p95 latency",
                unit="ms",
                limit=500.0,
                canary=series(*line(243, 0.18)),
                baseline=series(*line(231, 0.12)),
                verdict="pass",
            ),
        ),
        phase="baking",
        elapsed=372.0,
        bake=900.0,
        samples=25,
        verdict="fail",
        freshness=LIVE,
    )
    return FakeCanary(view)


_APPLIED = (
    "namespace/alfred unchanged",
    "configmap/alfred-config configured",
    *(f"service/{name} unchanged" for name in ("alfred-bot", "mission-control", "financial-tax")),
    "deployment.apps/alfred-bot-canary created",
    'Waiting for deployment "alfred-bot-canary" rollout to finish: 0 of 1 updated replicas are available...',
    'deployment "alfred-bot-canary" successfully rolled out',
)


async def _diff(deployment: str, revision: int) -> tuple[str, ...]:
    return _DIFF if deployment == "alfred-bot" else _DIFF[:4]


async def picture(path: Path, size: tuple[int, int], *keys: str, layout: str = "cockpit") -> None:
    """One picture, after some keys."""
    run = rehearsed()
    async with seat(
        run,
        size=size,
        cluster=cluster(run),
        canary=canary(),
        layout=layout,
        diff=_diff,
        outputs={"deploy-canary": FakeOutput(*_APPLIED)},
    ) as lead:
        await lead.sees("58/120")
        await press(lead, keys)
        path.write_text(lead.app.export_screenshot(simplify=True), encoding="utf-8")


async def press(lead: Seat, keys: tuple[str, ...]) -> None:
    """Keys, or `@step` to go to a step."""
    for key in keys:
        if key.startswith("@"):
            await lead.go(key[1:])
        else:
            await lead.press(key)
    for _ in range(3):
        await asyncio.sleep(0.15)  # a frame or two
        await lead.settle()


async def main(folder: Path) -> None:
    """All pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    await picture(folder / "cockpit.svg", (200, 55), "@deploy-canary")
    await picture(folder / "rollback.svg", (140, 42), "ctrl+r")
    await picture(folder / "narrow.svg", (80, 24))
    await picture(folder / "walkthrough.svg", (140, 42), "@deploy-canary", layout="walkthrough")


if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    os.environ.pop("NO_COLOR", None)
    time.tzset()
    asyncio.run(main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images")))
