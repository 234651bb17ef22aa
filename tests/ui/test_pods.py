"""The pods panel: what always stands in it, which pods come first, and that a new pod is not a bad one."""

import msgspec
import pytest
from alfred_tui.domain.cluster.workloads import ClusterView, Diagnosis, Pod

from tests.ui.fakes import BAD_POD, CLUSTER, NOON, FakeCluster, pod
from tests.ui.seat import Seat, seat

CONFIG = msgspec.structs.replace(
    BAD_POD,
    name="billing-6c5d8f7b9-zzzzz",
    uid="billing",
    status="CreateContainerConfigError",
    restarts=0,
    new_restarts=0,
    diagnosis=Diagnosis(cause="CreateContainerConfigError", sentence="needs a Secret", doomed=True),
)
STARTING = pod("shop-fresh", ready=0, well=False, created_at=NOON - 4)
ENDING = pod("shop-going", status="Terminating", well=False)


def having(*pods: Pod) -> FakeCluster:
    """A cluster with these pods."""
    view: ClusterView = msgspec.structs.replace(CLUSTER, pods=pods)
    return FakeCluster(view)


async def at_pods(lead: Seat, width: int) -> None:
    if width < 120:
        await lead.press("2")
    await lead.focus("#panel-pods")


def head(lead: Seat) -> str:
    return next(line for line in lead.text.splitlines() if "READY" in line and "STATUS" in line)


@pytest.mark.parametrize("width", [80, 100, 120, 160, 200])
async def test_name_ready_status_and_restarts_stand_whole_at_every_width(width: int) -> None:
    restarted = msgspec.structs.replace(BAD_POD, restarts=12, new_restarts=3)
    async with seat(cluster=having(pod(), restarted), size=(width, 40)) as lead:
        await at_pods(lead, width)
        await lead.sees("✘ CrashLoopBackOff", "9+3", "0/1")
        assert "NAME" in head(lead)
        assert "RST" in head(lead)


@pytest.mark.parametrize("width", [80, 120, 160])
async def test_even_the_longest_status_is_not_cut_and_costs_no_restarts(width: int) -> None:
    async with seat(cluster=having(pod(), CONFIG, BAD_POD), size=(width, 40)) as lead:
        await at_pods(lead, width)
        await lead.sees("✘ CreateContainerConfigError", "+3")


@pytest.mark.parametrize(
    ("width", "there"),
    [(80, "CPU MEM AGE"), (160, "CPU MEM"), (200, "CPU MEM AGE"), (240, "CPU MEM AGE NODE")],
)
async def test_with_more_room_come_cpu_then_memory_then_age_then_node(width: int, there: str) -> None:
    async with seat(size=(width, 40)) as lead:
        await at_pods(lead, width)
        await lead.sees("✘ CrashLoopBackOff")
        assert " ".join(word for word in head(lead).split() if word in "AGE MEM CPU NODE") == there


async def test_unwell_pods_come_first_until_a_person_sorts() -> None:
    warned = msgspec.structs.replace(
        BAD_POD, name="zeta", uid="zeta", diagnosis=Diagnosis(cause="Unhealthy", sentence="probe fails")
    )
    async with seat(
        cluster=having(pod("shop-old"), ENDING, warned, STARTING, BAD_POD), size=(200, 40)
    ) as lead:
        await lead.focus("#panel-pods")
        await lead.sees("✘ CrashLoopBackOff")
        assert order(lead, "search-", "zeta", "shop-fresh", "shop-going", "shop-old")
        await lead.press("greater_than_sign")
        await lead.sees("NAME▲")
        assert order(lead, "search-", "shop-fresh", "shop-going", "shop-old", "zeta")


async def test_the_cursor_stays_on_its_pod_while_another_becomes_unwell() -> None:
    cluster = having(pod("shop-old"), ENDING)
    async with seat(cluster=cluster, size=(200, 40)) as lead:
        await lead.focus("#panel-pods")
        await lead.press("end")
        cluster.change(pods=(pod("shop-old"), ENDING, BAD_POD))
        await lead.sees("✘ CrashLoopBackOff")
        assert "▌" in lead.line("shop-old")


async def test_a_pod_that_is_only_starting_or_ending_is_told_as_that_and_not_as_unwell() -> None:
    async with seat(cluster=having(pod(), STARTING, ENDING), size=(200, 40)) as lead:
        await lead.sees("▶ starting", "▷ Terminating", "1 well · ▶ 1 starting · ▷ 1 ending")
        assert "✘" not in lead.line("shop-fresh")


def order(lead: Seat, *names: str) -> bool:
    """Whether the names stand in that order."""
    at = [lead.text.index(name) for name in names]
    return at == sorted(at)
