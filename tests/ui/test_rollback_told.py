"""What the rollback screen says of what is unusual: what is not there, what is stale, what holds."""

import asyncio
from typing import Any

import msgspec
from alfred_tui.domain.cluster.needs import ACTS
from alfred_tui.domain.cluster.rights import Rights
from alfred_tui.domain.cluster.workloads import Freshness
from alfred_tui.domain.document import actions as a
from alfred_tui.domain.document.checklist import Checklist, Step
from alfred_tui.domain.evidence import Evidence
from alfred_tui.domain.rollback.point import RollbackPoint, WorkloadPoint
from alfred_tui.domain.run.events import Ask, PointCaptured, RollbackStarted, StepWaiting

from tests.ui.fakes import CHECKLIST, CLUSTER, NOON, FakeCluster, FakeRun, revision, rollout
from tests.ui.seat import NARROW, seat
from tests.ui.test_rollback_screen import with_point

LARGE = (180, 45)


def cluster(*rollouts: Any, **fields: Any) -> FakeCluster:
    return FakeCluster(msgspec.structs.replace(CLUSTER, rollouts=rollouts, **fields))


async def test_a_deployment_that_is_gone_is_told_with_what_brings_it_back() -> None:
    fake = cluster(rollout("shop"))
    fake.revisions.pop("search")
    async with seat(with_point(), cluster=fake, size=LARGE) as lead:
        await lead.press("ctrl+r")
        await lead.sees("search: it is not in the cluster any more, and an undo cannot make it.")
        await lead.sees("manifest of the release", "before (registry.example/search:2.4.0, 0 replicas)")
        await lead.sees("not there")
        await lead.press("down", "space")
        await lead.sees_no("not in the cluster any more")


async def test_what_was_not_there_before_has_nothing_to_go_back_to() -> None:
    run = FakeRun()
    saved = WorkloadPoint(namespace="shop", name="shop", revision=12)
    run.record(PointCaptured(point=RollbackPoint(at=NOON, workloads=(saved,), absent=("search",))))
    async with seat(run, size=LARGE) as lead:
        await lead.press("ctrl+r")
        await lead.sees("was not there", "search: it was not there when the rollback point was recorded")
        assert "No revision is pinned" not in lead.text


async def test_what_is_no_deployment_is_called_so() -> None:
    fake = cluster(rollout("shop"), rollout("search", kind="StatefulSet"))
    async with seat(FakeRun(), cluster=fake, size=LARGE) as lead:
        await lead.press("ctrl+r")
        await lead.sees("no Deployment", "search: it is no Deployment, and an undo puts Deployments back.")
        await lead.sees("No revision is pinned for shop: choose one")


async def test_a_deployment_of_the_same_name_in_another_namespace_is_another_one() -> None:
    other = rollout("shop", namespace="staging", revision=99)
    async with seat(with_point(), cluster=cluster(rollout("shop"), other, rollout("search"))) as lead:
        await lead.press("ctrl+r")
        await lead.sees("rev 13 2.5.0")
        assert "rev 99" not in lead.text


async def test_where_the_panels_show_other_namespaces_alone_nothing_is_taken_for_gone() -> None:
    other = cluster(rollout("shop", namespace="staging"))
    async with seat(with_point(), cluster=other, leads=False, size=LARGE) as watcher:
        await watcher.press("ctrl+r")
        await watcher.sees("not known")
        assert "not in the cluster any more" not in watcher.text


async def test_what_runs_and_would_be_stopped_is_named_before_the_word_is_typed() -> None:
    run = with_point()
    run.start("tests")
    async with seat(run, size=LARGE) as lead:
        await lead.press("ctrl+r")
        await lead.sees("! Running now, and stopped first: “All tests pass”.")
        await lead.press(*"rollback", "enter")
        await lead.until(lambda: run.state.rollback is not None)
        await lead.sees_no("stopped first")


async def test_an_output_that_an_earlier_step_did_not_leave_is_told_before_services_are_stopped() -> None:
    restore = Step(id="restore", title="Restore", action=a.Run(command="restore ${steps.backup.name}"))
    run = with_point(checklist=with_database(restore))
    async with seat(run, size=LARGE) as lead:
        await lead.press("ctrl+r", "tab")
        await lead.sees(
            "! “Restore” needs “name” of “The backup was restored once”, which left none (waiting):"
        )


def with_database(*steps: Step) -> Checklist:
    """The checklist with these steps in its database procedure."""
    application, database = CHECKLIST.rollback.procedures
    database = msgspec.structs.replace(database, steps=steps)
    rollback = msgspec.structs.replace(CHECKLIST.rollback, procedures=(application, database))
    return msgspec.structs.replace(CHECKLIST, rollback=rollback)


async def test_a_cluster_that_is_not_heard_is_told_beside_what_ran_then() -> None:
    away = Freshness(connection="unreachable", since=NOON - 30, heard_at=NOON - 45, message="No answer.")
    fake = cluster(rollout("shop"), rollout("search"), rollouts_freshness=away)
    async with seat(with_point(), cluster=fake, size=LARGE) as lead:
        await lead.press("ctrl+r")
        await lead.sees("FROM → TO ✘ unreachable for 0:30, data is 0:45 old")
        await lead.sees("The cluster is unreachable, last heard at", "A rollback can be started")
        fake.change(rollouts_freshness=msgspec.structs.replace(away, connection="expired"))
        await lead.sees("The login is expired, last heard at")
        fake.change(rollouts_freshness=CLUSTER.rollouts_freshness)
        await lead.sees_no("expired")


async def test_a_watcher_is_told_that_the_lead_acts_and_not_which_rights_it_lacks() -> None:
    run, fake = with_point(), FakeCluster()
    fake.change(rights=Rights(namespace="shop", refused=frozenset(ACTS)))
    async with seat(run, cluster=fake, leads=False, size=LARGE) as watcher:
        await watcher.press("ctrl+r")
        await watcher.sees("Read-only: the lead starts a rollback.")
        assert "may not" not in watcher.text


async def test_what_holds_the_rollback_is_named_with_the_keys_that_go_on() -> None:
    run = with_point()
    async with seat(run, size=LARGE) as lead:
        await lead.press("ctrl+r", *"rollback", "enter")
        await lead.until(lambda: run.state.rollback is not None)
        run.start("undo")
        run.finish("undo", "failed", "search: is paused")
        await lead.sees("“Put the old version back” ended as failed, and what comes after it waits:")
        await lead.sees("a plans it all anew, esc and ] lead to the decision.")


async def test_beside_another_procedure_that_was_started_nothing_of_this_one_has_happened() -> None:
    run = with_point()
    async with seat(run, size=LARGE) as lead:
        await lead.press("ctrl+r", *"rollback", "enter")
        await lead.until(lambda: run.state.rollback is not None)
        await lead.press("tab")
        await lead.sees("“Application” was started at 12:00:00; of this one nothing has happened yet.")


async def test_a_rollback_that_is_not_through_is_still_there_after_another_began() -> None:
    run = with_point()
    async with seat(run, size=LARGE) as lead:
        await lead.press("ctrl+r", *"rollback", "enter")
        await lead.until(lambda: run.state.rollback is not None)
        run.start("undo")
        run.finish("undo", "failed", "search: is paused")
        await lead.press("tab", *"rollback", "enter")
        await lead.until(lambda: len(run.state.rollbacks) == 2)
        await lead.sees("ROLLBACK UNDER WAY", "◆  The backup is restored  waiting")
        await lead.press("tab")
        await lead.sees("✘  Put the old version back  failed", "a again")
        await lead.press("escape")
        await lead.sees("2 for you", "Rollback: Database", "Rollback: Application")
        await lead.press("right_square_bracket")
        await lead.until(lambda: lead.selected == "restore")


async def test_the_word_of_any_step_is_typed_without_leaving_the_screen() -> None:
    """The services are down: nobody is to look for the step that goes on."""
    plan = Step(id="plan", title="Plan", action=a.TerraformPlan(dir="infra"))
    run_it = Step(id="go", title="Apply it", action=a.TerraformApply(plan="plan"), confirm="apply")
    run = with_point(checklist=with_database(plan, run_it))
    async with seat(run, size=LARGE) as lead:
        await lead.press("ctrl+r", "tab", *"rollback", "enter")
        await lead.until(lambda: run.state.rollback is not None)
        run.start("plan")
        run.finish("plan", evidence=(Evidence(label="destroy", value="queue.jobs"),))
        await lead.sees("“Apply it” waits for a word: w shows it.", "w type its word")
        await lead.press("w")
        await lead.sees("WHAT IT RESTS ON", "destroy: queue.jobs", "Type apply to start")
        await lead.write("word", "apply")
        await lead.press("enter")
        await lead.until(lambda: bool(run.state.steps["go"].confirmed_by))


async def test_what_the_server_would_refuse_is_told_before_anything_happens() -> None:
    """Its own dry run went through admission; nothing was changed."""
    asked: list[tuple[str, int]] = []

    async def rehearse(name: str, revision: int) -> str | None:
        await asyncio.sleep(0)
        asked.append((name, revision))
        return "admission webhook “policy” denied it." if name == "search" else ""

    async with seat(with_point(), rehearse=rehearse, size=LARGE) as lead:
        await lead.press("ctrl+r")
        await lead.sees("! search: the server would refuse it: admission webhook “policy” denied it.")
        await lead.sees("✔ the server would take it (dry run)")
        assert sorted(asked) == [("search", 12), ("shop", 12)]
        await lead.press("down", "space")
        await lead.sees_no("would refuse")
        await lead.press("space", "left")
        await lead.until(lambda: ("search", 11) in asked)


async def test_that_a_service_is_back_is_told_however_long_its_images_are() -> None:
    images = {"proxy": "ghcr.example/mesh/envoy@sha256:" + "1" * 64, "app": "registry.example/shop:2.4.0"}
    run = FakeRun()
    saved = WorkloadPoint(namespace="shop", name="shop", revision=13, images=images)
    run.record(PointCaptured(point=RollbackPoint(at=NOON, workloads=(saved,))))
    fake = cluster(rollout("shop", images=images))
    fake.revisions["shop"] = [msgspec.structs.replace(revision("shop", 13), images=images)]
    async with seat(run, cluster=fake, size=NARROW) as lead:
        await lead.press("ctrl+r")
        await lead.sees("rev 13 ✔ is there 2.4.0")


async def test_the_point_of_the_service_under_the_cursor_stands_under_what_changes() -> None:
    run = FakeRun()
    saved = WorkloadPoint(namespace="shop", name="shop", revision=12, replicas=3, hpa_min=2, hpa_max=6)
    run.record(PointCaptured(point=RollbackPoint(at=NOON, workloads=(saved,))))
    async with seat(run, size=(200, 45)) as lead:
        await lead.press("ctrl+r")
        await lead.sees("the rollback point: revision 12,", "3 replicas, autoscaled 2…6")


async def test_what_a_step_found_stands_under_it_while_a_person_is_asked_about_it() -> None:
    plan = Step(id="plan", title="Plan", action=a.TerraformPlan(dir="infra"), sign=a.Attest(prompt="Read it"))
    run = with_point(checklist=with_database(plan))
    found = (Evidence(label="destroy", value="1"), Evidence(label="destroy", value="queue.jobs"))
    started = RollbackStarted(procedure="database", title="Database", steps=(plan,), by="maria")
    ask = Ask(kind="sign", prompt="Read it")
    async with seat(run, size=LARGE) as lead:
        run.record(started)
        run.start("plan")
        run.record(StepWaiting(step="plan", ask=ask, evidence=found))
        await lead.press("ctrl+r")
        await lead.sees("◆  Plan  waiting", "· destroy: 1", "· destroy: queue.jobs")
