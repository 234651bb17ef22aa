"""What a pod uses moves on the screen, whichever panel has the keys."""

import msgspec
from alfred_tui.domain.cluster.workloads import PodUsage
from alfred_tui.ui.app import CockpitApp

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
