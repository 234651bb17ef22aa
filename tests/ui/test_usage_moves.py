"""What a pod uses moves on the screen, whichever panel has the keys."""

import msgspec
from alfred_tui.domain.cluster.workloads import PodUsage
from alfred_tui.ui.app import CockpitApp
from alfred_tui.ui.widgets.pods import PodsPanel

from tests.ui.fakes import CLUSTER, FakeCluster, app, pod

PODS = tuple(pod(f"alfred-bot-{number}", uid=str(number)) for number in range(15))


def line(cockpit: CockpitApp, name: str) -> str:
    """The line of the screen, as composed, that has the name."""
    strips = cockpit.screen._compositor.render_strips()
    texts = ["".join(segment.text for segment in strip) for strip in strips]
    return next((text for text in texts if name in text), "")


async def test_usage_moves_although_the_panel_is_not_focused() -> None:
    cluster = FakeCluster(msgspec.structs.replace(CLUSTER, pods=PODS, usage=()))
    cockpit = app(cluster=cluster)
    async with cockpit.run_test(size=(160, 48)) as pilot:
        await pilot.pause(0.1)
        for cpu in (111, 222, 333):
            used = tuple(PodUsage(namespace=one.namespace, name=one.name, cpu=cpu, memory=1) for one in PODS)
            cluster.change(usage=used)
            await pilot.pause(0.1)
            assert f"{cpu}m" in line(cockpit, "alfred-bot-3")


async def test_pods_sorted_by_what_they_use_are_put_in_order_when_only_that_changes() -> None:
    def used(*cpus: int) -> tuple[PodUsage, ...]:
        return tuple(
            PodUsage(namespace=one.namespace, name=one.name, cpu=cpu, memory=1)
            for one, cpu in zip(PODS, cpus, strict=False)
        )

    cluster = FakeCluster(msgspec.structs.replace(CLUSTER, pods=PODS[:3], usage=used(100, 200, 300)))
    cockpit = app(cluster=cluster)
    async with cockpit.run_test(size=(160, 48)) as pilot:
        panel = cockpit.screen.query_one(PodsPanel)
        panel.sort([one.title for one in panel.columns].index("CPU"), reverse=True)
        assert [one.uid for one in panel.rows] == ["2", "1", "0"]
        cluster.change(usage=used(900, 200, 300))
        await pilot.pause(0.1)
        assert [one.uid for one in panel.rows] == ["0", "2", "1"]
