"""The database procedure, on the embedded platform: stopped, restored, started with the counts that were."""

from pathlib import Path

import msgspec
from alfred_tui.demo.scenarios import SERVICES
from alfred_tui.domain.checklist import Checklist

from tests.integration.rollback.lab import Release, released

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
