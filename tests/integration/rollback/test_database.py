"""The database procedure, on the embedded platform: stopped, restored, started with the counts that were."""

import asyncio
import json
import signal
from pathlib import Path

import msgspec
import pytest
from alfred_tui.cluster.access.connect import MERGE, Connection
from alfred_tui.demo.scenarios import SERVICES
from alfred_tui.domain.document.actions import Run
from alfred_tui.domain.document.checklist import Checklist, Step

from tests.integration.rollback.lab import COUPONS, Release, kubectl, released, with_another
from tests.integration.rollback.test_killed import led_by_a_child

OLD = {"0001_schema_migrations", "0002_customers", "0003_tax_cases"}
NEW = OLD | {"0004_conversation_memory", "0005_unique_customer_email"}


async def test_the_backup_is_restored_and_the_services_come_back_as_many_as_they_were(tmp_path: Path) -> None:
    async with released(tmp_path) as release:
        assert release.schema() == NEW
        before = await release.replicas()
        state = await release.roll_back("database")
        assert state.result == "rolled_back", state.result_why
        assert release.schema() == OLD
        assert await release.replicas() == before
        assert release.fact("stop-services", "pods") == "none is left, ending ones included"
        assert release.fact("restart-services", "autoscaler alfred-bot") == "alfred-bot 3…6: goes on from 3"


async def test_an_autoscaler_of_a_stopped_service_holds_still(tmp_path: Path) -> None:
    async with released(tmp_path) as release:
        await release.roll_back("database")
        told = release.fact("stop-services", "autoscaler alfred-bot")
        assert told == "alfred-bot 3…6: holds still while there are none"


async def test_a_migration_that_cannot_be_taken_back_refuses_the_restore_before_anything_is_stopped(
    tmp_path: Path,
) -> None:
    async with released(tmp_path) as release:
        migration = release.workspace / "db" / "migrations" / "0005_unique_customer_email.sql"
        text = migration.read_text(encoding="utf-8")
        migration.write_text(
            "-- irreversible: the tokens of 2.4 are no longer valid\n" + text, encoding="utf-8"
        )
        before = await release.replicas()
        state = await release.roll_back("database")
        assert state.result == "failed"
        assert "the tokens of 2.4 are no longer valid" in state.steps["check-restore"].reason
        assert state.steps["stop-services"].status == state.steps["restore-database"].status == "pending"
        assert await release.replicas() == before
        assert release.schema() == NEW


async def test_without_a_step_that_records_it_the_point_is_recorded_before_the_first_change(
    tmp_path: Path,
) -> None:
    keep = ("database-backup", "apply-migrations", "deploy-manifests", "monitor-rollout")
    async with released(tmp_path, keep) as release:
        point = release.state.point
        assert point is not None
        assert {one.name: one.replicas for one in point.workloads} == dict.fromkeys(SERVICES, 3)
        assert {one.revision for one in point.workloads} == {1}
        state = await release.roll_back("database")
        assert state.result == "rolled_back", state.result_why
        assert set((await release.replicas()).values()) == {3}


async def test_the_point_shows_what_the_procedures_will_need(tmp_path: Path) -> None:
    async with released(tmp_path) as release:
        backup = release.fact("rollback-point", "database-backup")
        assert backup.startswith("name pre-deployment-")
        assert "sha256 " in backup
        assert "bytes " in backup
        assert release.fact("rollback-point", "state of infra/terraform/environments/prod") == "serial 7"
        assert release.fact("rollback-point", "Secret/alfred-secrets").startswith("resourceVersion ")
        assert "autoscaled 3…6" in release.fact("rollback-point", "alfred-bot")


async def test_a_point_is_kept_once_something_was_changed(tmp_path: Path) -> None:
    def recorded_twice(checklist: Checklist) -> Checklist:
        (phase,) = checklist.phases
        (section,) = phase.sections
        again = next(one for one in section.steps if one.id == "rollback-point")
        again = msgspec.structs.replace(again, id="again", sign=None)
        section = msgspec.structs.replace(section, steps=(*section.steps, again))
        return msgspec.structs.replace(
            checklist, phases=(msgspec.structs.replace(phase, sections=(section,)),)
        )

    async with released(tmp_path, change=recorded_twice) as release:
        assert release.state.point is not None
        assert {one.revision for one in release.state.point.workloads} == {1}
        assert "from before the first change" in release.fact("again", "kept")


async def test_the_shipped_checks_of_a_restore_need_the_backup_of_this_run(tmp_path: Path) -> None:
    async with released(tmp_path, ("rollback-point", "apply-migrations", "deploy-manifests")) as release:
        state = await release.roll_back("database")
        assert state.result == "rolled_back"
        assert_signed_by_hand(release, "restore-database")


def assert_signed_by_hand(release: Release, step: str) -> None:
    """Nothing was restored: a person was asked to, and said so."""
    assert release.state.steps[step].signatures
    assert release.schema() == NEW


async def test_a_service_that_the_release_brought_is_stopped_and_started_with_its_own_count(
    tmp_path: Path,
) -> None:
    """The point has no count of it: it is remembered before it is stopped."""
    async with released(tmp_path, change=with_another("coupons")) as release:
        assert release.state.point is not None
        assert release.state.point.absent == ("coupons",)
        kubectl(release.session, "apply", "-f", "-", given=COUPONS)
        state = await release.roll_back("database")
        assert state.result == "rolled_back", state.result_why
        assert release.state.point.counts == {"coupons": 2}
        assert (await release.deployment("coupons")).spec.replicas == 2
        assert release.fact("stop-services", "coupons") == "scaled to 0"


async def test_a_service_that_never_was_there_keeps_none_of_the_others_from_coming_back(
    tmp_path: Path,
) -> None:
    async with released(tmp_path, change=with_another("coupons")) as release:
        before = await release.replicas()
        state = await release.roll_back("database")
        assert state.result == "rolled_back", state.result_why
        assert release.fact("stop-services", "coupons") == "is not there, as it was not before this release"
        assert await release.replicas() == before


async def test_a_service_that_is_gone_is_named_and_all_others_are_started(tmp_path: Path) -> None:
    async with released(tmp_path) as release:
        kubectl(release.session, "delete", "deployment", "financial-tax", "--wait=true")
        state = await release.roll_back("database")
        assert state.result == "failed"
        started = state.steps["restart-services"]
        assert started.reason.startswith("Not scaled: financial-tax: there is no such Deployment any more")
        assert "registry.local/financial-tax:2.4.0, 3 replicas" in started.reason
        for name in SERVICES:
            if name != "financial-tax":
                assert (await release.deployment(name)).spec.replicas == 3
        assert release.schema() == OLD


AUTOSCALERS = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers"


async def test_an_autoscaler_that_may_go_to_nothing_refuses_the_stop_before_anything_is_stopped(
    tmp_path: Path,
) -> None:
    """Where the cluster allows a minimum of 0, its autoscaler stays awake when its service is stopped."""
    async with released(tmp_path) as release:
        before = await release.replicas()
        connection = await shared(release)
        patch = {"spec": {"minReplicas": 0}}
        await connection.patch(f"{AUTOSCALERS}/alfred-bot", patch, content_type=MERGE)
        state = await release.roll_back("database")
        assert state.result == "failed"
        stopped = state.steps["stop-services"]
        assert stopped.status == "failed"
        assert "autoscaler alfred-bot has a minimum of 0" in stopped.reason
        assert "Nothing was stopped" in stopped.reason
        assert state.steps["restore-database"].status == "pending"
        after = await release.replicas()
        assert {**after, "alfred-bot": 3} == before
        assert after["alfred-bot"]  # its autoscaler may move it by now, and only that one
        assert release.schema() == NEW


@pytest.mark.crash
async def test_autoscalers_hold_still_over_a_crash_and_the_remembered_counts_come_back(
    tmp_path: Path,
) -> None:
    async with released(tmp_path / "killed", change=scaled_before) as release:
        point = release.state.point
        assert point is not None
        wanted = {one.name: one.replicas for one in point.workloads}
        assert wanted == {**dict.fromkeys(SERVICES, 3), "financial-tax": 5}
        release.session.engine.detach()
        await release.session.close()
        died = await led_by_a_child(release, tmp_path, "database", "restore-database", "start")
        assert died == -signal.SIGKILL
        connection = await shared(release)
        await asyncio.sleep(0.6)  # a minute of the cluster's: four looks of its autoscalers
        assert await release.replicas() == dict.fromkeys(SERVICES, 0)
        scaler = json.loads((await connection.get(f"{AUTOSCALERS}/financial-tax")).body)
        active = {one["type"]: one["reason"] for one in scaler["status"]["conditions"]}
        assert active["ScalingActive"] == "ScalingDisabled"
        assert await led_by_a_child(release, tmp_path, "database") == 0
        state, _ = await asyncio.to_thread(release.session.folder.read)
        told = [(one.label, one.value) for one in state.steps["restart-services"].evidence]
        assert all((name, f"scaled to {count}") in told for name, count in wanted.items())
        assert all((count or 0) >= 3 for count in (await release.replicas()).values())


def scaled_before(checklist: Checklist) -> Checklist:
    """Before the point is recorded a service has another count, which no autoscaler takes back at once."""
    (phase,) = checklist.phases
    (section,) = phase.sections
    command = "kubectl delete hpa financial-tax\nkubectl scale deployment/financial-tax --replicas=5"
    more = Step(id="more", title="More", action=Run(command=command), changes=False)
    at = next(n for n, one in enumerate(section.steps) if one.id == "rollback-point")
    section = msgspec.structs.replace(section, steps=(*section.steps[:at], more, *section.steps[at:]))
    return msgspec.structs.replace(checklist, phases=(msgspec.structs.replace(phase, sections=(section,)),))


async def shared(release: Release) -> Connection:
    connection = release.session.connection
    assert connection is not None
    return await connection()
