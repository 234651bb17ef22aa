"""Changes to the cluster: what they leave, that a repeat is harmless, and that nobody's write is lost."""

import base64
import json
from pathlib import Path

import msgspec
import pytest
from alfred_tui.cluster.access.connect import MERGE, Connection
from alfred_tui.cluster.access.errors import Conflict
from alfred_tui.cluster.changes import acts, deployment_undo, rollback_points
from alfred_tui.cluster.objects.ownership import images_of
from alfred_tui.cluster.objects.partial import Deployment
from alfred_tui.cluster.objects.resources import DEPLOYMENTS, SECRETS
from alfred_tui.cluster.rollouts.revisions import CHANGE_CAUSE
from alfred_tui.cluster.store.reads import read, read_raw
from alfred_tui.demo.kube.objects import Key
from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.rollback.point import WorkloadPoint

from tests.integration.cluster.lab import Lab, lab, rollout, seen, settled
from tests.integration.kube_api.lab import Lab as Kubectl

BOT = "alfred-bot"
V4, V5 = (f"registry.local/{BOT}:2.{minor}.0" for minor in (4, 5))


async def deployment(connection: Connection, name: str = BOT) -> Deployment:
    return await read(connection, DEPLOYMENTS, "default", name)


async def roll_out(cluster: Lab, connection: Connection, image: str, revision: int) -> None:
    await acts.set_images(connection, "default", BOT, {BOT: image})
    async with cluster.live(connection) as live:
        await seen(
            live, lambda v: settled(v) and rollout(v, BOT).revision == revision, f"revision {revision}"
        )


async def captured(connection: Connection) -> WorkloadPoint:
    return (await rollback_points.capture_point(connection, "default", [BOT]))[0]


async def test_a_point_holds_what_a_rollback_needs(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        point = await captured(connection)
        assert (point.revision, point.images, point.replicas) == (1, {BOT: V4}, 3)
        assert point.template_hash
        assert point.template["spec"]["containers"][0]["image"] == V4
        assert 0 < point.hpa_min <= point.hpa_max
        some = await rollback_points.capture_point(connection, "default", [BOT, "no-such"])
        assert [one.name for one in some] == [BOT]


async def test_an_undo_is_rehearsed_by_the_server_and_changes_nothing(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        point = await captured(connection)
        await roll_out(cluster, connection, V5, 2)
        before = (await deployment(connection)).metadata
        done = await deployment_undo.undo(connection, point, rehearse=True)
        assert done.images == {BOT: V4}
        after = await deployment(connection)
        # The rollout before goes on meanwhile, and its status is written; its spec is not.
        assert after.metadata.generation == before.generation
        assert images_of(after.spec.template) == {BOT: V5}


async def test_images_are_set_once(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        before = (await deployment(connection)).metadata.generation
        assert await acts.set_images(connection, "default", BOT, {BOT: V5}) == (before + 1, True)
        assert await acts.set_images(connection, "default", BOT, {BOT: V5}) == (before + 1, False)
        with pytest.raises(CockpitError, match=f"has no container other; it has {BOT}"):
            await acts.set_images(connection, "default", BOT, {"other": "x"})


async def test_an_init_container_s_image_is_set_where_it_stands(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        init = {"spec": {"template": {"spec": {"initContainers": [{"name": "migrate", "image": "m:1"}]}}}}
        await connection.patch(DEPLOYMENTS.path("default", BOT), init)
        await acts.set_images(connection, "default", BOT, {BOT: V5, "migrate": "m:2"})
        spec = (await deployment(connection)).spec.template.spec
        assert [(one.name, one.image) for one in spec.containers] == [(BOT, V5)]
        assert [(one.name, one.image) for one in spec.init_containers] == [("migrate", "m:2")]


async def test_undo_goes_to_the_pinned_revision_and_kubectl_sees_it(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        point = await captured(connection)
        await roll_out(cluster, connection, V5, 2)
        done = await deployment_undo.undo(connection, point)
        assert (done.changed, done.rebuilt, done.images, done.generation) == (True, False, {BOT: V4}, 3)
        again = await deployment_undo.undo(connection, point)
        assert (again.changed, again.generation) == (False, 3)
        async with cluster.live(connection) as live:
            await seen(live, lambda v: settled(v) and rollout(v, BOT).revision == 3, "the way back")
        kubectl = Kubectl(cluster.store, cluster.server, cluster.url, tmp_path)
        told = await kubectl.kubectl("rollout", "history", f"deployment/{BOT}")
        assert [line.split()[0] for line in told.lines if line[:1].isdigit()] == ["2", "3"]
        assert (await kubectl.kubectl("rollout", "status", f"deployment/{BOT}", "--timeout=9s")).code == 0


async def test_undo_after_setting_the_old_image_still_ends_on_the_old_image(tmp_path: Path) -> None:
    """`kubectl rollout undo` would now go back to the bad version: the pinned revision has another number."""
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        point = await captured(connection)
        await roll_out(cluster, connection, V5, 2)
        await roll_out(cluster, connection, V4, 3)
        assert not (await deployment_undo.undo(connection, point)).changed
        assert images_of((await deployment(connection)).spec.template) == {BOT: V4}


async def test_a_revision_that_the_history_lost_is_rebuilt_from_the_point(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        point = await captured(connection)
        await roll_out(cluster, connection, V5, 2)
        for one in cluster.store.list(Key("apps", "replicasets"), "default"):
            if one["metadata"]["labels"].get("pod-template-hash") == point.template_hash:
                cluster.store.delete(Key("apps", "replicasets"), "default", one["metadata"]["name"])
        done = await deployment_undo.undo(connection, point)
        assert (done.rebuilt, done.images) == (True, {BOT: V4})
        bare = WorkloadPoint(namespace="default", name=BOT, revision=1)
        with pytest.raises(CockpitError, match=r"Revision 1 of alfred-bot is not in its history any more"):
            await deployment_undo.undo(connection, bare)


async def test_undo_brings_the_change_cause_of_its_revision_back(tmp_path: Path) -> None:
    """Otherwise the history would give the old version the cause of the bad one."""

    async def release(image: str, cause: str, revision: int) -> None:
        container = {"name": BOT, "image": image}
        body = {
            "metadata": {"annotations": {CHANGE_CAUSE: cause}},
            "spec": {"template": {"spec": {"containers": [container]}}},
        }
        await connection.patch(DEPLOYMENTS.path("default", BOT), body)
        async with cluster.live(connection) as live:
            await seen(live, lambda v: settled(v) and rollout(v, BOT).revision == revision, cause)

    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        first = await captured(connection)
        await release(f"{V4}-fixed", "the good one", 2)
        good = await captured(connection)
        await release(V5, "the bad one", 3)
        await deployment_undo.undo(connection, good)
        assert (await deployment(connection)).metadata.annotations[CHANGE_CAUSE] == "the good one"
        await deployment_undo.undo(connection, first)
        assert CHANGE_CAUSE not in (await deployment(connection)).metadata.annotations


async def test_a_paused_deployment_is_not_undone(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        point = await captured(connection)
        assert (await acts.pause(connection, "default", BOT, True))[1]
        assert not (await acts.pause(connection, "default", BOT, True))[1]
        for act in (deployment_undo.undo(connection, point), acts.restart(connection, "default", BOT, 1.0)):
            with pytest.raises(CockpitError, match="is paused"):
                await act
        assert (await acts.pause(connection, "default", BOT, False))[1]


async def test_a_restart_with_one_name_happens_once(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        assert await acts.restart(connection, "default", BOT, 1795396000.0) == (2, True)
        assert await acts.restart(connection, "default", BOT, 1795396000.0) == (2, False)
        raw = await read_raw(connection, DEPLOYMENTS, "default", BOT)
        annotations = raw["spec"]["template"]["metadata"]["annotations"]
        assert annotations == {"kubectl.kubernetes.io/restartedAt": "2026-11-23T01:06:40Z"}


async def test_scaling_changes_replicas_and_nothing_else(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        before = await read_raw(connection, DEPLOYMENTS, "default", BOT)
        assert (await acts.scale(connection, "default", BOT, 0))[1]
        assert not (await acts.scale(connection, "default", BOT, 0))[1]
        after = await read_raw(connection, DEPLOYMENTS, "default", BOT)
        assert {**after["spec"], "replicas": 3} == before["spec"]


async def test_a_write_that_comes_in_between_is_neither_lost_nor_fatal(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        patch, meddled = connection.patch, 0

        async def meddling(path: str, *args: object, **options: object) -> object:
            nonlocal meddled
            if meddled < 2:
                meddled += 1
                body = {"metadata": {"labels": {"meddled": str(meddled)}}}
                await patch(path, body, content_type=MERGE)
            return await patch(path, *args, **options)  # type: ignore[arg-type]

        connection.patch = meddling  # type: ignore[method-assign, assignment]
        point = await captured(connection)
        assert (await acts.scale(connection, "default", BOT, 0))[1]
        meddled = 0
        await acts.set_images(connection, "default", BOT, {BOT: V5})
        meddled = 0
        assert (await deployment_undo.undo(connection, point)).changed
        found = await deployment(connection)
        assert found.metadata.labels["meddled"] == "2"
        assert (found.spec.replicas, images_of(found.spec.template)) == (0, {BOT: V4})


async def test_one_who_writes_all_the_time_is_told_after_a_few_tries(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        patch = connection.patch

        async def meddling(path: str, *args: object, **options: object) -> object:
            body = {"metadata": {"annotations": {"at": str(cluster.store.revision)}}}
            await patch(path, body, content_type=MERGE)
            return await patch(path, *args, **options)  # type: ignore[arg-type]

        connection.patch = meddling  # type: ignore[method-assign, assignment]
        with pytest.raises(Conflict, match="keeps being changed by others"):
            await acts.scale(connection, "default", BOT, 1)


async def test_deleting_what_is_gone_is_harmless(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        assert await acts.delete_deployment(connection, "default", BOT)
        async with cluster.live(connection) as live:
            await seen(
                live, lambda v: not any(p.name.startswith(BOT) for p in v.pods) and bool(v.pods), "its end"
            )
        assert not await acts.delete_deployment(connection, "default", BOT)


async def test_a_secret_is_made_changed_and_left_alone(tmp_path: Path) -> None:
    async def data(name: str) -> dict[str, str]:
        raw = await read_raw(connection, SECRETS, "default", name)
        return {key: base64.b64decode(value).decode() for key, value in raw["data"].items()}

    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        assert await acts.apply_secret(connection, "default", "fresh", {"url": "postgres://ü"}) == ()
        assert await data("fresh") == {"url": "postgres://ü"}
        version = (await read_raw(connection, SECRETS, "default", "fresh"))["metadata"]["resourceVersion"]
        assert await acts.apply_secret(connection, "default", "fresh", {"url": "postgres://ü"}) == ()
        assert (await read_raw(connection, SECRETS, "default", "fresh"))["metadata"][
            "resourceVersion"
        ] == version


async def test_a_secret_that_kubectl_made_is_taken_over_and_that_is_told(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        kubectl = Kubectl(cluster.store, cluster.server, cluster.url, tmp_path)
        await kubectl.kubectl(
            "create", "secret", "generic", "made", "--from-literal=url=old", "--from-literal=b=keep"
        )
        overruled = await acts.apply_secret(connection, "default", "made", {"url": "new"})
        assert any("data.url" in one for one in overruled)
        raw = await read_raw(connection, SECRETS, "default", "made")
        assert base64.b64decode(raw["data"]["url"]) == b"new"
        assert base64.b64decode(raw["data"]["b"]) == b"keep"


async def test_a_dry_run_is_judged_by_the_server_and_changes_nothing(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        raw = await read_raw(connection, DEPLOYMENTS, "default", BOT)
        body = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": BOT, "namespace": "default"},
            "spec": {"replicas": 7, "selector": raw["spec"]["selector"], "template": raw["spec"]["template"]},
        }
        answered = await acts.apply_object(connection, DEPLOYMENTS, "default", body, dry_run=True)
        assert answered["spec"]["replicas"] == 7
        assert (await deployment(connection)).spec.replicas == 3
        body["spec"] = {**raw["spec"], "replicas": -1}
        with pytest.raises(CockpitError, match="replicas"):
            await acts.apply_object(connection, DEPLOYMENTS, "default", body, dry_run=True)


def test_a_point_survives_the_journal() -> None:
    point = WorkloadPoint(namespace="n", name="x", revision=1, template={"spec": {"containers": []}})
    assert msgspec.json.decode(msgspec.json.encode(point), type=WorkloadPoint) == point
    assert json.loads(msgspec.json.encode(point))["template"] == {"spec": {"containers": []}}
