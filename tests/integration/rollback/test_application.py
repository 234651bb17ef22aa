"""The application procedure, on the embedded cluster: every service back on the revision of the point."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from alfred_tui.cluster import acts
from alfred_tui.cluster.connect import Connection
from alfred_tui.cluster.errors import Absent
from alfred_tui.cluster.reads import list_all
from alfred_tui.cluster.resources import REPLICA_SETS
from alfred_tui.demo.scenarios import SERVICES
from alfred_tui.domain.checklist import Checklist

from tests.integration.rollback.lab import (
    BAD,
    GOOD,
    RELEASE,
    Release,
    bad_everywhere,
    good_everywhere,
    released,
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
        assert status.reason.startswith(f"Back: {others}. Not back: financial-tax: ")
        assert state.steps["remove-canary"].status == "passed"
        for name in others.split(", "):
            template = (await release.deployment(name)).spec.template
            assert template.spec.containers[0].image.endswith(f":{GOOD}")


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
