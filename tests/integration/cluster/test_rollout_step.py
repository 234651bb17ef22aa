"""A rollout step reads the live cluster that the panels show, and is not taken in when that is behind."""

import asyncio
import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from alfred_tui.actions import rollouts
from alfred_tui.actions.clock import Clock
from alfred_tui.actions.context import Equipment, StepContext
from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.live.live_cluster import LiveCluster
from alfred_tui.cluster.objects.resources import DEPLOYMENTS, STATEFUL_SETS
from alfred_tui.domain.canary import Mark
from alfred_tui.domain.cluster.workloads import Target
from alfred_tui.domain.document.actions import Promote, Rollout
from alfred_tui.domain.document.checklist import Checklist, Step
from alfred_tui.domain.errors import NotAnswered
from alfred_tui.domain.evidence import Outcome
from alfred_tui.domain.run.state import StepState

from tests.integration.cluster.lab import Lab, lab, rollout, seen, settled
from tests.integration.cluster.test_live import set_image
from tests.integration.cluster.test_workload_acts import manifest, rolled_out


class Counted:
    """A connection that counts what is asked."""

    def __init__(self, connection: Connection) -> None:
        self.asked: list[str] = []
        self.hide = connection.hide
        self._connection = connection

    async def get(self, path: str, *args: Any, **kwargs: Any) -> Any:
        self.asked.append(path)
        return await self._connection.get(path, *args, **kwargs)


def step(cluster: Lab, connection: Any, live: Any) -> StepContext:
    """A step's context over them."""

    async def gives(what: Any) -> Any:
        return what

    async def nothing(*_args: Any, **_more: Any) -> None: ...

    equipment = Equipment(
        clock=Clock(20, started_at=cluster.clock.now()),
        workdir=Path(),
        environ={},
        target=Target(context="c", namespace="default", server="s"),
        connect=lambda: gives(connection),
        live=lambda: gives(live),
    )
    return StepContext(
        step=Step(id="s", title="s", action=Rollout(deployments=("alfred-bot",))),
        attempt=1,
        folder=Path(),
        checklist=Checklist(title="c", phases=()),
        state=lambda: pytest.fail("the state is not asked for"),
        equipment=equipment,
        progress=nothing,
        capture=nothing,
        detached=lambda: False,
    )


async def waited(context: StepContext, timeout: float = 600) -> Outcome:
    return await rollouts.wait_all(context, [(DEPLOYMENTS, "alfred-bot")], timeout)


async def test_the_steps_evidence_is_the_panels_row_and_costs_one_request(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        await seen(live, settled, "the platform")
        counted = Counted(connection)
        await set_image(connection, "alfred-bot", "2.5.0")
        outcome = await asyncio.wait_for(waited(step(cluster, counted, live)), 60)
        row = rollout(live.view(), "alfred-bot")
    assert (outcome.status, row.phase, row.revision) == ("passed", "complete", 2)
    assert row.message in outcome.evidence[0].value
    assert f"{row.available}/{row.desired} available, revision 2" in outcome.evidence[0].value
    assert counted.asked == ["/apis/apps/v1/namespaces/default/deployments/alfred-bot"]


async def test_the_evidence_of_a_set_names_the_revision_that_the_panel_names(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        path = STATEFUL_SETS.path("default")
        await connection.post(path, manifest("StatefulSet", "store:1", "first"))
        await rolled_out(live, "store:1")
        outcome = await rollouts.wait_all(step(cluster, connection, live), [(STATEFUL_SETS, "store")], 600)
        row = rollout(live.view(), "store")
    assert row.newest.startswith("store-")
    assert f"2/2 available, revision {row.newest}. " in outcome.evidence[0].value


async def test_of_several_that_fail_each_is_named_with_its_reason(tmp_path: Path) -> None:
    names = ("alfred-bot", "financial-tax")
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        await seen(live, settled, "the platform")
        for name in names:
            await set_image(connection, name, "2.5.0-crash")
        both = [(DEPLOYMENTS, name) for name in names]
        waiting = rollouts.wait_all(step(cluster, connection, live), both, 600, to_the_end=True)
        outcome = await asyncio.wait_for(waiting, 60)
    first, second = outcome.reason.split("; financial-tax: ")
    assert first.startswith("alfred-bot: ")
    assert all("new pods cannot come up. Container" in one for one in (first, second))
    assert ".;" not in outcome.reason


class Behind:
    """A live cluster whose news are held back: it still shows the platform before the change."""

    def __init__(self, live: LiveCluster, connection: str = "live") -> None:
        self._row = live.rollout("Deployment", "alfred-bot")
        self._freshness = msgspec.structs.replace(
            live.view().rollouts_freshness, connection=connection, message="The API server was not heard."
        )
        self._live = live
        self.shows_news = False
        self.looked = 0

    def freshness(self, kinds: Any) -> Any:
        self.looked += 1
        return self._freshness

    def pin(self, *args: Any, **kwargs: Any) -> None:
        pass

    def rollout(self, *args: Any, **kwargs: Any) -> Any:
        return self._live.rollout(*args, **kwargs) if self.shows_news else None

    async def changed(self) -> None:
        await asyncio.sleep(0.01)


async def test_what_is_not_seen_yet_is_waited_for_and_what_is_gone_is_told(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        await seen(live, settled, "the platform")
        behind = Behind(live)
        waiting = asyncio.create_task(waited(step(cluster, connection, behind)))
        while behind.looked < 5:
            await asyncio.sleep(0.01)
        assert not waiting.done()
        await connection.delete(DEPLOYMENTS.path("default", "alfred-bot"))
        with pytest.raises(NotAnswered, match="There is no Deployment alfred-bot in default"):
            await asyncio.wait_for(waiting, 30)


async def test_nothing_is_believed_of_a_cluster_that_is_not_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollouts, "_LOST", 0.3)
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        await seen(live, settled, "the platform")
        deaf = Behind(live, "unreachable")
        deaf.shows_news = True
        with pytest.raises(NotAnswered, match="was not heard"):
            await asyncio.wait_for(waited(step(cluster, connection, deaf)), 30)


async def test_a_timeout_without_any_news_is_not_told_as_a_failed_rollout(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        await seen(live, settled, "the platform")
        with pytest.raises(NotAnswered, match="not heard of alfred-bot within 5s; whether it is done is not"):
            await asyncio.wait_for(waited(step(cluster, connection, Behind(live)), 5), 30)


@pytest.mark.parametrize(("marks", "status"), [((), "failed"), ((Mark(at=1.0, label="promoted"),), "passed")])
async def test_a_promotion_that_is_done_again_knows_whether_the_canary_went_by_itself(
    tmp_path: Path, marks: tuple[Mark, ...], status: str
) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        context = step(cluster, connection, live)
        own = Step(id="s", title="s", action=Promote(canary="alfred-bot-canary", stable="alfred-bot"))
        known = SimpleNamespace(steps={"s": StepState(marks=marks)})
        again = dataclasses.replace(context, step=own, state=lambda: known)  # type: ignore[arg-type,return-value]
        assert (await rollouts.promote(again)).status == status
