"""What is told to be heaviest, against which bound, and how it was."""

from alfred_tui.cluster.live.usage_history import LENGTH, UsageHistory
from alfred_tui.domain.cluster.workloads import ContainerUsage, NodeUsage, PodUsage
from alfred_tui.present.top import top_rows


def pod(name: str, cpu: float = 10, memory: float = 10, **bounds: float) -> PodUsage:
    container = ContainerUsage(name="c", cpu=cpu, memory=memory, **bounds)
    return PodUsage(namespace="shop", name=name, cpu=cpu, memory=memory, containers=(container,))


def node(name: str, cpu: float, **more: float) -> NodeUsage:
    sizes = {"cpu_capacity": 100.0, "memory_capacity": 100.0, **more}
    return NodeUsage(name=name, cpu=cpu, memory=1, **sizes)  # type: ignore[arg-type]


def test_a_pod_stands_against_its_limits_else_against_its_requests() -> None:
    limited, requested, free = top_rows(
        (),
        (
            pod("free"),
            pod("requested", cpu=50, cpu_request=100),
            pod("limited", cpu=90, cpu_request=10, cpu_limit=100),
        ),
    )
    assert (limited.key[1], limited.cpu.share, limited.cpu.limited) == ("limited", 0.9, True)
    assert (requested.key[1], requested.cpu.share, requested.cpu.limited) == ("requested", 0.5, False)
    assert (free.key[1], free.cpu.share, free.memory.share) == ("free", None, None)


def test_the_resource_that_is_nearest_to_its_limit_decides() -> None:
    by_memory = pod("m", cpu=1, memory=95, cpu_limit=100, memory_limit=100)
    by_cpu = pod("c", cpu=90, memory=1, cpu_limit=100, memory_limit=100)
    assert [row.key[1] for row in top_rows((), (by_cpu, by_memory))] == ["m", "c"]


def test_a_container_without_a_limit_leaves_the_pod_without_one() -> None:
    side = ContainerUsage(name="side", cpu=5, memory=5)
    one = pod("a", cpu_limit=100)
    both = PodUsage(namespace="shop", name="a", cpu=15, memory=15, containers=(*one.containers, side))
    (row,) = top_rows((), (both,))
    assert row.cpu.share is None


def several(*containers: ContainerUsage) -> PodUsage:
    sums = {name: sum(getattr(one, name) for one in containers) for name in ("cpu", "memory")}
    return PodUsage(namespace="shop", name="p", containers=containers, **sums)


def container(name: str, cpu: float, memory: float = 1, memory_limit: float = 100) -> ContainerUsage:
    return ContainerUsage(name=name, cpu=cpu, cpu_limit=100, memory=memory, memory_limit=memory_limit)


def told(*pods: PodUsage) -> list[tuple[str, float | None, float | None]]:
    return [(row.container, row.cpu.share, row.memory.share) for row in top_rows((), pods)]


def test_a_container_near_its_limit_that_the_pods_sums_hide_has_a_row_under_its_pod() -> None:
    assert told(several(container("app", 10), container("proxy", 98))) == [
        ("", 0.54, 0.01),
        ("proxy", 0.98, 0.01),
    ]


def test_each_resource_has_its_own_worst_container() -> None:
    both = several(container("app", 4, memory=90), container("proxy", 120), container("third", 80))
    assert [name for name, _, _ in told(both)] == ["", "proxy", "app"]
    one = several(container("app", 4), container("proxy", 120, memory=90))
    assert [name for name, _, _ in told(one)] == ["", "proxy"]


def test_a_limit_that_the_pod_as_a_whole_does_not_have_is_told_of_its_container() -> None:
    free = ContainerUsage(name="free", cpu=500, memory=500, cpu_request=1000, memory_request=1000)
    limited = ContainerUsage(name="app", cpu=1, memory=95, cpu_request=1, memory_request=1, memory_limit=100)
    pod_row, app = top_rows((), (several(free, limited),))
    assert (pod_row.memory.limited, app.container, app.memory.share) == (False, "app", 0.95)


def test_a_container_that_tells_no_more_than_its_pod_has_no_row() -> None:
    assert len(told(several(container("app", 80), container("proxy", 80)))) == 1
    assert len(told(several(container("app", 70), container("proxy", 10)))) == 1
    assert len(told(pod("alone", cpu=99, cpu_limit=100))) == 1


def test_a_pod_stands_as_high_as_its_worst_container() -> None:
    hiding = several(container("app", 1), container("proxy", 98))
    rows = top_rows((), (pod("half", cpu=60, cpu_limit=100), hiding))
    assert [(row.key[1], row.container) for row in rows] == [("p", ""), ("p", "proxy"), ("half", "")]


def test_heavy_nodes_stand_before_the_pods_and_the_others_after() -> None:
    nodes = [node(f"n{number}", cpu=number + 2) for number in range(8)]
    names = [row.key[1] for row in top_rows(nodes, (pod("p", cpu_limit=1000),))]
    assert names == ["n7", "n6", "n5", "n4", "n3", "n2", "p", "n1", "n0"]


def test_a_node_whose_capacity_is_not_known_has_no_share() -> None:
    (row,) = top_rows((node("n", 5, cpu_capacity=0),), ())
    assert row.cpu.share is None
    assert row.is_node


def test_a_history_is_bounded_and_takes_a_measurement_once() -> None:
    history = UsageHistory()
    for at in range(1, 3 * LENGTH):
        for _ in range(3):
            history.add("a", at, at, 2 * at)
    cpu, memory = history.of("a")
    assert len(cpu) == LENGTH
    assert (cpu[-1], memory[-1]) == (3 * LENGTH - 1, 6 * LENGTH - 2)
    assert list(cpu) == sorted(set(cpu))


def test_a_server_that_tells_no_times_still_gives_a_history() -> None:
    history = UsageHistory()
    history.add("a", 0.0, 1, 1)
    history.add("a", 0.0, 2, 2)
    assert history.of("a")[0] == (1, 2)


def test_what_is_gone_is_forgotten() -> None:
    history = UsageHistory()
    history.add("a", 1, 1, 1)
    history.add("b", 1, 1, 1)
    history.keep(["b"])
    assert (history.of("a"), len(history)) == (((), ()), 1)
