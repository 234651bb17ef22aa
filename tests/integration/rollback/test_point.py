"""The rollback point, on the embedded platform: whole, and from before the first change."""

import dataclasses
from pathlib import Path

import msgspec
from alfred_tui.cli.session import Session
from alfred_tui.cluster.access.connect import Connection
from alfred_tui.demo.scenarios import SERVICES
from alfred_tui.domain.document.actions import CapturePoint, Run
from alfred_tui.domain.document.checklist import Checklist, Step
from alfred_tui.domain.errors import NotAnswered
from alfred_tui.domain.run.intents import Continue, Skip

from tests.integration.rollback.lab import Release, good_everywhere, kubectl, released, with_steps

TERRAFORM = "state of infra/terraform/environments/prod"


async def test_what_changed_something_before_the_points_step_takes_nothing_away_from_the_point(
    tmp_path: Path,
) -> None:
    """A backup that counts as a change has the deployments recorded before it; its name comes after that."""

    def changing(step: Step) -> Step:
        return msgspec.structs.replace(step, changes=True) if step.id == "database-backup" else step

    async with released(tmp_path, change=with_steps(changing)) as release:
        point = release.state.point
        assert point is not None
        assert point.at <= release.state.steps["database-backup"].ended_at
        assert release.fact("rollback-point", "kept") == "the point from before the first change"
        assert release.fact("rollback-point", "database-backup").startswith("name pre-deployment-")
        assert release.fact("rollback-point", TERRAFORM) == "serial 7"
        assert {one.revision for one in point.workloads} == {1}


async def test_without_a_step_that_records_it_the_point_has_the_state_and_the_backup(tmp_path: Path) -> None:
    keep = ("database-backup", "apply-migrations", "deploy-manifests", "monitor-rollout")
    async with released(tmp_path, keep) as release:
        point = release.state.point
        assert point is not None
        assert list(point.terraform.values()) == [7]
        assert point.needs[0].values["name"].startswith("pre-deployment-")


async def test_where_nothing_was_applied_so_far_the_point_says_that_there_is_no_serial(
    tmp_path: Path,
) -> None:
    def without_state(session: Session) -> None:
        folder = session.engine._equipment.workdir / "infra/terraform/environments/prod"
        (folder / "terraform.tfstate").unlink()

    async with released(tmp_path, ("rollback-point", "deploy-manifests"), prepare=without_state) as release:
        told = [one for one in release.state.steps["rollback-point"].evidence if one.label == TERRAFORM]
        assert [one.value for one in told] == [
            "not known: `state pull` answered with none: nothing was applied there so far"
        ]


async def test_changes_that_begin_side_by_side_all_wait_for_the_point(tmp_path: Path) -> None:
    def side_by_side(step: Step) -> Step:
        return msgspec.structs.replace(step, action=Run(command="true"), expect=None, capture={}, secrets=())

    keep = ("apply-migrations", "monitor-rollout")
    async with released(tmp_path, keep, change=with_steps(side_by_side, parallel=True)) as release:
        assert release.state.point is not None
        assert {one.name for one in release.state.point.workloads} == set(SERVICES)
        steps = release.state.steps
        assert all(release.state.point.at <= steps[name].ended_at for name in keep)


async def test_a_step_that_was_refused_for_want_of_a_point_does_not_spare_the_next_one_it(
    tmp_path: Path,
) -> None:
    """The API does not answer; the step is skipped; by the time of the next one the API is back."""
    away = [True]

    def cut_off(session: Session) -> None:
        engine = session.engine
        connect = engine._equipment.connect
        assert connect is not None

        async def connected() -> Connection:
            if away[0]:
                raise NotAnswered("The API server did not answer.", temporary=True)
            return await connect()

        engine._equipment = dataclasses.replace(engine._equipment, connect=connected)

    keep = ("apply-migrations", "deploy-manifests", "monitor-rollout")
    async with released(tmp_path, keep, prepare=cut_off, result="failed") as release:
        refused = release.state.steps["apply-migrations"]
        assert refused.status == "error"
        assert refused.reason.startswith("Nothing was changed: the rollback point could not be recorded.")
        assert recorded(release) == set()
        away[0] = False
        engine = release.session.engine
        skip = Skip(by="ann", steps=("apply-migrations",), reason="there are none")
        assert (await engine.submit(Continue(by="ann"))).accepted
        assert (await engine.submit(skip)).accepted
        state = await release.led()
        assert state.result == "done", state.result_why
        assert recorded(release) == {(name, 1) for name in SERVICES}
        state = await release.roll_back("application")
        assert state.result == "rolled_back", state.result_why
        assert await release.tags() == good_everywhere()


def recorded(release: Release) -> set[tuple[str, int]]:
    """Each deployment of the point, with its revision."""
    point = release.state.point
    return {(one.name, one.revision) for one in point.workloads} if point else set()


async def test_a_service_that_is_not_there_yet_is_left_to_a_person_and_the_others_are_recorded(
    tmp_path: Path,
) -> None:
    def with_coupons(checklist: Checklist) -> Checklist:
        return with_steps(lambda step: _more(step, "coupons"))(checklist)

    async with released(tmp_path, change=with_coupons, result="failed") as release:
        asked = release.state.steps["rollback-point"]
        assert asked.status == "inconclusive"
        assert "There is no Deployment coupons, so there is nothing to return it to." in asked.reason
        assert "The others are recorded." in asked.reason
        assert release.state.point is not None
        assert {one.name for one in release.state.point.workloads} == set(SERVICES)
        assert release.state.point.absent == ("coupons",)


STATEFUL_SET = """\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: ledger}
spec:
  replicas: 1
  serviceName: ledger
  selector: {matchLabels: {app: ledger}}
  template:
    metadata: {labels: {app: ledger}}
    spec: {containers: [{name: ledger, image: "registry.local/ledger:1"}]}
"""


async def test_a_stateful_set_among_the_deployments_is_called_by_its_name(tmp_path: Path) -> None:
    def with_ledger(session: Session) -> None:
        kubectl(session, "apply", "-f", "-", given=STATEFUL_SET)

    change = with_steps(lambda step: _more(step, "ledger"))
    async with released(tmp_path, change=change, prepare=with_ledger, result="failed") as release:
        reason = release.state.steps["rollback-point"].reason
        assert reason.startswith("ledger is a StatefulSet, and a procedure puts Deployments back;")


def _more(step: Step, name: str) -> Step:
    action = step.action
    if not isinstance(action, CapturePoint):
        return step
    action = msgspec.structs.replace(action, deployments=(*action.deployments, name))
    return msgspec.structs.replace(step, action=action)
