"""What a lead may do to a workload of any kind: its history, what differs, restart, pause, undo."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from alfred_tui.actions.clock import Clock
from alfred_tui.actions.context import Equipment
from alfred_tui.actions.workload_acts import perform
from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.errors import Absent, Unreachable
from alfred_tui.cluster.live.histories import history, template_diff
from alfred_tui.cluster.live.live_cluster import LiveCluster
from alfred_tui.cluster.live.pod_detail import pod_detail
from alfred_tui.cluster.objects.resources import WORKLOADS
from alfred_tui.cluster.store.reads import read_raw
from alfred_tui.domain.cluster.workloads import ClusterView
from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.evidence import Outcome
from alfred_tui.domain.run.events import WorkloadActBegun
from alfred_tui.present.workload import workload_detail

from tests.integration.cluster.lab import lab, rollout, seen, settled
from tests.integration.kube_api.lab import Lab as Kubectl


def manifest(kind: str, image: str, cause: str) -> dict[str, Any]:
    labels = {"app": "store"}
    container = {"name": "store", "image": image, "env": [{"name": "DB_PASSWORD", "value": f"pw-{image}"}]}
    spec: dict[str, Any] = {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
    }
    if kind == "StatefulSet":
        spec |= {"serviceName": "store", "replicas": 2}
    annotations = {"kubernetes.io/change-cause": cause}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "store", "namespace": "default", "annotations": annotations},
        "spec": spec,
    }


async def rolled_out(live: LiveCluster, image: str) -> None:
    await seen(
        live,
        lambda v: (
            any(
                one.name == "store" and one.phase == "complete" and one.images == {"store": image}
                for one in v.rollouts
            )
            and {pod.images for pod in v.pods if pod.name.startswith("store")} == {(image,)}
        ),
        f"{image} everywhere",
    )


async def two_releases(kind: str, connection: Connection, live: LiveCluster) -> None:
    resource = WORKLOADS[kind]
    await connection.post(resource.path("default"), manifest(kind, "store:1", "first"))
    await rolled_out(live, "store:1")
    await connection.patch(resource.path("default", "store"), manifest(kind, "store:2", "second"))
    await rolled_out(live, "store:2")


async def done(connection: Connection, kind: str, act: str, **fields: Any) -> Outcome:
    async def connect() -> Connection:
        return connection

    equipment = Equipment(clock=Clock(), workdir=Path(), environ={}, connect=connect)
    given = {"number": 1, "kind": kind, "namespace": "default", "name": "store", "act": act, "by": "ann"}
    begun = msgspec.convert({"type": "workload_act_begun", **given, **fields}, WorkloadActBegun)
    return await perform(begun, equipment)


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet"])
async def test_a_set_s_history_difference_and_way_back(kind: str, tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        await two_releases(kind, connection, live)
        known = await history(live, kind, "default", "store")
        assert [(one.number, one.images, one.current) for one in known] == [
            (2, {"store": "store:2"}, True),
            (1, {"store": "store:1"}, False),
        ]
        assert [one.change_cause for one in known] == ["second", "first"]
        assert known[0].replicas > 0
        assert known[1].replicas == 0
        lines = await template_diff(live, kind, "default", "store", 2, 1)
        assert any(one.startswith("-") and one.endswith("image: store:2") for one in lines)
        assert any(one.startswith("+") and one.endswith("image: store:1") for one in lines)
        assert not any("pw-" in one for one in lines)

        back = await done(connection, kind, "undo", revision=1)
        assert back.status == "passed"
        await rolled_out(live, "store:1")
        again = await history(live, kind, "default", "store")
        assert [(one.number, one.current, one.change_cause) for one in again] == [
            (3, True, "first"),
            (2, False, "second"),
        ]
        same = await done(connection, kind, "undo", revision=3)
        assert (same.status, same.reason) == (
            "passed",
            "Nothing had to be changed: it runs that template already.",
        )
        with pytest.raises(CockpitError, match=r"Revision 9 of store is not in its history any more .*3, 2"):
            await done(connection, kind, "undo", revision=9)


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet"])
async def test_kubectl_reads_and_undoes_the_same_history(kind: str, tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        await two_releases(kind, connection, live)
        kubectl = Kubectl(cluster.store, cluster.server, cluster.url, tmp_path)
        name = f"{kind.lower()}/store"
        told = await kubectl.kubectl("rollout", "history", name)
        rows = [line.split() for line in told.lines if line[:1].isdigit()]
        assert rows == [["1", "first"], ["2", "second"]]
        one = await kubectl.kubectl("rollout", "history", name, "--revision=1")
        assert any("store:1" in line for line in one.lines)
        assert (await kubectl.kubectl("rollout", "undo", name)).code == 0
        await rolled_out(live, "store:1")


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
async def test_a_restart_replaces_the_pods_once(kind: str, tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        name = "alfred-bot" if kind == "Deployment" else "store"
        if kind != "Deployment":
            await connection.post(WORKLOADS[kind].path("default"), manifest(kind, "store:1", "first"))
            await rolled_out(live, "store:1")
        await seen(live, lambda v: any(one.name.startswith(name) for one in v.pods), "pods")
        before = {one.uid for one in live.view().pods if one.name.startswith(name)}
        outcome = await done(connection, kind, "restart", name=name)
        assert outcome.status == "passed"
        await seen(
            live,
            lambda v: (
                rollout(v, name).phase == "complete"
                and not before & {one.uid for one in v.pods if one.name.startswith(name)}
            ),
            "new pods",
        )
        raw = await read_raw(connection, WORKLOADS[kind], "default", name)
        assert "kubectl.kubernetes.io/restartedAt" in json.dumps(raw["spec"]["template"])


async def test_pausing_twice_says_that_nothing_had_to_be_changed(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        first = await done(connection, "Deployment", "pause", name="alfred-bot")
        again = await done(connection, "Deployment", "pause", name="alfred-bot")
        assert (first.status, first.reason) == ("passed", "")
        assert "It was paused already." in again.reason
        with pytest.raises(CockpitError, match="is paused"):
            await done(connection, "Deployment", "restart", name="alfred-bot")
        assert (await done(connection, "Deployment", "resume", name="alfred-bot")).reason == ""


async def test_what_is_not_there_was_not_changed_and_no_answer_is_not_known(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        with pytest.raises(Absent, match=r"deployments\.apps"):
            await done(connection, "Deployment", "restart", name="nothing")
        await cluster.server.stop()
        outcome = await done(connection, "Deployment", "restart", name="alfred-bot")
        assert outcome.status == "error"
        assert "Whether it was done is not known" in outcome.reason
        with pytest.raises(Unreachable):
            await connection.version()


async def test_a_pod_is_told_with_its_own_events_and_its_owners(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        await seen(live, settled, "the platform")
        await done(connection, "Deployment", "restart", name="alfred-bot")
        view = await seen(
            live,
            lambda v: rollout(v, "alfred-bot").phase == "complete" and rollout(v, "alfred-bot").revision == 2,
            "the restart",
        )
        newest = rollout(view, "alfred-bot").newest
        row = next(one for one in view.pods if one.revision == newest)
        detail = await pod_detail(live, "default", row.name)
        assert {one.reason for one in detail.events} >= {"Scheduled", "Pulled", "Created", "Started"}
        assert detail.owners == (f"ReplicaSet/alfred-bot-{newest}", "Deployment/alfred-bot")
        assert [one.state for one in detail.containers] == ["running"]
        with pytest.raises(CockpitError, match=r"There is no pod nobody in default"):
            await pod_detail(live, "default", "nobody")


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
async def test_pods_of_the_newest_revision_are_told_apart(kind: str, tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection, cluster.live(connection) as live:
        name = "alfred-bot" if kind == "Deployment" else "store"
        if kind != "Deployment":
            await connection.post(WORKLOADS[kind].path("default"), manifest(kind, "store:1", "first"))
            await rolled_out(live, "store:1")
        else:
            await seen(live, settled, "the platform")
        await done(connection, kind, "restart", name=name)
        view = await seen(
            live,
            lambda v: rollout(v, name).phase == "complete" and _all_new(v, kind, name),
            "all pods new",
        )
        assert workload_detail(view, kind, "default", name, 0.0) is not None


def _all_new(view: ClusterView, kind: str, name: str) -> bool:
    found = workload_detail(view, kind, "default", name, 0.0)
    return found is not None and bool(found.new) and not found.old
