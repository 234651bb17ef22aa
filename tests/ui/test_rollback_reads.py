"""What the rollback screen reads: again where the cluster had not told everything yet, and not for ever."""

from collections.abc import Sequence

from alfred_tui.domain.cluster.workloads import RevisionView
from alfred_tui.present.way_back import WayBack
from alfred_tui.ui.ports import Cockpit
from alfred_tui.ui.screens.rollback_reads import RollbackReads
from msgspec.structs import replace

from tests.ui.fakes import CLUSTER, FakeCluster, FakeRun, revision


def revisions(*numbers: int) -> tuple[RevisionView, ...]:
    return tuple(revision("shop", number) for number in numbers)


class Late(FakeCluster):
    """Its ReplicaSets tell an undo's new number some readings later than the Deployment."""

    def __init__(self, late: int) -> None:
        super().__init__(CLUSTER)
        self.left, self.read = late, 0

    async def history(self, kind: str, namespace: str, name: str) -> Sequence[RevisionView]:
        self.read += 1
        return revisions(2, 1) if self.read <= self.left else revisions(3, 2)


async def after_readings(cluster: Late, draws: int) -> RollbackReads:
    run = FakeRun()
    reads = RollbackReads(Cockpit(run=run, now=run.clock, layouts={}, cluster=cluster), lambda: None)
    await reads.histories(["shop"])
    way = replace(WAY, choices=tuple(reads.history["shop"]))
    for _ in range(draws):
        await reads.renumbered([way])
    return reads


WAY = WayBack(
    name="shop", revision=3, images={}, phase="complete", available=1, desired=1, target=1, target_images={},
    chosen=False, unchanged=True,
)  # fmt: skip


async def test_a_number_that_the_history_tells_late_is_looked_for_again() -> None:
    reads = await after_readings(Late(2), 3)
    assert [one.number for one in reads.history["shop"]] == [3, 2]


async def test_one_that_never_comes_is_not_looked_for_for_ever() -> None:
    cluster = Late(1000)
    await after_readings(cluster, 50)
    assert cluster.read <= 1 + 5
