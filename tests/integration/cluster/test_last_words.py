"""What a crashed container wrote last stands in the panel, in the steps' evidence and in kubectl alike."""

import asyncio
import os
from pathlib import Path
from typing import Any, cast

import msgspec
from alfred_tui.actions import cluster_checks, rollouts
from alfred_tui.actions.context import StepContext
from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.live.live_cluster import LiveCluster
from alfred_tui.cluster.objects.resources import DEPLOYMENTS
from alfred_tui.domain.cluster.needs import LOGS
from alfred_tui.domain.cluster.workloads import ClusterView, Pod
from alfred_tui.domain.document import actions as a
from alfred_tui.domain.document.checklist import Checklist, Step
from alfred_tui.domain.evidence import Outcome

from tests.integration.cluster.accounts import SEE, account
from tests.integration.cluster.lab import Lab, lab, pods, seen, settled
from tests.integration.cluster.test_live import set_image
from tests.integration.cluster.test_rollout_step import step
from tests.integration.kube_api.lab import kubectl_path

CAUSE = "cannot start: configuration key TAX_TABLE_VERSION has no value"


class Counted:
    """A connection that counts the logs that are asked for."""

    def __init__(self, connection: Connection) -> None:
        self.logs: list[str] = []
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def get(self, path: str, *args: Any, **kwargs: Any) -> Any:
        if path.endswith("/log"):
            self.logs.append(path)
        return await self._connection.get(path, *args, **kwargs)


def crashing(view: ClusterView) -> Pod | None:
    found = (one for one in pods(view, "alfred-bot") if one.diagnosis and one.diagnosis.last_words)
    return next(found, None)


def waits(view: ClusterView) -> bool:
    found = crashing(view)
    return found is not None and found.status == "CrashLoopBackOff"


async def kubectl(cluster: Lab, *arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        kubectl_path(),
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        env={
            "KUBECONFIG": cluster.write_kubeconfig(),
            "HOME": str(cluster.folder),
            "PATH": os.environ["PATH"],
        },
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    return output.decode()


async def test_the_panel_tells_the_last_lines_that_kubectl_tells(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        await seen(live, settled, "the platform")
        await set_image(connection, "alfred-bot", "2.5.0-crash")
        found = crashing(await seen(live, waits, "the last words"))
        assert found is not None
        lines = (await kubectl(cluster, "logs", "--previous", found.name)).splitlines()
    assert found.diagnosis is not None
    told = found.diagnosis.last_words
    assert told[0] == f"ERROR {found.name} {CAUSE}"
    assert [line.split(" ", 1)[1] for line in lines[-len(told) :]] == list(told)


async def test_a_rollout_steps_evidence_tells_them_though_it_fails_at_once(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        await seen(live, settled, "the platform")
        await set_image(connection, "alfred-bot", "2.5.0-crash")
        waiting = rollouts.wait_all(step(cluster, connection, live), [(DEPLOYMENTS, "alfred-bot")], 600)
        outcome = await asyncio.wait_for(waiting, 60)
        row = live.rollout("Deployment", "alfred-bot")
    assert outcome.status == "failed"
    assert row is not None
    assert CAUSE in outcome.reason
    assert f"{CAUSE} / " in outcome.evidence[0].value
    assert row.message.split("; its last words", 1)[1] == outcome.reason.split("; its last words", 1)[1]


async def pods_step(context: StepContext, services: tuple[str, ...]) -> Outcome:
    class State:
        began_at = 0.0

    action = a.Pods(services=services)
    return await cluster_checks.pods(
        StepContext(
            step=Step(id="s", title="s", action=action),
            attempt=1,
            folder=Path(),
            checklist=Checklist(title="c", phases=()),
            state=cast(Any, State),
            equipment=context.equipment,
            progress=context.progress,
            capture=context.capture,
            detached=lambda: False,
        )
    )


async def test_a_pods_steps_evidence_is_the_panels_sentence(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        await seen(live, settled, "the platform")
        await set_image(connection, "alfred-bot", "2.5.0-crash")
        await seen(live, waits, "the last words")
        outcome = await pods_step(step(cluster, connection, live), ("alfred-bot", "financial-tax"))
    assert outcome.status == "failed"
    assert CAUSE in outcome.reason
    assert [fact.ok for fact in outcome.evidence] == [False, True]


async def test_a_pods_step_starts_the_live_picture_only_where_something_is_unwell(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        await seen(live, settled, "the platform")
        context = step(cluster, connection, None)
        assert (await pods_step(context, ("financial-tax",))).status == "passed"


async def test_each_run_that_ended_costs_one_request_and_a_healthy_platform_none(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        counted = Counted(connection)
        live = LiveCluster(cast(Connection, counted), now=cluster.clock.now)
        await live.start()
        try:
            await seen(live, settled, "the platform")
            await live.last_words(10)
            assert counted.logs == []
            await set_image(connection, "alfred-bot", "2.5.0-crash")
            view = await seen(live, lambda v: any(p.restarts >= 2 for p in v.pods) and waits(v), "restarts")
            await live.last_words(10)
            restarts = sum(one.restarts for one in view.pods)
            assert 1 <= len(counted.logs) <= restarts + 2
        finally:
            await live.stop()


async def test_where_logs_may_not_be_read_the_sentence_says_so_and_none_is_asked_for(tmp_path: Path) -> None:
    from alfred_tui.demo.kube.rights import Rule

    async with lab(tmp_path) as cluster, cluster.connected() as admin:
        rules = Rule(SEE, ("", "apps"), ("pods", "events", "nodes", "replicasets", "deployments"), "")
        async with cluster.connected(cluster.server.issue(account(rules))) as connection:
            counted = Counted(connection)
            live = LiveCluster(cast(Connection, counted), now=cluster.clock.now)
            await live.start()
            try:
                await seen(live, lambda v: bool(v.rights.missing(LOGS)), "the rights")
                await set_image(admin, "alfred-bot", "2.5.0-crash")

                def told(view: ClusterView) -> bool:
                    found = [one.diagnosis.sentence for one in view.pods if one.diagnosis]
                    return any("its log may not be read" in one for one in found)

                await seen(live, told, "that logs may not be read")
            finally:
                await live.stop()
    assert counted.logs == []


async def test_secrets_of_the_run_are_hidden_in_them(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        connection.hide = lambda text: text.replace("TAX_TABLE_VERSION", "‹KEY›")
        live = LiveCluster(connection, now=cluster.clock.now)
        await live.start()
        try:
            await seen(live, settled, "the platform")
            await set_image(connection, "alfred-bot", "2.5.0-crash")
            view = await seen(live, waits, "the last words")
        finally:
            await live.stop()
    found = crashing(view)
    assert found is not None
    assert found.diagnosis is not None
    assert "configuration key ‹KEY› has no value" in found.diagnosis.whole
    assert "TAX_TABLE_VERSION" not in msgspec.json.encode(view.pods).decode()
