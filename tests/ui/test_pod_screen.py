"""A pod in full, and any object as YAML that is searched."""

import msgspec
import pytest
from alfred_tui.domain.cluster.pod_detail import (
    ContainerDetail,
    ContainerEnd,
    PodCondition,
    PodDetail,
    PodEvent,
)
from alfred_tui.domain.cluster.workloads import ContainerUsage, Diagnosis, PodUsage
from alfred_tui.ui.screens.pod import PodScreen
from alfred_tui.ui.screens.yaml import YamlScreen

from tests.ui.fakes import CLUSTER, NOON, FakeCluster, pod
from tests.ui.seat import NARROW, Seat, seat

ROW = pod(
    "shop-1",
    status="CrashLoopBackOff",
    ready=0,
    restarts=5,
    new_restarts=3,
    well=False,
    node="node-2",
    ip="10.0.0.7",
    owner="Deployment/shop",
    created_at=NOON - 600,
    diagnosis=Diagnosis(
        cause="OOMKilled",
        sentence="OOMKilled at its limit of 256Mi, 3rd restart.",
        look_at="its memory limit",
        began_at=NOON - 300,
        doomed=True,
    ),
)
OOM = ContainerEnd(exit_code=137, signal=9, reason="OOMKilled", started_at=NOON - 340, ended_at=NOON - 300)
DETAIL = PodDetail(
    row=ROW,
    containers=(
        ContainerDetail(
            name="migrate",
            role="init",
            image="registry.example/migrate:1",
            state="terminated",
            ended=ContainerEnd(exit_code=0, reason="Completed"),
        ),
        ContainerDetail(
            name="app",
            role="container",
            image="registry.example/shop:2.5.0",
            state="waiting",
            reason="CrashLoopBackOff",
            message="back-off 40s restarting failed container",
            restarts=5,
            before=OOM,
            requests={"cpu": "100m", "memory": "128Mi"},
            limits={"memory": "256Mi"},
        ),
    ),
    conditions=(
        PodCondition(
            type="Ready",
            status="False",
            reason="ContainersNotReady",
            message="unready: [app]",
            since=NOON - 300,
        ),
        PodCondition(type="PodScheduled", status="True", since=NOON - 600),
    ),
    events=(
        PodEvent(
            type="Warning",
            reason="BackOff",
            message="Back-off restarting failed container",
            times=12,
            first_at=NOON - 250,
            last_at=NOON - 10,
        ),
        PodEvent(
            type="Normal",
            reason="Pulled",
            message="Image is present",
            times=1,
            first_at=NOON - 500,
            last_at=NOON - 500,
        ),
    ),
    owners=("ReplicaSet/shop-6d", "Deployment/shop"),
)


def cluster(detail: PodDetail = DETAIL) -> FakeCluster:
    used = ContainerUsage(name="app", cpu=250, memory=240 << 20)
    usage = (PodUsage(namespace="shop", name="shop-1", cpu=250, memory=240 << 20, containers=(used,)),)
    fake = FakeCluster(msgspec.structs.replace(CLUSTER, pods=(detail.row,), usage=usage))
    fake.details["shop-1"] = detail
    fake.yamls["shop-1"] = [
        "apiVersion: v1",
        "kind: Pod",
        "spec:",
        "  containers:",
        "  - name: app",
        *[f"    field{n}: {n}" for n in range(60)],
        "    image: registry.example/shop:2.5.0",
    ]
    return fake


async def opened(lead: Seat) -> None:
    await lead.focus("#panel-pods")
    await lead.press("enter")
    await lead.until(lambda: isinstance(lead.app.screen, PodScreen))


@pytest.mark.parametrize("leads", [True, False])
async def test_enter_on_a_pod_shows_it_in_full(leads: bool) -> None:
    async with seat(cluster=cluster(), size=(160, 50), leads=leads) as person:
        await opened(person)
        await person.sees(
            "POD shop-1",
            "✘ OOMKilled at its limit of 256Mi, 3rd restart.",
            "its memory limit",
            "ReplicaSet/shop-6d → Deployment/shop",
            "node-2",
            "5 restarts, 3 of them since the run began",
            "migrate  init",
            "ended: exit code 0",
            "waiting: CrashLoopBackOff",
            "back-off 40s restarting",
            "ended: OOMKilled, exit code 137 (signal 9), 5m ago, after 40s",
            "uses 250m   request 100m   limit none",
            "uses 240Mi   request 128Mi   limit 256Mi",
            "✘ Ready False",
            "ContainersNotReady: unready: [app]",
            "BackOff ×12 over 4m",
            "Image is present",
        )
        assert person.text.index("BackOff ×12") < person.text.index("Image is present")


async def test_its_last_words_stand_inert_under_the_sentence() -> None:
    assert ROW.diagnosis is not None
    words = ("ERROR \x1b[2J[red]no table", "ERROR exiting with code 1")
    row = msgspec.structs.replace(ROW, diagnosis=msgspec.structs.replace(ROW.diagnosis, last_words=words))
    detail = msgspec.structs.replace(DETAIL, row=row)
    async with seat(cluster=cluster(detail), size=(160, 50)) as lead:
        await opened(lead)
        await lead.sees("│ ERROR ␛[2J[red]no table", "│ ERROR exiting with code 1")
        assert "\x1b" not in lead.text


async def test_a_pod_is_read_again_when_its_row_changes() -> None:
    fake = cluster()
    async with seat(cluster=fake, size=(160, 50)) as lead:
        await opened(lead)
        await lead.sees("waiting: CrashLoopBackOff")
        app = msgspec.structs.replace(
            DETAIL.containers[1], state="running", ready=True, since=NOON - 5, reason="", message=""
        )
        well = msgspec.structs.replace(ROW, status="Running", ready=1, well=True, diagnosis=None)
        fake.details["shop-1"] = msgspec.structs.replace(DETAIL, row=well, containers=(app,))
        fake.change(pods=(well,))
        await lead.sees("✔ Running", "✔ running for 5s")


async def test_a_pod_that_is_gone_stays_as_it_was_last_and_says_so() -> None:
    fake = cluster()
    async with seat(cluster=fake, size=(160, 50)) as lead:
        await opened(lead)
        await lead.sees("waiting: CrashLoopBackOff")
        fake.failing["pod"] = "There is no pod shop-1 in shop (any more)."
        fake.change(pods=())
        await lead.sees("✘ gone", "! There is no pod shop-1 in shop", "waiting: CrashLoopBackOff")


async def test_events_that_cannot_be_read_are_told_beside_the_rest() -> None:
    missing = "Its events are not shown (list events in shop): 403 forbidden"
    fake = cluster(msgspec.structs.replace(DETAIL, events=(), missing=missing))
    async with seat(cluster=fake, size=(160, 50)) as lead:
        await opened(lead)
        await lead.sees("! Its events are not shown", "waiting: CrashLoopBackOff")


async def test_on_a_narrow_terminal_the_events_stand_below() -> None:
    async with seat(cluster=cluster(), size=NARROW) as lead:
        await opened(lead)
        await lead.sees("OOMKilled at its limit")
        await lead.press("end")
        await lead.sees("EVENTS", "BackOff ×12")
        await lead.press("escape")
        await lead.sees("CHECKLIST")


async def test_yaml_is_searched_and_left_by_escape() -> None:
    async with seat(cluster=cluster(), size=(120, 30)) as lead:
        await opened(lead)
        await lead.press("y")
        await lead.until(lambda: isinstance(lead.app.screen, YamlScreen))
        await lead.sees("apiVersion: v1", "kind: Pod")
        await lead.press("/")
        await lead.settle()
        await lead.press(*"image", "enter")
        await lead.sees("image: registry.example/shop:2.5.0")
        await lead.press("escape")
        await lead.until(lambda: isinstance(lead.app.screen, YamlScreen))
        await lead.press("escape")
        await lead.until(lambda: isinstance(lead.app.screen, PodScreen))


async def test_a_search_goes_round_and_says_when_there_is_nothing() -> None:
    async with seat(cluster=cluster(), size=(120, 30)) as lead:
        await opened(lead)
        await lead.press("y")
        await lead.sees("apiVersion: v1")
        await lead.press("/")
        await lead.settle()
        await lead.press(*"field5", "enter")
        await lead.sees("field5: 5")
        await lead.press("n")
        await lead.sees("field50: 50")
        await lead.press("N")
        await lead.sees("field5: 5")
        await lead.press("/")
        await lead.settle()
        await lead.press(*"zzz")
        await lead.until(lambda: any("is not in this text" in one.message for one in lead.app._notifications))


async def test_yaml_that_may_not_be_read_says_why() -> None:
    fake = cluster()
    fake.failing["yaml"] = "While reading pods/shop-1 in shop, the API server answered 403: forbidden."
    async with seat(cluster=fake, size=(120, 30)) as lead:
        await opened(lead)
        await lead.press("y")
        await lead.sees("! While reading pods/shop-1 in shop, the API server answered 403: forbidden.")
