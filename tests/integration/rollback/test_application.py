"""The application procedure, on the embedded cluster: every service back on the revision of the point."""

import asyncio
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from alfred_tui.cli.session import Session
from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.errors import Absent
from alfred_tui.cluster.changes import acts, deployment_undo
from alfred_tui.cluster.objects.resources import INGRESSES, REPLICA_SETS
from alfred_tui.cluster.store.reads import list_all
from alfred_tui.demo.scenarios import SERVICES
from alfred_tui.domain.document.actions import Run, Undo
from alfred_tui.domain.document.checklist import Checklist, Step
from alfred_tui.domain.rollback.point import WorkloadPoint
from alfred_tui.domain.run.events import Entry, StepWaiting
from alfred_tui.domain.run.intents import RollBack
from alfred_tui.domain.run.state import RunState

from tests.integration.rollback.lab import (
    BAD,
    COUPONS,
    GOOD,
    RELEASE,
    Release,
    bad_everywhere,
    good_everywhere,
    kubectl,
    released,
    with_another,
    with_steps,
)

BOT = "alfred-bot"


async def test_every_service_goes_back_and_the_canary_goes(tmp_path: Path) -> None:
    async with released(tmp_path, (*RELEASE, "deploy-canary")) as release:
        assert await release.tags() == bad_everywhere()
        state = await release.roll_back("application")
        assert state.result == "rolled_back", state.result_why
        assert await release.tags() == good_everywhere()
        with pytest.raises(Absent):
            await release.deployment("alfred-bot-canary")
        assert release.fact("rollback-status", BOT).startswith("complete: 3/3 available, revision 3")
        back = release.fact("apply-rollback", BOT)
        assert back.startswith("revision 1 put back: alfred-bot:2.4.0 (generation ")
        assert back.endswith("; it ran revision 2: alfred-bot:2.5.0")


async def test_the_rollout_is_held_to_the_change_that_the_undo_made(tmp_path: Path) -> None:
    """The deadline that the failed rollout passed is still told when the undo is sent, and not believed."""
    async with released(tmp_path, scenario="deadline", result="failed") as release:
        condition = await progressing(release, "mission-control")
        assert condition == "ProgressDeadlineExceeded"
        state = await release.roll_back("application")
        assert state.result == "rolled_back", state.result_why
        assert await release.tags() == good_everywhere()


async def test_setting_the_old_image_by_hand_first_does_not_bring_the_bad_version_back(
    tmp_path: Path,
) -> None:
    async with released(tmp_path) as release:
        connection = await connection_of(release)
        for name in SERVICES:
            await acts.set_images(connection, "default", name, {name: f"registry.local/{name}:2.4.0"})
        state = await release.roll_back("application")
        assert state.result == "rolled_back", state.result_why
        assert await release.tags() == good_everywhere()
        assert "is there already" in release.fact("apply-rollback", BOT)


async def test_a_paused_deployment_is_resumed_by_the_same_change(tmp_path: Path) -> None:
    async with released(tmp_path) as release:
        await release.patch(BOT, {"spec": {"paused": True}})
        state = await release.roll_back("application")
        assert state.result == "rolled_back", state.result_why
        assert "it is paused" in release.fact("identify-good-version", BOT)
        assert "resumed by the same change" in release.fact("apply-rollback", BOT)
        assert not (await release.deployment(BOT)).spec.paused
        assert await release.tags() == good_everywhere()


async def test_a_revision_that_history_lost_is_rebuilt_from_the_point(tmp_path: Path) -> None:
    async with released(tmp_path) as release:
        await release.patch(BOT, {"spec": {"revisionHistoryLimit": 0}})
        await forgotten(release)
        state = await release.roll_back("application")
        assert state.result == "rolled_back", state.result_why
        assert "rebuilt" in release.fact("identify-good-version", BOT)
        assert "rebuilt from the point" in release.fact("apply-rollback", BOT)
        assert await release.tags() == good_everywhere()


async def test_what_is_not_back_is_named_while_all_others_go_back(tmp_path: Path) -> None:
    async with released(tmp_path, (*RELEASE, "deploy-canary")) as release:
        await acts.delete_deployment(await connection_of(release), "default", "financial-tax")
        state = await release.roll_back("application")
        assert state.result == "failed"
        status = state.steps["rollback-status"]
        assert status.status == "failed"
        others = "alfred-bot, mission-control, architect-apiligence, legal-compliance"
        gone = "there is no such Deployment any more, and an undo cannot make it; apply its manifest of the"
        assert status.reason.startswith(f"Back: {others}. Not back: financial-tax: {gone}")
        assert "(registry.local/financial-tax:2.4.0, 3 replicas)" in status.reason
        assert state.steps["remove-canary"].status == "passed"
        for name in others.split(", "):
            template = (await release.deployment(name)).spec.template
            assert template.spec.containers[0].image.endswith(f":{GOOD}")


async def test_what_was_not_there_before_and_is_not_there_now_is_as_it_was(tmp_path: Path) -> None:
    async with released(tmp_path, change=with_another("coupons")) as release:
        state = await release.roll_back("application")
        assert state.result == "rolled_back", state.result_why
        for step in ("identify-good-version", "apply-rollback", "rollback-status"):
            assert release.fact(step, "coupons") == "is not there, as it was not before this release"


async def test_what_the_release_brought_is_told_as_not_back_and_left_alone(tmp_path: Path) -> None:
    async with released(tmp_path, change=with_another("coupons")) as release:
        kubectl(release.session, "apply", "-f", "-", given=COUPONS)
        state = await release.roll_back("application")
        assert state.result == "failed"
        assert "coupons: it was not there before this release" in state.steps["apply-rollback"].reason
        assert await release.tags() == good_everywhere()
        assert (await release.deployment("coupons")).spec.replicas == 2


STUBBORN = "trap '' TERM; touch begun; sleep 4; kubectl apply -k infra/k8s/overlays/prod"


async def test_what_is_stopped_brings_nothing_back_after_the_undo(tmp_path: Path) -> None:
    """A deployment that goes on for a while although it was told to end."""

    def stubborn(step: Step) -> Step:
        if step.id != "monitor-rollout":
            return step
        return Step(id=step.id, title=step.title, action=Run(command=STUBBORN))

    tasks: list[asyncio.Task[Any]] = []

    def back_at_once(session: Session) -> None:
        async def begins() -> None:
            while not (session.equipment.workdir / "begun").exists():
                await asyncio.sleep(0.05)
            intent = RollBack(by="ann", procedure="application", word="rollback")
            assert (await session.engine.submit(intent)).accepted

        tasks.append(asyncio.ensure_future(begins()))

    async with released(
        tmp_path, change=with_steps(stubborn), prepare=back_at_once, result="rolled_back"
    ) as release:
        await asyncio.gather(*tasks)
        steps = release.state.steps
        assert steps["monitor-rollout"].status == "cancelled"
        assert steps["monitor-rollout"].ended_at <= steps["apply-rollback"].started_at
        assert await release.tags() == good_everywhere()


async def test_a_rollback_that_failed_in_part_can_be_run_again(tmp_path: Path) -> None:
    async with released(tmp_path) as release:
        state = await release.roll_back("application", {"financial-tax": 99})
        assert state.result == "failed"
        assert "revision 99 is not there any more" in state.steps["identify-good-version"].reason
        assert "Revision 99" in state.steps["rollback-status"].reason
        assert await release.tags() == {**good_everywhere(), "financial-tax": BAD}
        again = await release.roll_back("application")
        assert again.result == "rolled_back", again.result_why
        assert await release.tags() == good_everywhere()
        assert "is there already" in release.fact("apply-rollback", BOT)


async def test_a_rollback_can_be_rolled_forward_by_choosing_the_newer_revisions(tmp_path: Path) -> None:
    async with released(tmp_path) as release:
        await release.roll_back("application")
        assert await release.tags() == good_everywhere()
        state = await release.roll_back("application", dict.fromkeys(SERVICES, 2))
        assert state.result == "rolled_back", state.result_why
        assert await release.tags() == bad_everywhere()


async def test_a_secret_that_changed_since_the_point_is_told(tmp_path: Path) -> None:
    keep = ("rollback-point", "deploy-secrets", "deploy-manifests", "monitor-rollout")
    async with released(tmp_path, keep) as release:
        state = await release.roll_back("application")
        assert state.result == "rolled_back", state.result_why
        assert "an undo leaves it" in release.fact("identify-good-version", "Secret/alfred-secrets")


async def test_an_automatic_rollback_starts_by_itself_without_a_screen(tmp_path: Path) -> None:
    """The migration fails, its trigger fires, and after the countdown all is put back."""

    def automatic(checklist: Checklist) -> Checklist:
        rollback = msgspec.structs.replace(checklist.rollback, automatic=True, countdown=30.0)
        return msgspec.structs.replace(checklist, rollback=rollback)

    async with released(
        tmp_path, scenario="failing-migration", change=automatic, result="rolled_back"
    ) as release:
        (back,) = release.state.rollbacks
        assert (back.procedure, back.by) == ("application", "the cockpit")
        assert "apply-migrations failed" in back.reason
        failed_at = release.state.steps["apply-migrations"].ended_at
        assert back.at >= failed_at + 30.0
        assert await release.tags() == good_everywhere()


async def connection_of(release: Release) -> Connection:
    shared = release.session.connection
    assert shared is not None
    return await shared()


async def progressing(release: Release, name: str) -> str:
    conditions = (await release.deployment(name)).status.conditions
    return next(one.reason for one in conditions if one.type == "Progressing")


async def forgotten(release: Release) -> None:
    """Waits until the Deployment controller has removed the old ReplicaSets."""
    connection = await connection_of(release)
    async with asyncio.timeout(20):
        while len(await list_all(connection, REPLICA_SETS, "default", selector=f"app={BOT}")) > 1:
            await asyncio.sleep(0.1)


OVERLAY = "infra/k8s/overlays/prod/kustomization.yaml"


async def test_the_overlay_is_pinned_by_digest_and_kustomize_reads_it_as_meant(tmp_path: Path) -> None:
    async with released(tmp_path) as release:
        before = (release.workspace / OVERLAY).read_text(encoding="utf-8")
        point = release.state.point
        bot = point.workload(BOT) if point else None
        assert bot is not None
        digest = bot.digests["app"] if "app" in bot.digests else next(iter(bot.digests.values()))
        state = await release.roll_back("application")
        assert state.result == "rolled_back", state.result_why
        after = (release.workspace / OVERLAY).read_text(encoding="utf-8")
        line = f"{{name: registry.local/{BOT}, newTag: 2.4.0, digest: {digest}}}"
        assert line in after
        assert len(after.splitlines()) == len(before.splitlines())
        step = state.steps["update-image-tags"]
        assert step.confirmed_by
        assert step.signatures
        assert f"+  - {line}" in [one.value for one in step.evidence]
        built = subprocess.run(
            ["kubectl", "kustomize", str((release.workspace / OVERLAY).parent)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert f"image: registry.local/{BOT}:2.4.0@{digest}\n" in built.stdout
        assert ":2.5.0" not in built.stdout


async def test_an_overlay_of_another_form_is_left_alone_and_the_lines_are_told(
    tmp_path: Path,
) -> None:
    async with released(tmp_path) as release:
        other = "resources: [../../base]\nimages: []\n"
        (release.workspace / OVERLAY).write_text(other, encoding="utf-8")
        asked: list[str] = []

        def told(state: RunState, entries: tuple[Entry, ...]) -> None:
            waits = [one.event for one in entries if isinstance(one.event, StepWaiting)]
            asked.extend(one.ask.because for one in waits if one.step == "update-image-tags")

        release.session.engine.subscribe(told)
        state = await release.roll_back("application")
        assert state.result == "rolled_back", state.result_why
        assert "was not changed" in asked[-1]
        assert "{name: registry.local/alfred-bot, newTag: 2.4.0" in asked[-1]
        assert (release.workspace / OVERLAY).read_text(encoding="utf-8") == other


async def test_one_service_goes_back_and_the_others_and_the_canary_stay(tmp_path: Path) -> None:
    async with released(tmp_path, (*RELEASE, "deploy-canary")) as release:
        others = tuple(name for name in SERVICES if name != "financial-tax")
        intent = RollBack(by="ann", procedure="application", word="rollback", left_out=others)
        assert (await release.session.engine.submit(intent)).accepted
        state = await release.led()
        assert state.result == "rolled_back", state.result_why
        assert await release.tags() == {**bad_everywhere(), "financial-tax": GOOD}
        assert (await release.deployment("alfred-bot-canary")).spec.replicas


async def test_in_order_each_goes_back_once_the_one_before_is_complete(tmp_path: Path) -> None:
    order = ("financial-tax", "mission-control", BOT)
    async with released(tmp_path, change=ordered(order)) as release:
        seen: list[str] = []
        patched = deployment_undo.undo

        async def watched(
            connection: Connection, point: WorkloadPoint, *a: Any, **k: Any
        ) -> deployment_undo.Undone:
            before = order[order.index(point.name) - 1] if point.name in order[1:] else ""
            if before:
                one = await release.deployment(before)
                assert one.status.updated_replicas == one.status.available_replicas == one.spec.replicas
                assert one.spec.template.spec.containers[0].image.endswith(GOOD)
            seen.append(point.name)
            return await patched(connection, point, *a, **k)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(deployment_undo, "undo", watched)
            state = await release.roll_back("application")
        assert state.result == "rolled_back", state.result_why
        assert await release.tags() == good_everywhere()
        assert tuple(name for name in seen if name in order) == order
        assert set(seen[:2]) == set(SERVICES) - set(order)


async def test_in_order_what_comes_after_one_that_is_not_back_is_not_touched(tmp_path: Path) -> None:
    order = ("financial-tax", "mission-control")
    async with released(tmp_path, change=ordered(order)) as release:
        state = await release.roll_back("application", {"financial-tax": 99})
        assert state.result == "failed"
        assert await release.tags() == {**good_everywhere(), **dict.fromkeys(order, BAD)}
        reason = state.steps["rollback-status"].reason
        assert (
            "mission-control: it was not touched: financial-tax, which it comes after, is not back" in reason
        )


def ordered(order: tuple[str, ...]) -> Callable[[Checklist], Checklist]:
    """The shipped procedure, with an order of its undo."""

    def change(checklist: Checklist) -> Checklist:
        found = checklist.procedure("application")
        assert found is not None
        steps = tuple(
            msgspec.structs.replace(step, action=msgspec.structs.replace(step.action, order=order))
            if isinstance(step.action, Undo)
            else step
            for step in found.steps
        )
        procedure = msgspec.structs.replace(found, steps=steps)
        return msgspec.structs.replace(
            checklist, rollback=msgspec.structs.replace(checklist.rollback, procedures=(procedure,))
        )

    return change


async def test_an_ingress_that_gives_the_canary_a_share_gives_it_none(tmp_path: Path) -> None:
    async with released(tmp_path, (*RELEASE, "deploy-canary")) as release:
        connection = await connection_of(release)
        path = "/apis/networking.k8s.io/v1/namespaces/default/ingresses"
        body = canary_ingress("alfred-bot-canary")
        await acts.apply_object(connection, INGRESSES, "default", body)
        state = await release.roll_back("application")
        assert state.result == "rolled_back", state.result_why
        found = json.loads((await connection.get(f"{path}/by-weight")).body)
        assert found["metadata"]["annotations"]["nginx.ingress.kubernetes.io/canary-weight"] == "0"
        told = {one.label: one.value for one in state.steps["stable-traffic"].evidence}
        assert told == {
            "Ingress by-weight": "sends nothing to the canary any more",
            "VirtualServices": "this server does not have them",
            "HTTPRoutes": "this server does not have them",
        }
        assert state.steps["stable-traffic"].ended_at <= state.steps["remove-canary"].started_at


def canary_ingress(service: str) -> dict[str, Any]:
    backend = {"service": {"name": service, "port": {"number": 80}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {
            "name": "by-weight",
            "namespace": "default",
            "annotations": {
                "nginx.ingress.kubernetes.io/canary": "true",
                "nginx.ingress.kubernetes.io/canary-weight": "10",
            },
        },
        "spec": {"ingressClassName": "nginx", "rules": [{"host": "bot", "http": {"paths": [path]}}]},
    }
